#include "ccproxy/error.h"
#include "doctor/doctor.h"

void app_doctor_database(app_doctor *doctor)
{
    const ccp_store *store = doctor->setup->store;
    ccp_schema_status schema;
    ccp_error error = {.message = ""};
    const ccp_status status = store->schema(store->self, &schema, &error);

    if (status != CCP_OK)
        app_found(doctor,
                  &(app_finding){"database", APP_UNWELL,
                                 "see that it runs, and that address, user and password "
                                 "are right"},
                  "it does not answer: %s", error.message);
    else if (schema.version < schema.required &&
             app_setup_may_migrate(doctor->setup->config))
        app_found(doctor, &(app_finding){"database", APP_WELL, NULL},
                  "it has schema %d; a start brings it to %d", schema.version,
                  schema.required);
    else if (schema.version < schema.required)
        app_found(doctor, &(app_finding){"database", APP_UNWELL, "run ccproxy migrate"},
                  "it has schema %d, and this program needs %d", schema.version,
                  schema.required);
    else if (schema.version > schema.required)
        app_found(doctor,
                  &(app_finding){"database", APP_DOUBTFUL, "upgrade this program soon"},
                  "it has schema %d, newer than the %d of this program", schema.version,
                  schema.required);
    else
        app_found(doctor, &(app_finding){"database", APP_WELL, NULL},
                  "it answers, and has schema %d", schema.version);
}
