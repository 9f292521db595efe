#include "store/record.h"

#include <limits.h>
#include <stddef.h>

#define FIELD(column, type, member)                                                      \
    {                                                                                    \
        column, CCPI_FIELD_##type, offsetof(ccp_usage_record, member),                   \
            sizeof(((ccp_usage_record *)NULL)->member)                                   \
    }

const ccpi_record_field ccpi_record_fields[CCPI_RECORD_FIELD_COUNT] = {
    FIELD("request_id", TEXT, request_id),
    FIELD("created_at", TIME, created_at_us),
    FIELD("user_id", ID, user_id),
    FIELD("access_key_id", ID, access_key_id),
    FIELD("provider", TEXT, provider),
    FIELD("model", TEXT, model),
    FIELD("served_model", TEXT, served_model),
    FIELD("input_tokens", INTEGER, tokens.input),
    FIELD("output_tokens", INTEGER, tokens.output),
    FIELD("cache_read_tokens", INTEGER, tokens.cache_read),
    FIELD("cache_write_5m_tokens", INTEGER, tokens.cache_write_5m),
    FIELD("cache_write_1h_tokens", INTEGER, tokens.cache_write_1h),
    FIELD("is_fallback", FLAG, is_fallback),
    FIELD("fallback_reason", OPTIONAL_TEXT, fallback_reason),
    FIELD("is_stream", FLAG, is_stream),
    FIELD("status", STATUS, status),
    FIELD("http_status", INT, http_status),
    FIELD("error_type", OPTIONAL_TEXT, error_type),
    FIELD("estimated", FLAG, is_estimated),
    FIELD("latency_ms", INTEGER, latency_ms),
    FIELD("ttft_ms", DURATION, ttft_ms),
    FIELD("overhead_ms", DURATION, overhead_ms),
    FIELD("session_id", OPTIONAL_TEXT, session_id),
    FIELD("agent_id", OPTIONAL_TEXT, agent_id),
    FIELD("parent_agent_id", OPTIONAL_TEXT, parent_agent_id),
    FIELD("input_cost_micro", INTEGER, input_cost_micro),
    FIELD("output_cost_micro", INTEGER, output_cost_micro),
    FIELD("cache_write_cost_micro", INTEGER, cache_write_cost_micro),
    FIELD("cache_read_cost_micro", INTEGER, cache_read_cost_micro),
    FIELD("total_cost_micro", INTEGER, total_cost_micro),
    FIELD("price_estimated", FLAG, price_is_estimated),
    FIELD("pricing_region", TEXT, pricing_region),
    FIELD("pricing_model_id", TEXT, pricing_model_id),
    FIELD("pricing_effective_date", OPTIONAL_TEXT, pricing_effective_date),
    FIELD("price_input_micro", INTEGER, price_input_micro),
    FIELD("price_output_micro", INTEGER, price_output_micro),
    FIELD("price_cache_write_micro", INTEGER, price_cache_write_micro),
    FIELD("price_cache_write_1h_micro", INTEGER, price_cache_write_1h_micro),
    FIELD("price_cache_read_micro", INTEGER, price_cache_read_micro),
};

bool ccpi_record_is_text(const ccpi_record_field *field)
{
    return field->type == CCPI_FIELD_TEXT || field->type == CCPI_FIELD_OPTIONAL_TEXT ||
           field->type == CCPI_FIELD_ID;
}

const char *ccpi_record_text(const ccp_usage_record *record,
                             const ccpi_record_field *field)
{
    return (const char *)record + field->offset;
}

char *ccpi_record_room(ccp_usage_record *record, const ccpi_record_field *field)
{
    return (char *)record + field->offset;
}

static const void *place_of(const ccp_usage_record *record,
                            const ccpi_record_field *field)
{
    return (const char *)record + field->offset;
}

int64_t ccpi_record_number(const ccp_usage_record *record, const ccpi_record_field *field)
{
    const void *place = place_of(record, field);

    switch (field->type) {
    case CCPI_FIELD_INT: return *(const int *)place;
    case CCPI_FIELD_FLAG: return *(const bool *)place;
    case CCPI_FIELD_STATUS: return (int64_t) * (const ccp_usage_status *)place;
    default: return *(const int64_t *)place;
    }
}

static int64_t within(int64_t number, int64_t least, int64_t most)
{
    if (number < least)
        return least;
    return number > most ? most : number;
}

void ccpi_record_set_number(ccp_usage_record *record, const ccpi_record_field *field,
                            int64_t number)
{
    void *place = (char *)record + field->offset;

    switch (field->type) {
    case CCPI_FIELD_INT: *(int *)place = (int)within(number, INT_MIN, INT_MAX); break;
    case CCPI_FIELD_FLAG: *(bool *)place = number != 0; break;
    case CCPI_FIELD_STATUS:
        *(ccp_usage_status *)place =
            (ccp_usage_status)within(number, CCP_USAGE_COMPLETE, CCP_USAGE_ERROR);
        break;
    default: *(int64_t *)place = number;
    }
}

ccpi_db_value ccpi_record_value(const ccp_usage_record *record,
                                const ccpi_record_field *field)
{
    ccpi_db_value value = {.type = CCPI_DB_INTEGER};

    switch (field->type) {
    case CCPI_FIELD_TEXT: return ccpi_db_text(ccpi_record_text(record, field));
    case CCPI_FIELD_OPTIONAL_TEXT:
        return ccpi_db_optional_text(ccpi_record_text(record, field));
    case CCPI_FIELD_ID: return ccpi_db_id(ccpi_record_text(record, field));
    case CCPI_FIELD_STATUS: return ccpi_db_text(ccp_usage_status_name(record->status));
    case CCPI_FIELD_TIME: value.type = CCPI_DB_TIME; break;
    case CCPI_FIELD_FLAG: value.type = CCPI_DB_BOOLEAN; break;
    default: break;
    }
    value.integer = ccpi_record_number(record, field);
    value.is_null = field->type == CCPI_FIELD_DURATION && value.integer < 0;
    return value;
}

static void take_status(ccp_usage_record *record, const ccpi_db_value *column)
{
    char name[32];

    ccpi_db_get_text(column, name, sizeof(name));
    for (int i = CCP_USAGE_COMPLETE; i <= CCP_USAGE_ERROR; i++)
        if (strcmp(name, ccp_usage_status_name((ccp_usage_status)i)) == 0)
            record->status = (ccp_usage_status)i;
}

void ccpi_record_take(ccp_usage_record *record, const ccpi_record_field *field,
                      const ccpi_db_value *column)
{
    if (ccpi_record_is_text(field))
        ccpi_db_get_text(column, ccpi_record_room(record, field), field->size);
    else if (field->type == CCPI_FIELD_STATUS)
        take_status(record, column);
    else if (field->type == CCPI_FIELD_DURATION && column->is_null)
        ccpi_record_set_number(record, field, -1);
    else
        ccpi_record_set_number(record, field, ccpi_db_get_integer(column));
}
