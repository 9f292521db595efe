#ifndef CCPI_OBSERVE_LOG_H
#define CCPI_OBSERVE_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "ccproxy/seams.h"

/*
 * JSON lines: {"timestamp":..,"level":..,"event":..,...}. Every text passes
 * ccp_mask() on its way out. A line is built on the caller's stack; a log of
 * NULL takes everything silently.
 *
 * A line is JSON whatever is put into it. Texts are cut at CCPI_LOG_MAX_TEXT
 * bytes, so that one long text can't push the others out; a field that would
 * make the line longer than CCPI_LOG_MAX_LINE is left out. A line that lost
 * something ends with "truncated":true.
 */
#define CCPI_LOG_MAX_LINE 4096
#define CCPI_LOG_MAX_TEXT 512

typedef struct ccpi_log {
    const ccp_log_sink *sink;
    const ccp_clock *clock;
    _Atomic int level; /* ccp_log_level */
} ccpi_log;

typedef struct ccpi_log_line {
    ccpi_log *log; /* NULL: the line is not written */
    ccp_log_level level;
    bool is_cut;
    size_t len;
    char text[CCPI_LOG_MAX_LINE];
} ccpi_log_line;

/*
 * ccpi_log_line line;
 * ccpi_log_start(&line, log, CCP_LOG_INFO, "request_completed", request_id);
 * ccpi_log_text(&line, "model", model);
 * ccpi_log_end(&line);
 */
void ccpi_log_start(ccpi_log_line *line, ccpi_log *log, ccp_log_level level,
                    const char *event, const char *request_id);
void ccpi_log_text(ccpi_log_line *line, const char *name,
                   const char *value); /* NULL: null */
void ccpi_log_number(ccpi_log_line *line, const char *name, int64_t value);
void ccpi_log_flag(ccpi_log_line *line, const char *name, bool value);
void ccpi_log_texts(ccpi_log_line *line, const char *name, const char *const *values,
                    size_t count);
void ccpi_log_end(ccpi_log_line *line);

#endif
