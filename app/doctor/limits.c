#include <sys/resource.h>

#include "doctor/doctor.h"

/* As the server counts them: client, upstream, and some for all else. */
#define DESCRIPTORS_PER_STREAM 3
#define DESCRIPTORS_BESIDE 256

void app_doctor_limits(app_doctor *doctor)
{
    const int64_t streams = ccp_config_number(doctor->setup->config, "max_streams");
    const int64_t needed = streams * DESCRIPTORS_PER_STREAM + DESCRIPTORS_BESIDE;
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    if (limit.rlim_max != RLIM_INFINITY && (int64_t)limit.rlim_max < needed)
        app_found(
            doctor,
            &(app_finding){"limits", APP_UNWELL,
                           "raise it (ulimit -Hn, LimitNOFILE=), or lower max_streams"},
            "%lld descriptors may be open; max_streams %lld needs %lld",
            (long long)limit.rlim_max, (long long)streams, (long long)needed);
    else
        app_found(doctor, &(app_finding){"limits", APP_WELL, NULL},
                  "descriptors are enough for max_streams %lld", (long long)streams);
}
