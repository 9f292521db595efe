#ifndef CCPI_BASE_URI_H
#define CCPI_BASE_URI_H

#include "base/buf.h"

/* Parts of a URI (RFC 3986), one at a time: segments of a path, parts of a query. */

/*
 * Appends text with all but the unreserved characters (letters, digits and
 * -._~) percent-encoded, in upper-case hex. JavaScript's encodeURIComponent()
 * leaves !'()* too; encoded they mean the same.
 */
ccp_status ccpi_uri_encode(ccpi_span text, ccpi_buf *out);

/*
 * Appends a part of a query decoded, with "+" as a blank, as forms send it.
 * CCP_INVALID: a broken percent-encoding.
 */
ccp_status ccpi_uri_query_decode(ccpi_span text, ccpi_buf *out);

/*
 * Takes the next name=value off a query, both still encoded; value.data is NULL
 * where there is no "=". false: there is none left.
 */
bool ccpi_uri_query_next(ccpi_span *query, ccpi_span *name, ccpi_span *value);

/*
 * Whether text may stand as one segment of an upstream's path, as it is: only
 * characters of segments, whole percent-encodings, and no "." or "..", which
 * some servers see in "%2e" too.
 */
bool ccpi_uri_is_segment(ccpi_span text);

#endif
