#ifndef CCPT_SUPPORT_BEDROCK_MADE_H
#define CCPT_SUPPORT_BEDROCK_MADE_H

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>

#include "provider/bedrock.h"

/* One request of a client, and what a provider of Bedrock makes of it. */
#define MODEL "global.anthropic.claude-opus-4-5-20251101-v1:0"

/* Everything that one request to Bedrock consists of. */
typedef struct made {
    ccpi_bedrock *bedrock;
    ccpi_provider provider;
    ccpi_headers client;
    ccpi_look look;
    ccp_identity identity;
    ccpi_provider_request request;
    ccpi_outgoing out;
    ccp_error error;
} made;

static inline void make(made *m, const ccpi_bedrock_options *options, const char *body)
{
    *m = (made){.bedrock = NULL};
    cr_assert(eq(int, ccpi_bedrock_new(options, &m->bedrock, NULL), CCP_OK));
    cr_assert(eq(int, ccpi_look_at(ccpi_span_of(body), &m->look, NULL), CCP_OK));
    m->provider = ccpi_bedrock_provider(m->bedrock);
    m->request = (ccpi_provider_request){
        .method = "POST",
        .path = "/v1/messages",
        .headers = &m->client,
        .look = &m->look,
        .identity = &m->identity,
        .request_id = "req_0123456789abcdef01234567",
        .credential = CCPI_SPAN("bedrock-key"),
        .model_id = MODEL,
    };
}

static inline ccp_status prepare(made *m)
{
    return m->provider.prepare(m->provider.self, &m->request, &m->out, &m->error);
}

static inline void clear(made *m)
{
    ccpi_outgoing_clear(&m->out);
    ccpi_headers_clear(&m->client);
    ccpi_bedrock_free(m->bedrock);
}

static const ccpi_bedrock_options in_virginia = {.region = "us-east-1"};
static const char hi[] = "{\"model\":\"claude-opus-4-5\",\"max_tokens\":5,"
                         "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";
static const char hi_streamed[] =
    "{\"model\":\"claude-opus-4-5\",\"stream\":true,"
    "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";

static inline void expect_url(const ccpi_bedrock_options *options, const char *body,
                              ccpi_call call, const char *url)
{
    made m;

    make(&m, options, body);
    m.request.call = call;
    cr_assert(eq(int, prepare(&m), CCP_OK), "%s", m.error.message);
    cr_expect(eq(str, m.out.url, (char *)url));
    clear(&m);
}

static inline void expect_told(const made *m, int status, const char *body,
                               const char *expected)
{
    const ccpi_headers headers = {0};
    const ccpi_class kind =
        m->provider.classify(m->provider.self, status, &headers, ccpi_span_of(body));
    ccpi_told told = {.message = {.limit = 4096}};
    char line[5000];

    cr_assert(eq(int,
                 m->provider.explain(m->provider.self, &m->request, kind,
                                     ccpi_span_of(body), &told),
                 CCP_OK));
    snprintf(line, sizeof(line), "%d %s%s | %s", told.status,
             ccpi_error_type_name(told.type), told.forbids_retry ? " final" : "",
             told.message.data);
    cr_expect(eq(str, line, (char *)expected));
    ccpi_buf_clear(&told.message);
}

static inline bool repair(made *m, const char *refusal, ccpi_edits *edits)
{
    return m->provider.repair(m->provider.self, &m->request, 400, ccpi_span_of(refusal),
                              edits);
}

#endif
