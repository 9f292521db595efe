/**
 * @file ccproxy/admin.h
 *
 * Administration of users and access keys: what joins the store with secrets
 * and rules, so that it is the same from a command line, from the admin API and
 * in an embedding program. What only reads is asked of the store itself.
 *
 * Changes are heeded by every running proxy on the same store, and each leaves
 * an entry in the audit log. Any thread.
 */
#ifndef CCPROXY_ADMIN_H
#define CCPROXY_ADMIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ccproxy/config.h"
#include "ccproxy/decls.h"
#include "ccproxy/error.h"
#include "ccproxy/keys.h"
#include "ccproxy/seams.h"
#include "ccproxy/store.h"

CCP_BEGIN_DECLS

typedef struct ccp_admin ccp_admin;

typedef struct ccp_admin_options {
    const ccp_config *config; /**< checked; copied */
    ccp_store *store;         /**< borrowed until ccp_admin_free() */
    const ccp_clock *clock;   /**< NULL: the system's */
    const ccp_random *random; /**< NULL: the system's */
    const char *actor;        /**< of the audit log; borrowed likewise; NULL: "local" */
} ccp_admin_options;

/**
 * CCP_INVALID: the configuration lacks the secret for keys or credentials.
 *
 * @param out  given to the caller; free it with ccp_admin_free()
 */
ccp_status ccp_admin_new(const ccp_admin_options *options, ccp_admin **out,
                         ccp_error *error);

/** Wipes the secrets and frees. NULL is allowed. */
void ccp_admin_free(ccp_admin *admin);

/** Bounds of a monthly budget: one cent to a cent below a million dollars. */
#define CCP_BUDGET_MIN_MICRO INT64_C(10000)
#define CCP_BUDGET_MAX_MICRO INT64_C(999999990000)

/** Reads dollars ("12.50"), or "none" as CCP_NO_BUDGET. CCP_INVALID: out of bounds. */
ccp_status ccp_budget_parse(const char *usd, int64_t *micro, ccp_error *error);

/**
 * Makes an active user of the name, description, routing and budget given, and
 * fills in the rest. CCP_INVALID: also for CCP_ROUTING_BEDROCK_ONLY, since no
 * key with a Bedrock credential can exist yet.
 */
ccp_status ccp_admin_create_user(ccp_admin *admin, ccp_user *user, ccp_error *error);

/**
 * Writes name, description, routing and budget. A change to
 * CCP_ROUTING_BEDROCK_ONLY needs a key, and a usable Bedrock credential for
 * each key that is not revoked; else CCP_INVALID.
 */
ccp_status ccp_admin_update_user(ccp_admin *admin, ccp_user *user, ccp_error *error);

/** Ends an active user and all keys; history stays. CCP_CONFLICT: not active. */
ccp_status ccp_admin_deactivate_user(ccp_admin *admin, const ccp_id *id,
                                     ccp_error *error);
/** Also of an active user. */
ccp_status ccp_admin_delete_user(ccp_admin *admin, const ccp_id *id, ccp_error *error);

/** A user with what people ask about users. */
typedef struct ccp_user_summary {
    ccp_user user;
    int active_keys;             /**< active and rotating ones */
    int64_t current_usage_micro; /**< what Bedrock has cost this month */
} ccp_user_summary;

ccp_status ccp_admin_summarize_user(ccp_admin *admin, const ccp_user *user,
                                    ccp_user_summary *out, ccp_error *error);

/** A new key, whose secret is shown this once: wipe it with ccp_key_wipe(). */
typedef struct ccp_issued_key {
    ccp_access_key key;
    ccp_key secret;
    bool lacks_bedrock_key; /**< its user is served by Bedrock alone, and it can't be */
} ccp_issued_key;

/**
 * Issues a key for the user, with the Bedrock region (empty: the configured
 * one), model and api in `wanted`. CCP_LIMIT: the user has as many as may be.
 */
ccp_status ccp_admin_issue_key(ccp_admin *admin, const ccp_access_key *wanted,
                               ccp_issued_key *out, ccp_error *error);

/** Grace time by the setting rotation_grace_seconds. */
#define CCP_DEFAULT_GRACE (-1)
#define CCP_GRACE_MAX_SECONDS 86400

/**
 * Issues a key that takes over everything from an active one, also its Bedrock
 * credential. The old one is accepted for grace_seconds more.
 */
ccp_status ccp_admin_rotate_key(ccp_admin *admin, const ccp_id *old,
                                int64_t grace_seconds, ccp_issued_key *out,
                                ccp_error *error);

/** Writes region (empty: the configured one), model and api. CCP_CONFLICT: revoked. */
ccp_status ccp_admin_update_key(ccp_admin *admin, ccp_access_key *key, ccp_error *error);

/** CCP_CONFLICT: revoked already. */
ccp_status ccp_admin_revoke_key(ccp_admin *admin, const ccp_id *id, ccp_error *error);

/** A Bedrock API key, for one access key. */
typedef struct ccp_bedrock_credential {
    const char *text;
    size_t len;
} ccp_bedrock_credential;

/** @param replaced  whether there was one before; may be NULL */
ccp_status ccp_admin_set_bedrock_key(ccp_admin *admin, const ccp_id *id,
                                     ccp_bedrock_credential credential, bool *replaced,
                                     ccp_error *error);

/** CCP_NOT_FOUND: there is none. */
ccp_status ccp_admin_remove_bedrock_key(ccp_admin *admin, const ccp_id *id,
                                        ccp_error *error);

/** Of the Bedrock credentials. */
typedef struct ccp_reseal_count {
    size_t all;      /**< that there are */
    size_t resealed; /**< a former master key had sealed them */
    size_t lost;     /**< no key of the settings opens them: they stay as they are */
} ccp_reseal_count;

/**
 * Seals each Bedrock credential under the master key that seals now, where another
 * did; then encryption_key_previous and kms_key_id_previous may go. What is
 * registered or removed meanwhile is left alone. Takes as long as a key service
 * takes for each; what was done stays done when it fails.
 */
ccp_status ccp_admin_reseal_bedrock_keys(ccp_admin *admin, ccp_reseal_count *out,
                                         ccp_error *error);

/** Makes an active or idle mapping. CCP_CONFLICT: the name has one. */
ccp_status ccp_admin_create_mapping(ccp_admin *admin, ccp_model_mapping *mapping,
                                    ccp_error *error);
/** Writes all but the times of the mapping with this id. CCP_CONFLICT likewise. */
ccp_status ccp_admin_update_mapping(ccp_admin *admin, ccp_model_mapping *mapping,
                                    ccp_error *error);
ccp_status ccp_admin_remove_mapping(ccp_admin *admin, const ccp_id *id, ccp_error *error);

/**
 * The objects of the admin API, as JSON text.
 *
 * @param out  given to the caller; free() it
 */
ccp_status ccp_admin_user_json(const ccp_user_summary *summary, char **out,
                               ccp_error *error);
/** Without a secret. */
ccp_status ccp_admin_key_json(const ccp_access_key *key, char **out, ccp_error *error);
/** With the secret, as the member raw_key. */
ccp_status ccp_admin_issued_key_json(const ccp_issued_key *issued, char **out,
                                     ccp_error *error);
ccp_status ccp_admin_mapping_json(const ccp_model_mapping *mapping, char **out,
                                  ccp_error *error);

CCP_END_DECLS

#endif
