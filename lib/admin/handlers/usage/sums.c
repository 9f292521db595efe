#include "admin/handlers/usage/sums.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "admin/objects.h"
#include "base/span.h"
#include "calendar/moment.h"
#include "usage/money.h"

/* The members of a bucket, in their order. */
typedef struct sums_field {
    const char *name;
    size_t offset;
    bool is_money;
} sums_field;

#define COUNT(member)                                                                    \
    {                                                                                    \
#member, offsetof(ccp_usage_sums, member), false                                 \
    }
#define COST(name, member)                                                               \
    {                                                                                    \
        name, offsetof(ccp_usage_sums, member), true                                     \
    }

static const sums_field fields[] = {
    COUNT(requests),
    COUNT(errors),
    COUNT(fallbacks),
    COUNT(input_tokens),
    COUNT(output_tokens),
    COUNT(total_tokens),
    COUNT(cache_write_tokens),
    COUNT(cache_read_tokens),
    COST("input_cost_usd", input_cost_micro),
    COST("output_cost_usd", output_cost_micro),
    COST("cache_write_cost_usd", cache_write_cost_micro),
    COST("cache_read_cost_usd", cache_read_cost_micro),
    COST("estimated_cost_usd", total_cost_micro),
};

#define FIELDS (sizeof(fields) / sizeof(*fields))
#define TOTAL "total_"

static int64_t value_of(const ccp_usage_sums *sums, const sums_field *field)
{
    int64_t value;

    memcpy(&value, (const char *)sums + field->offset, sizeof(value));
    return value;
}

json_t *ccpi_sums_totals(const ccp_usage_sums *sums)
{
    json_t *object = json_object();

    for (size_t i = 0; i < FIELDS; i++) {
        const int64_t value = value_of(sums, &fields[i]);
        const bool is_total = strncmp(fields[i].name, TOTAL, sizeof(TOTAL) - 1) == 0;
        char name[64];

        snprintf(name, sizeof(name), "%s%s", is_total ? "" : TOTAL, fields[i].name);
        if (json_object_set_new(object, name,
                                fields[i].is_money ? ccpi_object_money(value)
                                                   : json_integer(value)) != 0) {
            json_decref(object);
            return NULL;
        }
    }
    return object;
}

json_t *ccpi_sums_short(const ccp_usage_sums *sums)
{
    return json_pack("{s:I, s:I, s:o}", "total_requests", (json_int_t)sums->requests,
                     "total_tokens", (json_int_t)sums->total_tokens, "total_cost_usd",
                     ccpi_object_money(sums->total_cost_micro));
}

json_t *ccpi_sums_costs(const ccp_usage_sums *sums)
{
    return json_pack(
        "{s:I, s:o, s:o, s:o, s:o, s:o}", "requests", (json_int_t)sums->requests,
        "total_cost_usd", ccpi_object_money(sums->total_cost_micro), "input_cost_usd",
        ccpi_object_money(sums->input_cost_micro), "output_cost_usd",
        ccpi_object_money(sums->output_cost_micro), "cache_write_cost_usd",
        ccpi_object_money(sums->cache_write_cost_micro), "cache_read_cost_usd",
        ccpi_object_money(sums->cache_read_cost_micro));
}

static void append_field(const sums_field *field, int64_t value, ccpi_buf *out)
{
    char money[CCPI_MONEY_TEXT_SIZE];

    if (!field->is_money) {
        ccpi_buf_append_format(out, ",\"%s\":%" PRId64, field->name, value);
        return;
    }
    ccpi_money_write(value, money);
    ccpi_buf_append_format(out, ",\"%s\":\"%s\"", field->name, money);
}

void ccpi_sums_append_bucket(const ccp_usage_bucket *bucket, ccpi_buf *out)
{
    char start[CCPI_MOMENT_TEXT_SIZE];
    const bool is_first = out->len == 0 || out->data[out->len - 1] == '[';

    ccpi_moment_write(bucket->start_us, start);
    ccpi_buf_append_format(out, "%s{\"bucket_start\":\"%s\"", is_first ? "" : ",", start);
    for (size_t i = 0; i < FIELDS; i++)
        append_field(&fields[i], value_of(&bucket->sums, &fields[i]), out);
    ccpi_buf_append_text(out, "}");
}

ccp_status ccpi_sums_finish(ccpi_buf *text, json_t *members)
{
    char *more = members ? json_dumps(members, CCPI_OBJECT_FLAGS) : NULL;

    json_decref(members);
    if (!more)
        return CCP_NO_MEMORY;
    ccpi_buf_append_text(text, ",");
    ccpi_buf_append_text(text, more + 1); /* without its opening brace */
    free(more);
    return text->status == CCP_OK ? CCP_OK : CCP_NO_MEMORY;
}
