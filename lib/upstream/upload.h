#ifndef CCPI_UPSTREAM_UPLOAD_H
#define CCPI_UPSTREAM_UPLOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "upstream/outgoing.h"

/*
 * Where the sending of a request's pieces has got to. curl reads from it, and
 * winds it back when a pooled connection proves dead before any byte of the
 * answer (RT-14).
 */
typedef struct ccpi_upload {
    const ccpi_outgoing *outgoing; /* NULL: nobody holds the bytes any more */
    size_t piece;
    size_t offset; /* in the piece */
} ccpi_upload;

/* Copies up to len bytes; 0: all were copied. */
size_t ccpi_upload_read(ccpi_upload *upload, char *into, size_t len);

bool ccpi_upload_is_done(const ccpi_upload *upload);

/* Back to a place counted from the start; false: there is no such place. */
bool ccpi_upload_seek(ccpi_upload *upload, int64_t place);

#endif
