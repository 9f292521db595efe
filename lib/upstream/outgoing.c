#include "upstream/outgoing.h"

#include <stdlib.h>

void ccpi_outgoing_clear(ccpi_outgoing *outgoing)
{
    ccpi_headers_wipe(&outgoing->headers);
    free(outgoing->url);
    ccpi_buf_wipe(&outgoing->owned);
    *outgoing = (ccpi_outgoing){.owned.limit = outgoing->owned.limit};
}
