#ifndef CCPI_USAGE_RECORDER_H
#define CCPI_USAGE_RECORDER_H

#include "ccproxy/store.h"
#include "ccproxy/usage.h"
#include "observe/log.h"

/*
 * From a finished request to a row in the store without the request waiting
 * for the store (US-5): ccpi_recorder_add() appends to the spool, a file of
 * checksummed lines; one thread moves rows from there to the store in batches
 * and forgets a row only when the store has committed it. A start replays what
 * a former process left.
 */
typedef struct ccpi_recorder ccpi_recorder;

typedef struct ccpi_recorder_options {
    const ccp_usage_store *store;
    const char *directory; /* of the spool files, which get mode 0600 */
    int64_t max_bytes;     /* of the spool */
    /* Rows are removed from the store after so many days; 0: never. */
    int64_t retention_days;
    const ccp_clock *clock;
    ccpi_log *log;
    /* Told, by the recorder's thread, of each record once the store has it. May be NULL.
     */
    void (*stored)(void *self, const ccp_usage_record *record);
    void *self;
} ccpi_recorder_options;

typedef struct ccpi_recorder_counters {
    uint64_t spooled;
    uint64_t stored;
    /* refused by a full spool, or a full or failing disk; replayed too late */
    uint64_t dropped;
    uint64_t depth; /* rows that the store does not have yet */
} ccpi_recorder_counters;

/* CCP_UNAVAILABLE: the spool can't be opened. @param out  given; ccpi_recorder_free() */
ccp_status ccpi_recorder_new(const ccpi_recorder_options *options, ccpi_recorder **out,
                             ccp_error *error);

/*
 * Puts the record into the spool: when this returns CCP_OK a kill of the process
 * can't lose it. One write(2), no fsync(2). CCP_LIMIT: the spool is full, the
 * record is dropped, counted and logged; CCP_UNAVAILABLE: the same for a disk.
 */
ccp_status ccpi_recorder_add(ccpi_recorder *recorder, const ccp_usage_record *record);

void ccpi_recorder_count(ccpi_recorder *recorder, ccpi_recorder_counters *out);

/* Waits until the store has all rows; false: not within the time. */
bool ccpi_recorder_drain(ccpi_recorder *recorder, int64_t timeout_ms);

/* Ends the thread; rows that are left stay in the spool. NULL is allowed. */
void ccpi_recorder_free(ccpi_recorder *recorder);

#endif
