#include "usage/spool.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/folder.h"

static char folder[FOLDER_MAX];
static char first_file[FOLDER_MAX + 32];

static void make_folder(void)
{
    folder_make(folder);
    snprintf(first_file, sizeof(first_file), "%s/usage-000001.spool", folder);
}

static void remove_folder(void)
{
    folder_remove(folder);
}

TestSuite(spool, .init = make_folder, .fini = remove_folder);

static ccpi_spool *open_spool(int64_t max_bytes)
{
    const ccpi_spool_options options = {.directory = folder, .max_bytes = max_bytes};
    ccpi_spool *spool = NULL;
    ccp_error error = {0};

    cr_assert(eq(int, ccpi_spool_open(&options, &spool, &error), CCP_OK), "%s",
              error.message);
    return spool;
}

static ccp_status append(ccpi_spool *spool, int number)
{
    ccp_usage_record record = {.created_at_us = number};
    uint64_t depth;

    snprintf(record.request_id, sizeof(record.request_id), "req_%d", number);
    return ccpi_spool_append(spool, &record, &depth);
}

static void append_all(ccpi_spool *spool, int from, int to)
{
    for (int i = from; i < to; i++)
        cr_assert(eq(int, append(spool, i), CCP_OK));
}

/* Reads and forgets everything; returns how many came, all in order from `first`. */
static int read_all(ccpi_spool *spool, int first, size_t most)
{
    ccpi_spool_batch batch = {.records = calloc(most, sizeof(*batch.records)),
                              .most = most};
    int count = 0;

    for (;;) {
        cr_assert(eq(int, ccpi_spool_peek(spool, &batch), CCP_OK));
        if (batch.count + batch.damaged == 0)
            break;
        for (size_t i = 0; i < batch.count; i++)
            cr_assert(eq(i64, batch.records[i].created_at_us, first + count++));
        ccpi_spool_forget(spool);
    }
    free(batch.records);
    return count;
}

static int64_t size_of(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 ? status.st_size : -1;
}

Test(spool, records_come_back_in_order_and_are_forgotten)
{
    ccpi_spool *spool = open_spool(1 << 20);

    append_all(spool, 0, 10);
    cr_expect(eq(u64, ccpi_spool_depth(spool), 10));
    cr_expect(eq(int, read_all(spool, 0, 3), 10));
    cr_expect(eq(u64, ccpi_spool_depth(spool), 0));
    append_all(spool, 10, 12);
    cr_expect(eq(int, read_all(spool, 10, 3), 2));
    ccpi_spool_close(spool);
}

Test(spool, what_is_not_forgotten_comes_again)
{
    ccpi_spool *spool = open_spool(1 << 20);
    ccp_usage_record records[2];
    ccpi_spool_batch batch = {.records = records, .most = 2};

    append_all(spool, 0, 3);
    cr_assert(eq(int, ccpi_spool_peek(spool, &batch), CCP_OK));
    cr_expect(eq(sz, batch.count, 2));
    cr_expect(eq(int, read_all(spool, 0, 2), 3));
    ccpi_spool_close(spool);
}

Test(spool, the_file_is_private_and_empty_once_it_is_read)
{
    ccpi_spool *spool = open_spool(1 << 20);
    struct stat status;

    append_all(spool, 0, 5);
    cr_assert(zero(int, stat(first_file, &status)));
    cr_expect(eq(int, status.st_mode & 07777, 0600));
    cr_expect(gt(i64, size_of(first_file), 0));
    read_all(spool, 0, 9);
    cr_expect(eq(i64, size_of(first_file), 0));
    ccpi_spool_close(spool);
    cr_expect(eq(int, folder_count(folder), 0), "an empty file was left");
}

Test(spool, a_full_spool_refuses_until_something_is_forgotten)
{
    ccpi_spool *spool = open_spool(4096);
    int count = 0;

    while (append(spool, count) == CCP_OK)
        count++;
    cr_expect(gt(int, count, 10));
    cr_expect(eq(int, append(spool, count), CCP_LIMIT));
    cr_expect(eq(int, read_all(spool, 0, 100), count));
    cr_expect(eq(int, append(spool, 0), CCP_OK));
    ccpi_spool_close(spool);
}

Test(spool, several_files_are_read_from_the_oldest_on_and_removed)
{
    ccpi_spool *spool = open_spool(64 * 1024);

    append_all(spool, 0, 500); /* about 50 KiB in files of 16 KiB */
    cr_expect(gt(int, folder_count(folder), 2));
    cr_expect(eq(int, read_all(spool, 0, 7), 500));
    cr_expect(eq(int, folder_count(folder), 1));
    ccpi_spool_close(spool);
}

Test(spool, what_a_process_left_is_adopted_by_the_next)
{
    ccpi_spool *spool = open_spool(1 << 20);

    append_all(spool, 0, 5);
    ccpi_spool_close(spool);

    spool = open_spool(1 << 20);
    append_all(spool, 5, 7);
    cr_expect(eq(u64, ccpi_spool_adopt(spool), 5));
    cr_expect(eq(u64, ccpi_spool_depth(spool), 7));
    cr_expect(eq(int, read_all(spool, 0, 9), 7));
    ccpi_spool_close(spool);
    cr_expect(eq(int, folder_count(folder), 0));
}

Test(spool, two_at_a_time_leave_each_other_alone)
{
    ccpi_spool *one = open_spool(1 << 20);
    ccpi_spool *two = open_spool(1 << 20);

    append_all(one, 0, 5);
    append_all(two, 0, 3);
    cr_expect(eq(u64, ccpi_spool_adopt(two), 0));
    cr_expect(eq(int, read_all(two, 0, 9), 3));
    cr_expect(eq(int, read_all(one, 0, 9), 5));
    ccpi_spool_close(one);
    ccpi_spool_close(two);
}

static void cut_file(int64_t bytes)
{
    cr_assert(zero(int, truncate(first_file, size_of(first_file) - bytes)));
}

Test(spool, a_last_line_that_was_cut_off_is_dropped_and_no_other)
{
    ccpi_spool *spool = open_spool(1 << 20);

    append_all(spool, 0, 5);
    ccpi_spool_close(spool);
    cut_file(1);

    spool = open_spool(1 << 20);
    cr_expect(eq(u64, ccpi_spool_adopt(spool), 4));
    cr_expect(eq(int, read_all(spool, 0, 9), 4));
    ccpi_spool_close(spool);
}

Test(spool, a_damaged_line_is_counted_and_the_rest_is_read)
{
    ccpi_spool *spool = open_spool(1 << 20);
    ccp_usage_record records[9];
    ccpi_spool_batch batch = {.records = records, .most = 9};
    FILE *file;

    append_all(spool, 0, 2);
    ccpi_spool_close(spool);
    file = fopen(first_file, "r+");
    cr_assert(file != NULL);
    fseek(file, 20, SEEK_SET);
    fputc('#', file);
    fclose(file);

    spool = open_spool(1 << 20);
    cr_expect(eq(u64, ccpi_spool_adopt(spool), 2));
    cr_assert(eq(int, ccpi_spool_peek(spool, &batch), CCP_OK));
    cr_expect(eq(sz, batch.count, 1));
    cr_expect(eq(sz, batch.damaged, 1));
    cr_expect(eq(i64, records[0].created_at_us, 1));
    ccpi_spool_forget(spool);
    cr_expect(eq(u64, ccpi_spool_depth(spool), 0));
    ccpi_spool_close(spool);
}

static void write_file(const char *name, size_t zeros, const char *end)
{
    char path[FOLDER_MAX + 32];
    FILE *file;

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    file = fopen(path, "w");
    cr_assert(file != NULL);
    for (size_t i = 0; i < zeros; i++)
        fputc('0', file);
    fputs(end, file);
    fclose(file);
}

Test(spool, a_line_longer_than_any_is_passed_over)
{
    ccpi_spool *spool = open_spool(1 << 20);
    ccpi_spool_batch batch = {.records = calloc(9, sizeof(ccp_usage_record)), .most = 9};

    write_file("usage-000777.spool", 200000, "\n");
    cr_expect(eq(u64, ccpi_spool_adopt(spool), 1));
    cr_assert(eq(int, ccpi_spool_peek(spool, &batch), CCP_OK));
    cr_expect(eq(sz, batch.count, 0));
    cr_expect(eq(sz, batch.damaged, 1));
    ccpi_spool_forget(spool);
    cr_expect(eq(u64, ccpi_spool_depth(spool), 0));
    free(batch.records);
    ccpi_spool_close(spool);
}

Test(spool, files_of_other_names_are_not_ours)
{
    ccpi_spool *spool = open_spool(1 << 20);

    write_file("usage-12.spool", 0, "x\n");
    write_file("usage-000012.spool.bak", 0, "x\n");
    write_file("notes.txt", 0, "x\n");
    cr_expect(eq(u64, ccpi_spool_adopt(spool), 0));
    ccpi_spool_close(spool);
    cr_expect(eq(int, folder_count(folder), 3));
}

static void limit_file_size(int64_t bytes)
{
    const struct rlimit limit = {.rlim_cur = (rlim_t)bytes, .rlim_max = RLIM_INFINITY};

    signal(SIGXFSZ, SIG_IGN);
    cr_assert(zero(int, setrlimit(RLIMIT_FSIZE, &limit)));
}

/* A limit on the size of files cuts a write off in its middle, as a full disk does. */
Test(spool, a_disk_that_is_full_leaves_no_half_of_a_line)
{
    ccpi_spool *spool = open_spool(1 << 20);
    int64_t line;

    append_all(spool, 0, 1);
    line = size_of(first_file);
    append_all(spool, 1, 3);
    limit_file_size(line * 7 / 2);
    cr_expect(eq(int, append(spool, 99), CCP_UNAVAILABLE));
    cr_expect(eq(i64, size_of(first_file), line * 3));
    limit_file_size(1 << 30);
    append_all(spool, 3, 5);
    cr_expect(eq(int, read_all(spool, 0, 9), 5));
    ccpi_spool_close(spool);
}

Test(spool, a_folder_that_cannot_be_made_is_said)
{
    const ccpi_spool_options options = {.directory = "/proc/none/spool",
                                        .max_bytes = 1 << 20};
    ccpi_spool *spool;
    ccp_error error = {0};

    cr_expect(eq(int, ccpi_spool_open(&options, &spool, &error), CCP_UNAVAILABLE));
    cr_expect(zero(ptr, spool));
    cr_expect(strstr(error.message, "/proc/none/spool") != NULL);
}
