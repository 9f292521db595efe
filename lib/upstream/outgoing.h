#ifndef CCPI_UPSTREAM_OUTGOING_H
#define CCPI_UPSTREAM_OUTGOING_H

#include "base/buf.h"
#include "base/headers.h"

/*
 * A request to an upstream, ready to be sent. The body is a list of pieces, so
 * that the client's own bytes can go out between a few of ours without being
 * copied; it is sent with their summed length as content-length.
 */
#define CCPI_OUTGOING_MAX_PIECES 64
#define CCPI_OUTGOING_MAX_OWNED ((size_t)64 * 1024 * 1024)

/* Whom to believe over TLS. The text must outlive all transfers. */
typedef struct ccpi_trust {
    const char *ca_file; /* NULL: the system's */
    bool skips_verification;
} ccpi_trust;

typedef struct ccpi_outgoing {
    const char *method; /* a literal: "POST", "GET" */
    char *url;          /* owned */
    ccpi_headers headers;
    const ccpi_trust *trust;                    /* borrowed; NULL: the engine's */
    ccpi_span pieces[CCPI_OUTGOING_MAX_PIECES]; /* of the client's bytes or of owned */
    size_t piece_count;
    ccpi_buf owned; /* set its limit before use; finish it before taking spans of it */
} ccpi_outgoing;

static inline size_t ccpi_outgoing_length(const ccpi_outgoing *outgoing)
{
    size_t len = 0;

    for (size_t i = 0; i < outgoing->piece_count; i++)
        len += outgoing->pieces[i].len;
    return len;
}

/* Frees and empties; wipes the headers' values, since they hold credentials. */
void ccpi_outgoing_clear(ccpi_outgoing *outgoing);

#endif
