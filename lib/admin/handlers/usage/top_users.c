/* Who used the most. */
#include <stdlib.h>

#include "admin/handlers/handlers.h"
#include "admin/handlers/usage/range.h"
#include "admin/handlers/usage/sums.h"
#include "admin/objects.h"
#include "base/fail.h"

#define MOST_USERS 100
#define DEFAULT_USERS 10
#define DEFAULT_SERIES 5

/* The users of an answer, the dearest first, and a text of buckets for each. */
typedef struct ranking {
    ccpi_usage_query query;
    size_t limit;
    ccp_usage_group *users; /* owned; room for the limit */
    size_t count;
    int64_t total;     /* of users with a request that did not fail */
    ccpi_buf *buckets; /* owned; one a user, or NULL */
} ranking;

static void clear(ranking *top)
{
    for (size_t i = 0; top->buckets && i < top->limit; i++)
        ccpi_buf_clear(&top->buckets[i]);
    free(top->buckets);
    free(top->users);
}

static ccp_status read_limit(ccpi_api_call *call, const char *text, size_t preset,
                             size_t *out)
{
    const size_t digits = strspn(text, "0123456789");

    *out = text[0] ? strtoul(text, NULL, 10) : preset;
    if (text[digits] || digits > 3 || *out < 1 || *out > MOST_USERS)
        return ccpi_fail(&call->error, CCP_INVALID, "limit is 1 to %d", MOST_USERS);
    return CCP_OK;
}

static ccp_status open_ranking(ccpi_api_call *call, size_t query_fields, size_t preset,
                               ranking *out)
{
    ccpi_field fields[CCPI_USAGE_QUERY_FIELDS + 1];
    char limit[8] = "";
    ccp_status status;

    ccpi_usage_query_fields(&out->query, fields);
    fields[query_fields] = (ccpi_field){CCPI_TEXT_FIELD("limit", limit)};
    status = ccpi_query_read(call, fields, query_fields + 1);
    if (status == CCP_OK)
        status = ccpi_usage_query_check(call, &out->query);
    if (status == CCP_OK)
        status = read_limit(call, limit, preset, &out->limit);
    if (status != CCP_OK)
        return status;
    out->users = calloc(out->limit, sizeof(*out->users));
    return out->users ? CCP_OK : CCP_NO_MEMORY;
}

static bool take_user(void *context, const ccp_usage_group *group)
{
    ranking *to = context;

    if (to->count < to->limit)
        to->users[to->count++] = *group;
    to->total += group->sums.requests > 0;
    return true;
}

/* All are gone through, so that the answer can tell how many there are. */
static ccp_status find_users(ccpi_api_call *call, ranking *out)
{
    const ccp_report_store *reports = &call->admin.store->reports;
    const ccp_usage_grouping by_user = {
        .range = out->query.range, .by = CCP_USAGE_BY_USER, .dearest_first = true};

    return reports->groups(reports->self, &by_user, take_user, out, &call->error);
}

static json_t *user_object(const ccp_usage_group *user)
{
    json_t *object = ccpi_sums_short(&user->sums);

    if (object && json_object_set_new(object, "user_id", json_string(user->key)) == 0 &&
        json_object_set_new(object, "name", ccpi_object_text(user->label)) == 0)
        return object;
    json_decref(object);
    return NULL;
}

static ccp_status answer_users(ccpi_api_call *call, const ranking *top)
{
    json_t *array = json_array();

    for (size_t i = 0; i < top->count; i++)
        if (json_array_append_new(array, user_object(&top->users[i])) != 0) {
            json_decref(array);
            return CCP_NO_MEMORY;
        }
    return ccpi_api_call_answer(call, 200, array);
}

ccp_status ccpi_top_users_list(ccpi_api_call *call)
{
    ranking top = {.count = 0};
    ccp_status status = open_ranking(call, CCPI_USAGE_QUERY_FILTERS, DEFAULT_USERS, &top);

    if (status == CCP_OK)
        status = find_users(call, &top);
    if (status == CCP_OK)
        status = ccpi_api_call_add_number(call, "x-total-count", top.total);
    if (status == CCP_OK)
        status = answer_users(call, &top);
    clear(&top);
    return status;
}

/* ---- with buckets ---- */

static bool take_bucket(void *context, const ccp_id *user_id,
                        const ccp_usage_bucket *bucket)
{
    ranking *to = context;

    for (size_t i = 0; i < to->count; i++)
        if (strcmp(to->users[i].key, user_id->text) == 0) {
            ccpi_sums_append_bucket(bucket, &to->buckets[i]);
            return to->buckets[i].status == CCP_OK;
        }
    return true;
}

static ccp_status find_buckets(ccpi_api_call *call, ranking *top)
{
    const ccp_report_store *reports = &call->admin.store->reports;
    ccp_id ids[MOST_USERS];
    const ccp_usage_series wanted = {
        .range = top->query.range, .users = ids, .count = top->count};

    top->buckets = calloc(top->limit, sizeof(*top->buckets));
    if (!top->buckets)
        return CCP_NO_MEMORY;
    for (size_t i = 0; i < top->count; i++) {
        top->buckets[i].limit = CCPI_SUMS_MAX_TEXT;
        memset(&ids[i], 0, sizeof(ids[i]));
        strncat(ids[i].text, top->users[i].key, sizeof(ids[i].text) - 1);
    }
    if (top->count == 0)
        return CCP_OK;
    return reports->series(reports->self, &wanted, take_bucket, top, &call->error);
}

static ccp_status append_series(const ranking *top, size_t place, ccpi_buf *out)
{
    ccpi_buf_append_text(out, place == 0 ? "{\"buckets\":[" : ",{\"buckets\":[");
    ccpi_buf_append_span(out, ccpi_buf_span(&top->buckets[place]));
    ccpi_buf_append_text(out, "]");
    return ccpi_sums_finish(out, user_object(&top->users[place]));
}

static ccp_status answer_series(ccpi_api_call *call, const ranking *top)
{
    ccp_status status = CCP_OK;

    call->text.limit = CCPI_SUMS_MAX_TEXT;
    ccpi_buf_append_text(&call->text, "[");
    for (size_t i = 0; i < top->count && status == CCP_OK; i++)
        status = append_series(top, i, &call->text);
    ccpi_buf_append_text(&call->text, "]");
    call->status = 200;
    return status == CCP_OK ? call->text.status : status;
}

ccp_status ccpi_top_users_series(ccpi_api_call *call)
{
    ranking top = {.count = 0};
    ccp_status status = open_ranking(call, CCPI_USAGE_QUERY_FIELDS, DEFAULT_SERIES, &top);

    if (status == CCP_OK)
        status = find_users(call, &top);
    if (status == CCP_OK)
        status = find_buckets(call, &top);
    if (status == CCP_OK)
        status = answer_series(call, &top);
    clear(&top);
    return ccpi_usage_query_failed(call, status);
}
