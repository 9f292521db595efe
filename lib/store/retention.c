/* What is removed of usage. */
#include "calendar/civil.h"
#include "store/session_days.h"
#include "store/store.h"

#define US_PER_S INT64_C(1000000)

/* Removed in one transaction: others wait for its locks. */
#define PART 5000

/* A statement that removes at most PART rows of before a time. */
typedef struct removal {
    const char *sql;
    int64_t before_us;
    int64_t removed;
} removal;

static ccp_status remove_part(ccpi_db_session *session, void *context, ccp_error *error)
{
    removal *of = context;
    const ccpi_db_statement statement = {
        .sql = of->sql,
        CCPI_DB_WITH(ccpi_db_time(of->before_us), ccpi_db_integer(PART)),
    };

    return ccpi_db_run(session, &statement, &of->removed, error);
}

static ccp_status remove_parts(const ccpi_store *store, const char *sql,
                               int64_t before_us, ccp_error *error)
{
    removal of = {.sql = sql, .before_us = before_us};
    ccp_status status;

    do
        status = ccpi_db_write(store->db, remove_part, &of, error);
    while (status == CCP_OK && of.removed == PART);
    return status;
}

static ccp_status drop_months(ccpi_db_session *session, void *context, ccp_error *error)
{
    const int64_t *before_us = context;
    const ccpi_db_statement drop = {
        .sql = session->driver->drop_usage_months,
        CCPI_DB_WITH(ccpi_db_time(*before_us)),
    };

    return ccpi_db_run(session, &drop, NULL, error);
}

static ccp_status remove_rows(ccpi_store *store, int64_t before_us, ccp_error *error)
{
    ccp_status status;

    if (!ccpi_db_driver_of(store->db)->drop_usage_months)
        return remove_parts(store,
                            "DELETE FROM token_usage WHERE id IN (SELECT id FROM"
                            " token_usage WHERE created_at < $1 LIMIT $2)",
                            before_us, error);
    status = ccpi_db_write(store->db, drop_months, &before_us, error);
    ccpi_usage_months_forget(store);
    return status;
}

/* Where rows go by months, those of the month in which the time lies stay. */
static int64_t first_day_kept(const ccpi_store *store, int64_t before_us)
{
    const int64_t day_us = ccpi_session_day_of(before_us);
    const ccpi_civil date = ccpi_civil_of(day_us / US_PER_S);

    if (!ccpi_db_driver_of(store->db)->drop_usage_months)
        return day_us;
    return ccpi_civil_days(date.year, date.month, 1) * CCPI_SESSION_DAY_US;
}

static ccp_status remove_session_days(const ccpi_store *store, int64_t before_us,
                                      ccp_error *error)
{
    return remove_parts(store,
                        "DELETE FROM usage_session_days WHERE (day, session_id, user_id,"
                        " access_key_id, provider) IN (SELECT day, session_id, user_id,"
                        " access_key_id, provider FROM usage_session_days WHERE day < $1"
                        " LIMIT $2)",
                        first_day_kept(store, before_us), error);
}

static ccp_status remove_minutes(const ccpi_store *store, int64_t before_us,
                                 ccp_error *error)
{
    ccp_status status = remove_parts(store,
                                     "DELETE FROM usage_aggregates WHERE id IN (SELECT id"
                                     " FROM usage_aggregates WHERE bucket_type = 'minute'"
                                     " AND bucket_start < $1 LIMIT $2)",
                                     before_us, error);

    if (status != CCP_OK)
        return status;
    return remove_parts(store,
                        "DELETE FROM usage_totals WHERE (bucket_type, bucket_start,"
                        " provider, model_id) IN (SELECT bucket_type, bucket_start,"
                        " provider, model_id FROM usage_totals WHERE bucket_type ="
                        " 'minute' AND bucket_start < $1 LIMIT $2)",
                        before_us, error);
}

ccp_status ccpi_usage_prune(void *self, const ccp_usage_retention *keep, ccp_error *error)
{
    ccpi_store *store = self;
    ccp_status status = CCP_OK;

    if (keep->rows_from_us > 0)
        status = remove_rows(store, keep->rows_from_us, error);
    if (status == CCP_OK && keep->rows_from_us > 0)
        status = remove_session_days(store, keep->rows_from_us, error);
    if (status == CCP_OK && keep->minutes_from_us > 0)
        status = remove_minutes(store, keep->minutes_from_us, error);
    return status;
}
