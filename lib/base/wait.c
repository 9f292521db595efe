#include "base/wait.h"

#define NS_PER_MS 1000000
#define NS_PER_S 1000000000

bool ccpi_condition_init(pthread_cond_t *condition)
{
    pthread_condattr_t attributes;
    bool is_made;

    if (pthread_condattr_init(&attributes) != 0)
        return false;
    is_made = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0 &&
              pthread_cond_init(condition, &attributes) == 0;
    pthread_condattr_destroy(&attributes);
    return is_made;
}

struct timespec ccpi_deadline_in(int64_t ms)
{
    struct timespec when;
    int64_t ns;

    clock_gettime(CLOCK_MONOTONIC, &when);
    ns = when.tv_nsec + ms % 1000 * NS_PER_MS;
    when.tv_sec += (time_t)(ms / 1000 + ns / NS_PER_S);
    when.tv_nsec = (long)(ns % NS_PER_S);
    return when;
}
