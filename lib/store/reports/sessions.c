/* Sums of the client's sessions, from their rows: no bucket knows them. */
#include <stdio.h>

#include "base/cleanup.h"
#include "store/reports/query.h"
#include "store/reports/reports.h"
#include "store/session_days.h"

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

static void add_filters(ccpi_sql *query, const ccp_usage_range *range)
{
    if (range->user_id)
        ccpi_sql_add(query, " AND user_id = ?", ccpi_db_id(range->user_id->text));
    if (range->access_key_id)
        ccpi_sql_add(query, " AND access_key_id = ?",
                     ccpi_db_id(range->access_key_id->text));
    if (range->provider)
        ccpi_sql_add(query, " AND provider = ?", ccpi_db_text(range->provider));
}

/* The sessions that were used in the range, each once. */
static void add_used(ccpi_sql *query, const ccp_usage_range *range)
{
    const int64_t start_us = range->period.start_us;

    ccpi_sql_add(query, " FROM usage_session_days WHERE day >= ?",
                 ccpi_db_time(ccpi_session_day_of(start_us)));
    ccpi_sql_add(query, " AND day < ?", ccpi_db_time(range->period.end_us));
    ccpi_sql_add(query, " AND last_use >= ?", ccpi_db_time(start_us));
    ccpi_sql_add(query, " AND first_use < ?", ccpi_db_time(range->period.end_us));
    add_filters(query, range);
    ccpi_buf_append_text(&query->sql, GROUPED);
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

    add_used(&query, range);
    ccpi_buf_append_text(&query.sql, ") AS counted");
    return ccpi_sql_read(store->db, &query, take_count, total, error);
}

/* Those of the page, the one used last first, and how many there are in all. */
static void add_page(ccpi_sql *query, const ccp_usage_session_page *wanted)
{
    ccpi_buf_append_text(&query->sql,
                         "WITH used AS MATERIALIZED (SELECT session_id AS of_session,"
                         " user_id AS of_user, max(last_use) AS used_last");
    add_used(query, &wanted->range);
    ccpi_sql_add(query,
                 "), page AS (SELECT of_session, of_user,"
                 " (SELECT count(*) FROM used) AS of_all FROM used"
                 " ORDER BY used_last DESC, of_session LIMIT ?",
                 ccpi_db_integer((int64_t)wanted->page.limit));
    ccpi_sql_add(query, " OFFSET ?)", ccpi_db_integer((int64_t)wanted->page.offset));
}

/* CROSS: the few sessions come first, then their rows by their index. */
static void add_rows(ccpi_sql *query, const ccp_usage_range *range)
{
    ccpi_sql_add(query,
                 ", max(of_all) FROM page CROSS JOIN token_usage"
                 " WHERE session_id = of_session AND user_id = of_user"
                 " AND created_at >= ?",
                 ccpi_db_time(range->period.start_us));
    ccpi_sql_add(query, " AND created_at < ?", ccpi_db_time(range->period.end_us));
    add_filters(query, range);
    ccpi_buf_append_text(&query->sql, GROUPED " ORDER BY last_use DESC, session_id");
}

typedef struct page_listing {
    listing sessions;
    size_t of_all; /* 0: no session has come */
} page_listing;

static bool show_of_page(void *context, const ccpi_db_value *columns)
{
    page_listing *to = context;

    to->of_all = (size_t)ccpi_db_get_integer(&columns[FACT_COUNT + CCPI_SUMS]);
    return show_session(&to->sessions, columns);
}

ccp_status ccpi_report_sessions(void *self, ccp_usage_session_page *wanted,
                                ccp_usage_session_visitor visit, void *context,
                                ccp_error *error)
{
    const ccpi_store *store = self;
    CCPI_CLEANUP(ccpi_sql_clear) ccpi_sql query = ccpi_sql_of("");
    page_listing to = {.sessions = {visit, context}};
    ccp_status status;

    add_page(&query, wanted);
    ccpi_buf_append_text(&query.sql, " SELECT " FACTS);
    ccpi_sql_add_row_sums(&query);
    add_rows(&query, &wanted->range);
    status = ccpi_sql_read(store->db, &query, show_of_page, &to, error);
    wanted->page.total = to.of_all;
    /* Behind the last page there is nobody to tell. */
    return status == CCP_OK && to.of_all == 0 && wanted->page.offset > 0
               ? count_sessions(store, &wanted->range, &wanted->page.total, error)
               : status;
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
