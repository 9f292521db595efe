#ifndef CCPI_ADMIN_HANDLERS_USAGE_ROWS_H
#define CCPI_ADMIN_HANDLERS_USAGE_ROWS_H

#include "admin/handlers/usage/range.h"

/* Which rows of usage a call asks for. */
typedef struct ccpi_row_query {
    ccpi_usage_query usage;
    char model[129], status_name[16], request_id[65], session_id[129];
    ccp_usage_status status;
    ccp_usage_row_filter filter;
} ccpi_row_query;

#define CCPI_ROW_QUERY_FIELDS (CCPI_USAGE_QUERY_FILTERS + 4)

void ccpi_row_query_fields(ccpi_row_query *query, ccpi_field *out);

/* Once the fields are read: understands them. Without a range: of any time. */
ccp_status ccpi_row_query_check(ccpi_api_call *call, ccpi_row_query *query);

#endif
