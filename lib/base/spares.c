#include "base/spares.h"

#include <stdlib.h>

/* Sizes are rounded up to this, so that bodies of about one size share a block. */
#define STEP CCPI_SPARES_LEAST_BYTES

void ccpi_spares_init(ccpi_spares *spares)
{
    *spares = (ccpi_spares){.count = 0};
    pthread_mutex_init(&spares->lock, NULL);
}

void ccpi_spares_clear(ccpi_spares *spares)
{
    while (spares->count > 0)
        free(spares->blocks[--spares->count].data);
    pthread_mutex_destroy(&spares->lock);
}

/* With the lock held: takes the block at a place out. */
static void remove_at(ccpi_spares *spares, size_t place)
{
    spares->count--;
    for (size_t i = place; i < spares->count; i++)
        spares->blocks[i] = spares->blocks[i + 1];
    if (spares->count < spares->least)
        spares->least = spares->count;
}

/* The newest that fits, since it is likeliest in the caches. */
static bool find(ccpi_spares *spares, ccpi_buf *buf, size_t size)
{
    bool has_one = false;

    pthread_mutex_lock(&spares->lock);
    for (size_t i = spares->count; i > 0 && !has_one; i--) {
        if (spares->blocks[i - 1].size < size)
            continue;
        buf->data = spares->blocks[i - 1].data;
        buf->capacity = spares->blocks[i - 1].size;
        remove_at(spares, i - 1);
        has_one = true;
    }
    pthread_mutex_unlock(&spares->lock);
    return has_one;
}

ccp_status ccpi_spares_make_room(ccpi_spares *spares, ccpi_buf *buf, size_t len)
{
    const size_t size = (len / STEP + 1) * STEP; /* with room for the NUL */

    if (len + 1 < CCPI_SPARES_LEAST_BYTES || size > CCPI_SPARES_MOST_BYTES ||
        len > buf->limit || buf->data)
        return ccpi_buf_room(buf, len) ? CCP_OK : buf->status;
    if (!find(spares, buf, size)) {
        buf->data = malloc(size);
        buf->capacity = buf->data ? size : 0;
    }
    if (!buf->data)
        return buf->status = CCP_NO_MEMORY;
    buf->data[0] = '\0';
    return CCP_OK;
}

void ccpi_spares_take(ccpi_spares *spares, ccpi_buf *buf)
{
    if (buf->capacity >= CCPI_SPARES_LEAST_BYTES &&
        buf->capacity <= CCPI_SPARES_MOST_BYTES) {
        pthread_mutex_lock(&spares->lock);
        if (spares->count < CCPI_SPARES_MOST) {
            spares->blocks[spares->count].data = buf->data;
            spares->blocks[spares->count++].size = buf->capacity;
            buf->data = NULL;
        }
        pthread_mutex_unlock(&spares->lock);
    }
    ccpi_buf_clear(buf);
}

void ccpi_spares_age(ccpi_spares *spares)
{
    char *unneeded[CCPI_SPARES_MOST];
    size_t count = 0;

    pthread_mutex_lock(&spares->lock);
    while (spares->least > 0) {
        unneeded[count++] = spares->blocks[0].data;
        spares->least--;
        spares->count--;
        for (size_t i = 0; i < spares->count; i++)
            spares->blocks[i] = spares->blocks[i + 1];
    }
    spares->least = spares->count;
    pthread_mutex_unlock(&spares->lock);
    while (count > 0)
        free(unneeded[--count]);
}
