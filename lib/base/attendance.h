#ifndef CCPI_BASE_ATTENDANCE_H
#define CCPI_BASE_ATTENDANCE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

/* How many there are, and a wait until all have left. Any thread. */
typedef struct ccpi_attendance {
    pthread_mutex_t lock;
    pthread_cond_t empty;
    size_t present;
} ccpi_attendance;

void ccpi_attendance_init(ccpi_attendance *attendance);
/* Nobody is there any more, or will look. */
void ccpi_attendance_destroy(ccpi_attendance *attendance);

void ccpi_attendance_enter(ccpi_attendance *attendance);
void ccpi_attendance_leave(ccpi_attendance *attendance);
size_t ccpi_attendance_count(const ccpi_attendance *attendance);

/* false: somebody was still there when the time was over. */
bool ccpi_attendance_wait(ccpi_attendance *attendance, int timeout_s);

#endif
