/* A key is made, parsed, hashed and hidden. */
#include <ccproxy/keys.h>
#include <ccproxy/mask.h>
#include <string.h>

#include "check.h"

static ccp_status fill_with_ones(void *self, unsigned char *bytes, size_t len)
{
    (void)self;
    memset(bytes, 1, len);
    return CCP_OK;
}

int main(void)
{
    const ccp_random random = {.fill = fill_with_ones};
    ccp_key key, again;
    ccp_key_hash hash;
    ccp_key_hasher *hasher;
    char text[64];

    CHECK(ccp_key_generate(&random, &key, NULL) == CCP_OK);
    CHECK(strlen(key.text) == CCP_KEY_LEN);
    CHECK(ccp_key_parse(key.text, &again, NULL) == CCP_OK);
    CHECK(ccp_key_parse("ak_short", &again, NULL) == CCP_INVALID);

    /* printf '%s' "$KEY" | openssl dgst -sha256 -hmac "$SECRET" */
    CHECK(ccp_key_hasher_new("0123456789abcdef0123456789abcdef", 32, &hasher, NULL) ==
          CCP_OK);
    CHECK(ccp_key_hasher_hash(hasher, &key, &hash, NULL) == CCP_OK);
    CHECK(strcmp(hash.hex, HASH) == 0);
    ccp_key_hasher_free(hasher);

    strcpy(text, key.text);
    ccp_mask(text, strlen(text));
    CHECK(!strstr(text, key.text + CCP_KEY_PREFIX_LEN));
    return 0;
}
