#include "routing/tell.h"

#include <stdio.h>

#include "routing/reply.h"

#define US_PER_S INT64_C(1000000)
#define LONGEST_BLOCK_S 60 /* RT-7 */

static void tell_plan_failure(ccpi_exchange *x)
{
    const bool is_timeout = x->facts.plan_class == CCPI_CLASS_TIMEOUT;
    char message[sizeof(x->refusal.message) + 160];

    x->provider = x->router->plan.name;
    if (x->facts.plan == CCPI_PLAN_REFUSED_SHARED) {
        ccpi_reply_refuse(x, &ccpi_refusal_shared_key);
        return;
    }
    snprintf(message, sizeof(message), "%s, and %s%s.",
             is_timeout ? "The Anthropic API did not answer in time"
                        : "The Anthropic API could not be reached",
             x->facts.has_bedrock_credential ? "Bedrock can't take this request: "
                                             : "Bedrock fallback is not configured for "
                                               "this access key",
             x->facts.has_bedrock_credential ? x->refusal.message : "");
    ccpi_reply_refuse(
        x, &(ccpi_refusal){.status = is_timeout ? 504 : 503,
                           .type = is_timeout ? CCPI_ERROR_TIMEOUT : CCPI_ERROR_API,
                           .message = message});
}

static void tell_bedrock_failure(ccpi_exchange *x)
{
    const ccpi_told *told = &x->attempts[CCPI_UPSTREAM_BEDROCK].told;

    x->provider = x->router->bedrock.name;
    ccpi_reply_refuse(
        x, &(ccpi_refusal){.status = told->status ? told->status : 503,
                           .type = told->status ? told->type : CCPI_ERROR_OVERLOADED,
                           .message = told->message.data ? told->message.data
                                                         : "Bedrock failed.",
                           .forbids_retry = told->forbids_retry});
}

static void tell_over_budget(ccpi_exchange *x)
{
    ccpi_reply_refuse(
        x, &(ccpi_refusal){.status = 429,
                           .type = CCPI_ERROR_RATE_LIMIT,
                           .message = x->budget.message,
                           .retry_after_s = x->budget.retry_after_seconds,
                           .forbids_retry = x->budget.verdict == CCPI_BUDGET_EXCEEDED});
}

static void tell_blocked(ccpi_exchange *x)
{
    int64_t wait_s = (x->pass.wait_us + US_PER_S - 1) / US_PER_S;

    if (wait_s > LONGEST_BLOCK_S)
        wait_s = LONGEST_BLOCK_S;
    ccpi_reply_refuse(x, &(ccpi_refusal){.status = 503,
                                         .type = CCPI_ERROR_OVERLOADED,
                                         .message = "The Anthropic API is failing, and "
                                                    "this access key has no fallback.",
                                         .retry_after_s = wait_s > 0 ? wait_s : 1});
}

static void tell_unconvertible(ccpi_exchange *x)
{
    ccpi_reply_refuse(x, &(ccpi_refusal){.status = 400,
                                         .type = CCPI_ERROR_INVALID_REQUEST,
                                         .message = x->refusal.message});
}

static void tell_no_budget_data(ccpi_exchange *x)
{
    ccpi_reply_refuse(
        x, &(ccpi_refusal){.status = 503,
                           .type = CCPI_ERROR_API,
                           .message = "The budget can't be checked at the moment.",
                           .retry_after_s = 5});
}

static void tell_no_bedrock(ccpi_exchange *x)
{
    ccpi_reply_refuse(x,
                      &(ccpi_refusal){.status = 503,
                                      .type = CCPI_ERROR_API,
                                      .message = "Bedrock credential is not registered "
                                                 "for this access key",
                                      .forbids_retry = true});
}

static void tell_no_credential(ccpi_exchange *x)
{
    ccpi_reply_refuse(x, &ccpi_refusal_no_credential);
}

static void give_plan(ccpi_exchange *x)
{
    ccpi_reply_held(x, &x->attempts[CCPI_UPSTREAM_PLAN]);
}

static void give_bedrock(ccpi_exchange *x)
{
    ccpi_reply_held(x, &x->attempts[CCPI_UPSTREAM_BEDROCK]);
}

static void (*const tellers[CCPI_STEPS])(ccpi_exchange *x) = {
    [CCPI_STEP_GIVE_PLAN] = give_plan,
    [CCPI_STEP_GIVE_BEDROCK] = give_bedrock,
    [CCPI_STEP_TELL_PLAN_FAILURE] = tell_plan_failure,
    [CCPI_STEP_TELL_BEDROCK_FAILURE] = tell_bedrock_failure,
    [CCPI_STEP_TELL_UNCONVERTIBLE] = tell_unconvertible,
    [CCPI_STEP_TELL_OVER_BUDGET] = tell_over_budget,
    [CCPI_STEP_TELL_NO_BUDGET_DATA] = tell_no_budget_data,
    [CCPI_STEP_TELL_NO_BEDROCK] = tell_no_bedrock,
    [CCPI_STEP_TELL_NO_CREDENTIAL] = tell_no_credential,
    [CCPI_STEP_TELL_BLOCKED] = tell_blocked,
};

/* Whether the reason that led to Bedrock still says why the client hears from it. */
static bool is_bedrocks_word(ccpi_step step)
{
    return step == CCPI_STEP_GIVE_BEDROCK || step == CCPI_STEP_TELL_BEDROCK_FAILURE;
}

void ccpi_tell(ccpi_exchange *x, const ccpi_decision *decision)
{
    x->provider = NULL; /* our own refusal, unless the step says otherwise */
    if (!is_bedrocks_word(decision->step))
        x->fallback = decision->reason;
    if (decision->tells_bedrock_class)
        x->fallback_error = ccpi_class_name(x->attempts[CCPI_UPSTREAM_BEDROCK].kind);
    tellers[decision->step](x);
}
