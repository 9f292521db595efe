/* The circuits of this process: for which keys the Plan is not asked, and until when. */
#include "routing/breaker.h"

#include <stdlib.h>

#include "admin/handlers/handlers.h"
#include "admin/objects.h"
#include "admin/web/list.h"
#include "base/cleanup.h"

typedef struct circuit_list {
    ccpi_list list;
    ccpi_circuit *circuits; /* owned */
    size_t count;
} circuit_list;

static void clear(circuit_list *list)
{
    ccpi_list_clear(&list->list);
    free(list->circuits);
}

/* The breaker knows monotonic times; people want the others. */
static json_t *time_object(const ccpi_api_call *call, int64_t monotonic_us)
{
    const int64_t since_us = ccpi_router_now(call->api->router) - monotonic_us;

    if (monotonic_us == 0)
        return json_null();
    return ccpi_object_time(ccpi_api_call_now(call) - since_us);
}

static json_t *reason_object(ccpi_class reason)
{
    return reason == CCPI_CLASS_NONE ? json_null() : json_string(ccpi_class_name(reason));
}

/* Whose key it is; a key of before may be gone from the store, or the store away. */
static void find_owner(const ccpi_api_call *call, const ccp_id *key_id,
                       ccp_access_key *key, ccp_user *user)
{
    const ccp_store *store = call->admin.store;

    *key = (ccp_access_key){.prefix = {""}};
    *user = (ccp_user){.name = ""};
    if (store->keys.find(store->keys.self, key_id->text, key, NULL) == CCP_OK)
        (void)store->users.find(store->users.self, key->user_id.text, user, NULL);
}

static json_t *circuit_object(const ccpi_api_call *call, const ccpi_circuit *circuit)
{
    const bool is_closed = circuit->state == CCPI_CIRCUIT_CLOSED;
    ccp_access_key key;
    ccp_user user;

    find_owner(call, &circuit->access_key_id, &key, &user);
    return json_pack(
        "{s:s, s:o, s:o, s:o, s:s, s:i, s:o, s:o, s:o}", "access_key_id",
        circuit->access_key_id.text, "key_prefix", ccpi_object_text(key.prefix.text),
        "user_id", ccpi_object_text(key.user_id.text), "user_name",
        ccpi_object_text(user.name), "state", ccpi_circuit_state_name(circuit->state),
        "failures", circuit->failures, "opened_at",
        is_closed ? json_null() : time_object(call, circuit->changed_at_us),
        "next_probe_at", time_object(call, circuit->next_probe_at_us), "reason",
        reason_object(circuit->reason));
}

static int by_change(const void *one, const void *other)
{
    const ccpi_circuit *a = one, *b = other;

    if (a->changed_at_us != b->changed_at_us)
        return a->changed_at_us > b->changed_at_us ? -1 : 1;
    return strcmp(a->access_key_id.text, b->access_key_id.text);
}

ccp_status ccpi_circuits_list(ccpi_api_call *call)
{
    const ccpi_router *router = call->api->router;
    CCPI_CLEANUP(clear) circuit_list list = {.count = 0};
    ccp_status status = ccpi_list_open(call, NULL, 0, &list.list);

    if (status != CCP_OK)
        return status;
    list.circuits = calloc(CCPI_BREAKER_MAX_CIRCUITS, sizeof(*list.circuits));
    if (!list.circuits)
        return CCP_NO_MEMORY;
    list.count = ccpi_breaker_list(router->breaker, ccpi_router_now(router),
                                   list.circuits, CCPI_BREAKER_MAX_CIRCUITS);
    if (list.count > CCPI_BREAKER_MAX_CIRCUITS)
        list.count = CCPI_BREAKER_MAX_CIRCUITS;
    qsort(list.circuits, list.count, sizeof(*list.circuits), by_change);
    for (size_t i = 0; i < list.count; i++)
        if (ccpi_list_wants(&list.list) &&
            !ccpi_list_take(&list.list, circuit_object(call, &list.circuits[i])))
            break;
    return ccpi_list_answer(call, &list.list);
}

ccp_status ccpi_circuits_reset(ccpi_api_call *call)
{
    const ccp_access_key_store *keys = &call->admin.store->keys;
    const ccpi_deed deed = {"circuit.reset", "access_key", call->id.text};
    ccp_access_key key;
    ccp_status status = keys->find(keys->self, call->id.text, &key, &call->error);

    if (status != CCP_OK)
        return status;
    /* One that has no circuit is closed, which is what was asked for. */
    (void)ccpi_breaker_reset(call->api->router->breaker, &call->id);
    status = ccpi_admin_do(&call->admin, &deed, NULL, NULL, &call->error);
    return status == CCP_OK ? ccpi_api_call_answer_nothing(call) : status;
}
