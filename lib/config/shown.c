#include "config/shown.h"

#include <stdio.h>

#include "ccproxy/mask.h"

ccpi_shown ccpi_show(ccpi_span text)
{
    ccpi_shown result = {{0}};
    size_t len = text.len < CCPI_SHOWN_LEN ? text.len : CCPI_SHOWN_LEN;

    for (size_t i = 0; i < len; i++)
        result.text[i] =
            (char)(text.data[i] < ' ' || text.data[i] > '~' ? '?' : text.data[i]);
    len = ccp_mask(result.text, len);
    snprintf(result.text + len, sizeof("..."), "%s",
             text.len > CCPI_SHOWN_LEN ? "..." : "");
    return result;
}
