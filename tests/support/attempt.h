#ifndef CCPT_SUPPORT_ATTEMPT_H
#define CCPT_SUPPORT_ATTEMPT_H

#include "support/client.h"
#include "support/upstream_server.h"
#include "upstream/transfer.h"

/*
 * One attempt through a real engine: upstream server, client, and what the
 * exchange does around it.
 */
typedef struct attempt {
    upstream_server *server;
    ccpi_engine *engine;
    bool owns_engine;
    client client;
    ccpi_outlet *outlet;
    ccpi_outgoing outgoing;
    ccpi_transfer_options options; /* a stream that may be held, with long deadlines */
    ccpi_transfer_result result;
    ccp_status status;  /* of ccpi_transfer_run() */
    ccpi_buf body;      /* what the client got, after attempt_finish() */
    bool is_whole;      /* and whether to its end */
    int events;         /* seen by the event hook */
    size_t body_bytes;  /* seen by the body hook */
    size_t max_pending; /* in the outlet, at any event */
} attempt;

ccpi_engine *start_engine(int threads);

/* With an engine of its own when engine is NULL. */
void attempt_open(attempt *attempt, client_kind kind, upstream_handler handler,
                  void *context);
/* With another's server and engine; no server: set the URL. */
void attempt_open_beside(attempt *attempt, client_kind kind, upstream_server *server,
                         ccpi_engine *engine);
void attempt_close(attempt *attempt);

/* Adds a body that is sent as it is; borrowed. */
void attempt_post(attempt *attempt, const char *text, size_t len);

void attempt_run(attempt *attempt);

/* Sends what the result has left, as the exchange does, and reads what came. */
void attempt_finish(attempt *attempt);

#endif
