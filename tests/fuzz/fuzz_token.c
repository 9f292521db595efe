#include "fuzz/fuzz.h"

#include <string.h>

#include "security/token.h"

static const ccpi_token_key key = {{1, 2, 3}};

/* Nobody without the key makes a token. */
static void check_foreign(ccpi_span text)
{
    ccpi_token_claims claims;

    must(ccpi_token_verify(&key, text, 0, &claims, NULL) != CCP_OK);
}

/* Any name that can be signed comes back. */
static void check_name(ccpi_span name)
{
    ccpi_token_claims claims = {.id = "id", .issued_at = 1, .expires_at = 2}, found;
    ccpi_buf token = {.limit = CCPI_TOKEN_MAX_LEN};
    size_t len = name.len < CCPI_TOKEN_SUBJECT_MAX ? name.len : CCPI_TOKEN_SUBJECT_MAX;

    memcpy(claims.subject, name.data, len);
    if (ccpi_token_sign(&key, &claims, &token, NULL) == CCP_OK &&
        ccpi_token_verify(&key, ccpi_buf_span(&token), 1, &found, NULL) == CCP_OK)
        must(found.expires_at == 2 && strcmp(found.id, "id") == 0);
    ccpi_buf_clear(&token);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ccpi_span text = {(const char *)data, size};

    check_foreign(text);
    check_name(text);
    return 0;
}
