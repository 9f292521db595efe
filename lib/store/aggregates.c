#include "store/aggregates.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/fail.h"

#define US_PER_S INT64_C(1000000)

/* Sums that go to the database in one call. */
#define CHUNK 32

#define KEYS 6
#define SUMS 13
#define WIDTH (KEYS + SUMS)

#define MAX_SQL 4096

static const char *const keys[KEYS] = {"bucket_type",   "bucket_start", "user_id",
                                       "access_key_id", "provider",     "model_id"};

static const char *const sums[SUMS] = {
    "requests",
    "errors",
    "fallbacks",
    "input_tokens",
    "output_tokens",
    "total_tokens",
    "cache_write_tokens",
    "cache_read_tokens",
    "input_cost_micro",
    "output_cost_micro",
    "cache_write_cost_micro",
    "cache_read_cost_micro",
    "total_cost_micro",
};

/* In the order of the names above. A request that failed is an error, and nothing else.
 */
static void add_to_sums(const ccp_usage_record *record, int64_t totals[SUMS])
{
    const ccp_tokens *tokens = &record->tokens;
    const bool is_error = record->status == CCP_USAGE_ERROR;
    const int64_t values[SUMS] = {
        !is_error,
        is_error,
        !is_error && record->is_fallback,
        tokens->input,
        tokens->output,
        tokens->input + tokens->output,
        tokens->cache_write_5m + tokens->cache_write_1h,
        tokens->cache_read,
        record->input_cost_micro,
        record->output_cost_micro,
        record->cache_write_cost_micro,
        record->cache_read_cost_micro,
        record->total_cost_micro,
    };

    for (int i = 0; i < SUMS; i++)
        totals[i] += values[i];
}

/* What it was priced as; what it was served by, when it has no price. */
static const char *model_of(const ccp_usage_record *record)
{
    return record->pricing_model_id[0] ? record->pricing_model_id : record->served_model;
}

void ccpi_aggregate_split(const ccp_usage_record *record, const ccpi_zone *zone,
                          ccpi_aggregate_part *parts)
{
    const int64_t at_s = record->created_at_us / US_PER_S;

    for (int i = 0; i < CCPI_BUCKET_COUNT; i++)
        parts[i] = (ccpi_aggregate_part){
            .record = record,
            .bucket = (ccpi_bucket)i,
            .start_us = ccpi_bucket_start(zone, (ccpi_bucket)i, at_s) * US_PER_S,
        };
}

/*
 * By key. All transactions raise their sums in this order, so that two of them
 * never wait for each other.
 */
static int compare(const void *left, const void *right)
{
    const ccpi_aggregate_part *a = left, *b = right;
    int order;

    if (a->bucket != b->bucket)
        return a->bucket < b->bucket ? -1 : 1;
    if (a->start_us != b->start_us)
        return a->start_us < b->start_us ? -1 : 1;
    order = strcmp(a->record->user_id, b->record->user_id);
    if (order == 0)
        order = strcmp(a->record->access_key_id, b->record->access_key_id);
    if (order == 0)
        order = strcmp(a->record->provider, b->record->provider);
    return order != 0 ? order : strcmp(model_of(a->record), model_of(b->record));
}

static ccp_status make_upsert(ccpi_buf *sql)
{
    ccpi_buf_append_text(sql, "INSERT INTO usage_aggregates (");
    for (int i = 0; i < KEYS; i++)
        ccpi_buf_append_format(sql, "%s, ", keys[i]);
    for (int i = 0; i < SUMS; i++)
        ccpi_buf_append_format(sql, "%s%s", i > 0 ? ", " : "", sums[i]);
    ccpi_buf_append_text(sql, ") VALUES (");
    for (int i = 1; i <= WIDTH; i++)
        ccpi_buf_append_format(sql, "%s$%d", i > 1 ? ", " : "", i);
    ccpi_buf_append_text(sql, ") ON CONFLICT (");
    for (int i = 0; i < KEYS; i++)
        ccpi_buf_append_format(sql, "%s%s", i > 0 ? ", " : "", keys[i]);
    ccpi_buf_append_text(sql, ") DO UPDATE SET ");
    for (int i = 0; i < SUMS; i++)
        ccpi_buf_append_format(sql, "%s%s = usage_aggregates.%s + excluded.%s",
                               i > 0 ? ", " : "", sums[i], sums[i], sums[i]);
    return sql->status;
}

/* Fills a row from the parts of one key, which stand first; returns how many. */
static size_t fill_row(const ccpi_aggregate_part *parts, size_t count, ccpi_db_value *row)
{
    const ccp_usage_record *record = parts->record;
    int64_t totals[SUMS] = {0};
    size_t same = 0;

    while (same < count && compare(parts, &parts[same]) == 0)
        add_to_sums(parts[same++].record, totals);

    row[0] = ccpi_db_text(ccpi_bucket_name(parts->bucket));
    row[1] = ccpi_db_time(parts->start_us);
    row[2] = ccpi_db_id(record->user_id);
    row[3] = ccpi_db_id(record->access_key_id);
    row[4] = ccpi_db_text(record->provider);
    row[5] = ccpi_db_text(model_of(record));
    for (int i = 0; i < SUMS; i++)
        row[KEYS + i] = ccpi_db_integer(totals[i]);
    return same;
}

ccp_status ccpi_aggregate_raise(ccpi_db_session *session, ccpi_aggregate_part *parts,
                                size_t count, ccp_error *error)
{
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf sql = {.limit = MAX_SQL};
    ccpi_db_value values[CHUNK * WIDTH];
    int64_t changed[CHUNK];
    ccpi_db_statement upsert = {.values = values, .count = WIDTH};
    ccp_status status = make_upsert(&sql);

    if (status != CCP_OK)
        return ccpi_fail(error, status, "no memory for sums of usage");
    upsert.sql = sql.data;
    if (count > 0)
        qsort(parts, count, sizeof(*parts), compare);
    for (size_t at = 0; at < count && status == CCP_OK;) {
        size_t rows = 0;

        while (at < count && rows < CHUNK)
            at += fill_row(&parts[at], count - at, &values[WIDTH * rows++]);
        status = ccpi_db_run_rows(session, &upsert, rows, changed, error);
    }
    return status;
}
