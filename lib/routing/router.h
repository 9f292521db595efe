#ifndef CCPI_ROUTING_ROUTER_H
#define CCPI_ROUTING_ROUTER_H

#include <stdatomic.h>

#include "aws/credentials.h"
#include "base/attendance.h"
#include "base/quota.h"
#include "base/spares.h"
#include "bedrock/capabilities.h"
#include "ccproxy/proxy.h"
#include "observe/log.h"
#include "observe/metrics.h"
#include "provider/plan.h"
#include "routing/breaker.h"
#include "routing/credential.h"
#include "routing/head.h"
#include "routing/identity.h"
#include "routing/model_table.h"
#include "routing/own_usage.h"
#include "routing/plan_windows.h"
#include "routing/slots.h"
#include "routing/trace.h"
#include "security/throttle.h"
#include "upstream/crew.h"
#include "upstream/transfer.h"
#include "usage/budget.h"
#include "usage/recorder.h"

/*
 * What all requests share: the parts that proxy.c has built, and the settings
 * that decide on a request. Borrowed; only what says so changes.
 */
typedef struct ccpi_router_settings {
    size_t max_body_bytes;
    ccpi_timeouts timeouts; /* first_byte_ms: of a stream that Bedrock can still answer */
    ccpi_trust plan_trust, bedrock_trust;
    bool counts_network;          /* circuit_count_network */
    bool blocks_without_fallback; /* circuit_block_without_fallback */
    bool serves_without_plan;     /* bedrock_without_plan_credential */
    bool forces_rate_limit;
    bool records_failures;
    int64_t usage_retention_days; /* 0: for ever */
    int64_t reserve_max_tokens;   /* budget_reserve_max_tokens */
    int64_t circuit_reset_us;
    int64_t model_refresh_us; /* bedrock_model_refresh; 0: never */
    ccpi_origins origins;
    ccpi_address_ranges trusted_proxies;
    bool is_https;       /* public_url says so */
    bool serves_metrics; /* to metric_readers (OB-4) */
    ccpi_address_ranges metric_readers;
    ccpi_model_rules models; /* without what access key and store say */
} ccpi_router_settings;

typedef struct ccpi_router {
    ccpi_router_settings settings;
    const ccp_clock *clock;
    const ccp_random *random;
    ccpi_log *log;
    ccp_store *store;
    ccpi_engine *engine;
    ccpi_provider plan;
    const ccpi_plan *plan_facts; /* the same, for what is the plan's alone */
    ccpi_provider bedrock;
    ccpi_capabilities *capabilities; /* what Bedrock's models have refused */
    ccpi_pricing *pricing;
    ccpi_plan_windows *windows;
    ccpi_own_usage *own_usage; /* what owners of keys ask for */
    ccpi_budget *budget;
    ccpi_recorder *recorder;
    ccpi_breaker *breaker;
    ccpi_metrics *metrics;
    ccpi_identities *identities;
    ccpi_credentials *credentials;
    ccpi_aws_credentials *service_keys; /* for all without a credential, or NULL */
    ccpi_model_table *models;
    ccpi_throttle *rejections;
    ccpi_slots *slots;
    ccpi_traces *traces;
    ccpi_crew *crew;         /* for the answers whose callers' threads are given back */
    ccpi_attendance present; /* changes: requests under way */
    ccpi_quota memory;       /* changes */
    ccpi_spares bodies;      /* changes */
    atomic_bool is_draining; /* changes */
    atomic_bool is_outdated; /* changes: the store's schema is older than needed */
} ccpi_router;

static inline int64_t ccpi_router_now(const ccpi_router *router)
{
    return router->clock->monotonic_us(router->clock->self);
}

#endif
