#include "routing/request_id.h"

#include <string.h>

#include "base/encode.h"

#define MARK "req_"
#define TIME_LEN 6
#define RANDOM_LEN 6
#define US_PER_MS 1000

_Static_assert(sizeof(MARK) - 1 + 2 * (TIME_LEN + RANDOM_LEN) == CCPI_REQUEST_ID_LEN,
               "a request's id is its mark, its time and its random bytes in hex");

static void write_time(int64_t unix_us, unsigned char *out)
{
    uint64_t unix_ms = unix_us > 0 ? (uint64_t)unix_us / US_PER_MS : 0;

    for (int i = TIME_LEN - 1; i >= 0; i--, unix_ms >>= 8)
        out[i] = (unsigned char)unix_ms;
}

ccp_status ccpi_request_id_make(const ccp_clock *clock, const ccp_random *random,
                                char out[CCPI_REQUEST_ID_LEN + 1])
{
    unsigned char bytes[TIME_LEN + RANDOM_LEN];
    const ccp_status status = random->fill(random->self, bytes + TIME_LEN, RANDOM_LEN);

    if (status != CCP_OK)
        return status;
    write_time(clock->unix_us(clock->self), bytes);
    memcpy(out, MARK, sizeof(MARK));
    ccpi_hex_encode(bytes, sizeof(bytes), out + sizeof(MARK) - 1);
    return CCP_OK;
}
