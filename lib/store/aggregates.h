#ifndef CCPI_STORE_AGGREGATES_H
#define CCPI_STORE_AGGREGATES_H

#include "calendar/calendar.h"
#include "ccproxy/usage.h"
#include "database/db.h"

/*
 * Sums of usage by minute, hour, day, week and month (US-7). They are raised in the
 * transaction that adds the rows, so that they are right at every moment.
 */

/*
 * One row for each bucket, user, access key, provider and priced model; and the same
 * of all users, so that what was used in all is read as fast for a thousand as for one.
 */
typedef enum ccpi_sums_of {
    CCPI_SUMS_OF_OWNERS,
    CCPI_SUMS_OF_ALL,
} ccpi_sums_of;

/* One record's part in one kind of bucket. */
typedef struct ccpi_aggregate_part {
    const ccp_usage_record *record;
    ccpi_bucket bucket;
    int64_t start_us;
} ccpi_aggregate_part;

/* Writes CCPI_BUCKET_COUNT parts of a record. */
void ccpi_aggregate_split(const ccp_usage_record *record, const ccpi_zone *zone,
                          ccpi_aggregate_part *parts);

/*
 * Adds the parts to their sums; sorts them. Those of all are raised last in a
 * transaction: other processes wait for them.
 */
ccp_status ccpi_aggregate_raise(ccpi_db_session *session, ccpi_sums_of of,
                                ccpi_aggregate_part *parts, size_t count,
                                ccp_error *error);

#endif
