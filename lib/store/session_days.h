#ifndef CCPI_STORE_SESSION_DAYS_H
#define CCPI_STORE_SESSION_DAYS_H

#include "ccproxy/usage.h"
#include "database/db.h"

/*
 * When each of the clients' sessions was used, one row for each UTC day, session,
 * user, access key and provider: sessions of a range are found here. Kept in the
 * transaction that adds the rows of usage, as the sums are.
 */
#define CCPI_SESSION_DAY_US INT64_C(86400000000)

/* The start of the UTC day that holds a moment. */
int64_t ccpi_session_day_of(int64_t unix_us);

/* One record's part in a day of its session. */
typedef struct ccpi_session_day {
    const ccp_usage_record *record; /* borrowed */
    int64_t start_us;
} ccpi_session_day;

/* Sorts them. */
ccp_status ccpi_session_days_note(ccpi_db_session *session, ccpi_session_day *days,
                                  size_t count, ccp_error *error);

#endif
