#include "bedrock/converse/text.h"

#include <stdint.h>
#include <stdlib.h>

/* What Java's and Python's notion of white space have together, above ASCII. */
static bool is_wide_space(uint32_t c)
{
    return c == 0x85 || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) ||
           c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

static bool is_space(uint32_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r') || (c >= 0x1C && c <= 0x1F) ||
           is_wide_space(c);
}

static uint32_t escape_value(const char *at, size_t *len)
{
    char digits[5] = {0};

    *len = 2;
    switch (at[1]) {
    case 'n':
    case 'r':
    case 't':
    case 'f': return ' ';
    case 'u':
        *len = 6;
        memcpy(digits, at + 2, 4);
        return (uint32_t)strtoul(digits, NULL, 16);
    default: return (unsigned char)at[1];
    }
}

/* All white space above ASCII has two or three bytes; four are never any. */
static uint32_t utf8_value(const unsigned char *at, size_t *len)
{
    if (at[0] < 0x80) {
        *len = 1;
        return at[0];
    }
    if (at[0] < 0xE0) {
        *len = 2;
        return (uint32_t)(at[0] & 0x1F) << 6 | (at[1] & 0x3F);
    }
    if (at[0] < 0xF0) {
        *len = 3;
        return (uint32_t)(at[0] & 0x0F) << 12 | (uint32_t)(at[1] & 0x3F) << 6 |
               (at[2] & 0x3F);
    }
    *len = 4;
    return 'x';
}

/* The character at this place; the text is known to be a well-formed string. */
static bool is_space_at(const char *at, size_t *len)
{
    return is_space(*at == '\\' ? escape_value(at, len)
                                : utf8_value((const unsigned char *)at, len));
}

bool ccpi_text_is_blank(ccpi_span escaped)
{
    for (size_t i = 0, len; i < escaped.len; i += len)
        if (!is_space_at(escaped.data + i, &len))
            return false;
    return true;
}

ccpi_span ccpi_text_trim_end(ccpi_span escaped)
{
    size_t kept = 0;

    for (size_t i = 0, len; i < escaped.len; i += len)
        if (!is_space_at(escaped.data + i, &len))
            kept = i + len;
    return (ccpi_span){escaped.data, kept};
}
