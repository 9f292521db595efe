#ifndef CCPI_BASE_UTF8_H
#define CCPI_BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/*
 * UTF-8 as table 3-7 of the Unicode standard has it: overlong forms, surrogates
 * and what lies beyond U+10FFFF are not well-formed.
 */

/* How many bytes the well-formed sequence at `at` has, 0: there is none. */
size_t ccpi_utf8_sequence(const unsigned char *at, const unsigned char *end);

/* How many bytes the well-formed sequences from `at` on have that are not ASCII. */
size_t ccpi_utf8_multibyte_run(const unsigned char *at, const unsigned char *end);

/* Writes 1 to 4 bytes and returns how many. Surrogates come out as WTF-8 does it. */
size_t ccpi_utf8_write(uint32_t code_point, unsigned char out[4]);

#endif
