/* US-5: a row is safe once ccpi_recorder_add() has returned, even from kill -9. */
#include "usage/recorder.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/folder.h"

#define ROUNDS 6
#define ID "c0000000-0000-4000-8000-000000000000"

static char folder[FOLDER_MAX];

static ccp_store *open_store(void)
{
    char url[FOLDER_MAX + 32];
    const ccp_store_options options = {
        .url = url, .clock = ccp_system_clock(), .random = ccp_system_random()};
    ccp_store *store = NULL;

    snprintf(url, sizeof(url), "sqlite:%s/usage.db", folder);
    if (ccp_store_open(&options, &store, NULL) != CCP_OK ||
        store->migrate(store->self, NULL) != CCP_OK)
        return NULL;
    return store;
}

static ccpi_recorder *open_recorder(const ccp_store *store)
{
    char directory[FOLDER_MAX + 32];
    const ccpi_recorder_options options = {.store = &store->usage,
                                           .directory = directory,
                                           .max_bytes = 1 << 28,
                                           .clock = ccp_system_clock()};
    ccpi_recorder *recorder = NULL;

    snprintf(directory, sizeof(directory), "%s/spool", folder);
    ccpi_recorder_new(&options, &recorder, NULL);
    return recorder;
}

/* Adds numbered records for ever, and says after each that it is added. */
static void add_until_killed(int first, int told)
{
    const ccp_store *store = open_store();
    ccpi_recorder *recorder = store ? open_recorder(store) : NULL;

    for (int number = first; recorder; number++) {
        ccp_usage_record record = {.created_at_us = number,
                                   .user_id = ID,
                                   .access_key_id = ID,
                                   .provider = "bedrock",
                                   .total_cost_micro = 1};

        snprintf(record.request_id, sizeof(record.request_id), "req_%d", number);
        if (ccpi_recorder_add(recorder, &record) != CCP_OK ||
            write(told, &number, sizeof(number)) != sizeof(number))
            break;
    }
    _exit(1);
}

/* Kills the process once it has told of so many; returns the number after the last. */
static int run_and_kill(int first, int count)
{
    int ends[2], number = -1, last = -1;
    pid_t child;

    cr_assert(zero(int, pipe(ends)));
    child = fork();
    cr_assert(ge(int, child, 0));
    if (child == 0)
        add_until_killed(first, ends[1]);
    close(ends[1]);
    while (read(ends[0], &number, sizeof(number)) == sizeof(number)) {
        last = number;
        if (number == first + count)
            kill(child, SIGKILL);
    }
    waitpid(child, NULL, 0);
    close(ends[0]);
    cr_assert(ge(int, last, first + count), "the process ended by itself");
    return last + 1;
}

typedef struct tally {
    int last;
    int rows;
    char *seen;
} tally;

static bool mark(void *context, const ccp_usage_record *record)
{
    tally *of = context;
    const int number = atoi(record->request_id + strlen("req_"));

    of->rows++;
    if (number < of->last)
        of->seen[number]++;
    return true;
}

static void set_up(void)
{
    folder_make(folder);
}

static void tear_down(void)
{
    folder_remove(folder);
}

Test(recorder_kill, no_row_is_lost_and_none_is_doubled, .init = set_up, .fini = tear_down)
{
    tally of = {0};
    int ones = 0;
    ccp_store *store;
    ccpi_recorder *recorder;

    /* In each round the store is somewhere else in its batches. */
    for (int round = 0; round < ROUNDS; round++)
        of.last = run_and_kill(of.last, 1 + round * 777);

    store = open_store();
    recorder = open_recorder(store);
    cr_assert(ccpi_recorder_drain(recorder, 60000));
    ccpi_recorder_free(recorder);

    of.seen = calloc((size_t)of.last, 1);
    cr_assert(eq(int, store->usage.recent(store->usage.self, 1000000, mark, &of, NULL),
                 CCP_OK));
    for (int i = 0; i < of.last; i++)
        ones += of.seen[i] == 1;
    cr_expect(eq(int, ones, of.last), "rows that were added and are not there once");
    free(of.seen);
    ccp_store_close(store);
}
