#include "base/utf8.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdbool.h>

static size_t length_of(const unsigned char *bytes, size_t len)
{
    return ccpi_utf8_sequence(bytes, bytes + len);
}

Test(utf8, every_character_is_well_formed_as_it_is_written)
{
    for (uint32_t code_point = 0; code_point <= 0x10FFFF; code_point++) {
        bool is_surrogate = code_point >= 0xD800 && code_point <= 0xDFFF;
        unsigned char bytes[4];
        size_t len = ccpi_utf8_write(code_point, bytes);

        cr_assert(eq(sz, length_of(bytes, len), is_surrogate ? 0 : len), "U+%04X",
                  code_point);
        cr_assert(zero(sz, len > 1 ? length_of(bytes, len - 1) : 0), "U+%04X cut short",
                  code_point);
    }
}

/*
 * Nothing else is, since there are no more sequences than characters: 1,920 up
 * to U+07FF, 61,440 up to U+FFFF without the surrogates (Unicode, table 3-7).
 */
Test(utf8, there_are_no_more_sequences_than_characters)
{
    size_t twos = 0, threes = 0;

    for (unsigned i = 0; i < 0x10000; i++) {
        unsigned char bytes[3] = {(unsigned char)(i >> 8), (unsigned char)i};

        twos += length_of(bytes, 2) == 2;
        for (unsigned third = 0; third < 256; third++) {
            bytes[2] = (unsigned char)third;
            threes += length_of(bytes, 3) == 3;
        }
    }
    cr_expect(eq(sz, twos, 1920));
    cr_expect(eq(sz, threes, 61440));
}

/* 1,048,576 characters are beyond U+FFFF: 64 * 64 for each pair of first bytes. */
Test(utf8, there_are_no_more_sequences_of_four_than_characters)
{
    static const unsigned char later[] = {0x7F, 0x80, 0xBF, 0xC0};
    size_t fours = 0;

    for (unsigned i = 0; i < 0x10000 * 16; i++) {
        const unsigned char bytes[] = {(unsigned char)(i >> 12), (unsigned char)(i >> 4),
                                       later[(i >> 2) & 3], later[i & 3]};

        fours += length_of(bytes, 4) == 4;
    }
    cr_expect(eq(sz, fours, (1048576 / 64 / 64) * 2 * 2));
}

Test(utf8, a_run_ends_at_ascii_and_at_the_first_malformed_byte)
{
    static const unsigned char text[] = "\xC3\xA9\xE6\xBC\xA2z\xC3\xA9\xFF";

    cr_expect(eq(sz, ccpi_utf8_multibyte_run(text, text + 9), 5));
    cr_expect(eq(sz, ccpi_utf8_multibyte_run(text, text + 4), 2));
    cr_expect(zero(sz, ccpi_utf8_multibyte_run(text + 5, text + 9)));
    cr_expect(eq(sz, ccpi_utf8_multibyte_run(text + 6, text + 9), 2));
    cr_expect(zero(sz, ccpi_utf8_multibyte_run(text + 8, text + 9)));
}
