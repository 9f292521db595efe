#include "base/attendance.h"

#include "base/wait.h"

void ccpi_attendance_init(ccpi_attendance *attendance)
{
    pthread_mutex_init(&attendance->lock, NULL);
    (void)ccpi_condition_init(&attendance->empty); /* can't fail in glibc and musl */
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
    const struct timespec deadline = ccpi_deadline_in((int64_t)timeout_s * 1000);
    bool is_empty;
    bool has_time = true;

    pthread_mutex_lock(&attendance->lock);
    while (attendance->present > 0 && has_time)
        has_time = ccpi_wait_until(&attendance->empty, &attendance->lock, &deadline);
    is_empty = attendance->present == 0;
    pthread_mutex_unlock(&attendance->lock);
    return is_empty;
}
