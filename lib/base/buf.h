#ifndef CCPI_BASE_BUF_H
#define CCPI_BASE_BUF_H

#include <stdint.h>

#include "base/span.h"
#include "ccproxy/error.h"

/*
 * Bytes that grow, up to a limit. A buffer remembers its first failure and
 * takes nothing after it, so that a caller builds freely and looks at status
 * once. Made by zeroed memory and a limit: ccpi_buf body = {.limit = MAX_BODY};
 * a limit of 0 refuses every byte.
 */
typedef struct ccpi_buf {
    char *data; /* always followed by a NUL that len does not count; NULL when empty */
    size_t len;
    size_t capacity;
    size_t limit;
    ccp_status status; /* CCP_OK, CCP_LIMIT or CCP_NO_MEMORY */
} ccpi_buf;

/* Frees the bytes; the buffer is empty and usable again, with the same limit. */
void ccpi_buf_clear(ccpi_buf *buf);

/* Overwrites the bytes, then clears. For what was secret. */
void ccpi_buf_wipe(ccpi_buf *buf);

/* Forgets the bytes and the failure but keeps the memory. */
void ccpi_buf_reset(ccpi_buf *buf);

ccp_status ccpi_buf_append(ccpi_buf *buf, const void *data, size_t len);
ccp_status ccpi_buf_append_span(ccpi_buf *buf, ccpi_span span);
ccp_status ccpi_buf_append_text(ccpi_buf *buf, const char *text);
ccp_status ccpi_buf_append_char(ccpi_buf *buf, char c);
ccp_status ccpi_buf_append_number(ccpi_buf *buf, int64_t number);
ccp_status ccpi_buf_append_format(ccpi_buf *buf, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * Makes room for len more bytes and returns where they go, or NULL with the
 * failure remembered. Say with ccpi_buf_grow() how many were written.
 */
char *ccpi_buf_room(ccpi_buf *buf, size_t len);
void ccpi_buf_grow(ccpi_buf *buf, size_t len);

/* Removes bytes from the front. */
void ccpi_buf_consume(ccpi_buf *buf, size_t len);

/* Removes bytes from the end, so that at most len are left. */
void ccpi_buf_cut(ccpi_buf *buf, size_t len);

static inline ccpi_span ccpi_buf_span(const ccpi_buf *buf)
{
    return (ccpi_span){buf->data, buf->len};
}

#endif
