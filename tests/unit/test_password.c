#include "ccproxy/password.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

static ccp_status verify(const char *hash, const char *password)
{
    return ccp_password_verify(hash, password, strlen(password), NULL);
}

static ccp_status count_up(void *self, unsigned char *bytes, size_t len)
{
    (void)self;
    for (size_t i = 0; i < len; i++)
        bytes[i] = (unsigned char)i;
    return CCP_OK;
}

/*
 * hashlib.scrypt(b"correct horse", salt=bytes(range(16)), n=2**15, r=8, p=1, dklen=32),
 * in the text that passlib.hash.scrypt.using(rounds=15, salt=...) makes of it.
 */
#define HASH                                                                             \
    "$scrypt$ln=15,r=8,p=1$AAECAwQFBgcICQoLDA0ODw$XGYmKKxOsQaKKH4qoqICriSOmNsE1h0zJ+"    \
    "c0LbbscJc"

Test(password, a_hash_is_what_pythons_libraries_make)
{
    const ccp_random counting = {.fill = count_up};
    ccp_password_hash hash;

    cr_assert(eq(int, ccp_password_hash_new("correct horse", 13, &counting, &hash, NULL),
                 CCP_OK));
    cr_expect(eq(str, hash.text, HASH));
    cr_expect(eq(int, verify(HASH, "correct horse"), CCP_OK));
}

Test(password, only_the_same_password_fits)
{
    cr_expect(eq(int, verify(HASH, "correct horsE"), CCP_DENIED));
    cr_expect(eq(int, verify(HASH, "correct hors"), CCP_DENIED));
    cr_expect(eq(int, verify(HASH, "correct horse "), CCP_DENIED));
    cr_expect(eq(int, verify(HASH, ""), CCP_DENIED));
    cr_expect(
        eq(int, ccp_password_verify(HASH, "correct horse\0x", 15, NULL), CCP_DENIED));
}

Test(password, each_hash_has_a_salt_of_its_own)
{
    ccp_password_hash first, second;

    cr_assert(eq(int, ccp_password_hash_new("same", 4, NULL, &first, NULL), CCP_OK));
    cr_assert(eq(int, ccp_password_hash_new("same", 4, NULL, &second, NULL), CCP_OK));
    cr_expect(ne(str, first.text, second.text));
    cr_expect(eq(int, verify(second.text, "same"), CCP_OK));
}

/* RFC 7914, section 12, with the salts and results in PHC's base64. */
Test(password, the_vectors_of_rfc_7914_fit)
{
    cr_expect(eq(int,
                 verify("$scrypt$ln=10,r=8,p=16$TmFDbA$/bq+HJ00cgB4VucZDQHp/"
                        "nxq18vII3gw53N2Y0s3MWIurzDZLiKjiG/"
                        "xCSedmDDaxyevuUqD7m2DYMvfoswGQA",
                        "password"),
                 CCP_OK));
    cr_expect(eq(int,
                 verify("$scrypt$ln=14,r=8,p=1$U29kaXVtQ2hsb3JpZGU$"
                        "cCO9yzr9c0hGHAbNgf046/2o+7qQT44+"
                        "qbVD9lRdofLVQylVYT8Pz2LUlwUkKpr55h6F3A1lHkDfzwF7RVdYhw",
                        "pleaseletmein"),
                 CCP_OK));
}

/* passlib.hash.scrypt.using(rounds=10, salt=b"0123456789abcdef").hash("pässwörd") */
Test(password, other_costs_and_utf8_are_read)
{
    cr_expect(eq(int,
                 verify("$scrypt$ln=10,r=8,p=1$MDEyMzQ1Njc4OWFiY2RlZg$TGOG+"
                        "s1NLmSxVhUf5etn2dmhsDJkPbU1xHpAsYvO5Bo",
                        "p\xc3\xa4ssw\xc3\xb6rd"),
                 CCP_OK));
}

/* passlib.hash.bcrypt.using(rounds=10).hash("correct horse") */
#define BCRYPT "$2b$10$eYBYGtICLkpgmxW5XMYzFuhtcTTME6E2zmrQ4Wm90.8CvYe7fkY.S"

Test(password, bcrypt_is_read_where_the_system_knows_it)
{
#ifdef __GLIBC__
    cr_expect(eq(int, verify(BCRYPT, "correct horse"), CCP_OK));
    cr_expect(eq(int, verify(BCRYPT, "wrong horse"), CCP_DENIED));
#else
    cr_expect(ne(int, verify(BCRYPT, "wrong horse"), CCP_OK));
#endif
}

Test(password, what_is_no_hash_or_too_dear_is_refused)
{
    static const char *const hashes[] = {
        "",
        "correct horse",
        "$scrypt$",
        "$scrypt$ln=15,r=8,p=1$AAECAwQFBgcICQoLDA0ODw",
        "$scrypt$ln=15,r=8,p=1$AAECAwQFBgcICQoLDA0ODw$",
        "$scrypt$ln=15,r=8,p=1$$XGYmKKxOsQaKKH4qoqICriSOmNsE1h0zJ+c0LbbscJc",
        "$scrypt$ln=15,r=8,p=1$AAECAwQFBgcICQoLDA0ODw$AAAA", /* too short to be safe */
        "$scrypt$ln=15,r=8,p=1$AAECAwQFBgcICQoLDA0ODw$XGYm*KxOsQaKKH4qoqICriSOmNsE1h0zJ",
        "$scrypt$ln=15,r=8$AAECAwQFBgcICQoLDA0ODw$XGYmKKxOsQaKKH4qoqICriSOmNsE1h0zJ",
        "$scrypt$ln=0,r=8,p=1$AAECAwQFBgcICQoLDA0ODw$XGYmKKxOsQaKKH4qoqICriSOmNsE1h0zJ",
        "$scrypt$ln=99,r=8,p=1$AAECAwQFBgcICQoLDA0ODw$XGYmKKxOsQaKKH4qoqICriSOmNsE1h0z",
        "$scrypt$ln=20,r=32,p=1$AAECAwQFBgcICQoLDA0ODw$XGYmKKxOsQaKKH4qoqICriSOmNsE1h0",
        "$scrypt$ln=15,r=8,p=99$AAECAwQFBgcICQoLDA0ODw$XGYmKKxOsQaKKH4qoqICriSOmNsE1h0",
        "$scrypt$ln=99999999999999999999,r=8,p=1$AAECAwQFBgcICQoLDA0ODw$XGYmKKxOsQaKKH4",
        "$2b$31$eYBYGtICLkpgmxW5XMYzFuhtcTTME6E2zmrQ4Wm90.8CvYe7fkY.S", /* hours */
        "$1$abcdefgh$0123456789012345678901",
        "*0",
    };

    for (size_t i = 0; i < sizeof(hashes) / sizeof(hashes[0]); i++)
        cr_expect(eq(int, verify(hashes[i], "correct horse"), CCP_INVALID), "%s",
                  hashes[i]);
}

Test(password, what_can_be_no_password_is_not_hashed)
{
    static char endless[CCP_PASSWORD_MAX + 1];
    ccp_password_hash hash;

    memset(endless, 'x', sizeof(endless));
    cr_expect(eq(int, ccp_password_hash_new("", 0, NULL, &hash, NULL), CCP_INVALID));
    cr_expect(eq(int, ccp_password_hash_new("a\0b", 3, NULL, &hash, NULL), CCP_INVALID));
    cr_expect(eq(int, ccp_password_hash_new(endless, sizeof(endless), NULL, &hash, NULL),
                 CCP_INVALID));
}

static ccp_status run_dry(void *self, unsigned char *bytes, size_t len)
{
    (void)self, (void)bytes, (void)len;
    return CCP_UNAVAILABLE;
}

Test(password, no_randomness_means_no_hash)
{
    const ccp_random dry = {.fill = run_dry};
    ccp_password_hash hash;

    cr_expect(
        eq(int, ccp_password_hash_new("same", 4, &dry, &hash, NULL), CCP_UNAVAILABLE));
}
