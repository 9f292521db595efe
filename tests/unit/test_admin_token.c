#include "security/admin_token.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#define SECRET CCPI_SPAN("0123456789abcdef0123456789abcdef")
#define TOKEN "cct_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

Test(admin_token, a_new_one_has_the_form_of_one)
{
    ccpi_admin_token token, other;

    cr_assert(
        eq(int, ccpi_admin_token_generate(ccp_system_random(), &token, NULL), CCP_OK));
    cr_assert(
        eq(int, ccpi_admin_token_generate(ccp_system_random(), &other, NULL), CCP_OK));
    cr_expect(eq(sz, strlen(token.text), 47));
    cr_expect(ccpi_admin_token_is(ccpi_span_of(token.text)));
    cr_expect(ne(str, token.text, other.text));
}

Test(admin_token, other_texts_have_not)
{
    static const char *const texts[] = {
        "",
        "cct_",
        "ak_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        TOKEN "A",
        "cct_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA+",
        "CCT_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    };

    cr_expect(ccpi_admin_token_is(CCPI_SPAN(TOKEN)));
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
        cr_expect(not(ccpi_admin_token_is(ccpi_span_of(texts[i]))), "%s", texts[i]);
    cr_expect(not(ccpi_admin_token_is(
        CCPI_SPAN("cct_AAAAAAAAAAAAAAAAAAAAAA\0AAAAAAAAAAAAAAAAAAAA"))));
}

/* By Python's hmac: HMAC(HKDF(secret, info="ccproxy admin token"), token), SHA-256. */
Test(admin_token, its_hash_is_an_hmac_under_a_key_of_its_own)
{
    ccpi_admin_token_hasher hasher;
    ccp_key_hash hash;

    cr_assert(eq(int, ccpi_admin_token_hasher_init(SECRET, &hasher, NULL), CCP_OK));
    cr_assert(
        eq(int, ccpi_admin_token_hash(&hasher, CCPI_SPAN(TOKEN), &hash, NULL), CCP_OK));
    cr_expect(eq(str, hash.hex,
                 "2e111be04f279284ac9bde5efed54dd2ef43462d22ea38831efb02df0b02c566"));
}

static ccp_status run_dry(void *self, unsigned char *bytes, size_t len)
{
    (void)self, (void)bytes, (void)len;
    return CCP_UNAVAILABLE;
}

Test(admin_token, no_randomness_means_no_token)
{
    const ccp_random dry = {.fill = run_dry};
    ccpi_admin_token token;

    cr_expect(eq(int, ccpi_admin_token_generate(&dry, &token, NULL), CCP_UNAVAILABLE));
}
