#include "routing/request_id.h"

#include <string.h>

#include "base/encode.h"

#define MARK "req_"
#define RANDOM_LEN 12

_Static_assert(sizeof(MARK) - 1 + 2 * RANDOM_LEN == CCPI_REQUEST_ID_LEN,
               "a request's id is its mark and its random bytes in hex");

ccp_status ccpi_request_id_make(const ccp_random *random,
                                char out[CCPI_REQUEST_ID_LEN + 1])
{
    unsigned char bytes[RANDOM_LEN];
    const ccp_status status = random->fill(random->self, bytes, sizeof(bytes));

    if (status != CCP_OK)
        return status;
    memcpy(out, MARK, sizeof(MARK));
    ccpi_hex_encode(bytes, sizeof(bytes), out + sizeof(MARK) - 1);
    return CCP_OK;
}
