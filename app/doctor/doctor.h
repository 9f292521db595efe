#ifndef CCP_APP_DOCTOR_DOCTOR_H
#define CCP_APP_DOCTOR_DOCTOR_H

#include "command.h"
#include "setup.h"

/*
 * What `ccproxy doctor` looks at, one function a concern. Each says what it saw by
 * app_found(), and what to do about what is not well. Nothing is changed.
 */
typedef enum app_health { APP_WELL = 0, APP_DOUBTFUL, APP_UNWELL } app_health;

#define APP_FINDING_LEN 400

typedef struct app_doctor {
    const app_setup *setup;
    bool wants_json;
    int count;
    int doubtful;
    int unwell;
} app_doctor;

typedef struct app_finding {
    const char *about; /* "database" */
    app_health health;
    const char *advice; /* NULL: none is needed */
} app_finding;

/* Prints one finding; the format says what was seen, without anything secret. */
void app_found(app_doctor *doctor, const app_finding *finding, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

void app_doctor_files(app_doctor *doctor);
void app_doctor_limits(app_doctor *doctor);
void app_doctor_database(app_doctor *doctor);
void app_doctor_upstreams(app_doctor *doctor);

#endif
