#ifndef CCPI_BEDROCK_CONVERSE_GROW_H
#define CCPI_BEDROCK_CONVERSE_GROW_H

#include <stddef.h>

/*
 * Makes room for one more item behind count others. Returns the items, which
 * may have moved, or NULL: no memory, and the old ones stay where they are.
 */
void *ccpi_grow(void *items, size_t *capacity, size_t count, size_t item_size);

#endif
