#include "base/cleanup.h"
#include "base/uri.h"
#include "routing/ask.h"
#include "routing/attempt.h"
#include "routing/reply.h"

/*
 * The list of models, and one of them: the Plan's, as it answers; and where the
 * Plan is not asked, what the table of models maps.
 */

#define PATH "/v1/models"
#define MAX_NAME (3 * CCPI_MODEL_ID_MAX)
#define MAX_ANSWER ((size_t)8 * 1024 * 1024)

/* ---- of the table ---- */

static void refuse(ccpi_exchange *x, int status, ccpi_error_type type,
                   const char *message)
{
    ccpi_reply_refuse(
        x, &(ccpi_refusal){.status = status, .type = type, .message = message});
}

static void tell_page(ccpi_exchange *x, const ccpi_model_list *list, ccpi_buf *out)
{
    ccp_error error = {CCP_OK, ""};
    const ccp_status status =
        ccpi_model_list_write_page(list, x->request->query, out, &error);

    if (status == CCP_INVALID)
        refuse(x, 400, CCPI_ERROR_INVALID_REQUEST, error.message);
    else if (status != CCP_OK)
        out->status = status;
}

/* A segment of a path: in one, unlike in a query, "+" is no blank. */
static ccp_status decode_segment(ccpi_span text, ccpi_buf *out)
{
    ccp_status status = CCP_OK;

    while (text.len > 0 && status == CCP_OK) {
        const char *plus = memchr(text.data, '+', text.len);
        const size_t len = plus ? (size_t)(plus - text.data) : text.len;

        status = ccpi_uri_query_decode((ccpi_span){text.data, len}, out);
        if (plus && status == CCP_OK)
            status = ccpi_buf_append_char(out, '+');
        text.data += len + (plus ? 1 : 0);
        text.len -= len + (plus ? 1 : 0);
    }
    return status;
}

static void tell_model(ccpi_exchange *x, const ccpi_model_list *list, ccpi_span segment,
                       ccpi_buf *out)
{
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf name = {.limit = MAX_NAME};
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf message = {.limit = MAX_ANSWER};
    const ccpi_listed_model *model = NULL;

    if (decode_segment(segment, &name) == CCP_OK)
        model = ccpi_model_list_find(list, ccpi_buf_span(&name));
    if (model) {
        if (ccpi_model_list_write_one(model, out) != CCP_OK)
            out->status = CCP_NO_MEMORY;
        return;
    }
    ccpi_buf_append_text(&message, "model: ");
    ccpi_buf_append_span(&message, segment);
    refuse(x, 404, CCPI_ERROR_NOT_FOUND,
           message.status == CCP_OK ? message.data : "model");
}

static void tell_table(ccpi_exchange *x)
{
    CCPI_CLEANUP(ccpi_model_list_clear) ccpi_model_list list = {.count = 0};
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf out = {.limit = MAX_ANSWER};
    const char *behind = x->front.path + strlen(PATH);

    out.status = ccpi_model_table_list(x->router->models, &list);
    if (out.status == CCP_OK && *behind)
        tell_model(x, &list, ccpi_span_of(behind + 1), &out);
    else if (out.status == CCP_OK)
        tell_page(x, &list, &out);
    if (x->http_status != 0)
        return;
    if (out.status == CCP_OK)
        ccpi_reply_plain(x, 200, ccpi_buf_span(&out));
    else
        refuse(x, 503, CCPI_ERROR_OVERLOADED, "The proxy is short of memory.");
}

/* ---- of the Plan ---- */

static void tell_no_answer(ccpi_exchange *x, const ccpi_attempt *attempt)
{
    const bool is_timeout = attempt->kind == CCPI_CLASS_TIMEOUT;

    ccpi_reply_refuse(
        x, &(ccpi_refusal){.status = is_timeout ? 504 : 503,
                           .type = is_timeout ? CCPI_ERROR_TIMEOUT : CCPI_ERROR_API,
                           .message = "The Anthropic API could not be reached."});
}

void ccpi_models_run(ccpi_exchange *x)
{
    const ccpi_attempt_options options = {.upstream = CCPI_UPSTREAM_PLAN,
                                          .call = CCPI_CALL_MODELS};
    ccpi_attempt *attempt = &x->attempts[CCPI_UPSTREAM_PLAN];

    if (x->who.routing == CCP_ROUTING_BEDROCK_ONLY || !ccpi_ask_has_plan_credential(x)) {
        tell_table(x);
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
