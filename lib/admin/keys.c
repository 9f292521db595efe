#include "admin/admin.h"

#include <stdio.h>
#include <string.h>

#include "admin/bedrock_keys.h"
#include "base/cleanup.h"
#include "base/fail.h"
#include "config/shape.h"

/* How often a new key is drawn when its hash exists already (AK-1). */
#define DRAWS 3

#define MS_PER_SECOND 1000
#define US_PER_SECOND INT64_C(1000000)

static const char *const apis[] = {"converse", "invoke", "messages"};

static bool is_api(const char *text)
{
    for (size_t i = 0; i < sizeof(apis) / sizeof(apis[0]); i++) {
        if (strcmp(text, apis[i]) == 0)
            return true;
    }
    return false;
}

static ccp_status check(const ccp_access_key *key, ccp_error *error)
{
    if (!ccpi_shape_region.fits(key->bedrock_region))
        return ccpi_fail(error, CCP_INVALID, "\"%s\" is no %s", key->bedrock_region,
                         ccpi_shape_region.is_no);
    if (key->bedrock_model[0] != '\0' && !ccpi_shape_model_id.fits(key->bedrock_model))
        return ccpi_fail(error, CCP_INVALID, "\"%s\" is no %s", key->bedrock_model,
                         ccpi_shape_model_id.is_no);
    if (key->bedrock_api[0] != '\0' && !is_api(key->bedrock_api))
        return ccpi_fail(error, CCP_INVALID,
                         "the Bedrock API is converse, invoke or messages");
    return CCP_OK;
}

/* Draws a key until the store takes it. */
typedef ccp_status (*key_writer)(ccp_admin *admin, void *context, ccp_issued_key *issued,
                                 const ccp_key_hash *hash, ccp_error *error);

static ccp_status draw(ccp_admin *admin, ccp_issued_key *issued, ccp_key_hash *hash,
                       ccp_error *error)
{
    ccp_status status = ccp_key_generate(admin->random, &issued->secret, error);

    if (status != CCP_OK)
        return status;
    issued->key.prefix = ccp_key_prefix_of(&issued->secret);
    return ccp_key_hasher_hash(admin->hasher, &issued->secret, hash, error);
}

/* A key on its way into the store. */
typedef struct key_row {
    ccp_access_key *key;
    const ccp_key_hash *hash;
    ccp_access_key_limits limits;
} key_row;

static ccp_status write_new(const ccp_store *within, void *context, ccp_error *error)
{
    const key_row *row = context;

    return within->keys.create(within->keys.self, row->key, row->hash, &row->limits,
                               error);
}

static ccp_status insert(ccp_admin *admin, void *context, ccp_issued_key *issued,
                         const ccp_key_hash *hash, ccp_error *error)
{
    const ccpi_deed deed = {"access_key.issue", "access_key", issued->key.id.text};
    key_row row = {.key = &issued->key,
                   .hash = hash,
                   .limits.most_per_user = (int)admin->settings->max_keys_per_user};

    (void)context;
    return ccpi_admin_do(admin, &deed, write_new, &row, error);
}

static ccp_status issue(ccp_admin *admin, key_writer write, void *context,
                        ccp_issued_key *issued, ccp_error *error)
{
    ccp_status status = CCP_CONFLICT;
    ccp_key_hash hash;

    for (int i = 0; i < DRAWS && status == CCP_CONFLICT; i++) {
        status = draw(admin, issued, &hash, error);
        if (status == CCP_OK)
            status = write(admin, context, issued, &hash, error);
    }
    if (status != CCP_OK)
        ccp_key_wipe(&issued->secret);
    return status;
}

static ccp_status note_missing_credential(const ccp_admin *admin, ccp_issued_key *issued,
                                          ccp_error *error)
{
    const ccp_user_store *users = &admin->store->users;
    ccp_user user;
    ccp_status status = users->find(users->self, issued->key.user_id.text, &user, error);

    if (status == CCP_OK)
        issued->lacks_bedrock_key = user.routing == CCP_ROUTING_BEDROCK_ONLY &&
                                    !ccpi_admin_has_credential(admin, &issued->key);
    return status;
}

static void fill_region(const ccp_admin *admin, ccp_access_key *key)
{
    if (key->bedrock_region[0] == '\0')
        snprintf(key->bedrock_region, sizeof(key->bedrock_region), "%s",
                 admin->settings->bedrock_region);
}

ccp_status ccp_admin_issue_key(ccp_admin *admin, const ccp_access_key *wanted,
                               ccp_issued_key *out, ccp_error *error)
{
    ccp_status status;

    *out = (ccp_issued_key){.key = {.user_id = wanted->user_id}};
    memcpy(out->key.bedrock_region, wanted->bedrock_region,
           sizeof(out->key.bedrock_region));
    memcpy(out->key.bedrock_model, wanted->bedrock_model, sizeof(out->key.bedrock_model));
    memcpy(out->key.bedrock_api, wanted->bedrock_api, sizeof(out->key.bedrock_api));
    fill_region(admin, &out->key);
    status = check(&out->key, error);
    if (status == CCP_OK)
        status = note_missing_credential(admin, out, error);
    return status == CCP_OK ? issue(admin, insert, NULL, out, error) : status;
}

/* An old key, and the one that takes over. */
typedef struct succession {
    const ccp_key_rotation *rotation;
    ccp_access_key *fresh;
} succession;

static ccp_status write_rotation(const ccp_store *within, void *context, ccp_error *error)
{
    const succession *of = context;

    return within->keys.rotate(within->keys.self, of->rotation, of->fresh, error);
}

static ccp_status replace(ccp_admin *admin, void *context, ccp_issued_key *issued,
                          const ccp_key_hash *hash, ccp_error *error)
{
    ccp_key_rotation *rotation = context;
    const ccpi_deed deed = {"access_key.rotate", "access_key", rotation->old.text};
    succession of = {rotation, &issued->key};

    rotation->hash = hash;
    return ccpi_admin_do(admin, &deed, write_rotation, &of, error);
}

static int64_t grace_us(const ccp_admin *admin, int64_t grace_seconds)
{
    if (grace_seconds == CCP_DEFAULT_GRACE)
        grace_seconds = admin->settings->rotation_grace_ms / MS_PER_SECOND;
    return grace_seconds * US_PER_SECOND;
}

static ccp_status find_active(const ccp_admin *admin, const ccp_id *id,
                              ccp_access_key *key, ccp_error *error)
{
    const ccp_access_key_store *keys = &admin->store->keys;
    ccp_status status = keys->find(keys->self, id->text, key, error);

    /* Said here, so that a conflict below can only be one of hashes. */
    if (status == CCP_OK && key->status != CCP_ACCESS_KEY_ACTIVE)
        return ccpi_fail(error, CCP_CONFLICT, "only an active access key can be rotated");
    return status;
}

ccp_status ccp_admin_rotate_key(ccp_admin *admin, const ccp_id *old,
                                int64_t grace_seconds, ccp_issued_key *out,
                                ccp_error *error)
{
    CCPI_CLEANUP(ccpi_sealed_key_wipe) ccp_sealed_key sealed = {.len = 0};
    ccp_key_rotation rotation = {.old = *old};
    ccp_access_key key;
    ccp_status status;

    *out = (ccp_issued_key){.lacks_bedrock_key = false};
    if (grace_seconds != CCP_DEFAULT_GRACE &&
        (grace_seconds < 0 || grace_seconds > CCP_GRACE_MAX_SECONDS))
        return ccpi_fail(error, CCP_INVALID, "the grace time is 0 to %d seconds",
                         CCP_GRACE_MAX_SECONDS);
    status = find_active(admin, old, &key, error);
    if (status == CCP_OK)
        status = ccp_id_new(admin->random, &out->key.id, error);
    if (status == CCP_OK && key.has_bedrock_key)
        status = ccpi_admin_reseal(admin, old, &out->key.id, &sealed, error);
    if (status != CCP_OK)
        return status;
    rotation.expires_at_us = ccpi_admin_now(admin) + grace_us(admin, grace_seconds);
    rotation.sealed = sealed.len > 0 ? &sealed : NULL;
    status = issue(admin, replace, &rotation, out, error);
    return status == CCP_OK ? note_missing_credential(admin, out, error) : status;
}

static ccp_status write_update(const ccp_store *within, void *context, ccp_error *error)
{
    return within->keys.update(within->keys.self, context, error);
}

ccp_status ccp_admin_update_key(ccp_admin *admin, ccp_access_key *key, ccp_error *error)
{
    const ccpi_deed deed = {"access_key.update", "access_key", key->id.text};
    ccp_status status;

    fill_region(admin, key);
    if (key->status == CCP_ACCESS_KEY_REVOKED)
        return ccpi_fail(error, CCP_CONFLICT, "the access key is revoked");
    status = check(key, error);
    return status == CCP_OK ? ccpi_admin_do(admin, &deed, write_update, key, error)
                            : status;
}

static ccp_status write_revocation(const ccp_store *within, void *context,
                                   ccp_error *error)
{
    return within->keys.revoke(within->keys.self, context, error);
}

ccp_status ccp_admin_revoke_key(ccp_admin *admin, const ccp_id *id, ccp_error *error)
{
    const ccpi_deed deed = {"access_key.revoke", "access_key", id->text};
    ccp_id copy = *id;

    return ccpi_admin_do(admin, &deed, write_revocation, &copy, error);
}
