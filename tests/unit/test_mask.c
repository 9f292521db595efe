#include "ccproxy/mask.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>

/* OB-2. A key of the form of AK-1: 46 characters. */
#define KEY "ak_Ab3dEfGHIJKLMNOPQRSTUVWXYZabcdefghijklmn-_"
#define HIDDEN_KEY "ak_Ab3dEf***"

typedef struct example {
    const char *text;
    const char *masked;
} example;

static void expect_masked(const example *examples, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char text[512];
        size_t len = strlen(examples[i].text);

        memcpy(text, examples[i].text, len);
        len = ccp_mask(text, len);
        text[len] = '\0';
        cr_expect(eq(str, text, (char *)examples[i].masked), "of: %s", examples[i].text);
    }
}

#define EXPECT_MASKED(examples)                                                          \
    expect_masked(examples, sizeof(examples) / sizeof((examples)[0]))

Test(mask, an_access_key_keeps_its_prefix_wherever_it_stands)
{
    static const example examples[] = {
        {KEY, HIDDEN_KEY},
        {"POST /ak/" KEY "/v1/messages?beta=true",
         "POST /ak/" HIDDEN_KEY "/v1/messages?beta=true"},
        {"x-ccproxy-key: " KEY "\r\nhost: a", "x-ccproxy-key: " HIDDEN_KEY "\r\nhost: a"},
        {"{\"key\":\"" KEY "\"}", "{\"key\":\"" HIDDEN_KEY "\"}"},
        {"two " KEY " and " KEY, "two " HIDDEN_KEY " and " HIDDEN_KEY},
        {"in_a_name_" KEY, "in_a_name_" HIDDEN_KEY},
        {"glued" KEY, "glued" HIDDEN_KEY},
    };

    EXPECT_MASKED(examples);
}

Test(mask, an_escape_before_or_inside_a_secret_does_not_save_it)
{
    static const example examples[] = {
        {"%2Fak%2F" KEY "%2Fv1", "%2Fak%2F" HIDDEN_KEY "%2Fv1"},
        {"line\\n" KEY "\\nline", "line\\n" HIDDEN_KEY "\\nline"},
        {"\\u000aak_Ab3dEfGHIJ", "\\u000a" HIDDEN_KEY},
        {"%61k_Ab3dEfGHIJ%2dKLM%5fNOP rest", HIDDEN_KEY " rest"},
        {"ak\\u005fAb3dEfGHIJKLM.", HIDDEN_KEY "."},
        {"\\\\n" KEY, "\\\\n" HIDDEN_KEY},
        {"%252F" KEY, "%252F" HIDDEN_KEY},
        {"Authorization:%20Bearer%20abc.def%22", "Authorization:%20Bearer%20***%22"},
        {"{\\\"auth\\\":\\\"Bearer abc\\\"}", "{\\\"auth\\\":\\\"Bearer ***\\\"}"},
        {"%41BSK%51mVk%2Bcm9%3D&x", "ABSK***&x"},
    };

    EXPECT_MASKED(examples);
}

Test(mask, the_rest_of_a_key_that_was_cut_is_hidden_too)
{
    static const example examples[] = {
        {"ak_Ab3dEfGHIJ", "ak_Ab3dEf***"},
        {"ak_Ab3dEfGH", "ak_Ab3dEf**"},
        {"ak_Ab3dEfG", "ak_Ab3dEf*"},
        {"ak_Ab3dEf", "ak_Ab3dEf"}, /* the prefix, which may be shown */
        {"sk-a", "sk-*"},
        {"cct_x", "cct_*"},
    };

    EXPECT_MASKED(examples);
}

Test(mask, other_secrets_keep_nothing_but_their_mark)
{
    static const example examples[] = {
        {"key sk-ant-api03-abcDEF_123-456 refused", "key sk-*** refused"},
        {"sk-ant-oat01-abc.def/ghi", "sk-***"},
        {"\"ABSKQmVkcm9ja0FQSUtleS1hYmM9PQ==\"", "\"ABSK***\""},
        {"bedrock-api-key-YmVkcm9jay5hbWF6b25hd3MuY29tLz9B+/==,", "bedrock-api-key-***,"},
        {"cct_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG;", "cct_***;"},
    };

    EXPECT_MASKED(examples);
}

Test(mask, what_follows_bearer_is_hidden_in_any_case)
{
    static const example examples[] = {
        {"Authorization: Bearer abc123", "Authorization: Bearer ***"},
        {"authorization: bearer abc123 next", "authorization: bearer *** next"},
        {"AUTHORIZATION: BEARER  \tabc123\r\n", "AUTHORIZATION: BEARER  \t***\r\n"},
        {"bEaReR=ab", "bEaReR=**"},
        {"Bearer+we,ird;tok!en", "Bearer+***"},
        {"Bearer Bearer abc123", "Bearer Bearer ***"},
        {"Bearer " KEY, "Bearer ***"},
        {"'Bearer abc' and \"Bearer abc\"", "'Bearer ***' and \"Bearer ***\""},
    };

    EXPECT_MASKED(examples);
}

Test(mask, a_text_without_secrets_stays_as_it_is)
{
    static const char *const texts[] = {
        "",
        "a task-list with risk-based checks of a disk-image",
        "weak_reference, break_point, leak_detector",
        "100% ready \\ and so on \\u12",
        "\"token_type\":\"bearer\",\"expires_in\":86400",
        "claude-sonnet-4-5-20250929",
        "ends with bearer",
        "\xc3\xa4\xc3\xb6\xff\xfe",
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        const example same = {texts[i], texts[i]};

        expect_masked(&same, 1);
    }
}

Test(mask, a_masked_text_stays_as_it_is)
{
    static const char *const texts[] = {HIDDEN_KEY, "sk-***", "Bearer ***", "ABSK***"};

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        const example same = {texts[i], texts[i]};

        expect_masked(&same, 1);
    }
}

Test(mask, a_nul_parts_texts_like_any_other_byte)
{
    char text[] = "x\0" KEY "\0y";

    cr_expect(eq(sz, ccp_mask(text, sizeof(text) - 1), 2 + strlen(HIDDEN_KEY) + 2));
    cr_expect(zero(int, memcmp(text, "x\0" HIDDEN_KEY "\0y", 16)));
}

/* What could make a masker start over at each mark: a quadratic one takes minutes. */
Test(mask, hostile_texts_take_linear_time, .timeout = 20)
{
    static const char *const pieces[] = {"ak_",     "xak_",  "bearer ", "Bearer",
                                         "bedrock", "sk-",   "asAb%\\", "%61k_",
                                         "\\u0062", "cct_A", "ABSK"};
    size_t len = 1024 * 1024;
    char *text = malloc(len);

    cr_assert(ne(ptr, text, NULL));
    for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
        size_t piece = strlen(pieces[i]);

        for (size_t at = 0; at < len; at++)
            text[at] = pieces[i][at % piece];
        cr_expect(le(sz, ccp_mask(text, len), len));
    }
    free(text);
}
