#ifndef CCPI_ADMIN_HANDLERS_USAGE_SUMS_H
#define CCPI_ADMIN_HANDLERS_USAGE_SUMS_H

#include <jansson.h>

#include "admin/web/call.h"

/* The sums of usage as objects of the admin API. */

/* total_requests, total_errors ... A new reference, or NULL without memory. */
json_t *ccpi_sums_totals(const ccp_usage_sums *sums);

/* total_requests, total_tokens and total_cost_usd: what lists show. */
json_t *ccpi_sums_short(const ccp_usage_sums *sums);

/* requests, total_cost_usd and its four parts. */
json_t *ccpi_sums_costs(const ccp_usage_sums *sums);

/*
 * Appends a bucket's object, with a comma before it unless it is the first. As text,
 * since there may be tens of thousands. The buffer remembers a failure.
 */
void ccpi_sums_append_bucket(const ccp_usage_bucket *bucket, ccpi_buf *out);

/* Puts text in place of an object's closing brace: the members of another one. */
ccp_status ccpi_sums_finish(ccpi_buf *text, json_t *members);

/* What a text of buckets may take. */
#define CCPI_SUMS_MAX_TEXT ((size_t)64 * 1024 * 1024)

#endif
