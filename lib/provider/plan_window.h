#ifndef CCPI_PROVIDER_PLAN_WINDOW_H
#define CCPI_PROVIDER_PLAN_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/headers.h"

/*
 * How much of its plan somebody has used, as the Plan's answers say it (OB-6):
 * anthropic-ratelimit-unified-* of subscriptions, anthropic-ratelimit-* of API
 * keys. Plain values, and pure.
 */
#define CCPI_PLAN_STATUS_SIZE 33

/* A window of a subscription. */
typedef struct ccpi_plan_limit {
    bool is_known;
    char status[CCPI_PLAN_STATUS_SIZE];
    double utilization;   /* 1: all of it; -1: not said */
    int64_t resets_at_us; /* Unix; 0: not said */
} ccpi_plan_limit;

/* A limit of an API key, for a minute. */
typedef struct ccpi_plan_quota {
    bool is_known;
    int64_t limit, remaining; /* -1: not said */
    int64_t resets_at_us;
} ccpi_plan_quota;

typedef struct ccpi_plan_window {
    int64_t seen_at_us;
    char status[CCPI_PLAN_STATUS_SIZE]; /* "allowed", "rejected"; empty: not said */
    char claim[CCPI_PLAN_STATUS_SIZE];  /* the window that status speaks of */
    int64_t resets_at_us;
    ccpi_plan_limit five_hour, seven_day, overage;
    ccpi_plan_quota requests, tokens, input_tokens, output_tokens;
} ccpi_plan_window;

/* false: the answer says nothing of it. */
bool ccpi_plan_window_read(const ccpi_headers *answer, int64_t now_us,
                           ccpi_plan_window *out);

#endif
