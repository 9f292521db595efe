#include "base/json.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>

#include "base/cleanup.h"

static ccpi_json_tree parse(ccpi_span text)
{
    ccpi_json_tree tree;

    cr_assert(eq(int, ccpi_json_parse(text, &tree, NULL), CCP_OK));
    return tree;
}

static bool span_is(ccpi_span span, const char *expected)
{
    return ccpi_span_is(span, expected);
}

Test(json, a_tree_gives_values_as_they_were_written)
{
    CCPI_CLEANUP(ccpi_json_clear)
    ccpi_json_tree tree = parse(
        CCPI_SPAN(" {\"a\": 1.10, \"b\" : [true,\n null , \"\\ud800\"],\"c\":{ }} "));
    const ccpi_json_node *root = ccpi_json_root(&tree);
    const ccpi_json_node *list = ccpi_json_get(&tree, root, "b");

    cr_assert(eq(sz, root->count, 3));
    cr_expect(span_is(ccpi_json_get(&tree, root, "a")->text, "1.10"));
    cr_expect(span_is(list->text, "[true,\n null , \"\\ud800\"]"));
    cr_expect(eq(sz, list->count, 3));
    cr_expect(span_is(ccpi_json_next(&tree, ccpi_json_child(&tree, list))->text, "null"));
    cr_expect(span_is(ccpi_json_get(&tree, root, "c")->text, "{ }"));
    cr_expect(zero(ptr, (void *)ccpi_json_child(&tree, ccpi_json_get(&tree, root, "c"))));
    cr_expect(zero(ptr, (void *)ccpi_json_get(&tree, root, "d")));
}

Test(json, the_last_of_two_members_of_one_name_is_got)
{
    CCPI_CLEANUP(ccpi_json_clear)
    ccpi_json_tree tree = parse(CCPI_SPAN("{\"a\":1,\"\\u0061\":2}"));

    cr_expect(span_is(ccpi_json_get(&tree, ccpi_json_root(&tree), "a")->text, "2"));
}

typedef struct seen {
    ccpi_json_member members[4];
    size_t count;
    ccp_status answer;
} seen;

static ccp_status remember(void *context, const ccpi_json_member *member)
{
    seen *seen_so_far = context;

    seen_so_far->members[seen_so_far->count++] = *member;
    return seen_so_far->answer;
}

Test(json, a_walk_visits_the_roots_members_only)
{
    seen seen_by = {0};
    ccpi_span text = CCPI_SPAN("{\"a\" : {\"x\":[{}]} , \"b\":\"]}\", \"c\":-0.5e+1}");

    cr_assert(eq(int, ccpi_json_walk(text, remember, &seen_by, NULL), CCP_OK));
    cr_assert(eq(sz, seen_by.count, 3));
    cr_expect(span_is(seen_by.members[0].key, "a"));
    cr_expect(span_is(seen_by.members[0].value, "{\"x\":[{}]}"));
    cr_expect(span_is(seen_by.members[0].whole, "\"a\" : {\"x\":[{}]}"));
    cr_expect(eq(int, seen_by.members[0].type, CCPI_JSON_OBJECT));
    cr_expect(span_is(seen_by.members[1].value, "\"]}\""));
    cr_expect(span_is(seen_by.members[2].value, "-0.5e+1"));
    cr_expect(eq(int, seen_by.members[2].type, CCPI_JSON_NUMBER));
}

Test(json, a_visitor_can_stop_the_walk)
{
    seen seen_by = {.answer = CCP_CONFLICT};

    cr_expect(eq(int,
                 ccpi_json_walk(CCPI_SPAN("{\"a\":1,\"b\":2}"), remember, &seen_by, NULL),
                 CCP_CONFLICT));
    cr_expect(eq(sz, seen_by.count, 1));
}

Test(json, a_walk_takes_objects_only)
{
    seen seen_by = {0};

    cr_expect(
        eq(int, ccpi_json_walk(CCPI_SPAN("[1]"), remember, &seen_by, NULL), CCP_INVALID));
    cr_expect(eq(int, ccpi_json_walk(CCPI_SPAN("\"a\""), remember, &seen_by, NULL),
                 CCP_INVALID));
    cr_expect(zero(sz, seen_by.count));
}

static ccp_status parse_nested(size_t depth, ccp_error *error)
{
    ccpi_json_tree tree;
    char *text = malloc(depth * 2);
    ccp_status status;

    memset(text, '[', depth);
    memset(text + depth, ']', depth);
    status = ccpi_json_parse((ccpi_span){text, depth * 2}, &tree, error);
    ccpi_json_clear(&tree);
    free(text);
    return status;
}

Test(json, nesting_ends_at_the_limit)
{
    ccp_error error = {0};

    cr_expect(eq(int, parse_nested(CCPI_JSON_MAX_DEPTH, NULL), CCP_OK));
    cr_expect(eq(int, parse_nested(CCPI_JSON_MAX_DEPTH + 1, &error), CCP_INVALID));
    cr_expect(
        eq(str, error.message, (char *)"not valid JSON at byte 512: nested too deep"));
    cr_expect(eq(int, parse_nested(100000, NULL), CCP_INVALID));
}

Test(json, a_text_is_decoded_with_its_pairs_joined_and_nothing_lost)
{
    /* U+1F600 from its surrogates; a lone U+D800 in the form of WTF-8, section 4. */
    ccpi_span escaped = CCPI_SPAN("a\\n\\u0000\\u00e9\\ud83d\\ude00\\ud800x");
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf out = {.limit = 100};

    cr_assert(eq(int, ccpi_json_decode(escaped, &out), CCP_OK));
    cr_expect(ccpi_span_equals(ccpi_buf_span(&out),
                               CCPI_SPAN("a\n\0\xC3\xA9\xF0\x9F\x98\x80\xED\xA0\x80x")));
}

Test(json, a_quoted_text_decodes_to_itself)
{
    ccpi_span text =
        CCPI_SPAN("\"\\/\b\f\n\r\t\x01\0\x7F\xC3\xA9\xF0\x9F\x98\x80\xED\xA0\x80");
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf quoted = {.limit = 1000};
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf back = {.limit = 1000};

    cr_assert(eq(int, ccpi_json_quote(text, &quoted), CCP_OK));
    cr_expect(eq(str, quoted.data,
                 (char *)"\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u0000\x7F\xC3\xA9"
                         "\xF0\x9F\x98\x80\\ud800\""));
    cr_assert(eq(int, ccpi_json_decode(ccpi_json_inner(ccpi_buf_span(&quoted)), &back),
                 CCP_OK));
    cr_expect(ccpi_span_equals(ccpi_buf_span(&back), text));
}

Test(json, bytes_that_are_no_utf8_are_quoted_as_replacements)
{
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf quoted = {.limit = 1000};

    cr_assert(eq(int, ccpi_json_quote(CCPI_SPAN("a\xFF\xC3z\xE2\x82"), &quoted), CCP_OK));
    cr_expect(eq(str, quoted.data,
                 (char *)"\"a\xEF\xBF\xBD\xEF\xBF\xBDz\xEF\xBF\xBD\xEF\xBF\xBD\""));
}

Test(json, keys_are_compared_decoded)
{
    cr_expect(ccpi_json_key_is(CCPI_SPAN("model"), "model"));
    cr_expect(ccpi_json_key_is(CCPI_SPAN("\\u006dodel"), "model"));
    cr_expect(ccpi_json_key_is(CCPI_SPAN("a\\/b"), "a/b"));
    cr_expect(ccpi_json_key_is(CCPI_SPAN(""), ""));
    cr_expect(not(ccpi_json_key_is(CCPI_SPAN("models"), "model")));
    cr_expect(not(ccpi_json_key_is(CCPI_SPAN("mode"), "model")));
    cr_expect(not(ccpi_json_key_is(CCPI_SPAN("model\\u0000"), "model")));
    cr_expect(not(ccpi_json_key_is(CCPI_SPAN("\\n"), "\\n")));
}

Test(json, integers_end_where_64_bits_end)
{
    static const struct {
        const char *text;
        int64_t value;
    } good[] = {{"0", 0},
                {"-0", 0},
                {"42", 42},
                {"9223372036854775807", INT64_MAX},
                {"-9223372036854775808", INT64_MIN}};
    static const char *const bad[] = {"",
                                      "-",
                                      "01",
                                      "1.0",
                                      "1e3",
                                      "9223372036854775808",
                                      "-9223372036854775809",
                                      "99999999999999999999999",
                                      "1 ",
                                      "true"};
    int64_t value;

    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        cr_assert(ccpi_json_integer(ccpi_span_of(good[i].text), &value));
        cr_expect(eq(i64, value, good[i].value));
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        cr_expect(not(ccpi_json_integer(ccpi_span_of(bad[i]), &value)), "\"%s\"", bad[i]);
}
