#include "observe/metric_table.h"

#include <stddef.h>
#include <string.h>

#define MICRO 1e-6
#define MS_PER_S 1000.0

const ccpi_metric_group_row ccpi_metric_groups[CCPI_METRIC_GROUPS] = {
    [CCPI_GROUP_CALLS] = {{"provider", "model", "status", "stream"},
                          4,
                          sizeof(ccpi_call_values),
                          400},
    [CCPI_GROUP_TOKENS] = {{"provider", "model", "token_type"},
                           3,
                           sizeof(ccpi_count_values),
                           800},
    [CCPI_GROUP_COSTS] = {{"provider", "model"}, 2, sizeof(ccpi_count_values), 200},
    [CCPI_GROUP_ERRORS] = {{"provider", "error_type"}, 2, sizeof(ccpi_count_values), 100},
    [CCPI_GROUP_FALLBACKS] = {{"from_provider", "to_provider", "reason"},
                              3,
                              sizeof(ccpi_count_values),
                              50},
    [CCPI_GROUP_CIRCUITS] = {{"provider"}, 1, sizeof(ccpi_circuit_values), 4},
    [CCPI_GROUP_USAGE] = {{NULL}, 0, sizeof(ccpi_usage_values), 1},
    [CCPI_GROUP_REFUSALS] = {{NULL}, 0, sizeof(ccpi_count_values), 1},
    [CCPI_GROUP_USERS] = {{"user_id"}, 1, sizeof(ccpi_user_values), 2000},
};

#define COUNT(group, field, type)                                                        \
    CCP_METRIC_COUNTER, CCPI_GROUP_##group, offsetof(type, field), 1.0
#define GAUGE(group, field, type)                                                        \
    CCP_METRIC_GAUGE, CCPI_GROUP_##group, offsetof(type, field), 1.0
#define MONEY(group, field, type)                                                        \
    CCP_METRIC_COUNTER, CCPI_GROUP_##group, offsetof(type, field), MICRO
#define TIME(field)                                                                      \
    CCP_METRIC_HISTOGRAM, CCPI_GROUP_CALLS, offsetof(ccpi_call_values, field), MICRO

#define NOT_SENT                                                                         \
    {                                                                                    \
        NULL, NULL, 0,                                                                   \
        {                                                                                \
            NULL                                                                         \
        }                                                                                \
    }

const ccpi_metric_row ccpi_metric_rows[CCPI_METRICS] = {
    {"proxy.requests",
     "Messages requests, by the provider whose answer the client got.",
     "{request}",
     COUNT(CALLS, requests, ccpi_call_values),
     {"RequestCount", "Count", 1, {"provider"}}},
    {"proxy.latency",
     "From the whole request to the last byte of the answer.",
     "s",
     TIME(latency),
     {"RequestLatency", "Milliseconds", MS_PER_S, {"provider"}}},
    {"proxy.ttft",
     "From the whole request to the first byte of the answer.",
     "s",
     TIME(first_token),
     {"TimeToFirstToken", "Milliseconds", MS_PER_S, {"provider"}}},
    {"proxy.overhead",
     "Time to the first byte, less the waiting for upstreams.",
     "s",
     TIME(overhead),
     {"ProxyOverhead", "Milliseconds", MS_PER_S, {"provider"}}},
    {"proxy.tokens",
     "Tokens used.",
     "{token}",
     COUNT(TOKENS, count, ccpi_count_values),
     {"TokensUsed", "Count", 1, {"provider,token_type"}}},
    {"proxy.cost",
     "Estimated cost.",
     "USD",
     MONEY(COSTS, count, ccpi_count_values),
     {"EstimatedCost", "None", 1, {"provider"}}},
    {"proxy.errors",
     "Requests that ended in an error, by the provider whose failure it was.",
     "{error}",
     COUNT(ERRORS, count, ccpi_count_values),
     {"ErrorCount", "Count", 1, {"provider", "provider,error_type"}}},
    {"proxy.fallbacks",
     "Requests that another provider served.",
     "{request}",
     COUNT(FALLBACKS, count, ccpi_count_values),
     {"FallbackCount", "Count", 1, {"", "from_provider"}}},
    {"proxy.circuits_opened",
     "Times a circuit opened.",
     "{circuit}",
     COUNT(CIRCUITS, opened, ccpi_circuit_values),
     {"CircuitOpened", "Count", 1, {"", "provider"}}},
    {"proxy.circuits_open",
     "Circuits that are open or being probed now.",
     "{circuit}",
     GAUGE(CIRCUITS, open, ccpi_circuit_values),
     {"CircuitsOpen", "Count", 1, {"", "provider"}}},
    {"proxy.usage_queue_depth",
     "Usage rows that the database does not have yet.",
     "{row}",
     GAUGE(USAGE, depth, ccpi_usage_values),
     {"UsageQueueDepth", "Count", 1, {""}}},
    {"proxy.usage_dropped",
     "Usage rows that were lost.",
     "{row}",
     COUNT(USAGE, dropped, ccpi_usage_values),
     {"UsageDropped", "Count", 1, {""}}},
    {"proxy.refusals_known", "What Bedrock's models refused, and do without for now.",
     "{refusal}", GAUGE(REFUSALS, count, ccpi_count_values), NOT_SENT},
    {"proxy.user.requests", "Messages requests of each user.", "{request}",
     COUNT(USERS, requests, ccpi_user_values), NOT_SENT},
    {"proxy.user.tokens", "Tokens of each user.", "{token}",
     COUNT(USERS, tokens, ccpi_user_values), NOT_SENT},
    {"proxy.user.cost", "Estimated cost of each user.", "USD",
     MONEY(USERS, cost_micro, ccpi_user_values), NOT_SENT},
};

const ccpi_metric_row *ccpi_metric_row_of(const char *name)
{
    for (size_t i = 0; i < CCPI_METRICS; i++)
        if (strcmp(ccpi_metric_rows[i].name, name) == 0)
            return &ccpi_metric_rows[i];
    return NULL;
}

const char *ccpi_metric_dimension_of(const char *label)
{
    static const char *const names[][2] = {
        {"provider", "Provider"},
        {"from_provider", "Provider"},
        {"token_type", "TokenType"},
        {"error_type", "ErrorType"},
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        if (strcmp(names[i][0], label) == 0)
            return names[i][1];
    return label;
}
