#include "fuzz/fuzz.h"

#include "anthropic/error_body.h"
#include "anthropic/request.h"

#define LIMIT ((size_t)8 * 1024 * 1024)

static void check_look(const ccpi_look *look)
{
    const ccpi_json_member *messages = ccpi_look_member(look, "messages");

    must(look->model[0] != '\0' && strlen(look->model) < sizeof(look->model));
    must(!messages || messages->type == CCPI_JSON_ARRAY);
    for (size_t i = 0; i < look->member_count; i++) {
        const ccpi_json_member *member = &look->members[i];

        must(member->whole.data >= look->body.data);
        must(member->whole.data + member->whole.len <= look->body.data + look->body.len);
    }
}

static void check_error_body(ccpi_span body)
{
    ccpi_buf type = {.limit = LIMIT};
    ccpi_buf message = {.limit = LIMIT};
    ccpi_buf written = {.limit = LIMIT};
    ccpi_buf again = {.limit = LIMIT};

    must(ccpi_error_body_read(body, &type, &message) == CCP_OK);
    must(ccpi_error_body_write(CCPI_ERROR_API, ccpi_buf_span(&message), "req_1",
                               &written) == CCP_OK);
    must(ccpi_error_body_read(ccpi_buf_span(&written), &type, &again) == CCP_OK);
    must(ccpi_span_is(ccpi_buf_span(&type), "api_error"));
    must(ccpi_span_equals(ccpi_buf_span(&message), ccpi_buf_span(&again)));
    ccpi_buf_clear(&type);
    ccpi_buf_clear(&message);
    ccpi_buf_clear(&written);
    ccpi_buf_clear(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ccpi_span body = {(const char *)data, size};
    ccpi_error_type type;
    ccp_error error = {0};
    ccpi_look look;

    if (ccpi_look_at(body, &look, &error) == CCP_OK)
        check_look(&look);
    else
        must(error.status == CCP_INVALID && error.message[0] != '\0');
    check_error_body(body);
    type = ccpi_error_type_of(body);
    must(type == CCPI_ERROR_NONE || ccpi_span_is(body, ccpi_error_type_name(type)));
    return 0;
}
