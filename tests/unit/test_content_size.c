/* BR-14: what counts is what the model reads; lengths are counted by hand. */
#include "anthropic/content_size.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

static void expect_size(const char *body, int64_t text_bytes, int64_t images)
{
    const ccpi_content_size size = ccpi_content_size_of(ccpi_span_of(body));

    cr_expect(eq(i64, size.text_bytes, text_bytes), "%s", body);
    cr_expect(eq(i64, size.images, images), "%s", body);
}

Test(content_size, texts_of_system_and_messages_count)
{
    expect_size(
        "{\"model\":\"claude\",\"system\":\"abc\",\"messages\":[{\"role\":\"user\","
        "\"content\":\"12345\"}],\"max_tokens\":5}",
        8, 0);
    expect_size("{\"system\":[{\"type\":\"text\",\"text\":\"abc\",\"cache_control\":"
                "{\"type\":\"ephemeral\",\"ttl\":\"1h\"}}]}",
                3, 0);
}

Test(content_size, escapes_count_as_what_they_stand_for)
{
    expect_size("{\"system\":\"a\\nb\\\\\\u0041\"}", 5, 0);
    expect_size("{\"system\":\"\\u20ac\"}", 3, 0);
}

Test(content_size, inputs_and_tools_count_as_json)
{
    expect_size("{\"messages\":[{\"content\":[{\"type\":\"tool_use\",\"id\":\"x\","
                "\"name\":\"y\",\"input\":{\"a\": [1, 2]}}]}]}",
                (int64_t)strlen("{\"a\": [1, 2]}"), 0);
    expect_size(
        "{\"tools\":[{\"name\":\"a\",\"input_schema\":{\"type\":\"object\"}}]}",
        (int64_t)strlen("[{\"name\":\"a\",\"input_schema\":{\"type\":\"object\"}}]"), 0);
}

Test(content_size, data_in_base64_is_an_image_and_data_as_text_is_text)
{
    expect_size("{\"messages\":[{\"content\":[{\"type\":\"image\",\"source\":{\"type\":"
                "\"base64\",\"media_type\":\"image/png\",\"data\":\"AAAA\"}}]}]}",
                0, 1);
    expect_size(
        "{\"messages\":[{\"content\":[{\"type\":\"document\",\"source\":{\"data\":"
        "\"abcd\",\"type\":\"text\",\"media_type\":\"text/plain\"}}]}]}",
        4, 0);
}

Test(content_size, thinking_counts_without_its_signature)
{
    expect_size(
        "{\"messages\":[{\"content\":[{\"type\":\"thinking\",\"thinking\":\"abc\","
        "\"signature\":\"AAAAAAAA\"}]}]}",
        3, 0);
}

Test(content_size, an_image_in_a_calls_input_is_no_image)
{
    expect_size("{\"messages\":[{\"content\":[{\"input\":{\"type\":\"base64\"}}]}]}",
                (int64_t)strlen("{\"type\":\"base64\"}"), 0);
}

Test(content_size, what_is_no_json_counts_nothing)
{
    expect_size("", 0, 0);
    expect_size("[\"abc\"]", 0, 0);
}
