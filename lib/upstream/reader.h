#ifndef CCPI_UPSTREAM_READER_H
#define CCPI_UPSTREAM_READER_H

#include "base/buf.h"

/*
 * A machine from upstream bytes to client bytes, one per attempt, made by a
 * provider. Runs in the engine's thread, so it neither waits nor logs. An
 * upstream that already speaks the client's format needs none (NULL).
 */
typedef struct ccpi_reader {
    /* Eats a chunk and appends what the client shall get. CCP_PROTOCOL ends it. */
    ccp_status (*feed)(struct ccpi_reader *reader, ccpi_span chunk, ccpi_buf *client,
                       ccp_error *error);
    /* The upstream's body is over. CCP_PROTOCOL: it ended too early. */
    ccp_status (*finish)(struct ccpi_reader *reader, ccpi_buf *client, ccp_error *error);
    void (*free)(struct ccpi_reader *reader);
    /*
     * What the upstream counted, where it says so beside the message: the data of
     * one more message_delta, which is seen before message_stop and does not go to
     * the client. Lives as long as the reader. NULL: it never says so.
     */
    ccpi_span (*counted)(const struct ccpi_reader *reader);
    /* What the provider calls the failure that the upstream told of; 0: none. */
    int failed_as;
} ccpi_reader;

static inline void ccpi_reader_free(ccpi_reader *reader)
{
    if (reader)
        reader->free(reader);
}

#endif
