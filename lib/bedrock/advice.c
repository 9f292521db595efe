#include "bedrock/advice.h"

#include <stdio.h>
#include <string.h>

#include "bedrock/models.h"

/* What a cause is known by: all that is given must fit. */
typedef struct cause {
    ccpi_bedrock_fault fault;
    bool is_silent;    /* no answer came */
    const char *words; /* in the text; NULL: any */
    const char *advice;
} cause;

#define NEW_KEY                                                                          \
    "Make a new one in the AWS console (Amazon Bedrock, API keys) and register it with " \
    "\"ccproxy key bedrock-key set\"."

/* The first that fits. */
static const cause causes[] = {
    {CCPI_FAULT_AUTH, false, "xpired", "The credential has expired. " NEW_KEY},
    {CCPI_FAULT_AUTH, false, "access to the model",
     "The credential is good, but the account has no access to this model. Ask for it in "
     "the AWS console (Amazon Bedrock, Model access) in region {region}."},
    {CCPI_FAULT_AUTH, false, "not available for this account",
     "The account may not use this model. Ask for access in the AWS console (Amazon "
     "Bedrock, Model access) in region {region}, or map another model."},
    {CCPI_FAULT_AUTH, false, "not authorized to perform",
     "The credential is good, but its IAM policy does not allow this. It needs "
     "bedrock:InvokeModel and bedrock:InvokeModelWithResponseStream on the profile and "
     "on "
     "the models behind it, and bedrock:CallWithBearerToken for an API key."},
    {CCPI_FAULT_AUTH, false, "signature",
     "AWS refused the signature. Check the secret key, and this machine's clock."},
    {CCPI_FAULT_AUTH, true, NULL,
     "Nothing was sent, since there is no credential that can be used. Register one with "
     "\"ccproxy key bedrock-key set\"."},
    {CCPI_FAULT_AUTH, false, NULL,
     "Bedrock refused the credential: it is revoked, mistyped, or made for another "
     "region "
     "than {region}. " NEW_KEY},
    {CCPI_FAULT_VALIDATION, false, "on-demand throughput",
     "This model is served through an inference profile only. Map its name to a profile, "
     "such as global.{model}, with \"ccproxy model map\"."},
    {CCPI_FAULT_MODEL_UNKNOWN, false, "end of its life",
     "This model is no longer served. Map another one with \"ccproxy model map\"."},
    {CCPI_FAULT_VALIDATION, false, "end of its life",
     "This model is no longer served. Map another one with \"ccproxy model map\"."},
    {CCPI_FAULT_VALIDATION, false, NULL,
     "Credential and network are fine, but Bedrock finds fault with the request: its own "
     "words say why."},
    {CCPI_FAULT_MODEL_UNKNOWN, true, NULL,
     "No rule finds a model for this name. Map one with \"ccproxy model map\"."},
    {CCPI_FAULT_QUOTA, false, NULL,
     "Credential and model are fine, but the account's quota is used up at the moment. "
     "Raise it in the AWS console (Service Quotas, Amazon Bedrock) in region {region}."},
    {CCPI_FAULT_MODEL_ERROR, false, NULL,
     "Credential and network are fine; the model failed. Try again."},
    {CCPI_FAULT_TIMEOUT, true, NULL,
     "Nothing came back in time. Check the network's way to bedrock-runtime.{region}: "
     "routes, "
     "firewalls, VPC endpoints."},
    {CCPI_FAULT_TIMEOUT, false, NULL, "The model took too long. Try again."},
    {CCPI_FAULT_UNAVAILABLE, true, NULL,
     "Bedrock could not be reached. Check the region, DNS, and the network's way to "
     "bedrock-runtime.{region}: routes, firewalls, VPC endpoints, bedrock_endpoint."},
    {CCPI_FAULT_UNAVAILABLE, false, NULL,
     "Bedrock is in trouble: try again, or look at the AWS Health Dashboard of region "
     "{region}."},
};

static bool fits(const cause *row, const ccpi_advice_facts *facts)
{
    return row->fault == facts->fault && row->is_silent == (facts->status == 0) &&
           (!row->words || strstr(facts->text, row->words));
}

/* A profile of one geography is not known in the regions of another. */
static bool is_of_elsewhere(const ccpi_advice_facts *facts)
{
    const char *plain = ccpi_model_without_geography(facts->model_id);
    const size_t len = (size_t)(plain - facts->model_id);
    const char *own = ccpi_region_geography(facts->region);

    return len > 1 && strncmp(facts->model_id, "global.", len) != 0 &&
           !(strlen(own) == len - 1 && strncmp(facts->model_id, own, len - 1) == 0) &&
           !(strncmp(facts->model_id, "apac.", len) == 0 &&
             strncmp(facts->region, "ap-", 3) == 0);
}

static void advise_on_unknown(const ccpi_advice_facts *facts, char *out)
{
    if (is_of_elsewhere(facts))
        snprintf(
            out, CCPI_ADVICE_SIZE,
            "The profile %s serves regions of another part of the world than %s. Map "
            "the name to a profile of that region, such as %s.%s or global.%s, with "
            "\"ccproxy model map\", or give the access key another region.",
            facts->model_id, facts->region, ccpi_region_geography(facts->region),
            ccpi_model_without_geography(facts->model_id),
            ccpi_model_without_geography(facts->model_id));
    else
        snprintf(
            out, CCPI_ADVICE_SIZE,
            "Bedrock in region %s does not know the id %s: it is mistyped, or the "
            "model is not offered there. Look the id up in the AWS console (Amazon "
            "Bedrock, Cross-region inference), and map it with \"ccproxy model map\".",
            facts->region, facts->model_id);
}

/* A mark in an advice, and what stands for it. */
static const char *value_of(const char *mark, const ccpi_advice_facts *facts,
                            size_t *mark_len)
{
    static const char region[] = "{region}";
    static const char model[] = "{model}";

    if (strncmp(mark, region, sizeof(region) - 1) == 0) {
        *mark_len = sizeof(region) - 1;
        return facts->region;
    }
    if (strncmp(mark, model, sizeof(model) - 1) != 0)
        return NULL;
    *mark_len = sizeof(model) - 1;
    return ccpi_model_without_geography(facts->model_id);
}

static void write(const char *advice, const ccpi_advice_facts *facts, char *out)
{
    size_t len = 0;

    while (*advice && len + 1 < CCPI_ADVICE_SIZE) {
        size_t mark_len = 1;
        const char *value = value_of(advice, facts, &mark_len);
        const size_t room = CCPI_ADVICE_SIZE - len;
        const int written = value ? snprintf(out + len, room, "%s", value)
                                  : snprintf(out + len, room, "%c", *advice);

        len += (size_t)written < room ? (size_t)written : room - 1;
        advice += mark_len;
    }
}

void ccpi_bedrock_advise(const ccpi_advice_facts *facts, char out[CCPI_ADVICE_SIZE])
{
    out[0] = '\0';
    for (size_t i = 0; i < sizeof(causes) / sizeof(causes[0]); i++) {
        if (!fits(&causes[i], facts))
            continue;
        write(causes[i].advice, facts, out);
        return;
    }
    if (facts->fault == CCPI_FAULT_MODEL_UNKNOWN)
        advise_on_unknown(facts, out);
}
