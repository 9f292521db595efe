#ifndef CCPI_ROUTING_OWN_USAGE_H
#define CCPI_ROUTING_OWN_USAGE_H

#include "ccproxy/store.h"

/*
 * What a user has used in this month, and in a session, for the user's own eyes
 * (PX-11). A status line asks for it every few seconds, so it is kept for a
 * moment, and for longer while the store can't be read. Any thread.
 */
typedef struct ccpi_own_usage ccpi_own_usage;

typedef struct ccpi_own_sums {
    int64_t requests;
    int64_t total_tokens;
    int64_t total_cost_micro;
} ccpi_own_sums;

typedef struct ccpi_own_month {
    ccp_period period;
    ccpi_own_sums plan, bedrock;
} ccpi_own_month;

/* Borrows the reports and the clock. @param out  given; ccpi_own_usage_free() */
ccp_status ccpi_own_usage_new(const ccp_report_store *reports, const ccp_clock *clock,
                              const char *zone, ccpi_own_usage **out, ccp_error *error);
void ccpi_own_usage_free(ccpi_own_usage *own);

/* An IANA name. */
const char *ccpi_own_usage_zone(const ccpi_own_usage *own);

ccp_status ccpi_own_usage_month(ccpi_own_usage *own, const ccp_id *user_id,
                                ccpi_own_month *out, ccp_error *error);
/* Zeros: there is no such session of this user. */
ccp_status ccpi_own_usage_session(ccpi_own_usage *own, const ccp_id *user_id,
                                  const char *session_id, ccpi_own_sums *out,
                                  ccp_error *error);

#endif
