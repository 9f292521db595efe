#ifndef CCPI_ADMIN_WEB_TURNSTILE_H
#define CCPI_ADMIN_WEB_TURNSTILE_H

#include "ccproxy/error.h"

#include <stdbool.h>
#include <stdint.h>

/* Lets few threads do something costly at a time, and few wait for their turn. */
typedef struct ccpi_turnstile ccpi_turnstile;

typedef struct ccpi_turnstile_options {
    int at_once;
    int waiting; /* beside those */
    int64_t wait_ms;
} ccpi_turnstile_options;

/* CCP_NO_MEMORY only. @param out  given; ccpi_turnstile_free() */
ccp_status ccpi_turnstile_new(const ccpi_turnstile_options *options, ccpi_turnstile **out,
                              ccp_error *error);
/* Nobody is in it, or waits. */
void ccpi_turnstile_free(ccpi_turnstile *turnstile);

/* CCP_UNAVAILABLE: too many wait, or the turn did not come in time. */
ccp_status ccpi_turnstile_enter(ccpi_turnstile *turnstile, ccp_error *error);
void ccpi_turnstile_leave(ccpi_turnstile *turnstile);

#endif
