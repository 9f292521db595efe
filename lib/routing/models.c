#include "routing/ask.h"
#include "routing/attempt.h"
#include "routing/reply.h"

/* The list of models, and one of them: the Plan's, as it answers. */

static void tell_no_answer(ccpi_exchange *x, const ccpi_attempt *attempt)
{
    const bool is_timeout = attempt->kind == CCPI_CLASS_TIMEOUT;

    ccpi_reply_refuse(
        x, &(ccpi_refusal){.status = is_timeout ? 504 : 503,
                           .type = is_timeout ? CCPI_ERROR_TIMEOUT : CCPI_ERROR_API,
                           .message = "The Anthropic API could not be reached."});
}

static void refuse_bedrock_only(ccpi_exchange *x)
{
    ccpi_reply_refuse(x, &(ccpi_refusal){.status = 404,
                                         .type = CCPI_ERROR_NOT_FOUND,
                                         .message = "There is no list of models for "
                                                    "this access key."});
}

void ccpi_models_run(ccpi_exchange *x)
{
    const ccpi_attempt_options options = {.upstream = CCPI_UPSTREAM_PLAN,
                                          .call = CCPI_CALL_MODELS};
    ccpi_attempt *attempt = &x->attempts[CCPI_UPSTREAM_PLAN];

    if (x->who.routing == CCP_ROUTING_BEDROCK_ONLY) {
        refuse_bedrock_only(x);
        return;
    }
    if (!ccpi_ask_has_plan_credential(x)) {
        ccpi_reply_refuse(x, &ccpi_refusal_no_credential);
        return;
    }
    x->provider = x->router->plan.name;
    switch (ccpi_attempt_run(x, &options, NULL)) {
    case CCPI_ATTEMPT_STARTED: ccpi_reply_rest(x, attempt); return;
    case CCPI_ATTEMPT_LEFT: ccpi_reply_abandon(x); return;
    case CCPI_ATTEMPT_HELD: break;
    default: tell_no_answer(x, attempt); return;
    }
    if (ccpi_ask_was_shared_key_refused(x, attempt))
        ccpi_reply_refuse(x, &ccpi_refusal_shared_key);
    else if (ccpi_attempt_has_answer(attempt))
        ccpi_reply_held(x, attempt);
    else
        tell_no_answer(x, attempt);
}
