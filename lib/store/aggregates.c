#include "store/aggregates.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/fail.h"

#define US_PER_S INT64_C(1000000)

/* Sums that go to the database in one call. */
#define CHUNK 32

#define MOST_KEYS 6
#define OWNER_KEYS 2 /* of them */
#define SUMS 13
#define WIDTH (MOST_KEYS + SUMS)

#define MAX_SQL 4096

/* Keys end with a NULL. */
static const struct {
    const char *name;
    bool has_owner;
    const char *keys[MOST_KEYS + 1];
} tables[] = {
    [CCPI_SUMS_OF_OWNERS] = {"usage_aggregates",
                             true,
                             {"bucket_type", "bucket_start", "user_id", "access_key_id",
                              "provider", "model_id"}},
    [CCPI_SUMS_OF_ALL] = {"usage_totals",
                          false,
                          {"bucket_type", "bucket_start", "provider", "model_id"}},
};

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

static int compare_owners(const ccp_usage_record *a, const ccp_usage_record *b)
{
    const int order = strcmp(a->user_id, b->user_id);

    return order != 0 ? order : strcmp(a->access_key_id, b->access_key_id);
}

/*
 * By key. All transactions raise their sums in this order, so that two of them
 * never wait for each other.
 */
static int compare_parts(const ccpi_aggregate_part *a, const ccpi_aggregate_part *b,
                         bool has_owner)
{
    int order = 0;

    if (a->bucket != b->bucket)
        return a->bucket < b->bucket ? -1 : 1;
    if (a->start_us != b->start_us)
        return a->start_us < b->start_us ? -1 : 1;
    if (has_owner)
        order = compare_owners(a->record, b->record);
    if (order == 0)
        order = strcmp(a->record->provider, b->record->provider);
    return order != 0 ? order : strcmp(model_of(a->record), model_of(b->record));
}

static int compare_with_owner(const void *left, const void *right)
{
    return compare_parts(left, right, true);
}

static int compare_without(const void *left, const void *right)
{
    return compare_parts(left, right, false);
}

static void append_keys(ccpi_buf *sql, ccpi_sums_of of)
{
    for (const char *const *key = tables[of].keys; *key; key++)
        ccpi_buf_append_format(sql, "%s%s", key == tables[of].keys ? "" : ", ", *key);
}

static ccp_status make_upsert(ccpi_buf *sql, ccpi_sums_of of, size_t width)
{
    ccpi_buf_append_format(sql, "INSERT INTO %s AS kept (", tables[of].name);
    append_keys(sql, of);
    for (int i = 0; i < SUMS; i++)
        ccpi_buf_append_format(sql, ", %s", sums[i]);
    ccpi_buf_append_text(sql, ") VALUES (");
    for (size_t i = 1; i <= width; i++)
        ccpi_buf_append_format(sql, "%s$%zu", i > 1 ? ", " : "", i);
    ccpi_buf_append_text(sql, ") ON CONFLICT (");
    append_keys(sql, of);
    ccpi_buf_append_text(sql, ") DO UPDATE SET ");
    for (int i = 0; i < SUMS; i++)
        ccpi_buf_append_format(sql, "%s%s = kept.%s + excluded.%s", i > 0 ? ", " : "",
                               sums[i], sums[i], sums[i]);
    return sql->status;
}

/* Returns behind the keys. */
static ccpi_db_value *fill_keys(const ccpi_aggregate_part *part, bool has_owner,
                                ccpi_db_value *to)
{
    const ccp_usage_record *record = part->record;

    *to++ = ccpi_db_text(ccpi_bucket_name(part->bucket));
    *to++ = ccpi_db_time(part->start_us);
    if (has_owner) {
        *to++ = ccpi_db_id(record->user_id);
        *to++ = ccpi_db_id(record->access_key_id);
    }
    *to++ = ccpi_db_text(record->provider);
    *to++ = ccpi_db_text(model_of(record));
    return to;
}

/* Fills a row from the parts of one key, which stand first; returns how many. */
static size_t fill_row(const ccpi_aggregate_part *parts, size_t count, bool has_owner,
                       ccpi_db_value *row)
{
    int64_t totals[SUMS] = {0};
    size_t same = 0;

    while (same < count && compare_parts(parts, &parts[same], has_owner) == 0)
        add_to_sums(parts[same++].record, totals);
    row = fill_keys(parts, has_owner, row);
    for (int i = 0; i < SUMS; i++)
        row[i] = ccpi_db_integer(totals[i]);
    return same;
}

ccp_status ccpi_aggregate_raise(ccpi_db_session *session, ccpi_sums_of of,
                                ccpi_aggregate_part *parts, size_t count,
                                ccp_error *error)
{
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf sql = {.limit = MAX_SQL};
    const bool has_owner = tables[of].has_owner;
    const size_t width = has_owner ? WIDTH : WIDTH - OWNER_KEYS;
    ccpi_db_value values[CHUNK * WIDTH];
    int64_t changed[CHUNK];
    ccpi_db_statement upsert = {.values = values, .count = width};
    ccp_status status = make_upsert(&sql, of, width);

    if (status != CCP_OK)
        return ccpi_fail(error, status, "no memory for sums of usage");
    upsert.sql = sql.data;
    if (count > 0)
        qsort(parts, count, sizeof(*parts),
              has_owner ? compare_with_owner : compare_without);
    for (size_t at = 0; at < count && status == CCP_OK;) {
        size_t rows = 0;

        while (at < count && rows < CHUNK)
            at += fill_row(&parts[at], count - at, has_owner, &values[width * rows++]);
        status = ccpi_db_run_rows(session, &upsert, rows, changed, error);
    }
    return status;
}
