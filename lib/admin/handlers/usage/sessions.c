/* What sessions of the client cost, and each agent in one. */
#include <stdlib.h>

#include "admin/handlers/handlers.h"
#include "admin/handlers/usage/range.h"
#include "admin/handlers/usage/sums.h"
#include "admin/objects.h"
#include "admin/web/list.h"
#include "base/cleanup.h"
#include "base/fail.h"
#include "store/store.h"

static json_t *session_object(const ccp_usage_session *session, const char *user_name)
{
    return ccpi_object_join(
        json_pack(
            "{s:s, s:s, s:o, s:o, s:o, s:o, s:I}", "session_id", session->session_id,
            "user_id", session->user_id.text, "user_name", ccpi_object_text(user_name),
            "access_key_id", ccpi_object_text(session->access_key_id.text), "first_at",
            ccpi_object_time(session->first_us), "last_at",
            ccpi_object_time(session->last_us), "agents", (json_int_t)session->agents),
        ccpi_sums_totals(&session->sums));
}

/* The sessions of a page: a listing can't ask the store for names while it runs. */
typedef struct session_list {
    ccpi_list list;
    ccp_usage_session *sessions; /* owned; room for a page */
    size_t count;
    ccp_user user; /* that was found last: sessions of one often stand together */
} session_list;

static void clear(session_list *list)
{
    ccpi_list_clear(&list->list);
    free(list->sessions);
}

static bool keep_session(void *context, const ccp_usage_session *session)
{
    session_list *list = context;

    if (list->count < list->list.page.limit)
        list->sessions[list->count++] = *session;
    return list->count < list->list.page.limit;
}

static ccp_status answer_sessions(ccpi_api_call *call, session_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        const ccp_usage_session *session = &list->sessions[i];
        const char *name = ccpi_users_name(call, session->user_id.text, &list->user);

        if (!ccpi_list_take(&list->list, session_object(session, name)))
            break;
    }
    return ccpi_list_answer(call, &list->list);
}

ccp_status ccpi_usage_sessions(ccpi_api_call *call)
{
    const ccp_report_store *reports = &call->admin.store->reports;
    CCPI_CLEANUP(clear) session_list list = {.count = 0};
    ccpi_usage_query query = {.user = ""};
    ccpi_field fields[CCPI_USAGE_QUERY_FIELDS];
    ccp_usage_session_page page;
    ccp_status status;

    ccpi_usage_query_fields(&query, fields);
    status = ccpi_list_open(call, fields, CCPI_USAGE_QUERY_FILTERS, &list.list);
    if (status == CCP_OK)
        status = ccpi_usage_query_check(call, &query);
    if (status != CCP_OK)
        return status;
    list.sessions = calloc(list.list.page.limit, sizeof(*list.sessions));
    if (!list.sessions)
        return CCP_NO_MEMORY;
    page = (ccp_usage_session_page){query.range, list.list.page};
    status = reports->sessions(reports->self, &page, keep_session, &list, &call->error);
    list.list.page.total = page.page.total;
    return status == CCP_OK ? answer_sessions(call, &list) : status;
}

/* ---- one of them ---- */

typedef struct listing {
    json_t *array;
    bool has_failed; /* memory ran out */
} listing;

static bool take_agent(void *context, const ccp_usage_agent *agent)
{
    listing *to = context;
    json_t *object = json_pack(
        "{s:o, s:o, s:i, s:o, s:o}", "agent_id", ccpi_object_text(agent->agent_id),
        "parent_agent_id", ccpi_object_text(agent->parent_agent_id), "depth",
        agent->depth, "first_at", ccpi_object_time(agent->first_us), "last_at",
        ccpi_object_time(agent->last_us));

    to->has_failed =
        json_array_append_new(
            to->array, ccpi_object_join(object, ccpi_sums_totals(&agent->sums))) != 0;
    return !to->has_failed;
}

static ccp_status read_user(ccpi_api_call *call, ccp_id *id, const ccp_id **out)
{
    char text[40] = "";
    const ccpi_field fields[] = {{CCPI_TEXT_FIELD("user_id", text)}};
    ccp_status status = ccpi_query_read(call, fields, 1);

    if (status != CCP_OK || !text[0])
        return status;
    if (!ccpi_id_parse(text, id))
        return ccpi_fail(&call->error, CCP_INVALID, "user_id is no id");
    *out = id;
    return CCP_OK;
}

static ccp_status answer_session(ccpi_api_call *call, const ccp_usage_session *session,
                                 json_t *agents)
{
    ccp_user user = {.name = ""};
    json_t *object =
        session_object(session, ccpi_users_name(call, session->user_id.text, &user));

    if (object && json_object_set(object, "tree", agents) == 0)
        return ccpi_api_call_answer(call, 200, object);
    json_decref(object);
    return CCP_NO_MEMORY;
}

ccp_status ccpi_usage_session(ccpi_api_call *call)
{
    const ccp_report_store *reports = &call->admin.store->reports;
    json_auto_t *agents = json_array();
    listing to = {.array = agents, .has_failed = !agents};
    const ccp_id *user_id = NULL;
    ccp_usage_session session;
    ccp_id id;
    ccp_status status = read_user(call, &id, &user_id);

    if (status == CCP_OK)
        status = reports->session(reports->self, call->parameter, user_id, &session,
                                  &call->error);
    if (status == CCP_OK && session.first_us == 0)
        return ccpi_fail(&call->error, CCP_NOT_FOUND, "there is no such session");
    if (status == CCP_OK)
        status = reports->agents(reports->self, &session, take_agent, &to, &call->error);
    if (status == CCP_OK && to.has_failed)
        status = CCP_NO_MEMORY;
    return status == CCP_OK ? answer_session(call, &session, agents) : status;
}
