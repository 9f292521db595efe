#ifndef CCPI_AWS_RETRY_H
#define CCPI_AWS_RETRY_H

#include <stdbool.h>
#include <stdint.h>

#include "ccproxy/seams.h"

/*
 * How often and how long something is tried: a few attempts, with growing,
 * jittered waits between them, all within one deadline.
 * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 *
 *     ccpi_retry retry = ccpi_retry_begin(&policy, clock, random);
 *     do {
 *         status = attempt(ccpi_retry_attempt_ms(&retry));
 *     } while (is_worth_another(status) && ccpi_retry_again(&retry));
 */
typedef struct ccpi_retry_policy {
    int attempts;       /* the first one included */
    int64_t attempt_ms; /* the most that one may take */
    int64_t total_ms;   /* the most that all may take, waits included */
    int64_t wait_ms;    /* the longest first wait; each further one doubles it */
} ccpi_retry_policy;

typedef struct ccpi_retry {
    const ccpi_retry_policy *policy;
    const ccp_clock *clock;
    const ccp_random *random;
    int64_t until_us;
    int attempt; /* from 0 */
} ccpi_retry;

ccpi_retry ccpi_retry_begin(const ccpi_retry_policy *policy, const ccp_clock *clock,
                            const ccp_random *random);

/* How long the attempt that comes now may take; at least 1. */
int64_t ccpi_retry_attempt_ms(const ccpi_retry *retry);

/* Waits; false, without a wait: attempts or time are used up. */
bool ccpi_retry_again(ccpi_retry *retry);

#endif
