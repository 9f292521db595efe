#ifndef CCPI_USAGE_SPOOL_LINE_H
#define CCPI_USAGE_SPOOL_LINE_H

#include <stddef.h>

#include "base/span.h"
#include "ccproxy/usage.h"

/*
 * A usage record as one line of text:
 *
 *     1 CRC FIELD TAB FIELD TAB ... FIELD LF
 *
 * 1 is the version, CRC the CRC-32 of all between the blank after it and the
 * LF, in 8 hex digits. Fields stand in the order of store/record.h; bytes below
 * 0x20, 0x7F and the backslash as \xHH. A reader takes a line that lacks later
 * fields, or has more of them, for one of an older or newer program.
 */

/* All text fields at their longest, every byte escaped, and all numbers. */
#define CCPI_SPOOL_LINE_MAX 8192

/* Writes the line with its LF and returns its length. */
size_t ccpi_spool_line_write(const ccp_usage_record *record,
                             char line[CCPI_SPOOL_LINE_MAX]);

/* Reads a line without its LF; false: it is damaged, or no such line. */
bool ccpi_spool_line_read(ccpi_span line, ccp_usage_record *out);

#endif
