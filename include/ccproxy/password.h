/**
 * @file ccproxy/password.h
 *
 * Passwords of administrators, kept as hashes in PHC text
 * (https://github.com/P-H-C/phc-string-format): scrypt with N = 2^15, r = 8,
 * p = 1 and a salt of 16 bytes. Any thread. One hashing takes 32 MiB and some
 * tens of milliseconds: bound how many run at a time.
 */
#ifndef CCPROXY_PASSWORD_H
#define CCPROXY_PASSWORD_H

#include <stddef.h>

#include "ccproxy/decls.h"
#include "ccproxy/error.h"
#include "ccproxy/seams.h"

CCP_BEGIN_DECLS

/** Bounds of a password in bytes. */
#define CCP_PASSWORD_MIN 1
#define CCP_PASSWORD_MAX 1024

/** "$scrypt$ln=15,r=8,p=1$salt$hash" */
typedef struct ccp_password_hash {
    char text[128];
} ccp_password_hash;

/**
 * Hashes under a new salt. CCP_INVALID: too short, too long, or with a NUL.
 *
 * @param random  NULL: the system's
 */
ccp_status ccp_password_hash_new(const char *password, size_t len,
                                 const ccp_random *random, ccp_password_hash *out,
                                 ccp_error *error);

/**
 * CCP_DENIED: another password's. CCP_INVALID: no hash that is known here, or
 * one that would take unreasonably much work. bcrypt's ("$2b$...") are known
 * where the system's crypt(3) knows them.
 */
ccp_status ccp_password_verify(const char *hash, const char *password, size_t len,
                               ccp_error *error);

CCP_END_DECLS

#endif
