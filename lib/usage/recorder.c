#include "usage/recorder.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/fail.h"
#include "base/thread.h"
#include "base/wait.h"
#include "usage/retention.h"
#include "usage/spool.h"

/* US-5: what goes to the store in one transaction, and how long a row waits for it. */
#define BATCH 500
#define BATCH_WAIT_MS 1000

/* Pauses after a failure of the store: doubled from the first to the last. */
#define FIRST_PAUSE_MS 100
#define LONGEST_PAUSE_MS 30000
/* While somebody waits for the store to have all. */
#define DRAIN_PAUSE_MS 500

/* Of a backlog is told after so many batches, and when it is gone. */
#define TELL_EVERY 20

/* How often files of dead processes are looked for. */
#define ADOPT_EVERY_MS 60000

/* The process that removed a row may have had a clock that is ahead. */
#define CLOCK_SLACK_US INT64_C(300000000)

/* Refused records are told of once in this time. */
#define REFUSAL_LOG_US 1000000

struct ccpi_recorder {
    ccpi_recorder_options options;
    ccpi_spool *spool;
    ccpi_spool_batch batch;
    pthread_t thread;
    bool has_thread;

    _Atomic uint64_t spooled;
    _Atomic uint64_t stored;
    _Atomic uint64_t dropped;
    _Atomic int64_t told_refusal_at_us;

    pthread_mutex_t lock;
    pthread_cond_t wake;    /* the thread: there is work, or an end */
    pthread_cond_t emptied; /* those who drain */
    bool is_ending;
    bool has_adopted; /* what a former process left is known */
    int drainers;
};

/* Wakes the thread when it waits for so many rows, or for any. */
static void tell_of_rows(ccpi_recorder *recorder, uint64_t depth)
{
    if (depth != 1 && depth != BATCH)
        return;
    pthread_mutex_lock(&recorder->lock);
    pthread_cond_signal(&recorder->wake);
    pthread_mutex_unlock(&recorder->lock);
}

static void wait_for_rows(ccpi_recorder *recorder, uint64_t enough, int64_t ms)
{
    const struct timespec deadline = ccpi_deadline_in(ms);
    bool is_in_time = true;

    pthread_mutex_lock(&recorder->lock);
    while (is_in_time && !recorder->is_ending && recorder->drainers == 0 &&
           ccpi_spool_depth(recorder->spool) < enough)
        is_in_time = ccpi_wait_until(&recorder->wake, &recorder->lock, &deadline);
    pthread_mutex_unlock(&recorder->lock);
}

/* After a failure: more rows are no reason to try again at once, one who drains is. */
static void pause_for(ccpi_recorder *recorder, int64_t ms)
{
    struct timespec deadline;
    bool is_in_time = true;
    int drainers;

    pthread_mutex_lock(&recorder->lock);
    drainers = recorder->drainers;
    deadline =
        ccpi_deadline_in(drainers > 0 && ms > DRAIN_PAUSE_MS ? DRAIN_PAUSE_MS : ms);
    while (is_in_time && !recorder->is_ending && recorder->drainers <= drainers)
        is_in_time = ccpi_wait_until(&recorder->wake, &recorder->lock, &deadline);
    pthread_mutex_unlock(&recorder->lock);
}

static bool is_ending(ccpi_recorder *recorder)
{
    bool result;

    pthread_mutex_lock(&recorder->lock);
    result = recorder->is_ending;
    pthread_mutex_unlock(&recorder->lock);
    return result;
}

static void adopt(ccpi_recorder *recorder)
{
    const uint64_t depth = ccpi_spool_adopt(recorder->spool);

    pthread_mutex_lock(&recorder->lock);
    recorder->has_adopted = true;
    if (depth == 0)
        pthread_cond_broadcast(&recorder->emptied);
    pthread_mutex_unlock(&recorder->lock);
}

static void tell_invalid(ccpi_recorder *recorder, const ccp_usage_record *record,
                         const ccp_error *error)
{
    ccpi_log_line line;

    ccpi_log_start(&line, recorder->options.log, CCP_LOG_ERROR, "usage_dropped",
                   record->request_id);
    ccpi_log_text(&line, "reason", error->message);
    ccpi_log_end(&line);
}

/*
 * One by one, because one that the store will never take refused all. Such a
 * record loses its request id, by which the rest of a batch is told from it.
 */
static ccp_status store_singly(ccpi_recorder *recorder, ccp_error *error)
{
    const ccp_usage_store *store = recorder->options.store;
    ccp_status status = CCP_OK;

    for (size_t i = 0; i < recorder->batch.count && status == CCP_OK; i++) {
        ccp_usage_record *record = &recorder->batch.records[i];

        status = store->add(store->self, record, 1, NULL, error);
        if (status != CCP_INVALID)
            continue;
        tell_invalid(recorder, record, error);
        record->request_id[0] = '\0';
        status = CCP_OK;
    }
    return status;
}

static ccp_status store_batch(ccpi_recorder *recorder, ccp_error *error)
{
    const ccp_usage_store *store = recorder->options.store;
    const ccpi_spool_batch *batch = &recorder->batch;
    ccp_status status = CCP_OK;

    if (batch->count > 0)
        status = store->add(store->self, batch->records, batch->count, NULL, error);
    return status == CCP_INVALID ? store_singly(recorder, error) : status;
}

static void tell_expired(ccpi_recorder *recorder, const ccp_usage_record *record)
{
    ccpi_log_line line;

    ccpi_log_start(&line, recorder->options.log, CCP_LOG_ERROR, "usage_dropped",
                   record->request_id);
    ccpi_log_text(&line, "reason", "it is older than what the store keeps");
    ccpi_log_end(&line);
}

/*
 * Takes out rows that the store would have removed again: if it had one before, nothing
 * says so any more, and its sums would be raised a second time. Gives how many.
 */
static size_t drop_expired(ccpi_recorder *recorder)
{
    const ccpi_recorder_options *options = &recorder->options;
    const int64_t now_us = options->clock->unix_us(options->clock->self);
    const int64_t kept_us = ccpi_usage_kept_from(options->retention_days, now_us);
    ccpi_spool_batch *batch = &recorder->batch;
    const size_t read = batch->count;

    if (kept_us == 0)
        return 0;
    batch->count = 0;
    for (size_t i = 0; i < read; i++) {
        if (batch->records[i].created_at_us < kept_us + CLOCK_SLACK_US)
            tell_expired(recorder, &batch->records[i]);
        else
            batch->records[batch->count++] = batch->records[i];
    }
    return read - batch->count;
}

/* The store has the batch: tells who must know, and forgets it last, as who drains waits
 * for that. */
static void finish_batch(ccpi_recorder *recorder, size_t expired)
{
    const ccpi_recorder_options *options = &recorder->options;
    uint64_t stored = 0;

    for (size_t i = 0; i < recorder->batch.count; i++) {
        const ccp_usage_record *record = &recorder->batch.records[i];

        if (record->request_id[0] == '\0')
            continue;
        stored++;
        if (options->stored)
            options->stored(options->self, record);
    }
    atomic_fetch_add(&recorder->stored, stored);
    atomic_fetch_add(&recorder->dropped,
                     recorder->batch.damaged + recorder->batch.count - stored + expired);
    ccpi_spool_forget(recorder->spool);
    pthread_mutex_lock(&recorder->lock);
    pthread_cond_broadcast(&recorder->emptied);
    pthread_mutex_unlock(&recorder->lock);
}

static ccp_status move_batch(ccpi_recorder *recorder, ccp_error *error)
{
    ccp_status status = ccpi_spool_peek(recorder->spool, &recorder->batch);
    size_t expired;

    if (status != CCP_OK)
        return ccpi_fail(error, status, "the spool can't be read");
    if (recorder->batch.count + recorder->batch.damaged == 0)
        return CCP_OK;
    expired = drop_expired(recorder);
    status = store_batch(recorder, error);
    if (status == CCP_OK)
        finish_batch(recorder, expired);
    return status;
}

static void tell_failure(ccpi_recorder *recorder, const ccp_error *error,
                         int64_t pause_ms)
{
    ccpi_log_line line;

    ccpi_log_start(&line, recorder->options.log, CCP_LOG_ERROR, "usage_write_failed",
                   NULL);
    ccpi_log_text(&line, "status", ccp_status_name(error->status));
    ccpi_log_text(&line, "reason", error->message);
    ccpi_log_number(&line, "depth", (int64_t)ccpi_spool_depth(recorder->spool));
    ccpi_log_number(&line, "retry_ms", pause_ms);
    ccpi_log_end(&line);
}

/* Rows of a former process, or of the time in which the database was away. */
static void tell_progress(ccpi_recorder *recorder, unsigned *batches_behind)
{
    const uint64_t depth = ccpi_spool_depth(recorder->spool);
    const bool is_behind = depth >= BATCH;
    const unsigned behind = is_behind ? *batches_behind + 1 : *batches_behind;
    ccpi_log_line line;

    *batches_behind = is_behind ? behind : 0;
    if (is_behind ? behind % TELL_EVERY != 0 : behind < TELL_EVERY)
        return;
    ccpi_log_start(&line, recorder->options.log, CCP_LOG_INFO,
                   is_behind ? "usage_catching_up" : "usage_caught_up", NULL);
    ccpi_log_number(&line, "depth", (int64_t)depth);
    ccpi_log_end(&line);
}

static void *run(void *context)
{
    ccpi_recorder *recorder = context;
    int64_t pause_ms = FIRST_PAUSE_MS;
    unsigned batches_behind = 0;

    adopt(recorder);
    for (;;) {
        ccp_error error = {0};
        ccp_status status;

        wait_for_rows(recorder, 1, ADOPT_EVERY_MS);
        wait_for_rows(recorder, BATCH, BATCH_WAIT_MS);
        if (is_ending(recorder))
            return NULL;
        if (ccpi_spool_depth(recorder->spool) == 0)
            adopt(recorder);
        error.status = status = move_batch(recorder, &error);
        if (status == CCP_OK) {
            pause_ms = FIRST_PAUSE_MS;
            tell_progress(recorder, &batches_behind);
            continue;
        }
        tell_failure(recorder, &error, pause_ms);
        pause_for(recorder, pause_ms);
        pause_ms = pause_ms * 2 < LONGEST_PAUSE_MS ? pause_ms * 2 : LONGEST_PAUSE_MS;
    }
}

static bool start_thread(ccpi_recorder *recorder)
{
    recorder->has_thread =
        ccpi_thread_start(&recorder->thread, "ccp-recorder", run, recorder);
    return recorder->has_thread;
}

static ccp_status start(ccpi_recorder *recorder, ccp_error *error)
{
    const ccpi_spool_options options = {
        .directory = recorder->options.directory,
        .max_bytes = recorder->options.max_bytes,
        .log = recorder->options.log,
    };
    ccp_status status = ccpi_spool_open(&options, &recorder->spool, error);

    if (status != CCP_OK)
        return status;
    recorder->batch.most = BATCH;
    recorder->batch.records = calloc(BATCH, sizeof(ccp_usage_record));
    if (!recorder->batch.records)
        return ccpi_fail(error, CCP_NO_MEMORY, "no memory for a recorder");
    if (!start_thread(recorder))
        return ccpi_fail(error, CCP_NO_MEMORY, "no thread for a recorder");
    return CCP_OK;
}

static bool init_locks(ccpi_recorder *recorder)
{
    if (pthread_mutex_init(&recorder->lock, NULL) != 0)
        return false;
    if (!ccpi_condition_init(&recorder->wake)) {
        pthread_mutex_destroy(&recorder->lock);
        return false;
    }
    if (ccpi_condition_init(&recorder->emptied))
        return true;
    pthread_cond_destroy(&recorder->wake);
    pthread_mutex_destroy(&recorder->lock);
    return false;
}

ccp_status ccpi_recorder_new(const ccpi_recorder_options *options, ccpi_recorder **out,
                             ccp_error *error)
{
    ccpi_recorder *recorder = calloc(1, sizeof(*recorder));
    ccp_status status;

    *out = NULL;
    if (!recorder || !init_locks(recorder)) {
        free(recorder);
        return ccpi_fail(error, CCP_NO_MEMORY, "no memory for a recorder");
    }
    recorder->options = *options;
    status = start(recorder, error);
    if (status == CCP_OK)
        *out = recorder;
    else
        ccpi_recorder_free(recorder);
    return status;
}

void ccpi_recorder_free(ccpi_recorder *recorder)
{
    if (!recorder)
        return;
    pthread_mutex_lock(&recorder->lock);
    recorder->is_ending = true;
    pthread_cond_broadcast(&recorder->wake);
    pthread_mutex_unlock(&recorder->lock);
    if (recorder->has_thread)
        pthread_join(recorder->thread, NULL);

    ccpi_spool_close(recorder->spool);
    free(recorder->batch.records);
    pthread_cond_destroy(&recorder->emptied);
    pthread_cond_destroy(&recorder->wake);
    pthread_mutex_destroy(&recorder->lock);
    free(recorder);
}

/* Once in a while, since a full disk refuses every record there is. */
static void tell_refusal(ccpi_recorder *recorder, ccp_status status)
{
    const ccp_clock *clock = recorder->options.clock;
    const int64_t now_us = clock->monotonic_us(clock->self);
    int64_t told_at_us = atomic_load(&recorder->told_refusal_at_us);
    ccpi_log_line line;

    if (told_at_us != 0 && now_us - told_at_us < REFUSAL_LOG_US)
        return;
    if (!atomic_compare_exchange_strong(&recorder->told_refusal_at_us, &told_at_us,
                                        now_us))
        return;
    ccpi_log_start(&line, recorder->options.log, CCP_LOG_ERROR, "usage_dropped", NULL);
    ccpi_log_text(&line, "reason",
                  status == CCP_LIMIT ? "the spool is full"
                                      : "the disk refuses the spool");
    ccpi_log_number(&line, "dropped", (int64_t)atomic_load(&recorder->dropped));
    ccpi_log_end(&line);
}

ccp_status ccpi_recorder_add(ccpi_recorder *recorder, const ccp_usage_record *record)
{
    uint64_t depth;
    ccp_status status = ccpi_spool_append(recorder->spool, record, &depth);

    if (status != CCP_OK) {
        atomic_fetch_add(&recorder->dropped, 1);
        tell_refusal(recorder, status);
        return status;
    }
    atomic_fetch_add(&recorder->spooled, 1);
    tell_of_rows(recorder, depth);
    return CCP_OK;
}

void ccpi_recorder_count(ccpi_recorder *recorder, ccpi_recorder_counters *out)
{
    *out = (ccpi_recorder_counters){
        .spooled = atomic_load(&recorder->spooled),
        .stored = atomic_load(&recorder->stored),
        .dropped = atomic_load(&recorder->dropped),
        .depth = ccpi_spool_depth(recorder->spool),
    };
}

bool ccpi_recorder_drain(ccpi_recorder *recorder, int64_t timeout_ms)
{
    const struct timespec deadline = ccpi_deadline_in(timeout_ms);
    bool is_in_time = true;
    bool is_empty;

    pthread_mutex_lock(&recorder->lock);
    recorder->drainers++;
    pthread_cond_signal(&recorder->wake);
    do {
        is_empty = recorder->has_adopted && ccpi_spool_depth(recorder->spool) == 0;
        if (!is_empty)
            is_in_time = ccpi_wait_until(&recorder->emptied, &recorder->lock, &deadline);
    } while (!is_empty && is_in_time);
    recorder->drainers--;
    pthread_mutex_unlock(&recorder->lock);
    return is_empty;
}
