#include "upstream/parking.h"

#include <errno.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { EMPTY = 0, OCCUPIED, WOKEN };

/* futex(2): the timeout is relative, of the monotonic clock. */
static long futex(ccpi_parking *parking, int operation, unsigned int value,
                  const struct timespec *timeout)
{
    return syscall(SYS_futex, &parking->state, operation, value, timeout, NULL, 0);
}

bool ccpi_parking_wait(ccpi_parking *parking, int timeout_ms)
{
    const struct timespec timeout = {timeout_ms / 1000,
                                     (long)(timeout_ms % 1000) * 1000000};
    unsigned int expected = EMPTY;

    atomic_compare_exchange_strong(&parking->state, &expected, OCCUPIED);
    while (atomic_load(&parking->state) == OCCUPIED) {
        /* A signal handler makes the wait longer than asked for, but never endless. */
        if (futex(parking, FUTEX_WAIT_PRIVATE, OCCUPIED,
                  timeout_ms < 0 ? NULL : &timeout) != 0 &&
            errno == ETIMEDOUT)
            break;
    }
    return atomic_exchange(&parking->state, EMPTY) == WOKEN;
}

void ccpi_parking_wake(ccpi_parking *parking)
{
    if (atomic_exchange(&parking->state, WOKEN) == OCCUPIED)
        futex(parking, FUTEX_WAKE_PRIVATE, 1, NULL);
}
