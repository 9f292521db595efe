#include "admin/handlers/usage/rows.h"

#include "base/fail.h"

void ccpi_row_query_fields(ccpi_row_query *query, ccpi_field *out)
{
    const ccpi_field more[] = {
        {CCPI_TEXT_FIELD("model", query->model)},
        {CCPI_TEXT_FIELD("status", query->status_name)},
        {CCPI_TEXT_FIELD("request_id", query->request_id)},
        {CCPI_TEXT_FIELD("session_id", query->session_id)},
    };
    ccpi_field fields[CCPI_USAGE_QUERY_FIELDS];

    ccpi_usage_query_fields(&query->usage, fields);
    memcpy(out, fields, CCPI_USAGE_QUERY_FILTERS * sizeof(*out));
    memcpy(out + CCPI_USAGE_QUERY_FILTERS, more, sizeof(more));
}

static ccp_status check_status(ccpi_api_call *call, ccpi_row_query *query)
{
    static const ccp_usage_status all[] = {CCP_USAGE_COMPLETE, CCP_USAGE_INCOMPLETE,
                                           CCP_USAGE_ABORTED, CCP_USAGE_ERROR};

    if (!query->status_name[0])
        return CCP_OK;
    for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
        if (strcmp(query->status_name, ccp_usage_status_name(all[i])) == 0) {
            query->status = all[i];
            query->filter.status = &query->status;
            return CCP_OK;
        }
    return ccpi_fail(&call->error, CCP_INVALID,
                     "status is complete, incomplete, aborted or error");
}

static const char *text_or_null(const char *text)
{
    return text[0] ? text : NULL;
}

ccp_status ccpi_row_query_check(ccpi_api_call *call, ccpi_row_query *query)
{
    const ccp_usage_range *range = &query->usage.range;
    ccp_status status = ccpi_usage_query_check_open(call, &query->usage);

    if (status != CCP_OK)
        return status;
    query->filter = (ccp_usage_row_filter){
        .period = range->period,
        .user_id = range->user_id,
        .access_key_id = range->access_key_id,
        .provider = range->provider,
        .model = text_or_null(query->model),
        .request_id = text_or_null(query->request_id),
        .session_id = text_or_null(query->session_id),
    };
    return check_status(call, query);
}
