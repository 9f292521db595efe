#include <stdlib.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/fail.h"
#include "base/utf8.h"
#include "store/record.h"
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

/* Some records on their way into the database, and room to bring them there. */
typedef struct addition {
    const char *sql;
    const ccp_usage_record *records;
    size_t count;
    size_t inserted;
    struct chunk {
        ccp_usage_record records[CHUNK];
        ccpi_db_value values[CHUNK * WIDTH];
        int64_t changed[CHUNK];
    } * chunk;
} addition;

static ccp_status write_chunk(ccpi_db_session *session, addition *of, size_t first,
                              ccp_error *error)
{
    const size_t left = of->count - first;
    const size_t rows = left < CHUNK ? left : CHUNK;
    const ccpi_db_statement statement = {
        .sql = of->sql, .values = of->chunk->values, .count = WIDTH};
    ccp_status status = CCP_OK;

    for (size_t i = 0; i < rows && status == CCP_OK; i++) {
        of->chunk->records[i] = of->records[first + i];
        status = tidy(&of->chunk->records[i], error);
        fill_row(&of->chunk->records[i], &of->chunk->values[i * WIDTH]);
    }
    if (status == CCP_OK)
        status = ccpi_db_run_rows(session, &statement, rows, of->chunk->changed, error);
    for (size_t i = 0; i < rows && status == CCP_OK; i++)
        of->inserted += of->chunk->changed[i] > 0;
    return status;
}

static ccp_status write_records(ccpi_db_session *session, void *context, ccp_error *error)
{
    addition *of = context;
    ccp_status status = CCP_OK;

    for (size_t first = 0; first < of->count && status == CCP_OK; first += CHUNK)
        status = write_chunk(session, of, first, error);
    return status;
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

static ccp_status add(void *self, const ccp_usage_record *records, size_t count,
                      size_t *inserted, ccp_error *error)
{
    const ccpi_store *store = self;
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf sql = {.limit = MAX_SQL};
    addition of = {.records = records, .count = count};
    ccp_status status = make_insert(&sql);

    if (inserted)
        *inserted = 0;
    of.sql = sql.data;
    of.chunk = malloc(sizeof(*of.chunk));
    if (status == CCP_OK && of.chunk)
        status = ccpi_db_write(store->db, write_records, &of, error);
    else
        status = ccpi_fail(error, CCP_NO_MEMORY, "no memory for rows of usage");
    free(of.chunk);
    if (status == CCP_OK && inserted)
        *inserted = of.inserted;
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
        .self = store,
    };
}
