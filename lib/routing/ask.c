#include "routing/ask.h"

#include "base/cleanup.h"
#include "routing/account.h"
#include "routing/attempt.h"
#include "routing/reply.h"

#define SHORTEST_LIMIT_S 60 /* RT-9: of a usage limit */
#define US_PER_S INT64_C(1000000)

/* ---- the Plan ---- */

bool ccpi_ask_has_plan_credential(const ccpi_exchange *x)
{
    return ccpi_plan_credential_of(x->router->plan_facts, &x->headers) !=
           CCPI_PLAN_CREDENTIAL_NONE;
}

bool ccpi_ask_was_shared_key_refused(const ccpi_exchange *x, const ccpi_attempt *attempt)
{
    const int status = attempt->result.status;

    return attempt->result.ending == CCPI_ENDED_BY_STATUS &&
           (status == 401 || status == 403) &&
           ccpi_plan_credential_of(x->router->plan_facts, &x->headers) ==
               CCPI_PLAN_CREDENTIAL_SHARED;
}

void ccpi_ask_report(ccpi_exchange *x, const ccpi_report *report)
{
    ccpi_circuit_change change;

    if (!x->has_pass)
        return;
    x->has_pass = false;
    change = ccpi_breaker_report(x->router->breaker, &x->who.key.id, &x->pass, report,
                                 ccpi_router_now(x->router));
    ccpi_account_circuit(x, &change);
}

static void report_answer(ccpi_exchange *x, const ccpi_attempt *attempt)
{
    const ccpi_headers *headers = &attempt->result.headers;
    const ccp_clock *clock = x->router->clock;
    const bool names_end = ccpi_headers_get(headers, "retry-after") != NULL;
    int64_t seconds =
        ccpi_plan_limit_seconds(headers, clock->unix_us(clock->self) / US_PER_S);

    if (attempt->kind == CCPI_CLASS_USAGE_LIMIT && seconds < SHORTEST_LIMIT_S)
        seconds = SHORTEST_LIMIT_S;
    if (seconds > x->router->settings.circuit_reset_us / US_PER_S)
        seconds = x->router->settings.circuit_reset_us / US_PER_S;
    ccpi_ask_report(
        x,
        &(ccpi_report){.verdict = ccpi_class_verdict(attempt->kind, names_end,
                                                     x->router->settings.counts_network),
                       .reason = attempt->kind,
                       .cool_for_us = seconds > 0 ? seconds * US_PER_S : 0});
}

static ccpi_plan_state state_of_plan(ccpi_exchange *x, ccpi_attempt *attempt)
{
    if (ccpi_ask_was_shared_key_refused(x, attempt)) {
        attempt->kind = CCPI_CLASS_SERVER_ERROR;
        return CCPI_PLAN_REFUSED_SHARED;
    }
    if (!ccpi_class_allows_fallback(attempt->kind))
        return CCPI_PLAN_ANSWERED;
    return ccpi_attempt_has_answer(attempt) ? CCPI_PLAN_FAILED : CCPI_PLAN_SILENT;
}

/* An answer that has begun, or a client that has gone, is the end of the search. */
static bool is_end(ccpi_exchange *x, ccpi_attempt_end end, ccpi_attempt *attempt)
{
    x->is_over = true;
    switch (end) {
    case CCPI_ATTEMPT_STARTED: ccpi_reply_rest(x, attempt); break;
    case CCPI_ATTEMPT_LEFT: ccpi_reply_abandon(x); break;
    case CCPI_ATTEMPT_STOPPED:
        ccpi_reply_refuse(x,
                          &(ccpi_refusal){.status = 503,
                                          .type = CCPI_ERROR_OVERLOADED,
                                          .message = "The proxy can't take requests now.",
                                          .retry_after_s = 5});
        break;
    default: x->is_over = false; break;
    }
    return x->is_over;
}

void ccpi_ask_plan(ccpi_exchange *x)
{
    const ccpi_attempt_options options = {.upstream = CCPI_UPSTREAM_PLAN,
                                          .call = CCPI_CALL_MESSAGES,
                                          .has_successor =
                                              x->facts.has_bedrock_credential &&
                                              x->facts.bedrock == CCPI_BEDROCK_UNTRIED};
    ccpi_attempt *attempt = &x->attempts[CCPI_UPSTREAM_PLAN];
    ccp_error error = {CCP_OK, ""};
    ccpi_attempt_end end;

    x->provider = x->router->plan.name;
    x->fallback = NULL;
    end = ccpi_attempt_run(x, &options, &error);
    ccpi_account_circuit(x, &x->change);
    if (end == CCPI_ATTEMPT_UNFIT) {
        x->is_over = true;
        x->provider = NULL;
        ccpi_reply_refuse(x, &(ccpi_refusal){.status = 400,
                                             .type = CCPI_ERROR_INVALID_REQUEST,
                                             .message = error.message});
        return;
    }
    if (is_end(x, end, attempt))
        return;
    x->facts.plan = state_of_plan(x, attempt);
    x->facts.plan_class = attempt->kind;
    report_answer(x, attempt);
}

/* ---- Bedrock ---- */

/* BR-12, of what fails before Bedrock can be asked. */
static void fail_without_asking(ccpi_exchange *x, ccpi_class kind, const char *message)
{
    ccpi_attempt *attempt = &x->attempts[CCPI_UPSTREAM_BEDROCK];
    ccpi_told *told = &attempt->told;

    attempt->provider = &x->router->bedrock;
    attempt->kind = kind;
    x->facts.bedrock = CCPI_BEDROCK_FAILED;
    told->message.limit = CCPI_ATTEMPT_MAX_ERROR;
    ccpi_buf_append_text(&told->message, message);
    switch (kind) {
    case CCPI_CLASS_BEDROCK_MODEL_UNKNOWN:
        told->status = 404;
        told->type = CCPI_ERROR_NOT_FOUND;
        break;
    case CCPI_CLASS_BEDROCK_AUTH:
        told->status = 503;
        told->type = CCPI_ERROR_API;
        told->forbids_retry = true;
        break;
    default:
        told->status = 503;
        told->type = CCPI_ERROR_OVERLOADED;
        break;
    }
}

ccp_status ccpi_ask_model(ccpi_exchange *x, ccp_error *error)
{
    ccpi_model_rules rules = x->router->settings.models;

    rules.chosen = x->who.key.bedrock_model;
    if (x->who.key.bedrock_region[0])
        rules.region = x->who.key.bedrock_region;
    return ccpi_model_table_choose(x->router->models, x->look.model, &rules, &x->model,
                                   error);
}

static bool choose_model(ccpi_exchange *x)
{
    ccp_error error = {CCP_OK, ""};

    if (ccpi_ask_model(x, &error) == CCP_OK)
        return true;
    fail_without_asking(x, CCPI_CLASS_BEDROCK_MODEL_UNKNOWN, error.message);
    return false;
}

static bool get_credential(ccpi_exchange *x, ccpi_usable *out)
{
    ccp_status status = ccpi_usable_get(x->router, &x->who.key, out, NULL);

    if (status == CCP_OK)
        return true;
    if (status == CCP_UNAVAILABLE || status == CCP_TIMEOUT || status == CCP_NO_MEMORY)
        fail_without_asking(x, CCPI_CLASS_BEDROCK_UNAVAILABLE,
                            "The Bedrock credential can't be read at the moment.");
    else
        fail_without_asking(x, CCPI_CLASS_BEDROCK_AUTH, "Bedrock credential was refused");
    return false;
}

static bool reserve_budget(ccpi_exchange *x)
{
    x->asked_budget = true;
    ccpi_budget_reserve(x->router->budget, &x->who, ccpi_account_estimate(x), &x->budget);
    switch (x->budget.verdict) {
    case CCPI_BUDGET_WITHIN: x->holds_reservation = true; return true;
    case CCPI_BUDGET_UNREADABLE: x->facts.bedrock = CCPI_BEDROCK_BUDGET_UNREADABLE; break;
    default: x->facts.bedrock = CCPI_BEDROCK_OVER_BUDGET; break;
    }
    return false;
}

void ccpi_ask_bedrock(ccpi_exchange *x, const char *reason)
{
    CCPI_CLEANUP(ccpi_usable_wipe) ccpi_usable credential = {.keys = NULL};
    ccpi_attempt_options options = {.upstream = CCPI_UPSTREAM_BEDROCK,
                                    .call = CCPI_CALL_MESSAGES,
                                    .credential = &credential};
    ccpi_attempt *attempt = &x->attempts[CCPI_UPSTREAM_BEDROCK];
    ccpi_attempt_end end;

    x->reason = reason;
    if (!choose_model(x) || !get_credential(x, &credential) || !reserve_budget(x))
        return;
    options.model_id = x->model.id;
    x->provider = x->router->bedrock.name;
    x->fallback = reason;
    end = ccpi_attempt_run(x, &options, &x->refusal);
    if (attempt->kind == CCPI_CLASS_BEDROCK_AUTH)
        ccpi_usable_doubt(x->router, &credential);
    if (is_end(x, end, attempt))
        return;
    if (end == CCPI_ATTEMPT_UNFIT)
        x->facts.bedrock = CCPI_BEDROCK_UNCONVERTIBLE;
    else
        x->facts.bedrock = attempt->kind == CCPI_CLASS_NONE ? CCPI_BEDROCK_ANSWERED
                                                            : CCPI_BEDROCK_FAILED;
    if (x->facts.bedrock != CCPI_BEDROCK_ANSWERED)
        ccpi_account_release(x);
}
