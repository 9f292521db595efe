#include "upstream/outgoing.h"

#include <openssl/crypto.h>
#include <stdlib.h>

static void wipe_values(ccpi_headers *headers)
{
    for (size_t i = 0; i < headers->count; i++) {
        /* The list owns its copies, const only for its readers. */
        char *value = (char *)headers->fields[i].value;

        OPENSSL_cleanse(value, strlen(value));
    }
}

void ccpi_outgoing_clear(ccpi_outgoing *outgoing)
{
    wipe_values(&outgoing->headers);
    ccpi_headers_clear(&outgoing->headers);
    free(outgoing->url);
    ccpi_buf_wipe(&outgoing->owned);
    *outgoing = (ccpi_outgoing){.owned.limit = outgoing->owned.limit};
}
