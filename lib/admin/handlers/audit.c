/* What was done, by whom, and to whom. */
#include <stdlib.h>

#include "admin/handlers/handlers.h"
#include "admin/objects.h"
#include "admin/web/list.h"
#include "base/cleanup.h"

static json_t *detail_object(const char *detail)
{
    json_t *object = detail[0] ? json_loads(detail, 0, NULL) : NULL;

    return object ? object : json_null();
}

/* The entries of a page: a listing can't ask the store for more while it runs. */
typedef struct entry_list {
    ccpi_list list;
    ccp_audit_entry *entries; /* owned; room for a page */
    size_t count;
    ccp_user user; /* that was found last */
} entry_list;

static void clear(entry_list *list)
{
    ccpi_list_clear(&list->list);
    free(list->entries);
}

static bool keep_entry(void *context, const ccp_audit_entry *entry)
{
    entry_list *list = context;

    if (list->count < list->list.page.limit)
        list->entries[list->count++] = *entry;
    return list->count < list->list.page.limit;
}

/* Whose the target is; nobody's, when it is neither a user nor a key. */
static json_t *owner_object(const ccpi_api_call *call, entry_list *list,
                            const ccp_audit_entry *entry)
{
    const ccp_access_key_store *keys = &call->admin.store->keys;
    const bool is_key = strcmp(entry->target_type, "access_key") == 0;
    const bool is_user = strcmp(entry->target_type, "user") == 0;
    ccp_access_key key = {.prefix = {""}};
    const char *user_id = is_user ? entry->target_id : "";

    if (is_key && keys->find(keys->self, entry->target_id, &key, NULL) == CCP_OK)
        user_id = key.user_id.text;
    return json_pack("{s:o, s:o, s:o}", "key_prefix", ccpi_object_text(key.prefix.text),
                     "user_id", ccpi_object_text(user_id), "user_name",
                     ccpi_object_text(ccpi_users_name(call, user_id, &list->user)));
}

static json_t *entry_object(const ccp_audit_entry *entry)
{
    return json_pack("{s:s, s:o, s:s, s:s, s:s, s:s, s:o, s:o}", "id", entry->id.text,
                     "created_at", ccpi_object_time(entry->created_at_us), "actor",
                     entry->actor, "address", entry->address, "action", entry->action,
                     "target_type", entry->target_type, "target_id",
                     ccpi_object_text(entry->target_id), "detail",
                     detail_object(entry->detail));
}

static ccp_status answer(ccpi_api_call *call, entry_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        const ccp_audit_entry *entry = &list->entries[i];

        if (!ccpi_list_take(
                &list->list,
                ccpi_object_join(entry_object(entry), owner_object(call, list, entry))))
            break;
    }
    return ccpi_list_answer(call, &list->list);
}

ccp_status ccpi_audit_list(ccpi_api_call *call)
{
    const ccp_audit_store *audit = &call->admin.store->audit;
    CCPI_CLEANUP(clear) entry_list list = {.count = 0};
    ccp_status status = ccpi_list_open(call, NULL, 0, &list.list);

    if (status != CCP_OK)
        return status;
    list.entries = calloc(list.list.page.limit, sizeof(*list.entries));
    if (!list.entries)
        return CCP_NO_MEMORY;
    status = audit->list(audit->self, &list.list.page, keep_entry, &list, &call->error);
    return status == CCP_OK ? answer(call, &list) : status;
}
