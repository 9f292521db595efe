#include <ctype.h>
#include <string.h>

#include "base/encode.h"
#include "base/fail.h"
#include "store/store.h"

#define UUID_BYTES 16

/* Copies 32 hex digits, with the dashes of a UUID between them. */
static void write_uuid(const char *digits, char *out)
{
    for (int i = 0; i < 2 * UUID_BYTES; i++) {
        if (i == 8 || i == 12 || i == 16 || i == 20)
            *out++ = '-';
        *out++ = digits[i];
    }
    *out = '\0';
}

ccp_status ccp_id_new(const ccp_random *random, ccp_id *out, ccp_error *error)
{
    unsigned char bytes[UUID_BYTES];
    char digits[2 * UUID_BYTES + 1];
    ccp_status status = random->fill(random->self, bytes, sizeof(bytes));

    if (status != CCP_OK)
        return ccpi_fail(error, status, "no random bytes for a new id");
    bytes[6] = (unsigned char)((bytes[6] & 0x0f) | 0x40); /* version 4 */
    bytes[8] = (unsigned char)((bytes[8] & 0x3f) | 0x80); /* the RFC's variant */
    ccpi_hex_encode(bytes, sizeof(bytes), digits);
    write_uuid(digits, out->text);
    return CCP_OK;
}

bool ccpi_id_parse(const char *text, ccp_id *out)
{
    const size_t len = sizeof(out->text) - 1;

    if (strlen(text) != len)
        return false;
    for (size_t i = 0; i < len; i++) {
        const bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;

        if (is_dash ? text[i] != '-' : !isxdigit((unsigned char)text[i]))
            return false;
        out->text[i] = (char)tolower((unsigned char)text[i]);
    }
    out->text[len] = '\0';
    return true;
}
