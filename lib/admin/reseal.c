/* Bedrock credentials that a former master key sealed, sealed under the one of now. */
#include <stdlib.h>
#include <string.h>

#include "admin/bedrock_keys.h"
#include "base/cleanup.h"
#include "base/fail.h"

/* Ids of access keys with a credential: the store can't be asked while it lists. */
typedef struct holders {
    ccp_id *ids; /* owned */
    size_t count;
    size_t capacity;
    bool has_failed; /* memory ran out */
} holders;

static void clear(holders *of)
{
    free(of->ids);
}

static bool make_room(holders *of)
{
    const size_t capacity = of->capacity > 0 ? 2 * of->capacity : 64;
    ccp_id *ids;

    if (of->count < of->capacity)
        return true;
    ids = realloc(of->ids, capacity * sizeof(*ids));
    if (!ids)
        return false;
    of->ids = ids;
    of->capacity = capacity;
    return true;
}

static bool take_holder(void *context, const ccp_access_key *key)
{
    holders *of = context;

    if (!key->has_bedrock_key)
        return true;
    of->has_failed = !make_room(of);
    if (!of->has_failed)
        of->ids[of->count++] = key->id;
    return !of->has_failed;
}

typedef struct change {
    const ccp_id *id;
    const ccp_sealed_key *former;
    const ccp_sealed_key *fresh;
} change;

/* CCP_CONFLICT: another credential was registered meanwhile, which stays. */
static ccp_status write_change(const ccp_store *within, void *context, ccp_error *error)
{
    CCPI_CLEANUP(ccpi_sealed_key_wipe) ccp_sealed_key now = {.len = 0};
    const ccp_access_key_store *keys = &within->keys;
    const change *of = context;
    ccp_status status = keys->get_bedrock_key(keys->self, of->id, &now, error);

    if (status != CCP_OK)
        return status;
    if (now.len != of->former->len || memcmp(now.bytes, of->former->bytes, now.len) != 0)
        return ccpi_fail(error, CCP_CONFLICT, "the credential was changed meanwhile");
    return keys->set_bedrock_key(keys->self, of->id, of->fresh, error);
}

static ccp_status renew(const ccp_admin *admin, const ccp_id *id,
                        const ccp_sealed_key *former, ccp_error *error)
{
    CCPI_CLEANUP(ccpi_sealed_key_wipe) ccp_sealed_key fresh = {.len = 0};
    const ccpi_deed deed = {"bedrock_key.reseal", "access_key", id->text};
    change of = {id, former, &fresh};
    ccp_status status = ccpi_admin_reseal(admin, id, id, &fresh, error);

    return status == CCP_OK ? ccpi_admin_do(admin, &deed, write_change, &of, error)
                            : status;
}

static ccp_status reseal_one(const ccp_admin *admin, const ccp_id *id,
                             ccp_reseal_count *out, ccp_error *error)
{
    CCPI_CLEANUP(ccpi_sealed_key_wipe) ccp_sealed_key sealed = {.len = 0};
    const ccp_access_key_store *keys = &admin->store->keys;
    ccp_status status = keys->get_bedrock_key(keys->self, id, &sealed, error);

    if (status == CCP_NOT_FOUND)
        return CCP_OK;
    if (status != CCP_OK)
        return status;
    out->all++;
    if (ccp_envelope_is_current(admin->envelope, (ccp_bytes){sealed.bytes, sealed.len}))
        return CCP_OK;
    status = renew(admin, id, &sealed, error);
    switch (status) {
    case CCP_OK: out->resealed++; return CCP_OK;
    case CCP_DENIED:
    case CCP_INVALID: out->lost++; return CCP_OK;
    /* Whoever removed, revoked or replaced it meanwhile has the last word. */
    case CCP_NOT_FOUND:
    case CCP_CONFLICT: return CCP_OK;
    default: return status;
    }
}

ccp_status ccp_admin_reseal_bedrock_keys(ccp_admin *admin, ccp_reseal_count *out,
                                         ccp_error *error)
{
    const ccp_access_key_store *keys = &admin->store->keys;
    CCPI_CLEANUP(clear) holders of = {.count = 0};
    ccp_status status = keys->list(keys->self, NULL, take_holder, &of, error);

    *out = (ccp_reseal_count){0};
    if (status == CCP_OK && of.has_failed)
        return ccpi_fail(error, CCP_NO_MEMORY, "no memory for the access keys");
    for (size_t i = 0; i < of.count && status == CCP_OK; i++)
        status = reseal_one(admin, &of.ids[i], out, error);
    return status;
}
