/**
 * @file ccproxy/secret_file.h
 *
 * Secrets that a program generates for itself and keeps in files, one text
 * each, which nobody but their owner may read. Any thread and any number of
 * processes: of several that create a file at a time one wins, and the others
 * read what it wrote.
 */
#ifndef CCPROXY_SECRET_FILE_H
#define CCPROXY_SECRET_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "ccproxy/decls.h"
#include "ccproxy/error.h"
#include "ccproxy/seams.h"

CCP_BEGIN_DECLS

/** The longest text that such a file may hold. */
#define CCP_SECRET_TEXT_MAX 1024

/** Secret: wipe it with ccp_secret_text_wipe(). */
typedef struct ccp_secret_text {
    char text[CCP_SECRET_TEXT_MAX + 1];
} ccp_secret_text;

void ccp_secret_text_wipe(ccp_secret_text *secret);

/** Writes len random bytes (at most 512) in base64url. */
ccp_status ccp_secret_text_generate(const ccp_random *random, size_t len,
                                    ccp_secret_text *out, ccp_error *error);

/**
 * Reads the text, without a newline at its end. CCP_NOT_FOUND: there is no
 * such file. CCP_DENIED: it is no plain file, belongs to somebody else, or
 * others may read or write it. CCP_INVALID: it is empty, or too long.
 */
ccp_status ccp_secret_file_read(const char *path, ccp_secret_text *out, ccp_error *error);

/**
 * Writes a file of mode 0600 that is there whole, on the disk, or not at all.
 * CCP_CONFLICT: there is a file of that name. CCP_UNAVAILABLE.
 */
ccp_status ccp_secret_file_create(const char *path, const ccp_secret_text *secret,
                                  ccp_error *error);

/**
 * Reads the file, or creates it with `fresh`; either way `fresh` is what it
 * holds then. was_created may be NULL.
 */
ccp_status ccp_secret_file_ensure(const char *path, ccp_secret_text *fresh,
                                  bool *was_created, ccp_error *error);

CCP_END_DECLS

#endif
