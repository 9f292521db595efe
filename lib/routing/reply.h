#ifndef CCPI_ROUTING_REPLY_H
#define CCPI_ROUTING_REPLY_H

#include "routing/exchange.h"

/*
 * What the client gets: a refusal in the proxy's own words, an upstream's held
 * answer, or the end of one that is under way. Each is the last word of its
 * exchange, and has the usage recorded before its last bytes (US-5).
 */

typedef struct ccpi_refusal {
    int status;
    ccpi_error_type type;
    const char *message;
    int64_t retry_after_s; /* 0: none */
    bool forbids_retry;    /* x-should-retry: false */
    bool closes;           /* the body was not read */
    const char *allow;     /* of a 405 */
} ccpi_refusal;

/* Refusals that more than one kind of call knows. */
extern const ccpi_refusal ccpi_refusal_no_credential; /* PL-5 */
extern const ccpi_refusal ccpi_refusal_shared_key;    /* PL-4 */

void ccpi_reply_refuse(ccpi_exchange *x, const ccpi_refusal *refusal);

/* A JSON body of our own. */
void ccpi_reply_plain(ccpi_exchange *x, int status, ccpi_span json);

/* The same of another type. */
void ccpi_reply_text(ccpi_exchange *x, int status, const char *type, ccpi_span body);

/* No body; further headers, or NULL. */
void ccpi_reply_empty(ccpi_exchange *x, int status, const ccpi_headers *further);

/* An attempt's held answer, as it came. */
void ccpi_reply_held(ccpi_exchange *x, ccpi_attempt *attempt);

/* The rest of an attempt's answer that has begun. */
void ccpi_reply_rest(ccpi_exchange *x, ccpi_attempt *attempt);

/* The head of an attempt's answer; also called at its commit point (engine's thread). */
ccp_status ccpi_reply_head(ccpi_exchange *x, const ccpi_attempt *attempt,
                           const ccpi_headers *upstream, ccpi_headers *client);

/* Nobody is there to take an answer. */
void ccpi_reply_abandon(ccpi_exchange *x);

#endif
