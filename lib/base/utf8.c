#include "base/utf8.h"

#include <stdbool.h>

static bool is_continuation(unsigned char byte)
{
    return (byte & 0xC0) == 0x80;
}

/* Which second byte may follow: a bound that depends on the first. */
static bool is_second(unsigned char first, unsigned char second)
{
    switch (first) {
    case 0xE0: return second >= 0xA0; /* below: overlong */
    case 0xED: return second <= 0x9F; /* above: surrogates */
    case 0xF0: return second >= 0x90; /* below: overlong */
    case 0xF4: return second <= 0x8F; /* above: beyond U+10FFFF */
    default: return true;
    }
}

static bool has_continuations(const unsigned char *at, size_t len)
{
    return is_continuation(at[1]) && (len < 3 || is_continuation(at[2])) &&
           (len < 4 || is_continuation(at[3])) && is_second(at[0], at[1]);
}

/* What its first byte says. */
static size_t announced_length(unsigned char first)
{
    if (first < 0xE0)
        return first >= 0xC2 ? 2 : 0; /* C0 and C1: overlong */
    if (first < 0xF0)
        return 3;
    return first <= 0xF4 ? 4 : 0;
}

static inline size_t multibyte_sequence(const unsigned char *at, const unsigned char *end)
{
    size_t len = announced_length(*at);

    return len > 0 && (size_t)(end - at) >= len && has_continuations(at, len) ? len : 0;
}

size_t ccpi_utf8_sequence(const unsigned char *at, const unsigned char *end)
{
    if (at == end)
        return 0;
    return *at < 0x80 ? 1 : multibyte_sequence(at, end);
}

size_t ccpi_utf8_multibyte_run(const unsigned char *at, const unsigned char *end)
{
    const unsigned char *start = at;
    size_t len = 1;

    while (len > 0 && at < end && *at >= 0x80) {
        len = multibyte_sequence(at, end);
        at += len;
    }
    return (size_t)(at - start);
}

size_t ccpi_utf8_write(uint32_t code_point, unsigned char out[4])
{
    static const unsigned char marks[] = {0, 0, 0xC0, 0xE0, 0xF0};
    size_t len = code_point < 0x80 ? 1 : code_point < 0x800 ? 2 : 3;

    if (code_point > 0xFFFF)
        len = 4;
    for (size_t i = len - 1; i > 0; i--) {
        out[i] = (unsigned char)(0x80 | (code_point & 0x3F));
        code_point >>= 6;
    }
    out[0] = (unsigned char)(marks[len] | code_point);
    return len;
}
