/**
 * @file ccproxy/config.h
 *
 * Settings: a name, a text, and where it came from. Sources are laid over each
 * other in the order flags > environment > file > defaults, whatever order
 * they are loaded in. Mistakes are collected, and told all at once.
 *
 * A configuration is filled by one thread, then only read, by any.
 */
#ifndef CCPROXY_CONFIG_H
#define CCPROXY_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ccproxy/decls.h"
#include "ccproxy/error.h"
#include "ccproxy/room.h"

CCP_BEGIN_DECLS

typedef struct ccp_config ccp_config;

/** @param out  given to the caller; free it with ccp_config_free() */
ccp_status ccp_config_new(ccp_config **out, ccp_error *error);

/** Wipes the secrets and frees. NULL is allowed. */
void ccp_config_free(ccp_config *config);

/**
 * A flag: the name as in the documentation, with '_' or '-'; NAME_file reads
 * the value from a file. A name that does not exist is told by ccp_config_check().
 */
ccp_status ccp_config_set(ccp_config *config, const char *name, const char *value,
                          ccp_error *error);

/**
 * Replaces a default, for what a first start generates.
 * CCP_NOT_FOUND: no setting has that name.
 */
ccp_status ccp_config_set_default(ccp_config *config, const char *name, const char *value,
                                  ccp_error *error);

/** One flat JSON object. CCP_NOT_FOUND, CCP_INVALID: the message says what is wrong. */
ccp_status ccp_config_load_file(ccp_config *config, const char *path, ccp_error *error);

/**
 * All CCPROXY_... of a NULL-ended list such as environ, and what AWS's tools
 * read. An empty value counts as none, since that is how orchestrators leave
 * a variable out.
 */
ccp_status ccp_config_load_environment(ccp_config *config, const char *const *environment,
                                       ccp_error *error);

/**
 * What was said of a text setting so far, by the last source that spoke of it:
 * unchecked, and without reading files or secrets. Borrowed until the next
 * change. NULL: no such name, nothing, or not as plain text.
 */
const char *ccp_config_given(const ccp_config *config, const char *name);

/** Where the values of NAME_SECRET stand: ccp_aws_secret_source(), or another. */
typedef struct ccp_secret_source {
    /**
     * Called by a check, when a secret is first needed, with all settings but those
     * that are secrets themselves. @param self  given; for the others
     */
    ccp_status (*open)(const ccp_config *config, void **self, ccp_error *error);
    /** Writes the secret's text. CCP_NOT_FOUND: there is none of that name. */
    ccp_status (*read)(void *self, const char *name, ccp_room *out, ccp_error *error);
    void (*close)(void *self);
} ccp_secret_source;

/** Borrowed until ccp_config_free(). Without one every NAME_SECRET is a mistake. */
void ccp_config_set_secret_source(ccp_config *config, const ccp_secret_source *source);

/**
 * Reads the files of NAME_FILE and the secrets of NAME_SECRET, checks every value and
 * what must hold between them. May be called again after further settings.
 *
 * CCP_INVALID: visit was called with each mistake. Warnings (unknown names in
 * the environment) are told too, and are no reason to fail. No message holds
 * the value of a secret.
 */
ccp_status ccp_config_check(ccp_config *config,
                            void (*visit)(void *context, bool is_warning,
                                          const char *message),
                            void *context, ccp_error *error);

/**
 * After a check that passed. The text is borrowed; NULL: no such name or not
 * set. Lists come out with commas, as they are written in flags.
 */
const char *ccp_config_text(const ccp_config *config, const char *name);
/** Numbers as they are; times in milliseconds, sizes in bytes, booleans 0 and 1. */
int64_t ccp_config_number(const ccp_config *config, const char *name);

/**
 * Reads the file or the secret of a text setting anew, since it may have been
 * changed meanwhile; any thread. CCP_NOT_FOUND: it has neither.
 */
ccp_status ccp_config_read_again(const ccp_config *config, const char *name,
                                 ccp_room *out, ccp_error *error);

/** A setting as it may be shown. Borrowed. */
typedef struct ccp_config_entry {
    const char *name;
    const char *type;   /**< "text", "number", "time", ... */
    const char *preset; /**< the default, NULL: none */
    const char *value;  /**< "***" for a secret that is set; NULL: not set */
    const char *source; /**< "default", "AWS_REGION", "file", "environment", "flag" */
    bool is_secret;
    bool is_reloadable; /**< changes without a restart */
} ccp_config_entry;

/** All settings in the order of the documentation, with what the last check found. */
void ccp_config_visit(const ccp_config *config,
                      void (*visit)(void *context, const ccp_config_entry *entry),
                      void *context);

CCP_END_DECLS

#endif
