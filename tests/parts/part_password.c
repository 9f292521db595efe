/* A hash knows its password again, and no other; so does one that others have made. */
#include <ccproxy/password.h>
#include <string.h>

#include "check.h"

/* As in unit/test_password.c: what Python's hashlib and passlib make of these words. */
#define HASH                                                                             \
    "$scrypt$ln=15,r=8,p=1$AAECAwQFBgcICQoLDA0ODw$XGYmKKxOsQaKKH4qoqICriSOmNsE1h0zJ+"    \
    "c0LbbscJc"

static ccp_status verify(const char *hash, const char *password)
{
    return ccp_password_verify(hash, password, strlen(password), NULL);
}

int main(void)
{
    ccp_password_hash hash, again;

    CHECK(ccp_password_hash_new("correct horse", 13, NULL, &hash, NULL) == CCP_OK);
    CHECK(verify(hash.text, "correct horse") == CCP_OK);
    CHECK(verify(hash.text, "correct house") == CCP_DENIED);
    CHECK(ccp_password_hash_new("correct horse", 13, NULL, &again, NULL) == CCP_OK);
    CHECK(strcmp(hash.text, again.text) != 0);

    CHECK(verify(HASH, "correct horse") == CCP_OK);
    CHECK(verify("battery staple", "correct horse") == CCP_INVALID);
    CHECK(ccp_password_hash_new("", 0, NULL, &hash, NULL) == CCP_INVALID);
    return 0;
}
