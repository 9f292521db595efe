/* Looks at all that a proxy needs, and says what is not well and what to do. */
#include <stdarg.h>
#include <stdio.h>

#include "commands/run.h"
#include "doctor/doctor.h"
#include "output.h"

static const char *const words[] = {"ok", "doubtful", "bad"};

static void print_json(app_doctor *doctor, const app_finding *finding, const char *seen)
{
    printf("%s{\"about\":", doctor->count == 0 ? "[" : ",\n ");
    app_print_json_text(finding->about);
    printf(",\"health\":");
    app_print_json_text(words[finding->health]);
    printf(",\"seen\":");
    app_print_json_text(seen);
    printf(",\"advice\":");
    app_print_json_text(finding->advice);
    putchar('}');
}

void app_found(app_doctor *doctor, const app_finding *finding, const char *format, ...)
{
    char seen[APP_FINDING_LEN];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(seen, sizeof(seen), format, arguments);
    va_end(arguments);
    if (doctor->wants_json)
        print_json(doctor, finding, seen);
    else
        app_print("%-8s  %-8s  %s%s%s", words[finding->health], finding->about, seen,
                  finding->advice ? ": " : "", finding->advice ? finding->advice : "");
    doctor->count++;
    doctor->doubtful += finding->health == APP_DOUBTFUL;
    doctor->unwell += finding->health == APP_UNWELL;
}

int app_run_doctor(const app_call *call)
{
    app_setup setup = {0};
    app_doctor doctor = {.setup = &setup, .wants_json = call->wants_json};
    int code = app_setup_store(call, &setup);

    if (code == APP_WRONG_USAGE) {
        app_setup_clear(&setup);
        return code;
    }
    if (code == APP_DONE) {
        app_found(&doctor, &(app_finding){"settings", APP_WELL, NULL}, "they are good");
        app_doctor_files(&doctor);
        app_doctor_limits(&doctor);
        app_doctor_database(&doctor);
        app_doctor_upstreams(&doctor);
    }
    if (doctor.wants_json && doctor.count > 0)
        app_print("]");
    if (doctor.unwell > 0)
        app_say("%d of %d findings are bad", doctor.unwell, doctor.count);
    app_setup_clear(&setup);
    return code == APP_DONE && doctor.unwell > 0 ? APP_FAILED : code;
}
