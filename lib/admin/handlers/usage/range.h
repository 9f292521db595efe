#ifndef CCPI_ADMIN_HANDLERS_USAGE_RANGE_H
#define CCPI_ADMIN_HANDLERS_USAGE_RANGE_H

#include "admin/web/fields.h"
#include "calendar/calendar.h"

/* Which usage a call asks for (AD-3): of when, of whom, and in which buckets. */
typedef struct ccpi_usage_query {
    /* As they stand in the query. */
    char user[40], key[40], provider[16], bucket_name[16], period[16];
    char start_date[16], end_date[16], start_time[40], end_time[40];
    /* And as the store is asked. */
    ccp_id user_id, access_key_id;
    ccp_usage_range range;
} ccpi_usage_query;

/* How many fields ccpi_usage_query_fields() writes. */
#define CCPI_USAGE_QUERY_FIELDS 9
/* Of them, those that say nothing of buckets: the first ones. */
#define CCPI_USAGE_QUERY_FILTERS 8

void ccpi_usage_query_fields(ccpi_usage_query *query, ccpi_field *out);

/* Once the fields are read: understands them. Without a range: the last 24 hours. */
ccp_status ccpi_usage_query_check(ccpi_api_call *call, ccpi_usage_query *query);

/* The same, but without a range: of any time, which is a period that ends at 0. */
ccp_status ccpi_usage_query_check_open(ccpi_api_call *call, ccpi_usage_query *query);

/* Reads and understands a query of these fields alone. */
ccp_status ccpi_usage_query_read(ccpi_api_call *call, ccpi_usage_query *query,
                                 size_t count);

/* CCP_LIMIT of a store, as what it is to the client. */
ccp_status ccpi_usage_query_failed(ccpi_api_call *call, ccp_status status);

#endif
