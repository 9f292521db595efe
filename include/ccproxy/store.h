/**
 * @file ccproxy/store.h
 *
 * Where users, access keys and usage live: tables of functions, one a noun, so
 * that an embedder can put its own database behind any of them. The library
 * has them over SQLite (ccp_store_open()).
 *
 * Every function may be called from any thread at the same time, may block on
 * its database, and returns CCP_UNAVAILABLE when the database can't be reached
 * or is busy beyond its deadline, never as a "not found". Times are Unix
 * microseconds, 0 for never; ids are UUIDs in lower-case text. Writes are one
 * transaction each, and tell other processes what changed (see ccp_changes).
 */
#ifndef CCPROXY_STORE_H
#define CCPROXY_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ccproxy/decls.h"
#include "ccproxy/envelope.h"
#include "ccproxy/error.h"
#include "ccproxy/id.h"
#include "ccproxy/keys.h"
#include "ccproxy/seams.h"
#include "ccproxy/store_admin.h"
#include "ccproxy/store_reports.h"
#include "ccproxy/usage.h"

CCP_BEGIN_DECLS

typedef enum ccp_user_status {
    CCP_USER_ACTIVE = 0,
    CCP_USER_INACTIVE,
    CCP_USER_DELETED
} ccp_user_status;

typedef enum ccp_routing {
    CCP_ROUTING_PLAN_FIRST = 0,
    CCP_ROUTING_BEDROCK_ONLY
} ccp_routing;

/** As stored and shown: "active", "plan_first". Never NULL. */
const char *ccp_user_status_name(ccp_user_status status);
const char *ccp_routing_name(ccp_routing routing);
/** False: there is no routing strategy of that name. */
bool ccp_routing_parse(const char *name, ccp_routing *out);

/** Budget value of a user without a limit. */
#define CCP_NO_BUDGET (-1)

typedef struct ccp_user {
    ccp_id id;
    char name[255 * 4 + 1]; /**< at most 255 characters of UTF-8 */
    char description[1024 * 4 + 1];
    ccp_user_status status;
    ccp_routing routing;
    int64_t monthly_budget_micro; /**< or CCP_NO_BUDGET */
    int64_t created_at_us;
    int64_t updated_at_us;
    int64_t deleted_at_us;
} ccp_user;

typedef enum ccp_access_key_status {
    CCP_ACCESS_KEY_ACTIVE = 0,
    CCP_ACCESS_KEY_ROTATING,
    CCP_ACCESS_KEY_REVOKED
} ccp_access_key_status;

const char *ccp_access_key_status_name(ccp_access_key_status status);

typedef struct ccp_access_key {
    ccp_id id;
    ccp_id user_id;
    ccp_key_prefix prefix;
    ccp_access_key_status status;
    char bedrock_region[33];
    char bedrock_model[129]; /**< empty: by the client's model */
    char bedrock_api[17];    /**< empty: as configured */
    bool has_bedrock_key;
    int64_t created_at_us;
    int64_t last_used_at_us;
    int64_t revoked_at_us;
    int64_t rotation_expires_at_us;
} ccp_access_key;

/** An access key with the facts of its user that decide on a request. */
typedef struct ccp_identity {
    ccp_access_key key;
    ccp_user_status user_status;
    ccp_routing routing;
    int64_t monthly_budget_micro;
} ccp_identity;

/** Calls with one row; false ends the listing. The row is borrowed. */
typedef bool (*ccp_user_visitor)(void *context, const ccp_user *user);
typedef bool (*ccp_access_key_visitor)(void *context, const ccp_access_key *key);

typedef struct ccp_user_store {
    /** Writes id, status and times into the user. Names need not be unique. */
    ccp_status (*create)(void *self, ccp_user *user, ccp_error *error);
    /** By id, else by name; deleted users are not found. CCP_CONFLICT: not unique. */
    ccp_status (*find)(void *self, const char *id_or_name, ccp_user *out,
                       ccp_error *error);
    /** Writes name, description, routing and budget of the user with this id. */
    ccp_status (*update)(void *self, ccp_user *user, ccp_error *error);
    /** Newest first, without the deleted ones. */
    ccp_status (*list)(void *self, ccp_user_visitor visit, void *context,
                       ccp_error *error);
    /**
     * ACTIVE to INACTIVE, any to DELETED. Revokes all keys and removes their
     * Bedrock credentials. CCP_CONFLICT: that step does not exist.
     */
    ccp_status (*set_status)(void *self, const ccp_id *id, ccp_user_status status,
                             ccp_error *error);
    void *self;
} ccp_user_store;

typedef struct ccp_access_key_limits {
    int most_per_user; /**< active and rotating ones */
} ccp_access_key_limits;

/** A Bedrock credential as it is stored: sealed for one access key. */
typedef struct ccp_sealed_key {
    unsigned char bytes[CCP_SEALED_MAX];
    size_t len;
    char hash[64 + 1]; /**< tells one credential from another */
} ccp_sealed_key;

typedef struct ccp_key_rotation {
    ccp_id old;
    int64_t expires_at_us;    /**< until then the old key is accepted */
    const ccp_key_hash *hash; /**< of the new key */
    const ccp_sealed_key
        *sealed; /**< the old one's credential for the new key, or NULL */
} ccp_key_rotation;

typedef struct ccp_access_key_store {
    /**
     * Writes status and times into the key, and an id, unless it has one already
     * (ccp_id_new()). CCP_CONFLICT: the hash exists.
     * CCP_LIMIT: the user has as many as may be. CCP_INVALID: the user is not active.
     */
    ccp_status (*create)(void *self, ccp_access_key *key, const ccp_key_hash *hash,
                         const ccp_access_key_limits *limits, ccp_error *error);
    /**
     * By id, or by the start of its prefix, at least ak_ and 1 character; a key that
     * is not revoked goes before one that is. CCP_CONFLICT: not unique.
     */
    ccp_status (*find)(void *self, const char *id_or_prefix, ccp_access_key *out,
                       ccp_error *error);
    /** Who has this key, whatever the state of key and user. */
    ccp_status (*identify)(void *self, const ccp_key_hash *hash, ccp_identity *out,
                           ccp_error *error);
    /** Of one user, or of all when user_id is NULL; newest first. */
    ccp_status (*list)(void *self, const ccp_id *user_id, ccp_access_key_visitor visit,
                       void *context, ccp_error *error);
    /** Writes region, model and api. */
    ccp_status (*update)(void *self, const ccp_access_key *key, ccp_error *error);
    /** Removes its Bedrock credential too. CCP_CONFLICT: revoked already. */
    ccp_status (*revoke)(void *self, const ccp_id *id, ccp_error *error);
    /**
     * Makes a new key take over user, region, model and api of an active one. Writes
     * everything but the prefix into `fresh`; an id that it has is kept, since a
     * credential is sealed for an id. CCP_CONFLICT: the old key is not active, or the
     * hash exists.
     */
    ccp_status (*rotate)(void *self, const ccp_key_rotation *rotation,
                         ccp_access_key *fresh, ccp_error *error);
    /** Revokes rotating keys whose time is over, with their credentials; count may be
     * NULL. */
    ccp_status (*expire)(void *self, int64_t now_us, size_t *count, ccp_error *error);
    /** Notes a use; one within a minute after the last is passed over. */
    ccp_status (*touch)(void *self, const ccp_id *id, int64_t used_at_us,
                        ccp_error *error);
    /** Moves a key found by the previous hasher secret to its new hash. */
    ccp_status (*rehash)(void *self, const ccp_id *id, const ccp_key_hash *hash,
                         ccp_error *error);

    /** In place of any former one. CCP_CONFLICT: the access key is revoked. */
    ccp_status (*set_bedrock_key)(void *self, const ccp_id *id,
                                  const ccp_sealed_key *sealed, ccp_error *error);
    /** CCP_NOT_FOUND: none. */
    ccp_status (*get_bedrock_key)(void *self, const ccp_id *id, ccp_sealed_key *out,
                                  ccp_error *error);
    /** CCP_NOT_FOUND: none. */
    ccp_status (*remove_bedrock_key)(void *self, const ccp_id *id, ccp_error *error);
    void *self;
} ccp_access_key_store;

/** Which model on Bedrock serves a name of the Anthropic API. */
typedef struct ccp_model_mapping {
    ccp_id id;
    char claude_model[128 + 1];
    char bedrock_model[128 + 1];
    char description[1024 * 4 + 1]; /**< at most 1024 characters, or empty */
    bool is_active;
    int64_t created_at_us;
    int64_t updated_at_us;
} ccp_model_mapping;

typedef bool (*ccp_model_mapping_visitor)(void *context,
                                          const ccp_model_mapping *mapping);

typedef struct ccp_model_store {
    /** Writes id and times into the mapping. CCP_CONFLICT: the name has one. */
    ccp_status (*create)(void *self, ccp_model_mapping *mapping, ccp_error *error);
    /** By id, or by the name that it maps. */
    ccp_status (*find)(void *self, const char *id_or_claude_model, ccp_model_mapping *out,
                       ccp_error *error);
    /** Writes all but the times of the mapping with this id. CCP_CONFLICT as above. */
    ccp_status (*update)(void *self, ccp_model_mapping *mapping, ccp_error *error);
    ccp_status (*remove)(void *self, const ccp_id *id, ccp_error *error);
    /** All, ordered by name. */
    ccp_status (*list)(void *self, ccp_model_mapping_visitor visit, void *context,
                       ccp_error *error);
    void *self;
} ccp_model_store;

/** For how long sums of minutes are kept at least: reports rely on it. */
#define CCP_USAGE_MINUTES_DAYS 14

/**
 * What is kept of usage: what began before these times is removed, of rows in
 * PostgreSQL only whole months of UTC. 0: nothing is.
 */
typedef struct ccp_usage_retention {
    int64_t rows_from_us;
    int64_t minutes_from_us; /**< sums of minutes; those of longer times are all kept */
} ccp_usage_retention;

/**
 * A share of what a user may still spend in a month, for one process: it may spend so
 * much without asking the store. What the store counts, and all leases, together reach
 * beyond the limit by no more than the last request that was let in.
 */
typedef struct ccp_budget_lease {
    ccp_id user_id;
    ccp_id holder; /**< the process */
    ccp_period month;
    int64_t limit_micro;
    int64_t held_micro;   /**< what it has running, or spent and not stored yet */
    int64_t wanted_micro; /**< for one more request; 0: only what is held is leased */
    int64_t expires_at_us;

    /* Written by the store. */
    int64_t leased_micro; /**< held; and when anything was free, wanted and some more */
    int64_t stored_micro; /**< what the store counts of the month */
    int64_t others_micro; /**< leased by other processes */
} ccp_budget_lease;

typedef struct ccp_usage_store {
    /**
     * Adds records in one transaction; those whose request_id and created_at_us
     * stand already are passed over, so that a batch may be replayed. Those that are
     * new also raise the sums of their minute, hour, day, week and month. CCP_INVALID:
     * a record has no ids of a user and an access key. inserted may be NULL.
     */
    ccp_status (*add)(void *self, const ccp_usage_record *records, size_t count,
                      size_t *inserted, ccp_error *error);
    /** What Bedrock has cost the user in a period. */
    ccp_status (*bedrock_cost)(void *self, const ccp_id *user_id,
                               const ccp_period *period, int64_t *cost_micro,
                               ccp_error *error);
    /** Newest first, at most limit. */
    ccp_status (*recent)(void *self, size_t limit,
                         bool (*visit)(void *context, const ccp_usage_record *record),
                         void *context, ccp_error *error);
    ccp_status (*prune)(void *self, const ccp_usage_retention *keep, ccp_error *error);
    /**
     * Puts a lease in place of the holder's former one for this user. May be NULL, as
     * may be the next: then each process counts for itself, with bedrock_cost.
     */
    ccp_status (*lease_budget)(void *self, ccp_budget_lease *lease, ccp_error *error);
    /** Gives back all that a process has leased. */
    ccp_status (*end_leases)(void *self, const ccp_id *holder, ccp_error *error);
    void *self;
} ccp_usage_store;

/** How a process learns what others changed: identities, credentials, routing. */
typedef struct ccp_change_store {
    /** A number that rises with every change that caches must follow. Cheap. */
    ccp_status (*version)(void *self, int64_t *out, ccp_error *error);
    /** Raises it for what changed outside the store, such as a file of prices. */
    ccp_status (*announce)(void *self, ccp_error *error);
    void *self;
} ccp_change_store;

typedef struct ccp_schema_status {
    int version;  /**< of the database; 0: empty */
    int required; /**< by this library */
} ccp_schema_status;

typedef struct ccp_migration {
    int version;
    const char *name;
    int64_t applied_at_us; /**< 0: not applied yet */
} ccp_migration;

/** All of a store. Any noun may be replaced by an embedder's own. */
typedef struct ccp_store {
    ccp_user_store users;
    ccp_access_key_store keys;
    ccp_model_store models;
    ccp_usage_store usage;
    ccp_report_store reports;
    ccp_change_store changes;
    ccp_session_store sessions;
    ccp_token_store tokens;
    ccp_audit_store audit;
    /** Also says whether the database answers. */
    ccp_status (*schema)(void *self, ccp_schema_status *out, ccp_error *error);
    /** Each step of the schema that this library knows, in order. */
    ccp_status (*migrations)(void *self,
                             bool (*visit)(void *context, const ccp_migration *migration),
                             void *context, ccp_error *error);
    /**
     * Brings the schema up; safe when several processes do so at once. CCP_CONFLICT:
     * an applied step is not the one that this library knows.
     */
    ccp_status (*migrate)(void *self, ccp_error *error);
    void (*close)(void *self); /**< may be NULL */
    void *self;
} ccp_store;

typedef struct ccp_store_options {
    const char *url; /**< "sqlite:PATH" or "postgresql://..." */
    /** An IANA name: where days, weeks and months of usage begin. NULL: UTC. */
    const char *report_timezone;
    const ccp_clock *clock;   /**< NULL: the system's */
    const ccp_random *random; /**< NULL: the system's */

    /* Of PostgreSQL, for what the URL does not say. */
    const char *sslmode; /**< NULL: verify-full, but "prefer" for localhost */
    const char *ca_file; /**< NULL: the system's bundle */
    int pool_size;       /**< 0: 10 connections */
    /** Asked for the password again when the server refuses it. May be NULL. */
    ccp_status (*read_password)(void *self, char *password, size_t size,
                                ccp_error *error);
    void *password_self;
} ccp_store_options;

/**
 * Opens the database, without migrating it.
 *
 * @param out  given to the caller; end it with ccp_store_close()
 */
ccp_status ccp_store_open(const ccp_store_options *options, ccp_store **out,
                          ccp_error *error);

/** Calls the table's close and frees what ccp_store_open() made. NULL is allowed. */
void ccp_store_close(ccp_store *store);

CCP_END_DECLS

#endif
