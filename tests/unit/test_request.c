#include "anthropic/request.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "base/cleanup.h"

static ccpi_look look_at(const char *body)
{
    ccpi_look look;

    cr_assert(eq(int, ccpi_look_at(ccpi_span_of(body), &look, NULL), CCP_OK), "%s", body);
    return look;
}

static void expect_refusal(ccpi_span body, const char *message)
{
    ccpi_look look;
    ccp_error error = {0};

    cr_expect(eq(int, ccpi_look_at(body, &look, &error), CCP_INVALID), "%s", body.data);
    cr_expect(eq(str, error.message, (char *)message));
}

Test(request, what_routing_needs_is_found_among_other_members)
{
    ccpi_look look = look_at("{\"unknown\":{\"model\":1},\"max_tokens\":32000,"
                             "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}],"
                             "\"stream\":true,\"model\":\"claude-\\u006fpus-5\"}");

    cr_expect(eq(str, look.model, (char *)"claude-opus-5"));
    cr_expect(look.is_stream);
    cr_expect(look.has_max_tokens);
    cr_expect(eq(i64, look.max_tokens, 32000));
    cr_assert(eq(sz, look.member_count, 5));
    cr_expect(ccpi_span_is(ccpi_look_member(&look, "unknown")->value, "{\"model\":1}"));
    cr_expect(zero(ptr, (void *)ccpi_look_member(&look, "tools")));
}

Test(request, stream_and_max_tokens_may_be_left_out)
{
    ccpi_look look = look_at("{\"model\":\"m\",\"messages\":[]}");

    cr_expect(not(look.is_stream));
    cr_expect(not(look.has_max_tokens));
    cr_expect(
        not(look_at("{\"model\":\"m\",\"messages\":[],\"stream\":null}").is_stream));
}

Test(request, a_max_tokens_that_is_no_integer_is_left_to_the_upstream)
{
    ccpi_look look = look_at("{\"model\":\"m\",\"messages\":[],\"max_tokens\":1e3}");

    cr_expect(look.has_max_tokens);
    cr_expect(zero(i64, look.max_tokens));
}

/* PX-3. The sentences are shown to the client. */
Test(request, a_missing_or_wrongly_typed_member_is_named)
{
    expect_refusal(CCPI_SPAN("{\"messages\":[]}"), "model: is missing");
    expect_refusal(CCPI_SPAN("{\"model\":\"m\"}"), "messages: is missing");
    expect_refusal(CCPI_SPAN("{\"model\":1,\"messages\":[]}"), "model: must be a string");
    expect_refusal(CCPI_SPAN("{\"model\":null,\"messages\":[]}"),
                   "model: must be a string");
    expect_refusal(CCPI_SPAN("{\"model\":\"\",\"messages\":[]}"),
                   "model: must not be empty");
    expect_refusal(CCPI_SPAN("{\"model\":\"m\",\"messages\":{}}"),
                   "messages: must be an array");
    expect_refusal(CCPI_SPAN("{\"model\":\"m\",\"messages\":[],\"stream\":\"true\"}"),
                   "stream: must be a boolean");
    expect_refusal(CCPI_SPAN("{\"model\":\"m\",\"messages\":[],\"max_tokens\":\"1\"}"),
                   "max_tokens: must be a number");
}

Test(request, a_member_given_twice_is_refused_however_it_is_written)
{
    expect_refusal(CCPI_SPAN("{\"model\":\"m\",\"messages\":[],\"model\":\"n\"}"),
                   "model: is given twice");
    expect_refusal(CCPI_SPAN("{\"model\":\"m\",\"messages\":[],\"\\u006dodel\":\"n\"}"),
                   "model: is given twice");
    expect_refusal(CCPI_SPAN("{\"model\":\"m\",\"messages\":[],\"messages\":[]}"),
                   "messages: is given twice");
    expect_refusal(
        CCPI_SPAN("{\"model\":\"m\",\"messages\":[],\"stream\":true,\"stream\":true}"),
        "stream: is given twice");
    expect_refusal(
        CCPI_SPAN("{\"model\":\"m\",\"messages\":[],\"max_tokens\":1,\"max_tokens\":2}"),
        "max_tokens: is given twice");
    look_at("{\"model\":\"m\",\"messages\":[],\"other\":1,\"other\":2}");
}

Test(request, a_body_that_is_no_json_object_is_refused_by_its_offset)
{
    expect_refusal(CCPI_SPAN(""), "not valid JSON at byte 0: it breaks off");
    expect_refusal(CCPI_SPAN("[]"), "the JSON document is no object");
    expect_refusal(CCPI_SPAN("{\"model\":\"m\",\"messages\":[]"),
                   "not valid JSON at byte 26: a comma or a closing bracket is missing");
    expect_refusal(CCPI_SPAN("{\"model\":\"m\",\"messages\":[]}\0"),
                   "not valid JSON at byte 27: something follows the document");
}

static void expect_model_refused(ccpi_span model, const char *message)
{
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf body = {.limit = 4096};

    ccpi_buf_append_text(&body, "{\"messages\":[],\"model\":");
    ccpi_buf_append_span(&body, model);
    ccpi_buf_append_text(&body, "}");
    expect_refusal(ccpi_buf_span(&body), message);
}

Test(request, a_model_is_a_name_that_logs_and_databases_can_hold)
{
    char longest[256 + 2 + 1 + 1] = "\"";

    expect_model_refused(CCPI_SPAN("\"a\\u0000b\""), "model: must be plain text");
    expect_model_refused(CCPI_SPAN("\"a\\nb\""), "model: must be plain text");
    expect_model_refused(CCPI_SPAN("\"a\\ud800\""), "model: must be plain text");

    memset(longest + 1, 'm', 257);
    longest[258] = '"';
    expect_model_refused((ccpi_span){longest, 259},
                         "model: must not be longer than 256 bytes");
}

Test(request, members_beyond_the_limit_are_read_but_not_kept)
{
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf body = {.limit = 4096};
    ccpi_look look;

    ccpi_buf_append_text(&body, "{");
    for (int i = 0; i < CCPI_LOOK_MAX_MEMBERS; i++)
        ccpi_buf_append_format(&body, "\"x%d\":%d,", i, i);
    ccpi_buf_append_text(&body, "\"model\":\"m\",\"messages\":[]}");

    cr_assert(eq(int, ccpi_look_at(ccpi_buf_span(&body), &look, NULL), CCP_OK));
    cr_expect(eq(str, look.model, (char *)"m"));
    cr_expect(eq(sz, look.member_count, CCPI_LOOK_MAX_MEMBERS));
}
