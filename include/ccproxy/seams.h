/**
 * @file ccproxy/seams.h
 *
 * What the library takes from outside, so that tests and embedders can own it:
 * time, randomness and where log lines go. Each is a table of functions and
 * the `self` that they are called with. All may be called from any thread at
 * the same time, and must outlive whatever was made with them.
 */
#ifndef CCPROXY_SEAMS_H
#define CCPROXY_SEAMS_H

#include <stddef.h>
#include <stdint.h>

#include "ccproxy/decls.h"
#include "ccproxy/error.h"

CCP_BEGIN_DECLS

/** Where random bytes come from. */
typedef struct ccp_random {
    ccp_status (*fill)(void *self, unsigned char *bytes, size_t len);
    void *self;
} ccp_random;

/** What time it is. */
typedef struct ccp_clock {
    /** Microseconds since 1970-01-01 00:00:00 UTC. */
    int64_t (*unix_us)(void *self);
    /** Microseconds since some fixed moment; never goes back. */
    int64_t (*monotonic_us)(void *self);
    void *self;
} ccp_clock;

typedef enum ccp_log_level {
    CCP_LOG_DEBUG = 0,
    CCP_LOG_INFO,
    CCP_LOG_WARNING,
    CCP_LOG_ERROR
} ccp_log_level;

/**
 * Where log lines go. A line is one JSON object with no newline at its end,
 * secrets already masked. Must not call back into the library.
 */
typedef struct ccp_log_sink {
    void (*write)(void *self, ccp_log_level level, const char *line, size_t len);
    void *self;
} ccp_log_sink;

/** The operating system's random source and clocks. Never NULL. */
const ccp_random *ccp_system_random(void);
const ccp_clock *ccp_system_clock(void);

CCP_END_DECLS

#endif
