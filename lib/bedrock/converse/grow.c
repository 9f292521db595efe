#include "bedrock/converse/grow.h"

#include <stdlib.h>

#define FIRST_ITEMS 16

void *ccpi_grow(void *items, size_t *capacity, size_t count, size_t item_size)
{
    const size_t wanted = *capacity > 0 ? *capacity * 2 : FIRST_ITEMS;
    void *grown;

    if (count < *capacity)
        return items;
    grown = realloc(items, wanted * item_size);
    if (grown)
        *capacity = wanted;
    return grown;
}
