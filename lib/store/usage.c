#include <stdlib.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/fail.h"
#include "base/utf8.h"
#include "store/aggregates.h"
#include "store/record.h"
#include "store/session_days.h"
#include "store/store.h"

/* The fields of a record, and total_tokens, which is made of two of them. */
#define WIDTH (CCPI_RECORD_FIELD_COUNT + 1)

/* Rows that go to the database in one call. */
#define CHUNK 32

/* Of the longest text that is made of the table of fields. */
#define MAX_SQL 4096

/* "first_column, ..., last_column" */
static void append_columns(ccpi_buf *sql)
{
    for (size_t i = 0; i < CCPI_RECORD_FIELD_COUNT; i++)
        ccpi_buf_append_format(sql, "%s%s", i > 0 ? ", " : "",
                               ccpi_record_fields[i].column);
}

/* Text that is not UTF-8, such as one cut within a character, would refuse its row. */
static void make_utf8(char *text)
{
    unsigned char *at = (unsigned char *)text;
    const unsigned char *end = at + strlen(text);

    while (at < end) {
        const size_t len = ccpi_utf8_sequence(at, end);

        if (len == 0)
            *at = '?';
        at += len > 0 ? len : 1;
    }
}

static ccp_status check_id(const ccp_usage_record *record, char *text, ccp_error *error)
{
    ccp_id id;

    if (!ccpi_id_parse(text, &id))
        return ccpi_fail(error, CCP_INVALID, "usage of %s has no id of a user or key",
                         record->request_id);
    memcpy(text, id.text, sizeof(id.text));
    return CCP_OK;
}

static ccp_status tidy(ccp_usage_record *record, ccp_error *error)
{
    ccp_status status = CCP_OK;

    for (size_t i = 0; i < CCPI_RECORD_FIELD_COUNT && status == CCP_OK; i++) {
        const ccpi_record_field *field = &ccpi_record_fields[i];

        if (!ccpi_record_is_text(field))
            continue;
        make_utf8(ccpi_record_room(record, field));
        if (field->type == CCPI_FIELD_ID)
            status = check_id(record, ccpi_record_room(record, field), error);
    }
    return status;
}

static void fill_row(const ccp_usage_record *record, ccpi_db_value *row)
{
    for (size_t i = 0; i < CCPI_RECORD_FIELD_COUNT; i++)
        row[i] = ccpi_record_value(record, &ccpi_record_fields[i]);
    row[WIDTH - 1] = ccpi_db_integer(record->tokens.input + record->tokens.output);
}

/* Records on their way into the database, and what that needs. */
typedef struct addition {
    const ccpi_zone *zone;
    const char *sql;
    ccp_usage_record *records; /* tidied copies */
    int64_t *changed;          /* by each: 0 when it stood already */
    ccpi_aggregate_part *parts;
    ccpi_session_day *days;
    size_t count;
    size_t inserted;
} addition;

static ccp_status write_chunk(ccpi_db_session *session, const addition *of, size_t first,
                              ccp_error *error)
{
    const size_t left = of->count - first;
    const size_t rows = left < CHUNK ? left : CHUNK;
    ccpi_db_value values[CHUNK * WIDTH];
    const ccpi_db_statement statement = {
        .sql = of->sql, .values = values, .count = WIDTH};

    for (size_t i = 0; i < rows; i++)
        fill_row(&of->records[first + i], &values[i * WIDTH]);
    return ccpi_db_run_rows(session, &statement, rows, &of->changed[first], error);
}

/* What was really inserted takes part in the sums, and in the days of its session. */
static ccp_status sum_up(ccpi_db_session *session, addition *of, ccp_error *error)
{
    size_t day_count = 0, part_count;
    ccp_status status;

    of->inserted = 0;
    for (size_t i = 0; i < of->count; i++) {
        const ccp_usage_record *record = &of->records[i];

        if (of->changed[i] == 0)
            continue;
        ccpi_aggregate_split(record, of->zone,
                             &of->parts[CCPI_BUCKET_COUNT * of->inserted++]);
        if (record->session_id[0])
            of->days[day_count++] =
                (ccpi_session_day){record, ccpi_session_day_of(record->created_at_us)};
    }
    part_count = CCPI_BUCKET_COUNT * of->inserted;
    status =
        ccpi_aggregate_raise(session, CCPI_SUMS_OF_OWNERS, of->parts, part_count, error);
    if (status == CCP_OK)
        status = ccpi_session_days_note(session, of->days, day_count, error);
    return status == CCP_OK ? ccpi_aggregate_raise(session, CCPI_SUMS_OF_ALL, of->parts,
                                                   part_count, error)
                            : status;
}

static ccp_status write_records(ccpi_db_session *session, void *context, ccp_error *error)
{
    addition *of = context;
    ccp_status status = CCP_OK;

    for (size_t first = 0; first < of->count && status == CCP_OK; first += CHUNK)
        status = write_chunk(session, of, first, error);
    return status == CCP_OK ? sum_up(session, of, error) : status;
}

static ccp_status make_insert(ccpi_buf *sql)
{
    ccpi_buf_append_text(sql, "INSERT INTO token_usage (");
    append_columns(sql);
    ccpi_buf_append_text(sql, ", total_tokens) VALUES (");
    for (int i = 1; i <= WIDTH; i++)
        ccpi_buf_append_format(sql, "%s$%d", i > 1 ? ", " : "", i);
    return ccpi_buf_append_text(sql, ") ON CONFLICT (request_id, created_at) DO NOTHING");
}

static void addition_clear(addition *of)
{
    free(of->records);
    free(of->changed);
    free(of->parts);
    free(of->days);
}

static ccp_status prepare(addition *of, const ccp_usage_record *records, ccp_error *error)
{
    ccp_status status = CCP_OK;

    of->records = calloc(of->count, sizeof(*of->records));
    of->changed = calloc(of->count, sizeof(*of->changed));
    of->parts = calloc(of->count, CCPI_BUCKET_COUNT * sizeof(*of->parts));
    of->days = calloc(of->count, sizeof(*of->days));
    if (!of->records || !of->changed || !of->parts || !of->days)
        return ccpi_fail(error, CCP_NO_MEMORY, "no memory for rows of usage");
    for (size_t i = 0; i < of->count && status == CCP_OK; i++) {
        of->records[i] = records[i];
        status = tidy(&of->records[i], error);
    }
    return status;
}

static ccp_status add(void *self, const ccp_usage_record *records, size_t count,
                      size_t *inserted, ccp_error *error)
{
    ccpi_store *store = self;
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf sql = {.limit = MAX_SQL};
    addition of = {.zone = store->zone, .count = count};
    ccp_status status = make_insert(&sql);

    if (inserted)
        *inserted = 0;
    if (status != CCP_OK)
        return ccpi_fail(error, status, "no memory for rows of usage");
    if (count == 0)
        return CCP_OK;
    of.sql = sql.data;
    status = prepare(&of, records, error);
    if (status == CCP_OK)
        status = ccpi_usage_months_make(store, records, count, error);
    if (status == CCP_OK)
        status = ccpi_db_write(store->db, write_records, &of, error);
    if (status != CCP_OK)
        ccpi_usage_months_forget(store);
    if (status == CCP_OK && inserted)
        *inserted = of.inserted;
    addition_clear(&of);
    return status;
}

static bool take_sum(void *context, const ccpi_db_value *columns)
{
    *(int64_t *)context = ccpi_db_get_integer(&columns[0]);
    return false;
}

static ccp_status bedrock_cost(void *self, const ccp_id *user_id,
                               const ccp_period *period, int64_t *cost_micro,
                               ccp_error *error)
{
    const ccpi_store *store = self;
    const ccpi_db_statement query = {
        .sql =
            "SELECT CAST(coalesce(sum(total_cost_micro), 0) AS BIGINT) FROM token_usage"
            " WHERE user_id = $1 AND created_at >= $2 AND created_at < $3"
            " AND provider = 'bedrock'",
        CCPI_DB_WITH(ccpi_db_id(user_id->text), ccpi_db_time(period->start_us),
                     ccpi_db_time(period->end_us)),
        .visit = take_sum,
        .context = cost_micro,
    };

    *cost_micro = 0;
    return ccpi_db_read(store->db, &query, error);
}

typedef struct listing {
    bool (*visit)(void *context, const ccp_usage_record *record);
    void *context;
} listing;

static bool show_record(void *context, const ccpi_db_value *columns)
{
    const listing *to = context;
    ccp_usage_record record = {0};

    for (size_t i = 0; i < CCPI_RECORD_FIELD_COUNT; i++)
        ccpi_record_take(&record, &ccpi_record_fields[i], &columns[i]);
    return to->visit(to->context, &record);
}

static ccp_status recent(void *self, size_t limit,
                         bool (*visit)(void *context, const ccp_usage_record *record),
                         void *context, ccp_error *error)
{
    const ccpi_store *store = self;
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf sql = {.limit = MAX_SQL};
    listing to = {visit, context};
    ccpi_db_statement query = {
        CCPI_DB_WITH(ccpi_db_integer((int64_t)limit)),
        .visit = show_record,
        .context = &to,
    };

    ccpi_buf_append_text(&sql, "SELECT ");
    append_columns(&sql);
    ccpi_buf_append_text(&sql,
                         " FROM token_usage ORDER BY created_at DESC, id DESC LIMIT $1");
    if (sql.status != CCP_OK)
        return ccpi_fail(error, sql.status, "no memory for a query");
    query.sql = sql.data;
    return ccpi_db_read(store->db, &query, error);
}

void ccpi_store_fill_usage(ccpi_store *store)
{
    store->table.usage = (ccp_usage_store){
        .add = add,
        .bedrock_cost = bedrock_cost,
        .recent = recent,
        .prune = ccpi_usage_prune,
        .lease_budget = ccpi_usage_lease_budget,
        .end_leases = ccpi_usage_end_leases,
        .self = store,
    };
}
