#include "base/encode.h"
#include "base/fail.h"
#include "ccproxy/store.h"

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
