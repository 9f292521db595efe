#include "store/session_days.h"

#include <stdlib.h>
#include <string.h>

/* Rows that go to the database in one call. */
#define CHUNK 32

#define WIDTH 7

/* Only what widens the time of use is written. */
static const char upsert[] =
    "INSERT INTO usage_session_days AS kept"
    " (day, session_id, user_id, access_key_id, provider, first_use, last_use)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7)"
    " ON CONFLICT (day, session_id, user_id, access_key_id, provider) DO UPDATE SET"
    " first_use = CASE WHEN excluded.first_use < kept.first_use"
    " THEN excluded.first_use ELSE kept.first_use END,"
    " last_use = CASE WHEN excluded.last_use > kept.last_use"
    " THEN excluded.last_use ELSE kept.last_use END"
    " WHERE excluded.first_use < kept.first_use OR excluded.last_use > kept.last_use";

int64_t ccpi_session_day_of(int64_t unix_us)
{
    const int64_t into = unix_us % CCPI_SESSION_DAY_US;

    return unix_us - (into < 0 ? into + CCPI_SESSION_DAY_US : into);
}

static int compare_keys(const ccpi_session_day *a, const ccpi_session_day *b)
{
    int order = a->start_us < b->start_us ? -1 : a->start_us > b->start_us;

    if (order == 0)
        order = strcmp(a->record->session_id, b->record->session_id);
    if (order == 0)
        order = strcmp(a->record->user_id, b->record->user_id);
    if (order == 0)
        order = strcmp(a->record->access_key_id, b->record->access_key_id);
    return order != 0 ? order : strcmp(a->record->provider, b->record->provider);
}

/* By key, then time: no two transactions wait for each other (see aggregates.c). */
static int compare(const void *left, const void *right)
{
    const ccpi_session_day *a = left, *b = right;
    const int order = compare_keys(a, b);

    if (order != 0 || a->record->created_at_us == b->record->created_at_us)
        return order;
    return a->record->created_at_us < b->record->created_at_us ? -1 : 1;
}

/* Fills a row from the parts of one key, which stand first; returns how many. */
static size_t fill_row(const ccpi_session_day *days, size_t count, ccpi_db_value *row)
{
    const ccp_usage_record *first = days->record;
    size_t same = 1;

    while (same < count && compare_keys(days, &days[same]) == 0)
        same++;
    row[0] = ccpi_db_time(days->start_us);
    row[1] = ccpi_db_text(first->session_id);
    row[2] = ccpi_db_id(first->user_id);
    row[3] = ccpi_db_id(first->access_key_id);
    row[4] = ccpi_db_text(first->provider);
    row[5] = ccpi_db_time(first->created_at_us);
    row[6] = ccpi_db_time(days[same - 1].record->created_at_us);
    return same;
}

ccp_status ccpi_session_days_note(ccpi_db_session *session, ccpi_session_day *days,
                                  size_t count, ccp_error *error)
{
    ccpi_db_value values[CHUNK * WIDTH];
    int64_t changed[CHUNK];
    const ccpi_db_statement statement = {.sql = upsert, .values = values, .count = WIDTH};
    ccp_status status = CCP_OK;

    if (count > 0)
        qsort(days, count, sizeof(*days), compare);
    for (size_t at = 0; at < count && status == CCP_OK;) {
        size_t rows = 0;

        while (at < count && rows < CHUNK)
            at += fill_row(&days[at], count - at, &values[WIDTH * rows++]);
        status = ccpi_db_run_rows(session, &statement, rows, changed, error);
    }
    return status;
}
