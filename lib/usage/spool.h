#ifndef CCPI_USAGE_SPOOL_H
#define CCPI_USAGE_SPOOL_H

#include "ccproxy/usage.h"
#include "observe/log.h"

/*
 * Usage records in files of a folder, until the store has them (US-5): written
 * at the end of the newest by any thread, read from the beginning of the oldest
 * by one. Files hold lines of usage/spool_line.h, are named by rising numbers
 * and locked by the process that made them. A file that nobody has locked was
 * left by a process that died, and is adopted by whoever finds it.
 *
 * What has been read is forgotten file by file: an empty one is cut or removed.
 * A death in between brings records again that were forgotten already; the
 * store knows them by their request ids.
 */
typedef struct ccpi_spool ccpi_spool;

/* A file takes so many bytes at most, and a quarter of the spool's. */
#define CCPI_SPOOL_FILE_BYTES (4 * 1024 * 1024)

typedef struct ccpi_spool_options {
    const char *directory; /* made, with mode 0700, when it is not there */
    int64_t max_bytes;     /* of all files of this process together */
    ccpi_log *log;
} ccpi_spool_options;

/* Adopts nothing yet. CCP_UNAVAILABLE: no file can be made. */
ccp_status ccpi_spool_open(const ccpi_spool_options *options, ccpi_spool **out,
                           ccp_error *error);

/* Leaves files that still have records for the next process. NULL is allowed. */
void ccpi_spool_close(ccpi_spool *spool);

/*
 * One write(2). depth: of records afterwards. CCP_LIMIT: full; CCP_UNAVAILABLE:
 * the disk refused, and nothing of the record is left in the file.
 */
ccp_status ccpi_spool_append(ccpi_spool *spool, const ccp_usage_record *record,
                             uint64_t *depth);

/* Records that were not forgotten. */
uint64_t ccpi_spool_depth(ccpi_spool *spool);

/*
 * The rest is for the one thread that reads.
 */

/* Takes over files of dead processes; returns how many records they have. */
uint64_t ccpi_spool_adopt(ccpi_spool *spool);

typedef struct ccpi_spool_batch {
    ccp_usage_record *records;
    size_t most;    /* that records has room for */
    size_t count;   /* that were read */
    size_t damaged; /* lines that were passed over */
} ccpi_spool_batch;

/*
 * Copies the oldest records; the same ones until they are forgotten. A count
 * and damaged of 0: there are none. CCP_UNAVAILABLE: the disk can't be read.
 */
ccp_status ccpi_spool_peek(ccpi_spool *spool, ccpi_spool_batch *batch);

/* Forgets what the last ccpi_spool_peek() gave or passed over. */
void ccpi_spool_forget(ccpi_spool *spool);

#endif
