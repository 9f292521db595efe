#include "routing/trial.h"

#include <stdio.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "bedrock/advice.h"
#include "ccproxy/mask.h"
#include "provider/bedrock.h"
#include "routing/request_id.h"
#include "routing/usable.h"

#define CONNECT_MS 5000
#define UPLOAD_MS 5000
#define ALL_MS 20000
#define MAX_BODY 1024
#define US_PER_S INT64_C(1000000)
#define MAX_TOLD ((size_t)64 * 1024)

/* ---- nobody reads the answer ---- */

static ccp_status take_head(void *self, const ccp_response_head *head)
{
    (void)self, (void)head;
    return CCP_OK;
}

static ccp_status take_bytes(void *self, const void *bytes, size_t len)
{
    (void)self, (void)bytes, (void)len;
    return CCP_OK;
}

static ccp_status take_end(void *self)
{
    (void)self;
    return CCP_OK;
}

static bool is_never_gone(void *self)
{
    (void)self;
    return false;
}

static void take_break(void *self)
{
    (void)self;
}

static const ccp_sink nobody = {
    .head = take_head,
    .write = take_bytes,
    .end = take_end,
    .is_gone = is_never_gone,
    .must_close = take_break,
};

static ccp_status keep_head(void *self, int status, const ccpi_headers *upstream,
                            ccpi_headers *client)
{
    (void)self, (void)status, (void)upstream, (void)client;
    return CCP_OK;
}

/* ---- what is asked ---- */

/* What came of it so far. */
typedef struct trial {
    ccpi_class kind; /* CCPI_CLASS_NONE: it was answered */
    int status;
    int64_t latency_us;
    char model_id[CCPI_MODEL_ID_MAX + 1];
    char message[512];
} trial;

typedef struct question {
    const ccpi_router *router;
    ccp_identity who;
    ccpi_headers headers; /* none */
    ccpi_look look;
    ccpi_buf body;
    ccpi_usable credential;
    ccpi_sigv4_credentials signer;
    char request_id[CCPI_REQUEST_ID_LEN + 1];
    ccpi_edits edits;
    ccpi_provider_request request;
} question;

static void clear(question *asked)
{
    ccpi_headers_clear(&asked->headers);
    ccpi_buf_clear(&asked->body);
    ccpi_usable_wipe(&asked->credential);
}

static void explain_short(trial *out, ccpi_class kind, const char *why)
{
    out->kind = kind;
    snprintf(out->message, sizeof(out->message), "%s", why);
}

static ccp_status write_body(question *asked, const char *model, ccp_error *error)
{
    asked->body.limit = MAX_BODY;
    ccpi_buf_append_format(&asked->body,
                           "{\"model\":\"%s\",\"max_tokens\":1,\"messages\":"
                           "[{\"role\":\"user\",\"content\":\"Hi\"}]}",
                           model);
    if (asked->body.status != CCP_OK)
        return ccpi_fail(error, CCP_NO_MEMORY, "no memory for a request");
    return ccpi_look_at(ccpi_buf_span(&asked->body), &asked->look, error);
}

/* false: there is nothing to ask with, as out says, or the status. */
static bool find_credential(question *asked, trial *out, ccp_status *status,
                            ccp_error *error)
{
    const ccpi_router *router = asked->router;

    *status = ccpi_usable_get(router, &asked->who.key, &asked->credential, error);
    if (*status != CCP_NOT_FOUND && *status != CCP_DENIED)
        return *status == CCP_OK;
    explain_short(out, CCPI_CLASS_BEDROCK_AUTH,
                  *status == CCP_NOT_FOUND
                      ? "no Bedrock credential is registered for this access key"
                      : "the stored Bedrock credential can't be unsealed");
    *status = CCP_OK;
    return false;
}

static bool choose_model(const question *asked, const char *model, trial *out)
{
    const ccp_access_key *key = &asked->who.key;
    ccpi_model_rules rules = asked->router->settings.models;
    ccpi_model_choice choice;
    ccp_error error = {CCP_OK, ""};

    rules.chosen = key->bedrock_model;
    if (key->bedrock_region[0])
        rules.region = key->bedrock_region;
    if (ccpi_model_table_choose(asked->router->models, model, &rules, &choice, &error) !=
        CCP_OK) {
        explain_short(out, CCPI_CLASS_BEDROCK_MODEL_UNKNOWN, error.message);
        return false;
    }
    memcpy(out->model_id, choice.id, sizeof(out->model_id));
    return true;
}

static void describe(question *asked, const trial *out)
{
    const ccp_clock *clock = asked->router->clock;

    asked->signer = ccpi_usable_signer(&asked->credential);
    asked->request = (ccpi_provider_request){
        .call = CCPI_CALL_MESSAGES,
        .method = "POST",
        .path = "/v1/messages",
        .headers = &asked->headers,
        .look = &asked->look,
        .identity = &asked->who,
        .request_id = asked->request_id,
        .credential = ccpi_buf_span(&asked->credential.bearer),
        .signer = asked->signer.access_key_id ? &asked->signer : NULL,
        .unix_seconds = clock->unix_us(clock->self) / US_PER_S,
        .model_id = out->model_id,
        .edits = &asked->edits,
    };
}

/* ---- and what came of it ---- */

static ccpi_class class_of(const question *asked, const ccpi_transfer_result *result)
{
    const ccpi_provider *bedrock = &asked->router->bedrock;

    switch (result->ending) {
    case CCPI_ENDED_WELL: return CCPI_CLASS_NONE;
    case CCPI_ENDED_BY_STATUS:
        return bedrock->classify(bedrock->self, result->status, &result->headers,
                                 ccpi_buf_span(&result->body));
    case CCPI_ENDED_BY_TIMEOUT: return CCPI_CLASS_BEDROCK_TIMEOUT;
    default: return CCPI_CLASS_BEDROCK_UNAVAILABLE;
    }
}

static void explain(const ccpi_transfer_result *result, trial *out)
{
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf text = {.limit = MAX_TOLD};

    if (ccpi_bedrock_error_text(ccpi_buf_span(&result->body), &text) != CCP_OK ||
        text.len == 0)
        snprintf(out->message, sizeof(out->message), "%s", result->error.message);
    else
        snprintf(out->message, sizeof(out->message), "%s", text.data);
    out->message[ccp_mask(out->message, strlen(out->message))] = '\0';
}

static ccp_status judge(const question *asked, const ccpi_transfer_result *result,
                        trial *out, ccp_error *error)
{
    if (result->ending == CCPI_ENDED_BY_SHUTDOWN)
        return ccpi_fail(error, CCP_UNAVAILABLE, "the proxy stops");
    if (result->ending == CCPI_ENDED_BY_MEMORY)
        return ccpi_fail(error, CCP_NO_MEMORY, "no memory for an answer");
    out->status = result->status;
    out->latency_us = result->ended_us - result->submitted_us;
    out->kind = class_of(asked, result);
    if (out->kind != CCPI_CLASS_NONE)
        explain(result, out);
    return CCP_OK;
}

static ccp_status send(const question *asked, const ccpi_outgoing *outgoing,
                       ccpi_outlet *outlet, trial *out, ccp_error *error)
{
    const ccpi_provider *bedrock = &asked->router->bedrock;
    ccpi_transfer_result result = {.status = 0};
    ccpi_transfer_options options = {
        .engine = asked->router->engine,
        .outgoing = outgoing,
        .outlet = outlet,
        .timeouts = {.connect_ms = CONNECT_MS,
                     .read_ms = ALL_MS,
                     .total_ms = ALL_MS,
                     .upload_ms = UPLOAD_MS},
        .may_hold = true,
        .must_be_json = true,
        .head = keep_head,
    };
    ccp_status status =
        bedrock->open_reader(bedrock->self, &asked->request, &options.reader, error);

    if (status == CCP_OK)
        status = ccpi_transfer_run(&options, &result, error);
    if (status == CCP_OK)
        status = judge(asked, &result, out, error);
    ccpi_transfer_result_clear(&result);
    return status;
}

static ccp_status ask(const question *asked, trial *out, ccp_error *error)
{
    const ccpi_provider *bedrock = &asked->router->bedrock;
    CCPI_CLEANUP(ccpi_outgoing_clear) ccpi_outgoing outgoing = {.method = NULL};
    ccp_error why = {CCP_OK, ""};
    ccpi_outlet *outlet = NULL;
    ccp_status status = bedrock->prepare(bedrock->self, &asked->request, &outgoing, &why);

    if (status == CCP_INVALID) {
        explain_short(out, CCPI_CLASS_BEDROCK_VALIDATION, why.message);
        return CCP_OK;
    }
    if (status == CCP_OK)
        status = ccpi_outlet_new(&nobody, asked->router->clock, &outlet);
    if (status != CCP_OK)
        return ccpi_fail(error, status, "%s", why.message);
    outgoing.trust = &asked->router->settings.bedrock_trust;
    status = send(asked, &outgoing, outlet, out, error);
    ccpi_outlet_free(outlet);
    return status;
}

static void tell(const question *asked, const trial *found, ccp_bedrock_test *out)
{
    const char *own = asked->who.key.bedrock_region;
    const ccpi_advice_facts facts = {
        .fault = ccpi_bedrock_fault_behind(found->kind),
        .status = found->status,
        .text = found->message,
        .model_id = found->model_id,
        .region = *own ? own : asked->router->settings.models.region,
    };

    *out = (ccp_bedrock_test){.is_ok = found->kind == CCPI_CLASS_NONE,
                              .http_status = found->status,
                              .latency_us = found->latency_us};
    snprintf(out->model, sizeof(out->model), "%s", found->model_id);
    snprintf(out->region, sizeof(out->region), "%s", facts.region);
    snprintf(out->message, sizeof(out->message), "%s", found->message);
    if (out->is_ok)
        return;
    snprintf(out->kind, sizeof(out->kind), "%s", ccpi_class_name(found->kind));
    ccpi_bedrock_advise(&facts, out->advice);
}

ccp_status ccpi_trial_run(const ccpi_router *router, const ccp_access_key *key,
                          const char *model, ccp_bedrock_test *out, ccp_error *error)
{
    CCPI_CLEANUP(clear) question asked = {.router = router};
    const char *name = model ? model : CCPI_TRIAL_MODEL;
    trial found = {.kind = CCPI_CLASS_NONE};
    ccp_status status;

    asked.who.key = *key;
    status = ccpi_request_id_make(router->clock, router->random, asked.request_id);
    if (status == CCP_OK)
        status = write_body(&asked, name, error);
    if (status == CCP_OK && choose_model(&asked, name, &found) &&
        find_credential(&asked, &found, &status, error)) {
        describe(&asked, &found);
        status = ask(&asked, &found, error);
    }
    tell(&asked, &found, out);
    return status;
}
