#ifndef CCPI_BEDROCK_NATIVE_RENAMED_H
#define CCPI_BEDROCK_NATIVE_RENAMED_H

#include "base/buf.h"

/*
 * A stream of the Messages API's own events, in whose message_start the client's
 * name for the model stands; no other byte is changed. A machine, the same wherever
 * the bytes are cut. Holds back at most one line, and none behind message_start.
 */
typedef struct ccpi_renamed {
    char *model; /* owned */
    ccpi_buf line;
    bool is_past; /* message_start has gone by, or is not to be found */
} ccpi_renamed;

/* CCP_NO_MEMORY only. Clear it also after a failure. */
ccp_status ccpi_renamed_init(ccpi_renamed *renamed, const char *model);
void ccpi_renamed_clear(ccpi_renamed *renamed);

/* Appends what is known to be right. CCP_NO_MEMORY or CCP_LIMIT only. */
ccp_status ccpi_renamed_feed(ccpi_renamed *renamed, ccpi_span bytes, ccpi_buf *out);

/* The stream is over: appends what was held back. */
ccp_status ccpi_renamed_finish(ccpi_renamed *renamed, ccpi_buf *out);

#endif
