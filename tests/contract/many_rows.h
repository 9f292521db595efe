#ifndef CCPT_CONTRACT_MANY_ROWS_H
#define CCPT_CONTRACT_MANY_ROWS_H

#include "contract/scene.h"

/*
 * Rows of usage for the tests of reports, and what a plain loop over them says.
 */
#define ADA "a0000000-0000-4000-8000-000000000000"
#define BOB "b0000000-0000-4000-8000-000000000000"
#define EVE "e0000000-0000-4000-8000-000000000000"
#define KEY "c0000000-0000-4000-8000-000000000000"
#define OTHER_KEY "d0000000-0000-4000-8000-000000000000"

#define MINUTE (60 * SCENE_SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

#define MANY 400

extern ccp_usage_record many[MANY];

ccp_id id_of(const char *text);

/* Of the request "req_" and six digits. */
ccp_usage_record usage_of(int number, const char *user_id, int64_t at_us);
void add_usage(const ccp_usage_record *records, size_t count);

/* The same numbers in each run. */
int64_t number_below(int64_t end);

/* Fills the store and the array with rows of all kinds between two moments. */
void add_many(int64_t from_us, int64_t to_us);

bool is_in_range(const ccp_usage_range *range, const ccp_usage_record *record);
ccp_usage_sums sums_by_loop(const ccp_usage_range *range);
/* Users with a request that did not fail. */
int64_t active_by_loop(const ccp_usage_range *range);

#endif
