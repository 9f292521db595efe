#include "observe/log.h"

#include <stdio.h>
#include <string.h>

#include "base/encode.h"
#include "base/utf8.h"
#include "calendar/moment.h"
#include "ccproxy/mask.h"

/* The year 10000 begins. */
#define END_OF_TIME_US (INT64_C(253402300800) * 1000000)

/* Kept free in every line for its end. */
#define CUT_MARK ",\"truncated\":true"
#define END_LEN (sizeof(CUT_MARK "}") - 1)

#define REPLACEMENT "\\ufffd"

static const char *const level_names[] = {
    [CCP_LOG_DEBUG] = "DEBUG",
    [CCP_LOG_INFO] = "INFO",
    [CCP_LOG_WARNING] = "WARNING",
    [CCP_LOG_ERROR] = "ERROR",
};

/* All or nothing. */
static bool put(ccpi_log_line *line, const char *bytes, size_t len)
{
    if (len > sizeof(line->text) - END_LEN - line->len)
        return false;
    memcpy(line->text + line->len, bytes, len);
    line->len += len;
    return true;
}

static bool put_text(ccpi_log_line *line, const char *text)
{
    return put(line, text, strlen(text));
}

static bool put_escaped(ccpi_log_line *line, unsigned char c)
{
    char escape[sizeof("\\u0000")];

    if (c == '"' || c == '\\')
        snprintf(escape, sizeof(escape), "\\%c", c);
    else
        snprintf(escape, sizeof(escape), "\\u%04x", c);
    return put_text(line, escape);
}

/* Puts one character and returns how many bytes of the text it took; 0: no room. */
static size_t put_character(ccpi_log_line *line, const unsigned char *at,
                            const unsigned char *end)
{
    size_t len = ccpi_utf8_sequence(at, end);

    if (len == 0)
        return put_text(line, REPLACEMENT) ? 1 : 0;
    if (*at < ' ' || *at == '"' || *at == '\\')
        return put_escaped(line, *at) ? 1 : 0;
    return put(line, (const char *)at, len) ? len : 0;
}

/* Characters that stand for themselves, as nearly all do: they go in one piece. */
static size_t plain_length(const unsigned char *at, const unsigned char *end)
{
    const unsigned char *start = at;

    while (at < end && *at >= ' ' && *at < 0x80 && *at != '"' && *at != '\\')
        at++;
    return (size_t)(at - start);
}

static bool put_string(ccpi_log_line *line, const char *text, size_t len)
{
    const unsigned char *at = (const unsigned char *)text;
    const unsigned char *end = at + len;

    if (!put(line, "\"", 1))
        return false;
    while (at < end) {
        size_t taken = plain_length(at, end);

        if (taken > 0 && !put(line, (const char *)at, taken))
            return false;
        if (taken == 0)
            taken = put_character(line, at, end);
        if (taken == 0)
            return false;
        at += taken;
    }
    return put(line, "\"", 1);
}

/* Cuts behind a whole character, so that the cut itself makes no bad UTF-8. */
static size_t cut_length(const char *text)
{
    size_t len = strnlen(text, CCPI_LOG_MAX_TEXT + 1);

    if (len <= CCPI_LOG_MAX_TEXT)
        return len;
    len = CCPI_LOG_MAX_TEXT;
    while (len > CCPI_LOG_MAX_TEXT - 4 && ((unsigned char)text[len] & 0xC0) == 0x80)
        len--;
    return len;
}

static bool put_masked(ccpi_log_line *line, const char *text)
{
    char copy[CCPI_LOG_MAX_TEXT];
    size_t len;

    if (!text)
        return put_text(line, "null");
    len = cut_length(text);
    if (text[len])
        line->is_cut = true;
    memcpy(copy, text, len);
    return put_string(line, copy, ccp_mask(copy, len));
}

static bool put_name(ccpi_log_line *line, const char *name)
{
    return (line->len == 1 || put(line, ",", 1)) &&
           put_string(line, name, strlen(name)) && put(line, ":", 1);
}

/* A field that found no room leaves no trace but the mark at the end. */
static void keep_or_forget(ccpi_log_line *line, size_t start, bool is_whole)
{
    if (is_whole)
        return;
    line->len = start;
    line->is_cut = true;
}

static void put_raw_field(ccpi_log_line *line, const char *name, const char *value)
{
    size_t start = line->len;

    if (line->log)
        keep_or_forget(line, start, put_name(line, name) && put_text(line, value));
}

static void put_timestamp(ccpi_log_line *line, int64_t unix_us)
{
    char text[CCPI_MOMENT_TEXT_SIZE];

    if (unix_us < 0 || unix_us >= END_OF_TIME_US) {
        put_raw_field(line, "timestamp", "null");
        return;
    }
    ccpi_moment_write(unix_us, text);
    put_name(line, "timestamp");
    put_string(line, text, sizeof(text) - 1);
}

void ccpi_log_start(ccpi_log_line *line, ccpi_log *log, ccp_log_level level,
                    const char *event, const char *request_id)
{
    line->log = log && log->sink && (int)level >= log->level ? log : NULL;
    line->level = level;
    line->is_cut = false;
    line->len = 0;
    if (!line->log)
        return;

    put(line, "{", 1);
    put_timestamp(line, log->clock->unix_us(log->clock->self));
    ccpi_log_text(line, "level", level_names[level]);
    ccpi_log_text(line, "event", event);
    if (request_id)
        ccpi_log_text(line, "request_id", request_id);
}

void ccpi_log_text(ccpi_log_line *line, const char *name, const char *value)
{
    size_t start = line->len;

    if (line->log)
        keep_or_forget(line, start, put_name(line, name) && put_masked(line, value));
}

void ccpi_log_number(ccpi_log_line *line, const char *name, int64_t value)
{
    char text[CCPI_DECIMAL_SIZE];

    ccpi_decimal_encode(value, text);
    put_raw_field(line, name, text);
}

void ccpi_log_flag(ccpi_log_line *line, const char *name, bool value)
{
    put_raw_field(line, name, value ? "true" : "false");
}

static bool put_array(ccpi_log_line *line, const char *const *values, size_t count)
{
    if (!put(line, "[", 1))
        return false;
    for (size_t i = 0; i < count; i++)
        if ((i > 0 && !put(line, ",", 1)) || !put_masked(line, values[i]))
            return false;
    return put(line, "]", 1);
}

void ccpi_log_texts(ccpi_log_line *line, const char *name, const char *const *values,
                    size_t count)
{
    size_t start = line->len;

    if (line->log)
        keep_or_forget(line, start,
                       put_name(line, name) && put_array(line, values, count));
}

void ccpi_log_end(ccpi_log_line *line)
{
    if (!line->log)
        return;
    if (line->is_cut) {
        memcpy(line->text + line->len, CUT_MARK, sizeof(CUT_MARK) - 1);
        line->len += sizeof(CUT_MARK) - 1;
    }
    line->text[line->len++] = '}';
    line->log->sink->write(line->log->sink->self, line->level, line->text, line->len);
    line->log = NULL;
}
