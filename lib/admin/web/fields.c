#include "admin/web/fields.h"

#include <math.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/uri.h"
#include "base/utf8.h"
#include "calendar/moment.h"
#include "usage/money.h"

#define MAX_QUERY_VALUE ((size_t)1024)
#define MAX_MONEY 1e12

static ccp_status refuse(ccpi_api_call *call, const ccpi_field *field, const char *why)
{
    return ccpi_fail(&call->error, CCP_INVALID, "%s %s", field->name, why);
}

/* ---- one value ---- */

static bool is_plain(const char *text)
{
    const unsigned char *at = (const unsigned char *)text;
    const unsigned char *end = at + strlen(text);

    while (at < end) {
        const size_t len = ccpi_utf8_sequence(at, end);

        if (len == 0 || (*at < ' ' && !strchr("\n\r\t", *at)) || *at == 0x7f)
            return false;
        at += len;
    }
    return true;
}

static ccp_status take_text(ccpi_api_call *call, const ccpi_field *field,
                            const char *text, size_t len)
{
    if (len != strlen(text) || !is_plain(text))
        return refuse(call, field, "has characters that no text has");
    if (len >= field->size)
        return refuse(call, field, "is too long");
    memcpy(field->out, text, len + 1);
    return CCP_OK;
}

static ccp_status take_money(ccpi_api_call *call, const ccpi_field *field,
                             const json_t *value)
{
    char text[CCPI_MONEY_TEXT_SIZE];
    const char *given = json_string_value(value);

    if (json_is_number(value) && fabs(json_number_value(value)) < MAX_MONEY) {
        snprintf(text, sizeof(text), "%.6f", json_number_value(value));
        given = text;
    }
    if (!given || !ccpi_money_parse(ccpi_span_of(given), field->out))
        return refuse(call, field, "must be an amount of dollars, such as \"12.50\"");
    return CCP_OK;
}

static ccp_status take_time(ccpi_api_call *call, const ccpi_field *field,
                            const json_t *value)
{
    const char *text = json_string_value(value);

    if (!text || !ccpi_moment_parse(ccpi_span_of(text), field->out))
        return refuse(call, field, "must be a time, such as \"2026-01-31T12:00:00Z\"");
    return CCP_OK;
}

static ccp_status take_null(ccpi_api_call *call, const ccpi_field *field)
{
    if (!field->may_be_null)
        return refuse(call, field, "must not be null");
    switch (field->kind) {
    case CCPI_TAKES_TEXT: *(char *)field->out = '\0'; break;
    case CCPI_TAKES_MONEY: *(int64_t *)field->out = CCP_NO_BUDGET; break;
    default: *(int64_t *)field->out = 0; break;
    }
    return CCP_OK;
}

static ccp_status take_plain(ccpi_api_call *call, const ccpi_field *field,
                             const json_t *value)
{
    switch (field->kind) {
    case CCPI_TAKES_FLAG:
        if (!json_is_boolean(value))
            return refuse(call, field, "must be true or false");
        *(bool *)field->out = json_is_true(value);
        return CCP_OK;
    case CCPI_TAKES_INTEGER:
        if (!json_is_integer(value))
            return refuse(call, field, "must be a whole number");
        *(int64_t *)field->out = json_integer_value(value);
        return CCP_OK;
    default:
        if (!json_is_string(value))
            return refuse(call, field, "must be a text");
        return take_text(call, field, json_string_value(value),
                         json_string_length(value));
    }
}

static ccp_status take(ccpi_api_call *call, const ccpi_field *field, const json_t *value)
{
    if (field->was_given)
        *field->was_given = true;
    if (json_is_null(value))
        return take_null(call, field);
    if (field->kind == CCPI_TAKES_MONEY)
        return take_money(call, field, value);
    if (field->kind == CCPI_TAKES_TIME)
        return take_time(call, field, value);
    return take_plain(call, field, value);
}

/* ---- all of them ---- */

static const ccpi_field *find(const ccpi_field *fields, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(fields[i].name, name) == 0)
            return &fields[i];
    return NULL;
}

ccp_status ccpi_fields_read(ccpi_api_call *call, const ccpi_field *fields, size_t count)
{
    ccp_status status = CCP_OK;
    const char *name;
    json_t *value;

    json_object_foreach(
        call->body, name,
        value) if (!find(fields, count,
                         name)) return ccpi_fail(&call->error, CCP_INVALID,
                                                 "there is no field \"%.64s\"", name);
    for (size_t i = 0; i < count && status == CCP_OK; i++) {
        value = json_object_get(call->body, fields[i].name);
        if (value)
            status = take(call, &fields[i], value);
        else if (fields[i].is_required)
            status = refuse(call, &fields[i], "is missing");
    }
    return status;
}

static ccp_status take_pair(ccpi_api_call *call, const ccpi_field *field, ccpi_span value)
{
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf text = {.limit = MAX_QUERY_VALUE};
    const ccp_status status = ccpi_uri_query_decode(value, &text);

    if (status == CCP_NO_MEMORY)
        return status;
    if (status != CCP_OK)
        return refuse(call, field, "is too long, or not encoded as a query is");
    if (*(char *)field->out)
        return refuse(call, field, "is given twice");
    return text.len > 0 ? take_text(call, field, text.data, text.len) : CCP_OK;
}

ccp_status ccpi_query_read(ccpi_api_call *call, const ccpi_field *fields, size_t count)
{
    ccpi_span query = ccpi_span_of(call->request->query);
    ccp_status status = CCP_OK;
    ccpi_span name, value;

    while (status == CCP_OK && ccpi_uri_query_next(&query, &name, &value)) {
        char text[64];
        const ccpi_field *field;

        snprintf(text, sizeof(text), "%.*s", name.len < 63 ? (int)name.len : 63,
                 name.data);
        field = find(fields, count, text);
        if (!field)
            return ccpi_fail(&call->error, CCP_INVALID, "there is no parameter \"%s\"",
                             text);
        status = take_pair(call, field, value);
    }
    return status;
}
