#ifndef CCPI_PROVIDER_PLAN_H
#define CCPI_PROVIDER_PLAN_H

#include "provider/provider.h"

/*
 * The Anthropic API behind the user's own plan (requirements, section 4). The
 * client's bytes go out as they came, unless an operator's cap lowers a number
 * in them; what comes back needs no reader. Only its shared key may change.
 */
typedef struct ccpi_plan ccpi_plan;

typedef struct ccpi_plan_words {
    const char *const *items;
    size_t count;
} ccpi_plan_words;

typedef struct ccpi_plan_options {
    const char *base_url;           /* https://api.anthropic.com */
    const char *shared_key;         /* the operator's own, or NULL */
    ccpi_plan_words placeholders;   /* tokens that count as no credential (PL-4) */
    ccpi_plan_words limit_messages; /* parts of messages that mean a usage limit (RT-3) */
    int64_t max_output_tokens_cap;  /* 0: none */
    int64_t thinking_budget_cap;    /* 0: none */
} ccpi_plan_options;

/*
 * Texts are copied, but the lists of words must outlive the plan. CCP_NO_MEMORY
 * only. @param out  given; ccpi_plan_free()
 */
ccp_status ccpi_plan_new(const ccpi_plan_options *options, ccpi_plan **out,
                         ccp_error *error);

/* Another shared key, from malloc(), or NULL for none. */
void ccpi_plan_take_shared_key(ccpi_plan *plan, char *key);

/* Wipes the shared key. */
void ccpi_plan_free(ccpi_plan *plan);

/* The provider over this plan, which must outlive it. */
ccpi_provider ccpi_plan_provider(const ccpi_plan *plan);

typedef enum ccpi_plan_credential {
    CCPI_PLAN_CREDENTIAL_NONE = 0,
    CCPI_PLAN_CREDENTIAL_CLIENT,
    CCPI_PLAN_CREDENTIAL_SHARED
} ccpi_plan_credential;

/* With whose credential prepare() would ask for a client with these headers (PL-4). */
ccpi_plan_credential ccpi_plan_credential_of(const ccpi_plan *plan,
                                             const ccpi_headers *client);

/* Whether a credential header's value is an access key of the proxy (AK-9). */
bool ccpi_holds_access_key(const char *value);

/*
 * For how many seconds the Plan says a limit will hold: retry-after, else
 * anthropic-ratelimit-unified-reset less the time now (RT-9). -1: it does not say.
 */
int64_t ccpi_plan_limit_seconds(const ccpi_headers *upstream, int64_t unix_seconds);

#endif
