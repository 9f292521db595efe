/* Sums of the client's sessions, from their rows: no bucket knows them. */
#include <stdio.h>

#include "base/cleanup.h"
#include "store/reports/query.h"
#include "store/reports/reports.h"

/* PostgreSQL 15 has no minimum of ids, but of their text. */
#define FACTS                                                                            \
    "session_id, user_id, min(CAST(access_key_id AS TEXT)) AS one_key,"                  \
    " min(created_at) AS first_use, max(created_at) AS last_use,"                        \
    " count(DISTINCT agent_id) AS agents"
#define FACT_COUNT 6

#define GROUPED " GROUP BY session_id, user_id"

typedef struct listing {
    ccp_usage_session_visitor visit;
    void *context;
} listing;

static bool show_session(void *context, const ccpi_db_value *columns)
{
    const listing *to = context;
    ccp_usage_session session = {0};

    ccpi_db_get_text(&columns[0], session.session_id, sizeof(session.session_id));
    ccpi_db_get_text(&columns[1], session.user_id.text, sizeof(session.user_id.text));
    ccpi_db_get_text(&columns[2], session.access_key_id.text,
                     sizeof(session.access_key_id.text));
    session.first_us = ccpi_db_get_integer(&columns[3]);
    session.last_us = ccpi_db_get_integer(&columns[4]);
    session.agents = ccpi_db_get_integer(&columns[5]);
    session.sums = ccpi_sql_take_sums(&columns[FACT_COUNT]);
    return to->visit(to->context, &session);
}

static void add_range(ccpi_sql *query, const ccp_usage_range *range)
{
    ccpi_sql_add(query,
                 " FROM token_usage WHERE session_id IS NOT NULL AND created_at >= ?",
                 ccpi_db_time(range->period.start_us));
    ccpi_sql_add(query, " AND created_at < ?", ccpi_db_time(range->period.end_us));
    if (range->user_id)
        ccpi_sql_add(query, " AND user_id = ?", ccpi_db_id(range->user_id->text));
    if (range->access_key_id)
        ccpi_sql_add(query, " AND access_key_id = ?",
                     ccpi_db_id(range->access_key_id->text));
    if (range->provider)
        ccpi_sql_add(query, " AND provider = ?", ccpi_db_text(range->provider));
}

static bool take_count(void *context, const ccpi_db_value *columns)
{
    *(size_t *)context = (size_t)ccpi_db_get_integer(&columns[0]);
    return false;
}

static ccp_status count_sessions(const ccpi_store *store, const ccp_usage_range *range,
                                 size_t *total, ccp_error *error)
{
    CCPI_CLEANUP(ccpi_sql_clear)
    ccpi_sql query = ccpi_sql_of("SELECT count(*) FROM (SELECT session_id");

    add_range(&query, range);
    ccpi_buf_append_text(&query.sql, GROUPED ") AS counted");
    return ccpi_sql_read(store->db, &query, take_count, total, error);
}

ccp_status ccpi_report_sessions(void *self, ccp_usage_session_page *wanted,
                                ccp_usage_session_visitor visit, void *context,
                                ccp_error *error)
{
    const ccp_usage_range *range = &wanted->range;
    ccp_page *page = &wanted->page;
    const ccpi_store *store = self;
    CCPI_CLEANUP(ccpi_sql_clear) ccpi_sql query = ccpi_sql_of("SELECT " FACTS);
    listing to = {visit, context};
    ccp_status status;

    ccpi_sql_add_row_sums(&query);
    add_range(&query, range);
    ccpi_sql_add(&query, GROUPED " ORDER BY last_use DESC, session_id LIMIT ?",
                 ccpi_db_integer((int64_t)page->limit));
    ccpi_sql_add(&query, " OFFSET ?", ccpi_db_integer((int64_t)page->offset));
    status = ccpi_sql_read(store->db, &query, show_session, &to, error);
    return status == CCP_OK ? count_sessions(store, range, &page->total, error) : status;
}

static bool take_session(void *context, const ccp_usage_session *session)
{
    *(ccp_usage_session *)context = *session;
    return false;
}

ccp_status ccpi_report_session(void *self, const char *session_id, const ccp_id *user_id,
                               ccp_usage_session *out, ccp_error *error)
{
    const ccpi_store *store = self;
    CCPI_CLEANUP(ccpi_sql_clear) ccpi_sql query = ccpi_sql_of("SELECT " FACTS);
    listing to = {take_session, out};

    *out = (ccp_usage_session){0};
    snprintf(out->session_id, sizeof(out->session_id), "%s", session_id);
    ccpi_sql_add_row_sums(&query);
    ccpi_sql_add(&query, " FROM token_usage WHERE session_id = ?",
                 ccpi_db_text(session_id));
    if (user_id)
        ccpi_sql_add(&query, " AND user_id = ?", ccpi_db_id(user_id->text));
    ccpi_buf_append_text(&query.sql, GROUPED " ORDER BY last_use DESC, user_id LIMIT 1");
    return ccpi_sql_read(store->db, &query, show_session, &to, error);
}
