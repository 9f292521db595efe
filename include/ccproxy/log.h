/**
 * @file ccproxy/log.h
 *
 * Log lines of an embedding program, in the library's own form: one JSON
 * object with time, level and event, every text masked (ccproxy/mask.h). Any
 * thread.
 */
#ifndef CCPROXY_LOG_H
#define CCPROXY_LOG_H

#include <stddef.h>

#include "ccproxy/decls.h"
#include "ccproxy/seams.h"

CCP_BEGIN_DECLS

typedef struct ccp_log_field {
    const char *name;
    const char *value; /**< NULL: null */
} ccp_log_field;

typedef struct ccp_log_event {
    ccp_log_level level;
    const char *name; /**< such as "server_started" */
    const ccp_log_field *fields;
    size_t field_count;
} ccp_log_event;

/**
 * Writes one line into the sink; a long one is cut.
 *
 * @param sink   NULL: nothing is written
 * @param clock  NULL: the system's
 */
void ccp_log_write(const ccp_log_sink *sink, const ccp_clock *clock,
                   const ccp_log_event *event);

CCP_END_DECLS

#endif
