#include "aws/retry.h"

#include <errno.h>
#include <time.h>

#define US_PER_MS 1000
#define US_PER_S 1000000
#define NS_PER_US 1000

ccpi_retry ccpi_retry_begin(const ccpi_retry_policy *policy, const ccp_clock *clock,
                            const ccp_random *random)
{
    return (ccpi_retry){
        .policy = policy,
        .clock = clock,
        .random = random,
        .until_us = clock->monotonic_us(clock->self) + policy->total_ms * US_PER_MS,
    };
}

static int64_t left_us(const ccpi_retry *retry)
{
    return retry->until_us - retry->clock->monotonic_us(retry->clock->self);
}

int64_t ccpi_retry_attempt_ms(const ccpi_retry *retry)
{
    const int64_t left_ms = left_us(retry) / US_PER_MS;

    if (left_ms < 1)
        return 1;
    return left_ms < retry->policy->attempt_ms ? left_ms : retry->policy->attempt_ms;
}

/* "Full jitter": anything from none to the longest wait of this attempt. */
static int64_t wait_us(const ccpi_retry *retry)
{
    const int64_t longest_us = (retry->policy->wait_ms * US_PER_MS)
                               << (retry->attempt < 8 ? retry->attempt : 8);
    uint32_t chance = UINT32_MAX;

    /* Without randomness all wait as long as they may, which is allowed too. */
    if (retry->random->fill(retry->random->self, (unsigned char *)&chance,
                            sizeof(chance)) != CCP_OK)
        chance = UINT32_MAX;
    return (int64_t)((double)longest_us * ((double)chance / UINT32_MAX));
}

static void wait(int64_t us)
{
    struct timespec rest = {.tv_sec = (time_t)(us / US_PER_S),
                            .tv_nsec = (long)(us % US_PER_S) * NS_PER_US};

    while (clock_nanosleep(CLOCK_MONOTONIC, 0, &rest, &rest) == EINTR)
        continue;
}

bool ccpi_retry_again(ccpi_retry *retry)
{
    const int64_t us = wait_us(retry);

    if (retry->attempt + 1 >= retry->policy->attempts || us >= left_us(retry))
        return false;
    wait(us);
    retry->attempt++;
    return true;
}
