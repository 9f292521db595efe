#ifndef CCPI_SECURITY_THROTTLE_H
#define CCPI_SECURITY_THROTTLE_H

#include "security/address.h"

/*
 * Counts failed tries by where they come from, in windows of fixed length, so
 * that guessing becomes pointless. Bounded: who has been quiet longest is
 * forgotten first. Any thread; times are the caller's, in microseconds.
 */
typedef struct ccpi_throttle ccpi_throttle;

#define CCPI_THROTTLE_MAX_ENTRIES 10000

typedef struct ccpi_throttle_options {
    int64_t most; /* tries within a window that pass */
    int64_t window_us;
} ccpi_throttle_options;

/* CCP_NO_MEMORY only. @param out  given; ccpi_throttle_free() */
ccp_status ccpi_throttle_new(const ccpi_throttle_options *options, ccpi_throttle **out);
void ccpi_throttle_free(ccpi_throttle *throttle);

/*
 * Counts one failed try. 0: it is one of those that pass; else the microseconds
 * until this client's next window.
 */
int64_t ccpi_throttle_count(ccpi_throttle *throttle, const ccpi_address *from,
                            int64_t now_us);

#endif
