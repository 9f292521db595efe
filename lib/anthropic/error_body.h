#ifndef CCPI_ANTHROPIC_ERROR_BODY_H
#define CCPI_ANTHROPIC_ERROR_BODY_H

#include "base/buf.h"

/*
 * Errors in the Anthropic API's form (PX-5), and the one table of which type
 * goes with which status. https://docs.claude.com/en/api/errors
 */
typedef enum ccpi_error_type {
    CCPI_ERROR_NONE = 0,
    CCPI_ERROR_INVALID_REQUEST, /* 400 */
    CCPI_ERROR_AUTHENTICATION,  /* 401 */
    CCPI_ERROR_BILLING,         /* 402 */
    CCPI_ERROR_PERMISSION,      /* 403 */
    CCPI_ERROR_NOT_FOUND,       /* 404 */
    CCPI_ERROR_TOO_LARGE,       /* 413 */
    CCPI_ERROR_RATE_LIMIT,      /* 429 */
    CCPI_ERROR_API,             /* 500, 502, 503 */
    CCPI_ERROR_TIMEOUT,         /* 504 */
    CCPI_ERROR_OVERLOADED       /* 529, 503 */
} ccpi_error_type;

/* "rate_limit_error"; "" for NONE. */
const char *ccpi_error_type_name(ccpi_error_type type);
/* NONE for a name that is not in the table. */
ccpi_error_type ccpi_error_type_of(ccpi_span name);
/* What the Anthropic API would call this status; API for unknown 5xx, else
 * INVALID_REQUEST. */
ccpi_error_type ccpi_error_type_for_status(int status);

/* Appends {"type":"error","error":{"type":T,"message":M},"request_id":ID}. */
ccp_status ccpi_error_body_write(ccpi_error_type type, ccpi_span message,
                                 const char *request_id, ccpi_buf *out);

/* Appends the same as one SSE event: "event: error\ndata: ...\n\n". */
ccp_status ccpi_error_event_write(ccpi_error_type type, ccpi_span message,
                                  const char *request_id, ccpi_buf *out);

/*
 * Reads type and message of somebody else's error body into buffers (decoded);
 * both stay empty when it has another form. CCP_NO_MEMORY or CCP_LIMIT only.
 */
ccp_status ccpi_error_body_read(ccpi_span body, ccpi_buf *type, ccpi_buf *message);

#endif
