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

CCP_BEGIN_DECLS

typedef struct ccp_config ccp_config;

/** @param out  given to the caller; free it with ccp_config_free() */
ccp_status ccp_config_new(ccp_config **out, ccp_error *error);

/** Wipes the secrets and frees. NULL is allowed. */
void ccp_config_free(ccp_config *config);

/** A flag: the name as in the documentation, with '_' or '-'. */
ccp_status ccp_config_set(ccp_config *config, const char *name, const char *value,
                          ccp_error *error);

/** One flat JSON object. */
ccp_status ccp_config_load_file(ccp_config *config, const char *path, ccp_error *error);

/** All CCPROXY_... of a NULL-ended list such as environ, and what AWS's tools read. */
ccp_status ccp_config_load_environment(ccp_config *config, const char *const *environment,
                                       ccp_error *error);

/**
 * Resolves NAME_FILE, checks every value and what must hold between them.
 * CCP_INVALID: visit was called with each mistake. Warnings (unknown names in
 * the environment) are told too, and are no reason to fail.
 */
ccp_status ccp_config_check(ccp_config *config,
                            void (*visit)(void *context, bool is_warning,
                                          const char *message),
                            void *context, ccp_error *error);

/** After a check that passed. The text is borrowed; NULL: no such name or not set. */
const char *ccp_config_text(const ccp_config *config, const char *name);
/** Numbers as they are; times in milliseconds, sizes in bytes, booleans 0 and 1. */
int64_t ccp_config_number(const ccp_config *config, const char *name);

CCP_END_DECLS

#endif
