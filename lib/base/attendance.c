#include "base/attendance.h"

#include <time.h>

void ccpi_attendance_init(ccpi_attendance *attendance)
{
    pthread_condattr_t attributes;

    pthread_mutex_init(&attendance->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&attendance->empty, &attributes);
    pthread_condattr_destroy(&attributes);
    attendance->present = 0;
}

void ccpi_attendance_destroy(ccpi_attendance *attendance)
{
    pthread_cond_destroy(&attendance->empty);
    pthread_mutex_destroy(&attendance->lock);
}

void ccpi_attendance_enter(ccpi_attendance *attendance)
{
    pthread_mutex_lock(&attendance->lock);
    attendance->present++;
    pthread_mutex_unlock(&attendance->lock);
}

/* All under the lock: who waits may free everything as soon as nobody is there. */
void ccpi_attendance_leave(ccpi_attendance *attendance)
{
    pthread_mutex_lock(&attendance->lock);
    if (--attendance->present == 0)
        pthread_cond_broadcast(&attendance->empty);
    pthread_mutex_unlock(&attendance->lock);
}

size_t ccpi_attendance_count(const ccpi_attendance *attendance)
{
    ccpi_attendance *own = (ccpi_attendance *)attendance; /* the lock alone changes */
    size_t present;

    pthread_mutex_lock(&own->lock);
    present = own->present;
    pthread_mutex_unlock(&own->lock);
    return present;
}

bool ccpi_attendance_wait(ccpi_attendance *attendance, int timeout_s)
{
    struct timespec deadline;
    bool is_empty;
    int result = 0;

    clock_gettime(CLOCK_MONOTONIC, &deadline);
    deadline.tv_sec += timeout_s;
    pthread_mutex_lock(&attendance->lock);
    while (attendance->present > 0 && result == 0)
        result = pthread_cond_timedwait(&attendance->empty, &attendance->lock, &deadline);
    is_empty = attendance->present == 0;
    pthread_mutex_unlock(&attendance->lock);
    return is_empty;
}
