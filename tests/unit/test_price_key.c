#include "usage/price_key.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

typedef struct key_case {
    const char *model;
    const char *key;
    const char *family;
    bool is_global;
} key_case;

Test(price_key, every_way_to_write_a_model_gives_one_key)
{
    static const key_case cases[] = {
        {"claude-sonnet-4-5", "claude-sonnet-4-5", "sonnet", false},
        {"claude-sonnet-4.5[1m]", "claude-sonnet-4-5", "sonnet", false},
        {"Claude-Sonnet-4-5-20250929", "claude-sonnet-4-5", "sonnet", false},
        {"global.anthropic.claude-sonnet-4-5-20250929-v1:0", "claude-sonnet-4-5",
         "sonnet", true},
        {"us-gov.anthropic.claude-opus-4-6-v1", "claude-opus-4-6", "opus", false},
        {"anthropic.claude-opus-5-5", "claude-opus-5-5", "opus", false},
        {"arn:aws:bedrock:us-east-1:123456789012:inference-profile/"
         "global.anthropic.claude-haiku-5-5",
         "claude-haiku-5-5", "haiku", true},
        {"claude-3-5-haiku-20241022", "claude-haiku-3-5", "haiku", false},
        {"claude-3-5-haiku-latest", "claude-haiku-3-5", "haiku", false},
        {"claude-sonnet-4@20250514", "claude-sonnet-4", "sonnet", false},
        {"claude-opus-9-fast", "claude-opus-9-fast", "opus", false},
        {"amazon.nova-pro-v1:0", "amazon-nova-pro", "", false},
        {"", "", "", false},
        {"claude-", "claude-", "", false},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        ccpi_price_key key;

        ccpi_price_key_of(cases[i].model, &key);
        cr_expect(eq(str, key.text, (char *)cases[i].key), "%s", cases[i].model);
        cr_expect(eq(str, key.family, (char *)cases[i].family), "%s", cases[i].model);
        cr_expect(eq(int, key.is_global, cases[i].is_global), "%s", cases[i].model);
    }
}

Test(price_key, versions_compare_as_numbers)
{
    ccpi_price_key old, new;

    ccpi_price_key_of("claude-opus-4-9", &old);
    ccpi_price_key_of("claude-opus-4-10", &new);
    cr_expect(lt(int, ccpi_price_key_compare_versions(&old, &new), 0));
    ccpi_price_key_of("claude-opus-5", &old);
    cr_expect(gt(int, ccpi_price_key_compare_versions(&old, &new), 0));
}

Test(price_key, a_name_of_any_length_is_cut)
{
    char model[2000];
    ccpi_price_key key;

    memset(model, 'a', sizeof(model) - 1);
    model[sizeof(model) - 1] = '\0';
    ccpi_price_key_of(model, &key);
    cr_expect(eq(sz, strlen(key.text), CCPI_PRICE_KEY_SIZE - 1));
}
