#include "security/token.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <jansson.h>
#include <string.h>

/* Made by tests/data/security/make.py with PyJWT. */
#define VECTORS CCPT_DATA_DIR "/security/tokens.json"

#define ISSUED 1736167845
#define EXPIRES 1736254245
#define ID "0b0e6bd0-0000-4000-8000-000000000001"

static json_t *vectors;
static ccpi_token_key key;

static const char *text_of(const char *name)
{
    return json_string_value(json_object_get(vectors, name));
}

static void set_up(void)
{
    vectors = json_load_file(VECTORS, 0, NULL);
    cr_assert(ne(ptr, vectors, NULL));
    cr_assert(eq(int, ccpi_token_key_derive(ccpi_span_of(text_of("secret")), &key, NULL),
                 CCP_OK));
}

static void tear_down(void)
{
    json_decref(vectors);
}

TestSuite(token, .init = set_up, .fini = tear_down);

static ccp_status verify(const char *token, int64_t now, ccpi_token_claims *out)
{
    return ccpi_token_verify(&key, ccpi_span_of(token), now, out, NULL);
}

Test(token, what_another_library_signed_is_read)
{
    ccpi_token_claims claims;

    cr_assert(eq(int, verify(text_of("valid"), ISSUED, &claims), CCP_OK));
    cr_expect(eq(str, claims.subject, "admin"));
    cr_expect(eq(str, claims.id, ID));
    cr_expect(eq(long, claims.issued_at, ISSUED));
    cr_expect(eq(long, claims.expires_at, EXPIRES));

    cr_assert(eq(int, verify(text_of("with_a_name_that_needs_escapes"), ISSUED, &claims),
                 CCP_OK));
    cr_expect(eq(str, claims.subject, "o\"neil \xc3\xbc"));
}

Test(token, what_is_signed_is_what_another_library_signs)
{
    const ccpi_token_claims claims = {"admin", ID, ISSUED, EXPIRES};
    ccpi_buf token = {.limit = CCPI_TOKEN_MAX_LEN};

    cr_assert(eq(int, ccpi_token_sign(&key, &claims, &token, NULL), CCP_OK));
    cr_expect(eq(str, token.data, (char *)text_of("valid")));
    ccpi_buf_clear(&token);
}

Test(token, the_longest_name_in_the_longest_escapes_fits)
{
    ccpi_token_claims claims = {.id = ID, .issued_at = ISSUED, .expires_at = EXPIRES};
    ccpi_buf token = {.limit = CCPI_TOKEN_MAX_LEN};
    ccpi_token_claims read;

    memset(claims.subject, '"', CCPI_TOKEN_SUBJECT_MAX);
    cr_assert(eq(int, ccpi_token_sign(&key, &claims, &token, NULL), CCP_OK));
    cr_assert(eq(int, verify(token.data, ISSUED, &read), CCP_OK));
    cr_expect(eq(str, read.subject, claims.subject));
    ccpi_buf_clear(&token);
}

Test(token, it_ends_with_the_second_that_it_names)
{
    ccpi_token_claims claims;

    cr_expect(eq(int, verify(text_of("valid"), EXPIRES - 1, &claims), CCP_OK));
    cr_expect(eq(int, verify(text_of("valid"), EXPIRES, &claims), CCP_DENIED));
}

Test(token, every_other_token_is_refused)
{
    json_t *refused = json_object_get(vectors, "refused");
    const char *name;
    json_t *token;

    cr_assert(gt(sz, json_object_size(refused), 20));
    json_object_foreach(refused, name, token)
    {
        ccpi_token_claims claims = {.subject = "untouched"};

        cr_expect(eq(int, verify(json_string_value(token), ISSUED, &claims), CCP_DENIED),
                  "%s", name);
        cr_expect(eq(str, claims.subject, "untouched"));
    }
}

Test(token, no_character_may_change)
{
    char token[CCPI_TOKEN_MAX_LEN];
    ccpi_token_claims claims;

    strcpy(token, text_of("valid"));
    for (size_t i = 0; token[i]; i++) {
        char was = token[i];

        token[i] = was == 'A' ? 'B' : 'A';
        cr_expect(eq(int, verify(token, ISSUED, &claims), CCP_DENIED), "at %zu", i);
        token[i] = was;
    }
}

Test(token, another_secret_gives_another_key)
{
    ccpi_token_key other;
    ccpi_token_claims claims;

    cr_assert(eq(int, ccpi_token_key_derive(CCPI_SPAN("another secret"), &other, NULL),
                 CCP_OK));
    cr_expect(eq(
        int,
        ccpi_token_verify(&other, ccpi_span_of(text_of("valid")), ISSUED, &claims, NULL),
        CCP_DENIED));
}
