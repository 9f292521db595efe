#include "usage/recorder.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/folder.h"

#define MOST 16384
#define LONG_MS 20000

/* A store that keeps request ids, and fails as it is told to. */
typedef struct shelf {
    pthread_mutex_t lock;
    int seen[MOST]; /* how often, by number */
    size_t largest_batch;
    int failures_left;
    ccp_status failure;
    int invalid; /* the number of a record that is never taken */
    int told;    /* of stored records */
} shelf;

static shelf on = {.lock = PTHREAD_MUTEX_INITIALIZER};
static char folder[FOLDER_MAX];
static ccpi_recorder *recorder;

static int number_of(const ccp_usage_record *record)
{
    return atoi(record->request_id + strlen("req_"));
}

static ccp_status check_batch(const ccp_usage_record *records, size_t count)
{
    if (on.failures_left > 0) {
        on.failures_left--;
        return on.failure;
    }
    for (size_t i = 0; i < count; i++)
        if (on.invalid && number_of(&records[i]) == on.invalid)
            return CCP_INVALID;
    return CCP_OK;
}

static ccp_status add(void *self, const ccp_usage_record *records, size_t count,
                      size_t *inserted, ccp_error *error)
{
    ccp_status status;

    (void)self, (void)inserted, (void)error;
    pthread_mutex_lock(&on.lock);
    if (count > on.largest_batch)
        on.largest_batch = count;
    status = check_batch(records, count);
    for (size_t i = 0; i < count && status == CCP_OK; i++)
        on.seen[number_of(&records[i])]++;
    pthread_mutex_unlock(&on.lock);
    return status;
}

static void note_stored(void *self, const ccp_usage_record *record)
{
    (void)record;
    ++*(int *)self;
}

static const ccp_usage_store store = {.add = add};

static void open_with(int64_t max_bytes, int64_t retention_days)
{
    const ccpi_recorder_options options = {
        .store = &store,
        .directory = folder,
        .max_bytes = max_bytes,
        .retention_days = retention_days,
        .clock = ccp_system_clock(),
        .stored = note_stored,
        .self = &on.told,
    };

    cr_assert(eq(int, ccpi_recorder_new(&options, &recorder, NULL), CCP_OK));
}

static void open_recorder(int64_t max_bytes)
{
    open_with(max_bytes, 0);
}

static void set_up(void)
{
    folder_make(folder);
    open_recorder(1 << 20);
}

static void tear_down(void)
{
    ccpi_recorder_free(recorder);
    folder_remove(folder);
}

TestSuite(recorder, .init = set_up, .fini = tear_down);

static ccp_status record_of(int number, int64_t created_at_us)
{
    ccp_usage_record one = {.created_at_us = created_at_us};

    snprintf(one.request_id, sizeof(one.request_id), "req_%d", number);
    return ccpi_recorder_add(recorder, &one);
}

static ccp_status record(int number)
{
    return record_of(number, number);
}

static void record_all(int from, int to)
{
    for (int i = from; i < to; i++)
        cr_assert(eq(int, record(i), CCP_OK));
}

/* How many of these the store has, each once. */
static int stored_once(int from, int to)
{
    int count = 0;

    for (int i = from; i < to; i++)
        count += on.seen[i] == 1;
    return count;
}

static ccpi_recorder_counters counters(void)
{
    ccpi_recorder_counters now;

    ccpi_recorder_count(recorder, &now);
    return now;
}

Test(recorder, what_is_added_reaches_the_store_once)
{
    record_all(0, 10);
    cr_assert(ccpi_recorder_drain(recorder, LONG_MS));
    cr_expect(eq(int, stored_once(0, 10), 10));
    cr_expect(eq(int, on.told, 10));
    cr_expect(eq(u64, counters().spooled, 10));
    cr_expect(eq(u64, counters().stored, 10));
    cr_expect(eq(u64, counters().dropped, 0));
    cr_expect(eq(u64, counters().depth, 0));
}

Test(recorder, rows_go_to_the_store_without_anybody_draining)
{
    record_all(0, 3);
    for (int i = 0; i < 1000 && counters().depth > 0; i++) {
        const struct timespec pause = {.tv_nsec = 10000000};

        nanosleep(&pause, NULL);
    }
    cr_expect(eq(int, stored_once(0, 3), 3));
}

/* US-5 */
Test(recorder, a_batch_has_at_most_500_rows)
{
    on.failures_left = 1;
    on.failure = CCP_UNAVAILABLE;
    record_all(0, 1200);
    cr_assert(ccpi_recorder_drain(recorder, LONG_MS));
    cr_expect(eq(int, stored_once(0, 1200), 1200));
    cr_expect(le(sz, on.largest_batch, 500));
}

Test(recorder, a_store_that_fails_for_a_while_gets_everything_later)
{
    on.failures_left = 3;
    on.failure = CCP_UNAVAILABLE;
    record_all(0, 10);
    cr_assert(ccpi_recorder_drain(recorder, LONG_MS));
    cr_expect(eq(int, stored_once(0, 10), 10));
    cr_expect(eq(u64, counters().dropped, 0));
}

typedef struct backlog_lines {
    int catching_up;
    int caught_up;
} backlog_lines;

static void note_line(void *self, ccp_log_level level, const char *line, size_t len)
{
    backlog_lines *of = self;

    (void)level;
    of->catching_up += memmem(line, len, "usage_catching_up", 17) != NULL;
    of->caught_up += memmem(line, len, "usage_caught_up", 15) != NULL;
}

Test(recorder, a_long_backlog_tells_that_it_becomes_less_and_that_it_is_gone)
{
    backlog_lines told = {0};
    const ccp_log_sink sink = {.write = note_line, .self = &told};
    ccpi_log log = {.sink = &sink, .clock = ccp_system_clock(), .level = CCP_LOG_INFO};
    const ccpi_recorder_options options = {.store = &store,
                                           .directory = folder,
                                           .max_bytes = 64 << 20,
                                           .log = &log,
                                           .clock = ccp_system_clock()};

    ccpi_recorder_free(recorder);
    on.failures_left = INT32_MAX;
    on.failure = CCP_UNAVAILABLE;
    cr_assert(eq(int, ccpi_recorder_new(&options, &recorder, NULL), CCP_OK));
    record_all(0, 16000);
    pthread_mutex_lock(&on.lock);
    on.failures_left = 0;
    pthread_mutex_unlock(&on.lock);
    cr_assert(ccpi_recorder_drain(recorder, LONG_MS));
    cr_expect(eq(int, stored_once(0, 16000), 16000));
    ccpi_recorder_free(recorder); /* with its thread, which tells */
    recorder = NULL;
    cr_expect(eq(int, told.catching_up, 1));
    cr_expect(eq(int, told.caught_up, 1));
}

Test(recorder, one_record_that_no_store_takes_holds_up_no_other)
{
    on.invalid = 5;
    record_all(0, 10);
    cr_assert(ccpi_recorder_drain(recorder, LONG_MS));
    cr_expect(eq(int, stored_once(0, 10), 9));
    cr_expect(eq(int, on.told, 9));
    cr_expect(eq(u64, counters().dropped, 1));
}

Test(recorder, a_drain_ends_when_its_time_is_over)
{
    on.failures_left = INT32_MAX;
    on.failure = CCP_UNAVAILABLE;
    record_all(0, 1);
    cr_expect(not(ccpi_recorder_drain(recorder, 50)));
    cr_expect(eq(u64, counters().depth, 1));
}

Test(recorder, the_next_start_replays_what_was_left)
{
    on.failures_left = INT32_MAX;
    on.failure = CCP_UNAVAILABLE;
    record_all(0, 700);
    ccpi_recorder_free(recorder);

    on.failures_left = 0;
    open_recorder(1 << 20);
    cr_assert(ccpi_recorder_drain(recorder, LONG_MS));
    cr_expect(eq(int, stored_once(0, 700), 700));
}

/* What the store had and removed would raise its sums once more. */
Test(recorder, what_the_store_does_not_keep_is_not_replayed)
{
    const ccp_clock *clock = ccp_system_clock();

    ccpi_recorder_free(recorder);
    open_with(1 << 20, 40);
    for (int days = 0; days < 80; days++)
        record_of(days, clock->unix_us(clock->self) - days * INT64_C(86400000000));
    cr_assert(ccpi_recorder_drain(recorder, LONG_MS));
    cr_expect(eq(int, stored_once(0, 40), 40));
    cr_expect(eq(int, stored_once(40, 80), 0));
    cr_expect(eq(int, on.told, 40));
    cr_expect(eq(u64, counters().stored, 40));
    cr_expect(eq(u64, counters().dropped, 40));
    cr_expect(eq(u64, counters().depth, 0));
}

Test(recorder, a_full_spool_drops_counts_and_recovers)
{
    int count = 0;

    ccpi_recorder_free(recorder);
    open_recorder(4096);
    on.failures_left = INT32_MAX;
    on.failure = CCP_UNAVAILABLE;
    while (record(count) == CCP_OK)
        count++;
    cr_expect(eq(int, record(count), CCP_LIMIT));
    cr_expect(eq(u64, counters().dropped, 2));

    pthread_mutex_lock(&on.lock);
    on.failures_left = 0;
    pthread_mutex_unlock(&on.lock);
    cr_assert(ccpi_recorder_drain(recorder, LONG_MS));
    cr_expect(eq(int, stored_once(0, count), count));
    cr_expect(eq(int, record(count), CCP_OK));
}

static void *record_part(void *context)
{
    const int part = *(int *)context;

    record_all(part * 300, (part + 1) * 300);
    return NULL;
}

Test(recorder, many_threads_may_add_at_once)
{
    enum { THREADS = 8 };
    pthread_t threads[THREADS];
    int parts[THREADS];

    for (int i = 0; i < THREADS; i++) {
        parts[i] = i;
        cr_assert(zero(int, pthread_create(&threads[i], NULL, record_part, &parts[i])));
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    cr_assert(ccpi_recorder_drain(recorder, LONG_MS));
    cr_expect(eq(int, stored_once(0, THREADS * 300), THREADS * 300));
}
