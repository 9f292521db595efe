#include "base/utf8.h"

#include <stdbool.h>

/* What may follow a first byte. Later bytes than the second are always 80 to BF. */
typedef struct sequence {
    unsigned char first_min, first_max;
    unsigned char second_min, second_max;
    unsigned char len;
} sequence;

static const sequence sequences[] = {
    {0xC2, 0xDF, 0x80, 0xBF, 2}, {0xE0, 0xE0, 0xA0, 0xBF, 3}, {0xE1, 0xEC, 0x80, 0xBF, 3},
    {0xED, 0xED, 0x80, 0x9F, 3}, {0xEE, 0xEF, 0x80, 0xBF, 3}, {0xF0, 0xF0, 0x90, 0xBF, 4},
    {0xF1, 0xF3, 0x80, 0xBF, 4}, {0xF4, 0xF4, 0x80, 0x8F, 4},
};

static const sequence *sequence_of(unsigned char first)
{
    const sequence *row = sequences;
    const sequence *end = sequences + sizeof(sequences) / sizeof(sequences[0]);

    while (row < end && first > row->first_max)
        row++;
    return row < end && first >= row->first_min ? row : NULL;
}

static bool is_continuation(unsigned char byte)
{
    return (byte & 0xC0) == 0x80;
}

size_t ccpi_utf8_sequence(const unsigned char *at, const unsigned char *end)
{
    const sequence *row;

    if (at == end)
        return 0;
    if (*at < 0x80)
        return 1;
    row = sequence_of(*at);
    if (!row || (size_t)(end - at) < row->len || at[1] < row->second_min ||
        at[1] > row->second_max)
        return 0;
    for (size_t i = 2; i < row->len; i++)
        if (!is_continuation(at[i]))
            return 0;
    return row->len;
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
