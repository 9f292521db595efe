/* Partitions of usage by month, where the database has them. */
#include "calendar/civil.h"
#include "store/store.h"

#define US_PER_S INT64_C(1000000)

/* Months since the year 0; no month has the number 0 by mistake: that is in antiquity. */
static int64_t month_of(int64_t unix_us)
{
    const ccpi_civil date = ccpi_civil_of(unix_us / US_PER_S);

    return date.year * 12 + date.month;
}

static bool is_known(ccpi_store *store, int64_t month)
{
    bool found = false;

    pthread_mutex_lock(&store->lock);
    for (size_t i = 0; i < CCPI_USAGE_MONTHS; i++)
        found = found || store->months.known[i] == month;
    pthread_mutex_unlock(&store->lock);
    return found;
}

static void remember(ccpi_store *store, int64_t month)
{
    pthread_mutex_lock(&store->lock);
    store->months.known[store->months.next++ % CCPI_USAGE_MONTHS] = month;
    pthread_mutex_unlock(&store->lock);
}

static ccp_status make_month(ccpi_db_session *session, void *context, ccp_error *error)
{
    const int64_t *unix_us = context;
    const ccpi_db_statement make = {
        .sql = session->driver->make_usage_month,
        CCPI_DB_WITH(ccpi_db_time(*unix_us)),
    };

    return ccpi_db_run(session, &make, NULL, error);
}

ccp_status ccpi_usage_months_make(ccpi_store *store, const ccp_usage_record *records,
                                  size_t count, ccp_error *error)
{
    ccp_status status = CCP_OK;

    if (!ccpi_db_driver_of(store->db)->make_usage_month)
        return CCP_OK;
    for (size_t i = 0; i < count && status == CCP_OK; i++) {
        int64_t unix_us = records[i].created_at_us;
        const int64_t month = month_of(unix_us);

        if (is_known(store, month))
            continue;
        status = ccpi_db_write(store->db, make_month, &unix_us, error);
        if (status == CCP_OK)
            remember(store, month);
    }
    return status;
}

void ccpi_usage_months_forget(ccpi_store *store)
{
    pthread_mutex_lock(&store->lock);
    memset(&store->months, 0, sizeof(store->months));
    pthread_mutex_unlock(&store->lock);
}
