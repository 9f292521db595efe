#ifndef CCPI_OBSERVE_METRICS_H
#define CCPI_OBSERVE_METRICS_H

#include <stdbool.h>

#include "ccproxy/error.h"
#include "ccproxy/metrics.h"
#include "ccproxy/seams.h"

/*
 * The counting itself: fed once a request, in well under a microsecond, read
 * by whoever sends metrics away. Bounded: labels that come from clients are
 * counted as "other" once there are too many of them. Any thread.
 */
typedef struct ccpi_metrics ccpi_metrics;

typedef enum ccpi_token_type {
    CCPI_TOKENS_INPUT = 0,
    CCPI_TOKENS_OUTPUT,
    CCPI_TOKENS_CACHE_READ,
    CCPI_TOKENS_CACHE_WRITE,
    CCPI_TOKEN_TYPES
} ccpi_token_type;

/* One finished messages request. Borrowed; texts are never NULL unless it says so. */
typedef struct ccpi_request_facts {
    const char *provider; /* "plan", "bedrock", "none" */
    const char *model;    /* as the client named it */
    const char *status;   /* "complete", ... (US-1) */
    bool is_stream;
    bool has_model;              /* a provider knew the model */
    const char *error_type;      /* NULL: no error */
    const char *from_provider;   /* of a fallback, or NULL */
    const char *fallback_reason; /* of it */
    const char *user_id;         /* NULL: nobody */
    int64_t latency_us;
    int64_t first_token_us; /* -1: there was none */
    int64_t overhead_us;    /* the same */
    int64_t tokens[CCPI_TOKEN_TYPES];
    int64_t cost_micro;
} ccpi_request_facts;

/* What others know, asked when metrics are read. */
typedef struct ccpi_metric_levels {
    int64_t circuits_open;
    int64_t usage_depth;
    int64_t usage_dropped;
    int64_t refusals_known;
} ccpi_metric_levels;

typedef struct ccpi_metrics_options {
    const ccp_clock *clock;
    bool counts_users; /* also series for each user */
    void (*read_levels)(void *self, ccpi_metric_levels *out);
    void *self;
} ccpi_metrics_options;

/* CCP_NO_MEMORY only. @param out  given; ccpi_metrics_free() */
ccp_status ccpi_metrics_new(const ccpi_metrics_options *options, ccpi_metrics **out);
void ccpi_metrics_free(ccpi_metrics *metrics);

/* Without memory for a new series it is counted nowhere. */
void ccpi_metrics_request(ccpi_metrics *metrics, const ccpi_request_facts *facts);
void ccpi_metrics_circuit_opened(ccpi_metrics *metrics, const char *provider);

/* A copy of all series. */
typedef struct ccpi_metrics_copy ccpi_metrics_copy;

/* CCP_NO_MEMORY only. @param out  given; ccpi_metrics_copy_free() */
ccp_status ccpi_metrics_read(ccpi_metrics *metrics, ccpi_metrics_copy **out);
void ccpi_metrics_copy_free(ccpi_metrics_copy *copy);
const ccp_metrics *ccpi_metrics_view(const ccpi_metrics_copy *copy);

#endif
