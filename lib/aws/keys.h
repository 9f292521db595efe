#ifndef CCPI_AWS_KEYS_H
#define CCPI_AWS_KEYS_H

#include <stdint.h>

#include "base/span.h"
#include "wire/sigv4.h"

/*
 * What AWS requests are signed with: an id, a secret and, of temporary
 * credentials, a token. Plain values, secret: wipe them.
 */
#define CCPI_AWS_ID_MAX 128      /* STS, data type Credentials */
#define CCPI_AWS_SECRET_MAX 128  /* 40 characters today */
#define CCPI_AWS_TOKEN_MAX 16384 /* AWS names no limit; they have some 1,000 */

#define CCPI_AWS_NEVER INT64_MAX

typedef struct ccpi_aws_keys {
    char access_key_id[CCPI_AWS_ID_MAX + 1];
    char secret_access_key[CCPI_AWS_SECRET_MAX + 1];
    char session_token[CCPI_AWS_TOKEN_MAX + 1]; /* empty: none */
    int64_t expires_at_us;                      /* Unix time, or CCPI_AWS_NEVER */
} ccpi_aws_keys;

void ccpi_aws_keys_wipe(ccpi_aws_keys *keys);

/* The three texts, as whoever has them hands them out; an empty token is none. */
typedef struct ccpi_aws_key_texts {
    ccpi_span access_key_id;
    ccpi_span secret_access_key;
    ccpi_span session_token;
} ccpi_aws_key_texts;

/*
 * Copies, as keys that never expire. CCP_INVALID: one is missing, too long, or
 * not visible ASCII; the message names it and does not repeat it.
 */
ccp_status ccpi_aws_keys_set(ccpi_aws_keys *keys, const ccpi_aws_key_texts *texts,
                             ccp_error *error);

/*
 * Reads the answer of a container's or an instance's endpoint: a JSON object of
 * AccessKeyId, SecretAccessKey, Token and Expiration. CCP_PROTOCOL.
 */
ccp_status ccpi_aws_keys_from_json(ccpi_span text, ccpi_aws_keys *out, ccp_error *error);

/* "2026-07-28T12:00:00Z", or with a fraction, which is left out. */
bool ccpi_aws_time_parse(ccpi_span text, int64_t *unix_us);

/* Borrows the texts. */
ccpi_sigv4_credentials ccpi_aws_keys_view(const ccpi_aws_keys *keys);

#endif
