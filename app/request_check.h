#ifndef CCP_APP_REQUEST_CHECK_H
#define CCP_APP_REQUEST_CHECK_H

#include <stdbool.h>
#include <stddef.h>

#include "ccproxy/proxy.h"

/*
 * Refuses heads that CivetWeb 1.15 lets pass although another server on the
 * way may have read them otherwise, so that a request could hide in another
 * one (RFC 9112, sections 6.3 and 11.2): several or odd lengths, header lines
 * that CivetWeb drops in silence, and lines that are not ended by CR LF.
 */

/* CivetWeb keeps 64 header lines and drops the others without a word. */
#define APP_HEADER_LINES_MAX 63

/*
 * A head as CivetWeb leaves it: its texts lie one behind the other in the
 * buffer that was received, each separator replaced by NULs. What CivetWeb has
 * passed over can still be seen between them.
 */
typedef struct app_received_head {
    const char *version; /* "1.1" */
    const ccp_header *headers;
    size_t header_count;
} app_received_head;

/* What is wrong, as a sentence for the client; NULL: nothing. */
const char *app_request_flaw(const app_received_head *head);

/*
 * Whether the client's next request may come on the same connection: what
 * CivetWeb decides, but that HTTP/1.0 always ends with its answer.
 */
bool app_request_may_keep_alive(const app_received_head *head);

#endif
