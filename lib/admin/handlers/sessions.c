/* Who is signed in. */
#include "admin/handlers/handlers.h"
#include "admin/objects.h"
#include "admin/web/list.h"
#include "base/cleanup.h"

typedef struct listing {
    ccpi_list list;
    const ccp_id *own;
} listing;

static bool take_session(void *context, const ccp_admin_session *session)
{
    listing *to = context;

    if (!ccpi_list_wants(&to->list))
        return true;
    return ccpi_list_take(
        &to->list, json_pack("{s:s, s:s, s:s, s:o, s:o, s:b}", "jti", session->id.text,
                             "username", session->username, "address", session->address,
                             "created_at", ccpi_object_time(session->created_at_us),
                             "expires_at", ccpi_object_time(session->expires_at_us),
                             "is_current", strcmp(session->id.text, to->own->text) == 0));
}

ccp_status ccpi_sessions_list(ccpi_api_call *call)
{
    const ccp_session_store *sessions = &call->admin.store->sessions;
    listing to = {.own = &call->caller.id};
    ccp_status status = ccpi_list_open(call, NULL, 0, &to.list);

    if (status == CCP_OK)
        status = sessions->list(sessions->self, take_session, &to, &call->error);
    if (status == CCP_OK)
        status = ccpi_list_answer(call, &to.list);
    ccpi_list_clear(&to.list);
    return status;
}

static ccp_status write_end(const ccp_store *within, void *context, ccp_error *error)
{
    return within->sessions.revoke(within->sessions.self, context, error);
}

ccp_status ccpi_sessions_end(ccpi_api_call *call)
{
    const ccpi_deed deed = {"session.end", "session", call->id.text};
    ccp_status status =
        ccpi_admin_do(&call->admin, &deed, write_end, &call->id, &call->error);

    return status == CCP_OK ? ccpi_api_call_answer_nothing(call) : status;
}

static ccp_status write_end_of_all(const ccp_store *within, void *context,
                                   ccp_error *error)
{
    (void)context;
    return within->sessions.revoke_all(within->sessions.self, error);
}

ccp_status ccpi_sessions_end_all(ccpi_api_call *call)
{
    const ccpi_deed deed = {"session.end_all", "session", NULL};
    ccp_status status =
        ccpi_admin_do(&call->admin, &deed, write_end_of_all, NULL, &call->error);

    return status == CCP_OK ? ccpi_api_call_answer_nothing(call) : status;
}
