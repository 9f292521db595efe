/* What was done, by whom. */
#include "admin/handlers/handlers.h"
#include "admin/objects.h"
#include "admin/web/list.h"
#include "base/cleanup.h"

static json_t *detail_object(const char *detail)
{
    json_t *object = detail[0] ? json_loads(detail, 0, NULL) : NULL;

    return object ? object : json_null();
}

static bool take_entry(void *context, const ccp_audit_entry *entry)
{
    return ccpi_list_take(context,
                          json_pack("{s:s, s:o, s:s, s:s, s:s, s:s, s:o, s:o}", "id",
                                    entry->id.text, "created_at",
                                    ccpi_object_time(entry->created_at_us), "actor",
                                    entry->actor, "address", entry->address, "action",
                                    entry->action, "target_type", entry->target_type,
                                    "target_id", ccpi_object_text(entry->target_id),
                                    "detail", detail_object(entry->detail)));
}

ccp_status ccpi_audit_list(ccpi_api_call *call)
{
    const ccp_audit_store *audit = &call->admin.store->audit;
    CCPI_CLEANUP(ccpi_list_clear) ccpi_list list = {.array = NULL};
    ccp_status status = ccpi_list_open(call, NULL, 0, &list);

    if (status == CCP_OK)
        status = audit->list(audit->self, &list.page, take_entry, &list, &call->error);
    return status == CCP_OK ? ccpi_list_answer(call, &list) : status;
}
