#ifndef CCPI_UPSTREAM_OUTLET_KIND_H
#define CCPI_UPSTREAM_OUTLET_KIND_H

#include "upstream/outlet.h"

/*
 * The two things that can stand behind an outlet. Each puts struct ccpi_outlet
 * first in its own. Only outlet.c and the kinds include this.
 */

/* A held answer, its head and framing, and then some; what a kind ever queues. */
#define CCPI_OUTLET_MAX_QUEUED ((size_t)64 * 1024 * 1024)

typedef struct ccpi_outlet_kind {
    ccp_status (*head)(ccpi_outlet *outlet, int status, const ccpi_headers *headers,
                       int64_t content_length);
    ccp_status (*write)(ccpi_outlet *outlet, ccpi_span bytes);
    ccp_status (*push)(ccpi_outlet *outlet, ccpi_span bytes);
    ccp_status (*flush)(ccpi_outlet *outlet);
    size_t (*pending)(const ccpi_outlet *outlet);
    int64_t (*stalled_us)(const ccpi_outlet *outlet);
    int (*descriptor)(const ccpi_outlet *outlet);
    /* NULL: never. */
    void (*own)(ccpi_outlet *outlet, const ccp_given_socket *given);
    bool (*is_gone)(ccpi_outlet *outlet);
    ccp_status (*serve)(ccpi_outlet *outlet);
    ccp_status (*finish)(ccpi_outlet *outlet, int stall_timeout_ms);
    void (*free)(ccpi_outlet *outlet);
} ccpi_outlet_kind;

struct ccpi_outlet {
    const ccpi_outlet_kind *kind;
    ccp_sink sink;
    const ccp_clock *clock;
    ccpi_outlet_bell bell;
    bool closes_after;
    bool has_head;
    bool has_sent;
};

/* Both give NULL when there is no memory. */
ccpi_outlet *ccpi_socket_outlet_new(const ccp_socket *socket);
ccpi_outlet *ccpi_queue_outlet_new(void);

#endif
