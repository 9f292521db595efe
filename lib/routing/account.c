#include "routing/account.h"

#include <string.h>

#include "anthropic/content_size.h"
#include "base/cut.h"
#include "usage/money.h"

#define US_PER_MS 1000
#define US_PER_S INT64_C(1000000)
/* US-4: what Bedrock writes at least while nobody reads it. */
#define LEAST_TOKENS_PER_S 50

#define SESSION_HEADER "x-claude-code-session-id"
#define AGENT_HEADER "x-claude-code-agent-id"
#define PARENT_HEADER "x-claude-code-parent-agent-id"

static bool is_bedrock(const ccpi_exchange *x, const ccpi_attempt *attempt)
{
    return attempt->provider == &x->router->bedrock;
}

/* Whose answer the client gets, else who was asked last; NULL: nobody was. */
static ccpi_attempt *last_attempt(ccpi_exchange *x)
{
    ccpi_attempt *plan = &x->attempts[CCPI_UPSTREAM_PLAN];
    ccpi_attempt *bedrock = &x->attempts[CCPI_UPSTREAM_BEDROCK];
    const bool gives_plan = x->provider == x->router->plan.name;

    if (bedrock->was_sent && !(gives_plan && plan->was_sent))
        return bedrock;
    return plan->was_sent ? plan : NULL;
}

/* ---- tokens ---- */

static int64_t estimate_input(const ccpi_exchange *x)
{
    const ccpi_content_size size = ccpi_content_size_of(ccpi_buf_span(&x->body));

    return ccpi_estimate_tokens(size.text_bytes, size.images);
}

/* US-4: hidden thinking is paid for too, and leaving early must not be a way out. */
static int64_t least_output(const ccpi_exchange *x, const ccpi_attempt *attempt)
{
    int64_t since_us = ccpi_router_now(x->router) - attempt->started_message_us;
    int64_t least;

    if (!is_bedrock(x, attempt) || attempt->started_message_us == 0)
        return 0;
    least = since_us / US_PER_S * LEAST_TOKENS_PER_S;
    return x->look.max_tokens > 0 && least > x->look.max_tokens ? x->look.max_tokens
                                                                : least;
}

/* Puts an estimate in the place of every count that never came. */
static void complete_tokens(const ccpi_exchange *x, const ccpi_attempt *attempt,
                            ccp_usage_record *record)
{
    const ccpi_meter *meter = &attempt->meter;
    int64_t output = ccpi_estimate_tokens(meter->delta_bytes, 0);

    if (meter->saw_delta)
        return;
    record->is_estimated = true;
    if (!meter->saw_start)
        record->tokens.input = estimate_input(x);
    if (output < least_output(x, attempt))
        output = least_output(x, attempt);
    if (output > record->tokens.output)
        record->tokens.output = output;
}

static void count_tokens(const ccpi_exchange *x, ccpi_attempt *attempt,
                         ccp_usage_record *record)
{
    if (record->status == CCP_USAGE_ERROR)
        return;
    if (!x->look.is_stream && record->status == CCP_USAGE_COMPLETE)
        ccpi_meter_body(&attempt->meter, ccpi_buf_span(&attempt->seen));
    record->tokens = attempt->meter.tokens;
    complete_tokens(x, attempt, record);
}

/* ---- the record ---- */

static void fill_times(const ccpi_exchange *x, ccp_usage_record *record)
{
    const int64_t received = x->received_us ? x->received_us : x->started_us;
    const int64_t now = ccpi_router_now(x->router);

    record->latency_ms = (now - received) / US_PER_MS;
    record->ttft_ms = -1;
    record->overhead_ms = -1;
    if (x->first_byte_us == 0)
        return;
    record->ttft_ms = (x->first_byte_us - received) / US_PER_MS;
    record->overhead_ms = (x->first_byte_us - received - x->waited_us) / US_PER_MS;
    if (record->overhead_ms < 0)
        record->overhead_ms = 0;
}

static void fill_request(const ccpi_exchange *x, ccp_usage_record *record)
{
    ccpi_cut_into(record->request_id, sizeof(record->request_id), x->request_id);
    record->created_at_us = x->created_us;
    if (x->is_known) {
        ccpi_cut_into(record->user_id, sizeof(record->user_id), x->who.key.user_id.text);
        ccpi_cut_into(record->access_key_id, sizeof(record->access_key_id),
                      x->who.key.id.text);
    }
    ccpi_cut_into(record->model, sizeof(record->model), x->look.model);
    record->is_stream = x->look.is_stream;
    ccpi_cut_into(record->session_id, sizeof(record->session_id),
                  ccpi_headers_get(&x->headers, SESSION_HEADER));
    ccpi_cut_into(record->agent_id, sizeof(record->agent_id),
                  ccpi_headers_get(&x->headers, AGENT_HEADER));
    ccpi_cut_into(record->parent_agent_id, sizeof(record->parent_agent_id),
                  ccpi_headers_get(&x->headers, PARENT_HEADER));
}

static void fill_attempt(ccpi_exchange *x, ccpi_attempt *attempt)
{
    ccp_usage_record *record = &x->record;
    const bool on_bedrock = is_bedrock(x, attempt);
    const char *region = x->who.key.bedrock_region;

    ccpi_cut_into(record->provider, sizeof(record->provider), attempt->provider->name);
    ccpi_cut_into(record->served_model, sizeof(record->served_model),
                  on_bedrock ? x->model.id : x->look.model);
    if (on_bedrock) {
        record->is_fallback = x->reason != NULL;
        ccpi_cut_into(record->fallback_reason, sizeof(record->fallback_reason),
                      x->reason);
        ccpi_cut_into(record->pricing_region, sizeof(record->pricing_region),
                      *region ? region : x->router->settings.models.region);
    }
    count_tokens(x, attempt, record);
    if (record->status != CCP_USAGE_ERROR)
        ccpi_pricing_apply(x->router->pricing, record);
}

static void fill(ccpi_exchange *x, ccp_usage_status status)
{
    ccp_usage_record *record = &x->record;
    ccpi_attempt *attempt = last_attempt(x);

    record->status = status;
    record->http_status = x->http_status;
    ccpi_cut_into(record->error_type, sizeof(record->error_type),
                  ccpi_error_type_name(x->error_type));
    fill_request(x, record);
    fill_times(x, record);
    if (attempt)
        fill_attempt(x, attempt);
}

static bool wants_row(const ccpi_exchange *x)
{
    return x->front.target == CCPI_TARGET_MESSAGES && x->record.provider[0] &&
           (x->record.status != CCP_USAGE_ERROR || x->router->settings.records_failures);
}

static bool was_spent_on_bedrock(const ccpi_exchange *x)
{
    return strcmp(x->record.provider, x->router->bedrock.name) == 0;
}

static void settle(ccpi_exchange *x, int64_t cost_micro)
{
    if (!x->holds_reservation && cost_micro == 0)
        return;
    ccpi_budget_settle(x->router->budget, &x->who.key.user_id,
                       x->holds_reservation ? x->budget.reserved_micro : 0, cost_micro);
    x->holds_reservation = false;
}

void ccpi_account_record(ccpi_exchange *x, ccp_usage_status status)
{
    if (x->is_recorded)
        return;
    x->is_recorded = true;
    fill(x, status);
    /* What is spent counts before the store knows of it. */
    settle(x, was_spent_on_bedrock(x) ? x->record.total_cost_micro : 0);
    if (wants_row(x))
        ccpi_recorder_add(x->router->recorder, &x->record);
}

int64_t ccpi_account_estimate(const ccpi_exchange *x)
{
    const int64_t most = x->router->settings.reserve_max_tokens;
    const int64_t wanted = x->look.max_tokens;
    ccp_usage_record expected = {.tokens.input = estimate_input(x)};

    ccpi_cut_into(expected.provider, sizeof(expected.provider), x->router->bedrock.name);
    ccpi_cut_into(expected.model, sizeof(expected.model), x->look.model);
    ccpi_cut_into(expected.served_model, sizeof(expected.served_model), x->model.id);
    expected.tokens.output = wanted > 0 && wanted < most ? wanted : most;
    ccpi_pricing_apply(x->router->pricing, &expected);
    return expected.total_cost_micro;
}

void ccpi_account_release(ccpi_exchange *x)
{
    settle(x, 0);
}

/* ---- the log ---- */

static void log_tokens(ccpi_log_line *line, const ccp_usage_record *record)
{
    char cost[CCPI_MONEY_TEXT_SIZE];

    ccpi_money_write(record->total_cost_micro, cost);
    ccpi_log_number(line, "input_tokens", record->tokens.input);
    ccpi_log_number(line, "output_tokens", record->tokens.output);
    ccpi_log_number(line, "cache_read_tokens", record->tokens.cache_read);
    ccpi_log_number(line, "cache_write_tokens",
                    record->tokens.cache_write_5m + record->tokens.cache_write_1h);
    ccpi_log_text(line, "cost_usd", cost);
}

static void log_providers(const ccpi_exchange *x, ccpi_log_line *line)
{
    const char *attempted[CCPI_UPSTREAMS];
    size_t count = 0;

    for (size_t i = 0; i < CCPI_UPSTREAMS; i++)
        if (x->attempts[i].was_sent)
            attempted[count++] = x->attempts[i].provider->name;
    ccpi_log_texts(line, "provider_attempted", attempted, count);
    ccpi_log_text(line, "provider_used", x->provider);
}

static const char *text_or_null(const char *text)
{
    return *text ? text : NULL;
}

static void log_completion(const ccpi_exchange *x)
{
    const ccp_usage_record *record = &x->record;
    ccpi_log_line line;

    ccpi_log_start(&line, x->router->log, CCP_LOG_INFO, "request_completed",
                   x->request_id);
    ccpi_log_text(&line, "access_key_prefix",
                  x->is_known ? x->who.key.prefix.text : NULL);
    ccpi_log_text(&line, "user_id", text_or_null(record->user_id));
    log_providers(x, &line);
    ccpi_log_flag(&line, "is_fallback", record->is_fallback);
    ccpi_log_text(&line, "fallback_reason", text_or_null(record->fallback_reason));
    ccpi_log_number(&line, "status_code", record->http_status);
    ccpi_log_text(&line, "error_type", text_or_null(record->error_type));
    ccpi_log_flag(&line, "stream", record->is_stream);
    ccpi_log_text(&line, "model", text_or_null(record->model));
    ccpi_log_text(&line, "served_model", text_or_null(record->served_model));
    ccpi_log_number(&line, "latency_ms", record->latency_ms);
    ccpi_log_number(&line, "ttft_ms", record->ttft_ms);
    ccpi_log_number(&line, "overhead_ms", record->overhead_ms);
    log_tokens(&line, record);
    ccpi_log_flag(&line, "client_aborted", x->client_left);
    ccpi_log_text(&line, "session_id", text_or_null(record->session_id));
    ccpi_log_end(&line);
}

/* ---- the metrics ---- */

static void fill_amounts(const ccp_usage_record *record, ccpi_request_facts *facts)
{
    facts->tokens[CCPI_TOKENS_INPUT] = record->tokens.input;
    facts->tokens[CCPI_TOKENS_OUTPUT] = record->tokens.output;
    facts->tokens[CCPI_TOKENS_CACHE_READ] = record->tokens.cache_read;
    facts->tokens[CCPI_TOKENS_CACHE_WRITE] =
        record->tokens.cache_write_5m + record->tokens.cache_write_1h;
    facts->cost_micro = record->total_cost_micro;
}

static void fill_durations(const ccpi_exchange *x, ccpi_request_facts *facts)
{
    const int64_t received = x->received_us ? x->received_us : x->started_us;

    facts->latency_us = ccpi_router_now(x->router) - received;
    facts->first_token_us = -1;
    facts->overhead_us = -1;
    if (x->first_byte_us == 0)
        return;
    facts->first_token_us = x->first_byte_us - received;
    facts->overhead_us = facts->first_token_us - x->waited_us;
    if (facts->overhead_us < 0)
        facts->overhead_us = 0;
}

static void count_request(const ccpi_exchange *x)
{
    const ccp_usage_record *record = &x->record;
    const bool is_error =
        record->status == CCP_USAGE_ERROR || record->status == CCP_USAGE_INCOMPLETE;
    ccpi_request_facts facts = {
        .provider = *record->provider ? record->provider : "none",
        .model = record->model,
        .status = ccp_usage_status_name(record->status),
        .is_stream = record->is_stream,
        .has_model = *record->provider && record->status != CCP_USAGE_ERROR,
        .error_type = is_error && *record->error_type ? record->error_type : NULL,
        .from_provider = record->is_fallback ? x->router->plan.name : NULL,
        .fallback_reason = text_or_null(record->fallback_reason),
        .user_id = text_or_null(record->user_id),
    };

    fill_amounts(record, &facts);
    fill_durations(x, &facts);
    ccpi_metrics_request(x->router->metrics, &facts);
}

void ccpi_account_close(ccpi_exchange *x)
{
    if (!x->is_recorded)
        fill(x, CCP_USAGE_ERROR);
    settle(x, 0);
    fill_times(x, &x->record);
    if (x->front.target == CCPI_TARGET_MESSAGES)
        count_request(x);
    if (!x->is_unlogged)
        log_completion(x);
}

void ccpi_account_failure(const ccpi_exchange *x, const ccpi_attempt *attempt)
{
    const ccpi_transfer_result *result = &attempt->result;
    const char *upstream_id = ccpi_headers_get(&result->headers, "request-id");
    ccpi_log_line line;

    if (!upstream_id)
        upstream_id = ccpi_headers_get(&result->headers, "x-amzn-requestid");
    ccpi_log_start(&line, x->router->log, CCP_LOG_WARNING, "upstream_error",
                   x->request_id);
    ccpi_log_text(&line, "provider", attempt->provider->name);
    ccpi_log_text(&line, "class", ccpi_class_name(attempt->kind));
    ccpi_log_number(&line, "status", result->status);
    ccpi_log_text(&line, "upstream_request_id", upstream_id);
    ccpi_log_text(&line, "cause",
                  result->ending == CCPI_ENDED_BY_STATUS ? NULL : result->error.message);
    ccpi_log_end(&line);
}

void ccpi_account_circuit(const ccpi_exchange *x, const ccpi_circuit_change *change)
{
    static const char *const events[] = {"circuit_closed", "circuit_opened",
                                         "circuit_half_open", "circuit_cooling"};
    ccpi_log_line line;

    if (change->from == change->to)
        return;
    if (change->to == CCPI_CIRCUIT_OPEN)
        ccpi_metrics_circuit_opened(x->router->metrics, x->router->plan.name);
    ccpi_log_start(&line, x->router->log,
                   change->to == CCPI_CIRCUIT_OPEN ? CCP_LOG_WARNING : CCP_LOG_INFO,
                   events[change->to], x->request_id);
    ccpi_log_text(&line, "access_key_prefix", x->who.key.prefix.text);
    ccpi_log_text(&line, "from", ccpi_circuit_state_name(change->from));
    ccpi_log_text(&line, "reason",
                  change->reason == CCPI_CLASS_NONE ? NULL
                                                    : ccpi_class_name(change->reason));
    ccpi_log_end(&line);
}
