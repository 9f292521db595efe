#ifndef CCPI_ADMIN_HANDLERS_USAGE_CSV_H
#define CCPI_ADMIN_HANDLERS_USAGE_CSV_H

#include <stdint.h>

#include "base/buf.h"

/*
 * Lines of comma-separated values (RFC 4180), for people who open them with a
 * spreadsheet: a text that such a program would take for a formula gets a leading
 * apostrophe. The text remembers a failure. Made by its limit:
 * ccpi_csv table = {.text.limit = MAX_TEXT};
 */
typedef struct ccpi_csv {
    ccpi_buf text;
    bool has_cells; /* the line that was begun does: the next one brings a comma */
} ccpi_csv;

void ccpi_csv_text(ccpi_csv *out, const char *text);
void ccpi_csv_number(ccpi_csv *out, int64_t value);
/* An empty cell when it is negative. */
void ccpi_csv_optional(ccpi_csv *out, int64_t value);
void ccpi_csv_money(ccpi_csv *out, int64_t micro);
void ccpi_csv_time(ccpi_csv *out, int64_t unix_us);
void ccpi_csv_flag(ccpi_csv *out, bool value);
void ccpi_csv_end_line(ccpi_csv *out);

/* The names of columns, with commas between them; ends the line. */
void ccpi_csv_head(ccpi_csv *out, const char *const *names, size_t count);

#endif
