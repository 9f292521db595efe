#ifndef CCPI_CONFIG_SHOWN_H
#define CCPI_CONFIG_SHOWN_H

#include "base/span.h"

/* Foreign text as a message may hold it: cut, masked, visible ASCII alone. */
#define CCPI_SHOWN_LEN 64

typedef struct ccpi_shown {
    char text[CCPI_SHOWN_LEN + sizeof("...")];
} ccpi_shown;

ccpi_shown ccpi_show(ccpi_span text);

#endif
