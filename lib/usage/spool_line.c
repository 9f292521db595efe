#include "usage/spool_line.h"

#include <zlib.h>

#include "base/encode.h"
#include "store/record.h"

#define VERSION '1'

/* Version, blank, eight digits, blank. */
#define HEAD_LEN 11
#define CRC_DIGITS 8

/* So many fit into a uint64_t whatever they are. */
#define MAX_DIGITS 19

/* \xHH */
#define ESCAPE_LEN 4

_Static_assert(sizeof(ccp_usage_record) * ESCAPE_LEN + HEAD_LEN + 1 <=
                   CCPI_SPOOL_LINE_MAX,
               "a record with every byte escaped fits into a line");
_Static_assert(CCPI_DECIMAL_SIZE <= sizeof(int64_t) * ESCAPE_LEN,
               "a number is no longer than its bytes, escaped");

static const char digits[] = "0123456789abcdef";

static char *write_text(const char *text, char *to)
{
    for (; *text; text++) {
        const unsigned char byte = (unsigned char)*text;

        if (byte >= 0x20 && byte != 0x7F && byte != '\\') {
            *to++ = *text;
            continue;
        }
        *to++ = '\\';
        *to++ = 'x';
        *to++ = digits[byte >> 4];
        *to++ = digits[byte & 15];
    }
    return to;
}

static char *write_fields(const ccp_usage_record *record, char *to)
{
    for (size_t i = 0; i < CCPI_RECORD_FIELD_COUNT; i++) {
        const ccpi_record_field *field = &ccpi_record_fields[i];

        if (i > 0)
            *to++ = '\t';
        if (ccpi_record_is_text(field))
            to = write_text(ccpi_record_text(record, field), to);
        else
            to += ccpi_decimal_encode(ccpi_record_number(record, field), to);
    }
    return to;
}

static uint32_t checksum(const char *bytes, size_t len)
{
    return (uint32_t)crc32(0, (const unsigned char *)bytes, (unsigned)len);
}

static void write_crc(uint32_t crc, char *to)
{
    for (int i = CRC_DIGITS - 1; i >= 0; i--, crc >>= 4)
        to[i] = digits[crc & 15];
}

size_t ccpi_spool_line_write(const ccp_usage_record *record,
                             char line[CCPI_SPOOL_LINE_MAX])
{
    char *fields = line + HEAD_LEN;
    char *end = write_fields(record, fields);

    line[0] = VERSION;
    line[1] = ' ';
    write_crc(checksum(fields, (size_t)(end - fields)), line + 2);
    line[HEAD_LEN - 1] = ' ';
    *end++ = '\n';
    return (size_t)(end - line);
}

static bool has_good_head(ccpi_span line)
{
    char crc[CRC_DIGITS];

    if (line.len < HEAD_LEN || line.data[0] != VERSION || line.data[1] != ' ' ||
        line.data[HEAD_LEN - 1] != ' ')
        return false;
    write_crc(checksum(line.data + HEAD_LEN, line.len - HEAD_LEN), crc);
    return memcmp(line.data + 2, crc, CRC_DIGITS) == 0;
}

static int hex_value(char c)
{
    const char *at = c == '\0' ? NULL : strchr(digits, c);

    return at ? (int)(at - digits) : -1;
}

/* Cuts what does not fit, so that no row is lost to a narrower field. */
static bool read_text(ccpi_span field, char *out, size_t size)
{
    size_t len = 0;

    for (size_t i = 0; i < field.len; i++) {
        char c = field.data[i];

        if (c == '\\') {
            const int high = i + 3 < field.len ? hex_value(field.data[i + 2]) : -1;
            const int low = i + 3 < field.len ? hex_value(field.data[i + 3]) : -1;

            if (high < 0 || low < 0 || field.data[i + 1] != 'x')
                return false;
            c = (char)(high << 4 | low);
            i += 3;
        }
        if (len < size - 1)
            out[len++] = c;
    }
    out[len] = '\0';
    return true;
}

static bool read_number(ccpi_span field, int64_t *out)
{
    const bool is_negative = field.len > 0 && field.data[0] == '-';
    const size_t count = field.len - is_negative;
    uint64_t number = 0;

    if (count == 0 || count > MAX_DIGITS)
        return false;
    for (size_t i = is_negative; i < field.len; i++) {
        if (field.data[i] < '0' || field.data[i] > '9')
            return false;
        number = number * 10 + (uint64_t)(field.data[i] - '0');
    }
    if (number > (uint64_t)INT64_MAX + is_negative)
        return false;
    *out = is_negative ? (int64_t)(0 - number) : (int64_t)number;
    return true;
}

static bool read_field(ccpi_span text, const ccpi_record_field *field,
                       ccp_usage_record *out)
{
    int64_t number;

    if (ccpi_record_is_text(field))
        return read_text(text, ccpi_record_room(out, field), field->size);
    if (!read_number(text, &number))
        return false;
    ccpi_record_set_number(out, field, number);
    return true;
}

bool ccpi_spool_line_read(ccpi_span line, ccp_usage_record *out)
{
    const char *at = line.data + HEAD_LEN;
    const char *end = line.data + line.len;

    *out = (ccp_usage_record){0};
    if (!has_good_head(line))
        return false;
    for (size_t i = 0; i < CCPI_RECORD_FIELD_COUNT && at <= end; i++) {
        const char *tab = memchr(at, '\t', (size_t)(end - at));
        const char *stop = tab ? tab : end;

        if (!read_field((ccpi_span){at, (size_t)(stop - at)}, &ccpi_record_fields[i],
                        out))
            return false;
        at = stop + 1;
    }
    return out->request_id[0] != '\0';
}
