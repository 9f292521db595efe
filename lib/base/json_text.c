/* Strings and numbers of JSON, decoded and written: the second half of json.h. */
#include "base/encode.h"
#include "base/json.h"
#include "base/utf8.h"

#define REPLACEMENT "\xEF\xBF\xBD" /* U+FFFD */

/* What one escape stands for. */
typedef struct unescaped {
    size_t taken; /* bytes of the escape, 0: it is broken */
    size_t len;   /* of its UTF-8 */
    unsigned char bytes[4];
} unescaped;

/* Reads \uXXXX. */
static bool read_unit(const char *at, const char *end, uint32_t *unit)
{
    unsigned char bytes[2];

    if (end - at < 6 || at[0] != '\\' || at[1] != 'u' ||
        !ccpi_hex_decode((ccpi_span){at + 2, 4}, bytes))
        return false;
    *unit = (uint32_t)bytes[0] << 8 | bytes[1];
    return true;
}

/* Joins a high and a low surrogate; any other one stays what it is. */
static unescaped unescape_unicode(const char *at, const char *end)
{
    unescaped result = {.taken = 6};
    uint32_t unit, low;

    if (!read_unit(at, end, &unit))
        return (unescaped){0};
    if (unit >= 0xD800 && unit <= 0xDBFF && read_unit(at + 6, end, &low) &&
        low >= 0xDC00 && low <= 0xDFFF) {
        unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
        result.taken = 12;
    }
    result.len = ccpi_utf8_write(unit, result.bytes);
    return result;
}

static unescaped unescape(const char *at, const char *end)
{
    static const char letters[] = "\"\\/bfnrt";
    static const char meanings[] = "\"\\/\b\f\n\r\t";
    const char *letter;

    if (end - at < 2)
        return (unescaped){0};
    if (at[1] == 'u')
        return unescape_unicode(at, end);
    letter = memchr(letters, at[1], sizeof(letters) - 1);
    if (!letter)
        return (unescaped){0};
    return (unescaped){2, 1, {(unsigned char)meanings[letter - letters]}};
}

/* The first backslash, or the end. */
static const char *next_escape(const char *at, const char *end)
{
    const char *found = at < end ? memchr(at, '\\', (size_t)(end - at)) : NULL;

    return found ? found : end;
}

ccp_status ccpi_json_decode(ccpi_span escaped, ccpi_buf *out)
{
    const char *at = escaped.data;
    const char *end = escaped.len > 0 ? at + escaped.len : at;

    while (at < end && out->status == CCP_OK) {
        const char *escape = next_escape(at, end);
        unescaped next;

        ccpi_buf_append(out, at, (size_t)(escape - at));
        if (escape == end)
            break;
        next = unescape(escape, end);
        if (next.taken == 0)
            return CCP_INVALID;
        ccpi_buf_append(out, next.bytes, next.len);
        at = escape + next.taken;
    }
    return out->status;
}

/* Removes what both begin with; false: they differ. */
static bool match(ccpi_span *text, const void *bytes, size_t len)
{
    if (text->len < len || (len > 0 && memcmp(text->data, bytes, len) != 0))
        return false;
    text->data += len;
    text->len -= len;
    return true;
}

bool ccpi_json_key_is(ccpi_span escaped, const char *text)
{
    const char *at = escaped.data;
    const char *end = escaped.len > 0 ? at + escaped.len : at;
    ccpi_span rest;

    /* Most names differ early, and hardly any has an escape. */
    while (at < end && *at != '\\' && *text != '\0' && *at == *text)
        at++, text++;
    if (at == end || *at != '\\')
        return at == end && *text == '\0';

    rest = ccpi_span_of(text);
    while (at < end) {
        const char *escape = next_escape(at, end);
        unescaped next;

        if (!match(&rest, at, (size_t)(escape - at)))
            return false;
        if (escape == end)
            break;
        next = unescape(escape, end);
        if (next.taken == 0 || !match(&rest, next.bytes, next.len))
            return false;
        at = escape + next.taken;
    }
    return rest.len == 0;
}

ccpi_span ccpi_json_inner(ccpi_span string)
{
    if (string.len < 2)
        return (ccpi_span){NULL, 0};
    return (ccpi_span){string.data + 1, string.len - 2};
}

bool ccpi_json_is_text(const ccpi_json_node *node, const char *text)
{
    return node && node->type == CCPI_JSON_STRING &&
           ccpi_json_key_is(ccpi_json_inner(node->text), text);
}

/* Counts below zero, where one more number has its place: INT64_MIN. */
bool ccpi_json_integer(ccpi_span text, int64_t *out)
{
    bool is_negative = text.len > 0 && text.data[0] == '-';
    size_t i = is_negative ? 1 : 0;
    int64_t value = 0;

    if (i == text.len || (text.data[i] == '0' && text.len > i + 1))
        return false;
    for (; i < text.len; i++) {
        int digit = text.data[i] - '0';

        if (digit < 0 || digit > 9 || value < (INT64_MIN + digit) / 10)
            return false;
        value = value * 10 - digit;
    }
    if (!is_negative && value == INT64_MIN)
        return false;
    *out = is_negative ? value : -value;
    return true;
}

static void quote_ascii(unsigned char c, ccpi_buf *out)
{
    static const char meanings[] = "\"\\\b\f\n\r\t";
    static const char letters[] = "\"\\bfnrt";
    const char *meaning = memchr(meanings, c, sizeof(meanings) - 1);

    if (meaning)
        ccpi_buf_append(out, (char[]){'\\', letters[meaning - meanings]}, 2);
    else
        ccpi_buf_append_format(out, "\\u%04x", c);
}

/* A surrogate as ccpi_json_decode() writes it. */
static bool is_surrogate(const unsigned char *at, const unsigned char *end)
{
    return end - at >= 3 && at[0] == 0xED && at[1] >= 0xA0 && at[1] <= 0xBF &&
           at[2] >= 0x80 && at[2] <= 0xBF;
}

/* Writes what can't stand as it is, and returns how many bytes that were. */
static size_t quote_special(const unsigned char *at, const unsigned char *end,
                            ccpi_buf *out)
{
    if (*at < 0x80) {
        quote_ascii(*at, out);
        return 1;
    }
    if (is_surrogate(at, end)) {
        ccpi_buf_append_format(out, "\\ud%x%02x", 0x8 | ((at[1] >> 2) & 7),
                               ((at[1] & 3) << 6) | (at[2] & 0x3F));
        return 3;
    }
    ccpi_buf_append_text(out, REPLACEMENT);
    return 1;
}

/* The length of what may stand as it is: one character, or 0. */
static size_t unquoted_length(const unsigned char *at, const unsigned char *end)
{
    if (*at < 0x20 || *at == '"' || *at == '\\')
        return 0;
    return ccpi_utf8_sequence(at, end);
}

ccp_status ccpi_json_quote(ccpi_span text, ccpi_buf *out)
{
    const unsigned char *at = (const unsigned char *)text.data;
    const unsigned char *end = text.len > 0 ? at + text.len : at;
    const unsigned char *run = at;

    ccpi_buf_append_char(out, '"');
    while (at < end && out->status == CCP_OK) {
        size_t len = unquoted_length(at, end);

        if (len > 0) {
            at += len;
            continue;
        }
        ccpi_buf_append(out, run, (size_t)(at - run));
        at += quote_special(at, end, out);
        run = at;
    }
    ccpi_buf_append(out, run, (size_t)(at - run));
    return ccpi_buf_append_char(out, '"');
}
