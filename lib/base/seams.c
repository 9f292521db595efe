/* The operating system's side of the seams. */
#include "ccproxy/seams.h"

#include <errno.h>
#include <sys/random.h>
#include <time.h>

#define MICROSECONDS 1000000

static ccp_status fill_from_system(void *self, unsigned char *bytes, size_t len)
{
    (void)self;
    while (len > 0) {
        ssize_t got = getrandom(bytes, len, 0);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return CCP_UNAVAILABLE;
        bytes += got;
        len -= (size_t)got;
    }
    return CCP_OK;
}

static int64_t read_clock(clockid_t id)
{
    struct timespec now = {0};

    clock_gettime(id, &now);
    return (int64_t)now.tv_sec * MICROSECONDS + now.tv_nsec / 1000;
}

static int64_t unix_us(void *self)
{
    (void)self;
    return read_clock(CLOCK_REALTIME);
}

static int64_t monotonic_us(void *self)
{
    (void)self;
    return read_clock(CLOCK_MONOTONIC);
}

const ccp_random *ccp_system_random(void)
{
    static const ccp_random random = {.fill = fill_from_system};

    return &random;
}

const ccp_clock *ccp_system_clock(void)
{
    static const ccp_clock clock = {.unix_us = unix_us, .monotonic_us = monotonic_us};

    return &clock;
}
