#include <stdio.h>
#include <string.h>

#include "admin/admin.h"

typedef struct named_work {
    const ccpi_deed *deed;
    ccp_status (*run)(const ccp_store *within, void *context, ccp_error *error);
    void *context;
    ccp_audit_entry *entry;
} named_work;

static ccp_status run_and_name(const ccp_store *within, void *context, ccp_error *error)
{
    const named_work *of = context;
    const ccpi_deed *deed = of->deed;
    ccp_status status = of->run ? of->run(within, of->context, error) : CCP_OK;

    if (status == CCP_OK && deed->target_id)
        snprintf(of->entry->target_id, sizeof(of->entry->target_id), "%s",
                 deed->target_id);
    return status;
}

ccp_status ccpi_admin_do(const ccp_admin *admin, const ccpi_deed *deed,
                         ccp_status (*run)(const ccp_store *within, void *context,
                                           ccp_error *error),
                         void *context, ccp_error *error)
{
    const ccp_audit_store *audit = &admin->store->audit;
    const ccpi_actor *actor = &admin->actor;
    ccp_audit_entry entry = {.created_at_us = 0};
    named_work of = {deed, run, context, &entry};
    const ccp_audited_work work = {
        .store = admin->store, .run = run_and_name, .context = &of, .entry = &entry};

    snprintf(entry.actor, sizeof(entry.actor), "%s", actor->name);
    snprintf(entry.address, sizeof(entry.address), "%s", actor->address);
    snprintf(entry.action, sizeof(entry.action), "%s", deed->action);
    snprintf(entry.target_type, sizeof(entry.target_type), "%s", deed->target_type);
    /* A detail that is cut would be no JSON. */
    if (strlen(actor->detail) < sizeof(entry.detail))
        snprintf(entry.detail, sizeof(entry.detail), "%s", actor->detail);
    return audit->write(audit->self, &work, error);
}
