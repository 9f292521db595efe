#ifndef CCPI_USAGE_SPOOL_FILE_H
#define CCPI_USAGE_SPOOL_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ccproxy/error.h"

/*
 * One file of the spool: lines at its end, a lock (flock(2)) that dies with its
 * process. Knows nothing of what a line says. Not for several threads at once.
 */
typedef struct ccpi_spool_file {
    struct ccpi_spool_file *next;
    int descriptor;
    int64_t size;        /* of its whole lines */
    int64_t read_at;     /* how far the reader has come */
    uint64_t lines_read; /* since it was last forgotten */
    uint64_t depth;      /* lines that are not forgotten */
    int64_t torn_bytes;  /* of a last line that a death cut off; removed */
    int64_t kept_from;   /* what is before is forgotten */
    bool is_torn;        /* something behind its size could not be removed */
    char path[];
} ccpi_spool_file;

/* Makes a new file. @param out  given; ccpi_spool_file_close() */
ccp_status ccpi_spool_file_make(const char *directory, ccpi_spool_file **out,
                                ccp_error *error);

/*
 * Opens a file of a folder when nobody has it locked, and looks for its whole
 * lines. CCP_NOT_FOUND: it is no spool file, or somebody's, or gone.
 */
ccp_status ccpi_spool_file_adopt(const char *directory, const char *name,
                                 ccpi_spool_file **out, ccp_error *error);

/* Adds one line with one write(2); CCP_UNAVAILABLE: and nothing of it is left. */
ccp_status ccpi_spool_file_append(ccpi_spool_file *file, const char *line, size_t len);

/* Makes it empty; false: it stays as it was. */
bool ccpi_spool_file_cut(ccpi_spool_file *file);

void ccpi_spool_file_remove(ccpi_spool_file *file);

/* Closes and frees. NULL is allowed. */
void ccpi_spool_file_close(ccpi_spool_file *file);

#endif
