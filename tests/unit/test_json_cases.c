/* Cases of others' making: see tests/data/json/generate.py. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "support/data_file.h"

static ccp_status ignore(void *context, const ccpi_json_member *member)
{
    (void)context, (void)member;
    return CCP_OK;
}

/* In memory of its own size, so that a sanitizer sees reads beyond. */
static bool is_taken(ccpi_span text, const char *name)
{
    ccpi_span copy = {malloc(text.len > 0 ? text.len : 1), text.len};
    ccp_status status, walked;
    ccpi_json_tree tree;
    bool is_object;

    if (text.len > 0)
        memcpy((char *)copy.data, text.data, text.len);
    status = ccpi_json_parse(copy, &tree, NULL);
    is_object = status == CCP_OK && ccpi_json_root(&tree)->type == CCPI_JSON_OBJECT;
    walked = ccpi_json_walk(copy, ignore, NULL, NULL);
    cr_expect(eq(int, walked, is_object ? CCP_OK : CCP_INVALID), "a walk over %s", name);
    ccpi_json_clear(&tree);
    free((char *)copy.data);
    return status == CCP_OK;
}

static void expect_verdicts(const char *file)
{
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf cases = read_data_file(file);
    ccpi_span rest = ccpi_buf_span(&cases);
    ccpi_span line;
    size_t count = 0;

    while (next_line(&rest, &line)) {
        bool is_good = ccpi_span_is(next_word(&line, ' '), "y");
        ccpi_span word = next_word(&line, ' ');
        CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf text = unescaped_bytes(line);
        char name[100];

        snprintf(name, sizeof(name), "%.*s", (int)word.len, word.data);
        cr_expect(eq(int, is_taken(ccpi_buf_span(&text), name), is_good), "%s", name);
        count++;
    }
    cr_expect(gt(sz, count, 250), "only %zu cases in %s", count, file);
}

Test(json_cases, the_verdicts_are_those_of_JSONTestSuite)
{
    expect_verdicts("json/conformance.txt");
}

Test(json_cases, the_verdicts_on_damaged_documents_are_those_of_python)
{
    expect_verdicts("json/mutated.txt");
}

Test(json_cases, strings_are_decoded_as_python_does)
{
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf cases = read_data_file("json/strings.txt");
    ccpi_span rest = ccpi_buf_span(&cases);
    ccpi_span line;

    while (next_line(&rest, &line)) {
        ccpi_span word = next_word(&line, ' ');
        CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf text = unescaped_bytes(word);
        CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf expected = unescaped_bytes(line);
        CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf decoded = {.limit = 1000};

        cr_expect(eq(int, ccpi_json_decode(ccpi_buf_span(&text), &decoded), CCP_OK));
        cr_expect(ccpi_span_equals(ccpi_buf_span(&decoded), ccpi_buf_span(&expected)),
                  "%.*s", (int)word.len, word.data);
    }
}
