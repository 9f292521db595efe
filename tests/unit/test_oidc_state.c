#include "admin/oidc/state.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

#define NOW 1795650000

static ccpi_oidc_state_key key, other_key;
static ccpi_oidc_state state;
static ccpi_buf text;

static void set_up(void)
{
    cr_assert(
        eq(int, ccpi_oidc_state_key_derive(CCPI_SPAN("secret"), &key, NULL), CCP_OK));
    cr_assert(eq(int, ccpi_oidc_state_key_derive(CCPI_SPAN("other"), &other_key, NULL),
                 CCP_OK));
    cr_assert(
        eq(int, ccpi_oidc_state_new(ccp_system_random(), NOW, &state, NULL), CCP_OK));
    text = (ccpi_buf){.limit = 1024};
    cr_assert(eq(int, ccpi_oidc_state_write(&key, &state, &text), CCP_OK));
}

static void tear_down(void)
{
    ccpi_buf_clear(&text);
}

TestSuite(oidc_state, .init = set_up, .fini = tear_down);

static bool is_read(const ccpi_oidc_state_key *with, const char *cookie, int64_t now_s,
                    ccpi_oidc_state *out)
{
    return ccpi_oidc_state_read(with, ccpi_span_of(cookie), now_s, out);
}

Test(oidc_state, it_comes_back_as_it_went_for_ten_minutes)
{
    ccpi_oidc_state back;

    cr_assert(is_read(&key, text.data, NOW + 599, &back));
    cr_expect(eq(str, back.state, state.state));
    cr_expect(eq(str, back.nonce, state.nonce));
    cr_expect(eq(str, back.verifier, state.verifier));
    cr_expect(not(is_read(&key, text.data, NOW + 600, &back)));
}

Test(oidc_state, another_key_or_any_other_character_makes_it_nothing)
{
    ccpi_oidc_state back;

    cr_expect(not(is_read(&other_key, text.data, NOW, &back)));
    for (size_t i = 0; i < text.len; i++) {
        const char kept = text.data[i];

        text.data[i] = kept == 'A' ? 'B' : 'A';
        cr_expect(not(is_read(&key, text.data, NOW, &back)), "%zu", i);
        text.data[i] = kept;
    }
}

Test(oidc_state, what_is_no_state_is_nothing)
{
    static const char *const texts[] = {"", ".", "....", "a.b.c.1.d",
                                        "a.b.c.9999999999."};
    ccpi_oidc_state back;
    char longer[1024];

    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
        cr_expect(not(is_read(&key, texts[i], NOW, &back)), "%s", texts[i]);
    snprintf(longer, sizeof(longer), "%s.more", text.data);
    cr_expect(not(is_read(&key, longer, NOW, &back)));
    longer[text.len - 1] = '\0';
    cr_expect(not(is_read(&key, longer, NOW, &back)));
}

/* RFC 7636, appendix B. */
Test(oidc_state, the_challenge_is_that_of_the_standard)
{
    char challenge[CCPI_OIDC_SECRET_LEN + 1];

    strcpy(state.verifier, "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
    ccpi_oidc_challenge(&state, challenge);
    cr_expect(eq(str, challenge, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"));
}
