#ifndef CCPI_BASE_SPARES_H
#define CCPI_BASE_SPARES_H

#include <pthread.h>

#include "base/buf.h"

/*
 * A few large blocks of memory that are kept for the next buffer. The system
 * gives and takes back a megabyte page by page, which costs a large request
 * more than the copying of its bytes does. What nobody has asked for in a while
 * goes back. Any thread.
 */
#define CCPI_SPARES_MOST 4
/* Of a block that is kept; smaller ones malloc() keeps itself. */
#define CCPI_SPARES_LEAST_BYTES ((size_t)256 * 1024)
#define CCPI_SPARES_MOST_BYTES ((size_t)4 * 1024 * 1024)

typedef struct ccpi_spares {
    pthread_mutex_t lock;
    struct {
        char *data;
        size_t size;
    } blocks[CCPI_SPARES_MOST]; /* the last one given back is the last */
    size_t count;
    size_t least; /* of count since the last look: so many nobody needed */
} ccpi_spares;

void ccpi_spares_init(ccpi_spares *spares);
void ccpi_spares_clear(ccpi_spares *spares);

/*
 * Gives an empty buffer memory for so many bytes, within its limit. Where no
 * kept block fits the buffer's own way of making room is used: CCP_NO_MEMORY or
 * CCP_LIMIT, as of ccpi_buf_room().
 */
ccp_status ccpi_spares_make_room(ccpi_spares *spares, ccpi_buf *buf, size_t len);

/* Clears the buffer; keeps its memory if it is worth it. */
void ccpi_spares_take(ccpi_spares *spares, ccpi_buf *buf);

/* Frees the blocks that were not in use at any moment since the last call. */
void ccpi_spares_age(ccpi_spares *spares);

#endif
