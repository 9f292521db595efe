#ifndef CCPI_ADMIN_UPSTREAMS_H
#define CCPI_ADMIN_UPSTREAMS_H

#include "ccproxy/seams.h"
#include "config/settings.h"
#include "upstream/reach.h"

/*
 * Whether the upstreams can be connected to: tried when somebody wants to know, at
 * most every 15 s, with a deadline of 2 s, by one thread; others get the last result.
 */
typedef struct ccpi_upstreams ccpi_upstreams;

enum { CCPI_UPSTREAMS_COUNT = 2 };

typedef struct ccpi_upstream_state {
    const char *name; /* "plan", "bedrock" */
    char origin[256]; /* "https://host:port" */
    bool is_reachable;
    int64_t latency_us;
    char cause[128];
    int64_t checked_at_us; /* Unix; 0: not yet */
} ccpi_upstream_state;

typedef struct ccpi_upstreams_options {
    const ccpi_settings *settings; /* borrowed, like the trust */
    const ccp_clock *clock;
    const ccpi_trust *plan_trust, *bedrock_trust;
} ccpi_upstreams_options;

/* CCP_NO_MEMORY only. @param out  given; ccpi_upstreams_free() */
ccp_status ccpi_upstreams_new(const ccpi_upstreams_options *options, ccpi_upstreams **out,
                              ccp_error *error);
void ccpi_upstreams_free(ccpi_upstreams *upstreams);

void ccpi_upstreams_look(ccpi_upstreams *upstreams,
                         ccpi_upstream_state out[CCPI_UPSTREAMS_COUNT]);

#endif
