#include "usage/spool_line.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <zlib.h>

#include "store/record.h"

static ccpi_span span_of_line(const char *line, size_t len)
{
    cr_assert(eq(chr, line[len - 1], '\n'));
    return (ccpi_span){line, len - 1};
}

/* Every field different from its neighbours, texts filled with one byte to the brim. */
static ccp_usage_record filled_with(char byte)
{
    ccp_usage_record record = {0};

    for (size_t i = 0; i < CCPI_RECORD_FIELD_COUNT; i++) {
        const ccpi_record_field *field = &ccpi_record_fields[i];

        if (ccpi_record_is_text(field))
            memset(ccpi_record_room(&record, field), byte, field->size - 1);
        else
            ccpi_record_set_number(&record, field, (int64_t)i + 1);
    }
    return record;
}

static void expect_same(const ccp_usage_record *a, const ccp_usage_record *b)
{
    for (size_t i = 0; i < CCPI_RECORD_FIELD_COUNT; i++) {
        const ccpi_record_field *field = &ccpi_record_fields[i];

        if (ccpi_record_is_text(field))
            cr_expect(eq(str, (char *)ccpi_record_text(a, field),
                         (char *)ccpi_record_text(b, field)),
                      "%s", field->column);
        else
            cr_expect(eq(i64, ccpi_record_number(a, field), ccpi_record_number(b, field)),
                      "%s", field->column);
    }
}

/* The CRC is what Python's binascii.crc32() says of the text behind it. */
Test(spool_line, a_line_is_its_fields_between_tabs_behind_their_crc)
{
    ccp_usage_record record = {.request_id = "req_1",
                               .created_at_us = 1772366400000000,
                               .model = "a\tb\\c\n",
                               .ttft_ms = -1};
    char *expected =
        "1 46fbff25 "
        "req_1\t1772366400000000\t\t\t\ta\\x09b\\x5cc\\x0a\t\t0\t0\t0\t0\t0\t0\t\t0\t0\t"
        "0\t\t0\t0\t-1\t0\t\t\t\t0\t0\t0\t0\t0\t0\t\t\t\t0\t0\t0\t0\t0\n";
    char line[CCPI_SPOOL_LINE_MAX + 1];

    line[ccpi_spool_line_write(&record, line)] = '\0';
    cr_expect(eq(str, line, expected));
}

Test(spool_line, what_is_written_reads_back)
{
    static const char bytes[] = {'a', '\\', '\t', '\n', '\x7F', '\x01', '\xFF'};

    for (size_t i = 0; i < sizeof(bytes); i++) {
        const ccp_usage_record record = filled_with(bytes[i]);
        ccp_usage_record found;
        char line[CCPI_SPOOL_LINE_MAX];
        const size_t len = ccpi_spool_line_write(&record, line);

        cr_assert(le(sz, len, CCPI_SPOOL_LINE_MAX));
        cr_assert(zero(ptr, memchr(line, '\n', len - 1)));
        cr_assert(ccpi_spool_line_read(span_of_line(line, len), &found));
        expect_same(&found, &record);
    }
}

Test(spool_line, numbers_may_be_as_large_and_small_as_there_are)
{
    ccp_usage_record record = {.request_id = "req_1",
                               .tokens = {.input = INT64_MAX, .output = INT64_MIN}};
    ccp_usage_record found;
    char line[CCPI_SPOOL_LINE_MAX];
    const size_t len = ccpi_spool_line_write(&record, line);

    cr_assert(ccpi_spool_line_read(span_of_line(line, len), &found));
    cr_expect(eq(i64, found.tokens.input, INT64_MAX));
    cr_expect(eq(i64, found.tokens.output, INT64_MIN));
}

Test(spool_line, no_changed_bit_goes_unnoticed)
{
    const ccp_usage_record record = {.request_id = "req_1", .model = "claude"};
    ccp_usage_record found;
    char line[CCPI_SPOOL_LINE_MAX];
    const size_t len = ccpi_spool_line_write(&record, line);

    for (size_t bit = 0; bit < (len - 1) * 8; bit++) {
        line[bit / 8] ^= (char)(1 << bit % 8);
        cr_assert(not(ccpi_spool_line_read(span_of_line(line, len), &found)), "bit %zu",
                  bit);
        line[bit / 8] ^= (char)(1 << bit % 8);
    }
    cr_expect(ccpi_spool_line_read(span_of_line(line, len), &found));
}

Test(spool_line, no_cut_line_is_read)
{
    const ccp_usage_record record = {.request_id = "req_1", .model = "claude"};
    ccp_usage_record found;
    char line[CCPI_SPOOL_LINE_MAX];
    const size_t len = ccpi_spool_line_write(&record, line);

    for (size_t cut = 0; cut < len - 1; cut++)
        cr_assert(not(ccpi_spool_line_read((ccpi_span){line, cut}, &found)), "%zu", cut);
}

static bool read_fields(const char *fields, ccp_usage_record *out)
{
    char line[CCPI_SPOOL_LINE_MAX];
    const unsigned long crc =
        crc32(0, (const unsigned char *)fields, (unsigned)strlen(fields));
    const int len = snprintf(line, sizeof(line), "1 %08lx %s", crc, fields);

    return ccpi_spool_line_read((ccpi_span){line, (size_t)len}, out);
}

Test(spool_line, fields_may_be_fewer_or_more_than_this_program_knows)
{
    ccp_usage_record found;
    char many[256] = "req_1\t7";

    cr_assert(read_fields("req_1\t7", &found));
    cr_expect(eq(i64, found.created_at_us, 7));
    cr_expect(eq(str, found.model, ""));

    for (int i = 0; i < 60; i++)
        strcat(many, "\t1");
    cr_assert(read_fields(many, &found));
    cr_expect(eq(i64, found.price_cache_read_micro, 1));
}

Test(spool_line, what_has_a_good_checksum_and_no_meaning_is_refused)
{
    static const char *const fields[] = {
        "",         /* no request id */
        "\t7",      /* an empty one */
        "req_1\tx", /* no number */
        "req_1\t-", /* nor this */
        "req_1\t",  /* nor nothing */
        "req_1\t9223372036854775808",
        "req_1\t99999999999999999999",
        "req\\x4", /* half an escape */
        "req\\y41\t7",
        "req\\xG1\t7",
    };

    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        ccp_usage_record found;

        cr_expect(not(read_fields(fields[i], &found)), "\"%s\" was taken", fields[i]);
    }
}

/* US-6 */
Test(spool_line, a_text_that_is_too_long_is_cut)
{
    ccp_usage_record found;
    char fields[256];

    snprintf(fields, sizeof(fields), "%0200d\t7", 0);
    cr_assert(read_fields(fields, &found));
    cr_expect(eq(sz, strlen(found.request_id), 64));
    cr_expect(eq(i64, found.created_at_us, 7));
}
