#include "observe/log.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#define KEY "ak_Ab3dEfGHIJKLMNOPQRSTUVWXYZabcdefghijklmn-_"

/* date -u -d @1736167845 +%FT%TZ */
#define MOMENT_US 1736167845678901
#define MOMENT "2025-01-06T12:50:45.678Z"

typedef struct kept {
    int count;
    ccp_log_level level;
    char line[CCPI_LOG_MAX_LINE + 1];
} kept;

static void keep(void *self, ccp_log_level level, const char *line, size_t len)
{
    kept *into = self;

    cr_assert(le(sz, len, CCPI_LOG_MAX_LINE));
    into->count++;
    into->level = level;
    memcpy(into->line, line, len);
    into->line[len] = '\0';
}

static int64_t moment(void *self)
{
    (void)self;
    return MOMENT_US;
}

static const ccp_clock stopped = {.unix_us = moment, .monotonic_us = moment};

static json_t *parse(const kept *from)
{
    json_error_t error;
    json_t *root = json_loads(from->line, JSON_REJECT_DUPLICATES, &error);

    cr_assert(ne(ptr, root, NULL), "not JSON: %s: %s", error.text, from->line);
    return root;
}

static bool is_truncated(const json_t *root)
{
    return json_is_true(json_object_get(root, "truncated"));
}

#define LOG_INTO(kept_name, log_name)                                                    \
    kept kept_name = {0};                                                                \
    const ccp_log_sink log_name##_sink = {.write = keep, .self = &(kept_name)};          \
    ccpi_log log_name = {                                                                \
        .sink = &log_name##_sink, .clock = &stopped, .level = CCP_LOG_INFO}

Test(log, a_line_is_one_object_with_its_fields_in_order)
{
    static const char *const tried[] = {"plan", "bedrock"};
    LOG_INTO(got, log);
    ccpi_log_line line;

    ccpi_log_start(&line, &log, CCP_LOG_WARNING, "upstream_error", "req_1");
    ccpi_log_text(&line, "model", "claude");
    ccpi_log_text(&line, "agent", NULL);
    ccpi_log_number(&line, "status", -529);
    ccpi_log_flag(&line, "stream", true);
    ccpi_log_texts(&line, "tried", tried, 2);
    ccpi_log_end(&line);

    cr_expect(eq(int, got.level, CCP_LOG_WARNING));
    cr_expect(eq(str, got.line,
                 "{\"timestamp\":\"" MOMENT "\",\"level\":\"WARNING\","
                 "\"event\":\"upstream_error\",\"request_id\":\"req_1\","
                 "\"model\":\"claude\",\"agent\":null,\"status\":-529,\"stream\":true,"
                 "\"tried\":[\"plan\",\"bedrock\"]}"));
}

Test(log, a_line_below_the_level_is_not_written)
{
    LOG_INTO(got, log);
    ccpi_log_line line;

    ccpi_log_start(&line, &log, CCP_LOG_DEBUG, "detail", NULL);
    ccpi_log_text(&line, "a", "b");
    ccpi_log_end(&line);
    cr_expect(eq(int, got.count, 0));

    log.level = CCP_LOG_DEBUG;
    ccpi_log_start(&line, &log, CCP_LOG_DEBUG, "detail", NULL);
    ccpi_log_end(&line);
    cr_expect(eq(int, got.count, 1));
}

Test(log, no_log_takes_everything_silently)
{
    ccpi_log_line line;

    ccpi_log_start(&line, NULL, CCP_LOG_ERROR, "lost", "req_1");
    ccpi_log_text(&line, "a", "b");
    ccpi_log_number(&line, "n", 1);
    ccpi_log_texts(&line, "t", NULL, 0);
    ccpi_log_end(&line);
}

Test(log, every_text_is_masked)
{
    static const char *const texts[] = {"sk-ant-api03-secret", KEY};
    LOG_INTO(got, log);
    ccpi_log_line line;

    ccpi_log_start(&line, &log, CCP_LOG_INFO, KEY, KEY);
    ccpi_log_text(&line, "message", "refused \"Bearer hush\" of " KEY);
    ccpi_log_texts(&line, "texts", texts, 2);
    ccpi_log_end(&line);

    cr_expect(zero(ptr, strstr(got.line, "GHIJ")));
    cr_expect(zero(ptr, strstr(got.line, "secret")));
    cr_expect(zero(ptr, strstr(got.line, "hush")));
    cr_expect(ne(ptr, strstr(got.line, "ak_Ab3dEf***"), NULL));
    json_decref(parse(&got));
}

Test(log, any_bytes_come_out_as_json)
{
    /* Controls, quotes, and the ill-formed bytes of the Unicode standard's table 3-8. */
    static const char hostile[] = "\x01\x1f\x7f\"\\/\n\t"
                                  "\xc0\xaf\xe0\x80\xbf\xf0\x81\x82\x41\xed\xa0\x80"
                                  "\xf4\x91\x92\x93\xff\x41\x80\xbf\x42";
    LOG_INTO(got, log);
    ccpi_log_line line;
    json_t *root;

    ccpi_log_start(&line, &log, CCP_LOG_INFO, "odd", NULL);
    ccpi_log_text(&line, "text", hostile);
    ccpi_log_text(&line, "fine", "\xe2\x82\xac \xf0\x9f\x98\x80");
    ccpi_log_end(&line);

    root = parse(&got);
    cr_expect(eq(int,
                 strncmp(json_string_value(json_object_get(root, "text")),
                         "\x01\x1f\x7f\"\\/\n\t\xef\xbf\xbd", 11),
                 0));
    cr_expect(eq(str, (char *)json_string_value(json_object_get(root, "fine")),
                 "\xe2\x82\xac \xf0\x9f\x98\x80"));
    json_decref(root);
}

Test(log, a_long_text_is_cut_behind_a_whole_character)
{
    char euros[CCPI_LOG_MAX_TEXT * 2 + 1] = "";
    LOG_INTO(got, log);
    ccpi_log_line line;
    json_t *root;

    for (size_t i = 0; i < CCPI_LOG_MAX_TEXT * 2 / 3; i++)
        strcat(euros, "\xe2\x82\xac");
    ccpi_log_start(&line, &log, CCP_LOG_INFO, "long", NULL);
    ccpi_log_text(&line, "text", euros);
    ccpi_log_number(&line, "after", 7);
    ccpi_log_end(&line);

    root = parse(&got);
    cr_expect(eq(sz, json_string_length(json_object_get(root, "text")), 510));
    cr_expect(zero(ptr, strstr(got.line, "fffd")));
    cr_expect(eq(int, (int)json_integer_value(json_object_get(root, "after")), 7));
    cr_expect(is_truncated(root));
    json_decref(root);
}

Test(log, the_end_of_a_cut_key_is_not_shown)
{
    char text[CCPI_LOG_MAX_TEXT + 60];
    LOG_INTO(got, log);
    ccpi_log_line line;

    memset(text, ' ', sizeof(text));
    strcpy(text + CCPI_LOG_MAX_TEXT - 20, KEY);
    ccpi_log_start(&line, &log, CCP_LOG_INFO, "cut", NULL);
    ccpi_log_text(&line, "text", text);
    ccpi_log_end(&line);

    cr_expect(ne(ptr, strstr(got.line, "ak_Ab3dEf***\""), NULL));
}

/* Texts of every length, so that the line's end meets each field at each byte. */
Test(log, a_full_line_is_still_json)
{
    for (size_t len = 0; len <= CCPI_LOG_MAX_TEXT; len++) {
        char text[CCPI_LOG_MAX_TEXT + 1] = "";
        const char *const twice[] = {text, text};
        LOG_INTO(got, log);
        ccpi_log_line line;
        json_t *root;

        memset(text, '"', len);
        ccpi_log_start(&line, &log, CCP_LOG_INFO, "full", "req_1");
        for (int i = 0; i < 5; i++) {
            char name[8];

            snprintf(name, sizeof(name), "t%d", i);
            ccpi_log_text(&line, name, text);
        }
        ccpi_log_texts(&line, "texts", twice, 2);
        ccpi_log_number(&line, "number", INT64_MIN);
        ccpi_log_end(&line);

        root = parse(&got);
        cr_assert(is_truncated(root) ||
                  json_array_size(json_object_get(root, "texts")) == 2);
        json_decref(root);
    }
}
