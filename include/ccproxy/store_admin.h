/**
 * @file ccproxy/store_admin.h
 *
 * The part of a store that serves administration: who is signed in, tokens for
 * automation, and the record of what was done. The rules of ccproxy/store.h
 * hold here too.
 */
#ifndef CCPROXY_STORE_ADMIN_H
#define CCPROXY_STORE_ADMIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ccproxy/decls.h"
#include "ccproxy/error.h"
#include "ccproxy/id.h"
#include "ccproxy/keys.h"

CCP_BEGIN_DECLS

/** Which part of a list. */
typedef struct ccp_page {
    size_t limit;
    size_t offset;
    size_t total; /**< written by the list: of all its entries */
} ccp_page;

/** An address as text, without a port. */
#define CCP_ADDRESS_SIZE 46

/** One sign-in of an administrator. */
typedef struct ccp_admin_session {
    ccp_id id; /**< jti of its token */
    char username[255 + 1];
    char address[CCP_ADDRESS_SIZE];
    int64_t created_at_us;
    int64_t expires_at_us;
    int64_t revoked_at_us;
} ccp_admin_session;

typedef bool (*ccp_session_visitor)(void *context, const ccp_admin_session *session);

typedef struct ccp_session_store {
    /** CCP_CONFLICT: the id exists. */
    ccp_status (*create)(void *self, const ccp_admin_session *session, ccp_error *error);
    /** Also one that has expired or was revoked. */
    ccp_status (*find)(void *self, const ccp_id *id, ccp_admin_session *out,
                       ccp_error *error);
    /** CCP_NOT_FOUND: there is none, or it is over. */
    ccp_status (*revoke)(void *self, const ccp_id *id, ccp_error *error);
    ccp_status (*revoke_all)(void *self, ccp_error *error);
    /** Those that are not over, newest first. */
    ccp_status (*list)(void *self, ccp_session_visitor visit, void *context,
                       ccp_error *error);
    /** Removes those that expired before this time. */
    ccp_status (*prune)(void *self, int64_t before_us, ccp_error *error);
    void *self;
} ccp_session_store;

/** A token with which a program uses the admin API. */
typedef struct ccp_admin_token {
    ccp_id id;
    char name[200 * 4 + 1]; /**< at most 200 characters of UTF-8 */
    bool may_write;
    int64_t created_at_us;
    int64_t expires_at_us; /**< 0: never */
    int64_t last_used_at_us;
} ccp_admin_token;

typedef bool (*ccp_token_visitor)(void *context, const ccp_admin_token *token);

typedef struct ccp_token_store {
    /** Writes id and times into the token. CCP_CONFLICT: the hash exists. */
    ccp_status (*create)(void *self, ccp_admin_token *token, const ccp_key_hash *hash,
                         ccp_error *error);
    /** Also one that has expired. */
    ccp_status (*find)(void *self, const ccp_key_hash *hash, ccp_admin_token *out,
                       ccp_error *error);
    ccp_status (*remove)(void *self, const ccp_id *id, ccp_error *error);
    /** Newest first. */
    ccp_status (*list)(void *self, ccp_token_visitor visit, void *context,
                       ccp_error *error);
    /** Notes a use; one within a minute after the last is passed over. */
    ccp_status (*touch)(void *self, const ccp_id *id, int64_t used_at_us,
                        ccp_error *error);
    void *self;
} ccp_token_store;

/** One thing that an administrator did. */
typedef struct ccp_audit_entry {
    ccp_id id;
    int64_t created_at_us;
    char actor[255 * 4 + 1]; /**< an administrator, or "token " and its name */
    char address[CCP_ADDRESS_SIZE];
    char action[32 + 1];      /**< such as "user.create" */
    char target_type[32 + 1]; /**< such as "user" */
    char target_id[36 + 1];   /**< may be empty */
    char detail[1024 + 1];    /**< a JSON object without secrets, or empty */
} ccp_audit_entry;

typedef bool (*ccp_audit_visitor)(void *context, const ccp_audit_entry *entry);

struct ccp_store;

/** Something to be done and the entry that tells of it. */
typedef struct ccp_audited_work {
    const struct ccp_store *store; /**< whose nouns are to be used */
    /**
     * Does it with the store that it is given, which is valid for this call, and may
     * complete the entry. NULL: nothing needs to be done in the store.
     */
    ccp_status (*run)(const struct ccp_store *within, void *context, ccp_error *error);
    void *context;
    ccp_audit_entry *entry; /**< gets its id and time */
} ccp_audited_work;

typedef struct ccp_audit_store {
    /**
     * Does the work and adds the entry, both in one transaction, or neither. Nouns of
     * the work's store that are an embedder's own have transactions of their own.
     */
    ccp_status (*write)(void *self, const ccp_audited_work *work, ccp_error *error);
    /** Newest first. */
    ccp_status (*list)(void *self, ccp_page *page, ccp_audit_visitor visit, void *context,
                       ccp_error *error);
    void *self;
} ccp_audit_store;

CCP_END_DECLS

#endif
