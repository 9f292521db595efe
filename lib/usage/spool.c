#include "usage/spool.h"

#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fail.h"
#include "usage/spool_file.h"
#include "usage/spool_line.h"

/* Read at a time; a line is shorter, or damaged. */
#define BLOCK (64 * 1024)

_Static_assert(BLOCK > CCPI_SPOOL_LINE_MAX, "a block holds a whole line");

struct ccpi_spool {
    char *directory;
    int64_t max_bytes;
    int64_t max_file_bytes;
    ccpi_log *log;

    pthread_mutex_t lock;    /* of all below, and of the newest file's end */
    ccpi_spool_file *oldest; /* where the reader reads */
    ccpi_spool_file *newest; /* where writers write; the last of the list */
    int64_t bytes;           /* of all files */
    uint64_t depth;

    char block[BLOCK]; /* the reader's */
};

static ccp_status open_files(ccpi_spool *spool, ccp_error *error)
{
    if (mkdir(spool->directory, 0700) != 0 && errno != EEXIST)
        return ccpi_fail(error, CCP_UNAVAILABLE, "can't make the folder %s: %s",
                         spool->directory, strerror(errno));
    return ccpi_spool_file_make(spool->directory, &spool->newest, error);
}

ccp_status ccpi_spool_open(const ccpi_spool_options *options, ccpi_spool **out,
                           ccp_error *error)
{
    ccpi_spool *spool = calloc(1, sizeof(*spool));
    ccp_status status = CCP_NO_MEMORY;

    *out = NULL;
    if (!spool || pthread_mutex_init(&spool->lock, NULL) != 0) {
        free(spool);
        return ccpi_fail(error, CCP_NO_MEMORY, "no memory for a spool");
    }
    spool->max_bytes = options->max_bytes;
    spool->max_file_bytes = options->max_bytes / 4;
    if (spool->max_file_bytes > CCPI_SPOOL_FILE_BYTES)
        spool->max_file_bytes = CCPI_SPOOL_FILE_BYTES;
    spool->log = options->log;
    spool->directory = strdup(options->directory);
    if (spool->directory)
        status = open_files(spool, error);
    else
        ccpi_fail(error, status, "no memory for a spool");
    if (status != CCP_OK) {
        ccpi_spool_close(spool);
        return status;
    }
    spool->oldest = spool->newest;
    *out = spool;
    return CCP_OK;
}

void ccpi_spool_close(ccpi_spool *spool)
{
    if (!spool)
        return;
    while (spool->oldest) {
        ccpi_spool_file *file = spool->oldest;

        spool->oldest = file->next;
        if (file->depth == 0)
            ccpi_spool_file_remove(file);
        else
            ccpi_spool_file_close(file);
    }
    pthread_mutex_destroy(&spool->lock);
    free(spool->directory);
    free(spool);
}

/* Goes on in the file that there is when no other can be made, if it may be used. */
static bool turn_page(ccpi_spool *spool)
{
    ccpi_spool_file *file;

    if (ccpi_spool_file_make(spool->directory, &file, NULL) != CCP_OK)
        return !spool->newest->is_torn;
    spool->newest->next = file;
    spool->newest = file;
    return true;
}

static ccp_status append_line(ccpi_spool *spool, const char *line, size_t len)
{
    const int64_t len_after = spool->newest->size + (int64_t)len;
    ccp_status status;

    if (spool->bytes + (int64_t)len > spool->max_bytes)
        return CCP_LIMIT;
    if ((spool->newest->is_torn || len_after > spool->max_file_bytes) &&
        !turn_page(spool))
        return CCP_UNAVAILABLE;
    status = ccpi_spool_file_append(spool->newest, line, len);
    if (status == CCP_OK) {
        spool->bytes += (int64_t)len;
        spool->depth++;
    }
    return status;
}

ccp_status ccpi_spool_append(ccpi_spool *spool, const ccp_usage_record *record,
                             uint64_t *depth)
{
    char line[CCPI_SPOOL_LINE_MAX];
    const size_t len = ccpi_spool_line_write(record, line);
    ccp_status status;

    pthread_mutex_lock(&spool->lock);
    status = append_line(spool, line, len);
    *depth = spool->depth;
    pthread_mutex_unlock(&spool->lock);
    return status;
}

uint64_t ccpi_spool_depth(ccpi_spool *spool)
{
    uint64_t depth;

    pthread_mutex_lock(&spool->lock);
    depth = spool->depth;
    pthread_mutex_unlock(&spool->lock);
    return depth;
}

static void tell(ccpi_spool *spool, ccp_log_level level, const char *event,
                 const ccpi_spool_file *file, int64_t bytes)
{
    ccpi_log_line line;

    ccpi_log_start(&line, spool->log, level, event, NULL);
    ccpi_log_text(&line, "file", file->path);
    ccpi_log_number(&line, "bytes", bytes);
    ccpi_log_end(&line);
}

/* In front of the list: what is in it is older than what this process writes. */
static uint64_t take_in(ccpi_spool *spool, ccpi_spool_file *file)
{
    const uint64_t depth = file->depth;

    if (file->torn_bytes > 0)
        tell(spool, CCP_LOG_WARNING, "usage_spool_torn", file, file->torn_bytes);
    if (depth == 0) {
        ccpi_spool_file_remove(file);
        return 0;
    }
    tell(spool, CCP_LOG_INFO, "usage_spooled", file, file->size);
    pthread_mutex_lock(&spool->lock);
    file->next = spool->oldest;
    spool->oldest = file;
    spool->bytes += file->size;
    spool->depth += depth;
    pthread_mutex_unlock(&spool->lock);
    return depth;
}

uint64_t ccpi_spool_adopt(ccpi_spool *spool)
{
    DIR *directory = opendir(spool->directory);
    uint64_t depth = 0;
    struct dirent *entry;

    while (directory && (entry = readdir(directory))) {
        ccpi_spool_file *file;

        if (ccpi_spool_file_adopt(spool->directory, entry->d_name, &file, NULL) == CCP_OK)
            depth += take_in(spool, file);
    }
    if (directory)
        closedir(directory);
    return depth;
}

/* Reads lines of the block into records; returns how many bytes they were. */
static size_t read_lines(ccpi_spool *spool, ccpi_spool_file *file, size_t len,
                         ccpi_spool_batch *batch)
{
    size_t at = 0;

    while (at < len && batch->count < batch->most) {
        const char *line = spool->block + at;
        const char *end = memchr(line, '\n', len - at);
        const ccpi_span text = {line, end ? (size_t)(end - line) : 0};

        if (!end)
            break;
        file->lines_read++;
        if (ccpi_spool_line_read(text, &batch->records[batch->count])) {
            batch->count++;
        } else {
            batch->damaged++;
            tell(spool, CCP_LOG_ERROR, "usage_spool_damaged", file,
                 file->read_at + (int64_t)at);
        }
        at += text.len + 1;
    }
    /* No line at all: what is longer than a block is no line. */
    return at == 0 && batch->count < batch->most ? len : at;
}

ccp_status ccpi_spool_peek(ccpi_spool *spool, ccpi_spool_batch *batch)
{
    ccpi_spool_file *file;
    int64_t size;

    batch->count = batch->damaged = 0;
    pthread_mutex_lock(&spool->lock);
    file = spool->oldest;
    size = file->size;
    pthread_mutex_unlock(&spool->lock);

    file->read_at = file->kept_from;
    file->lines_read = 0;
    while (file->read_at < size && batch->count < batch->most) {
        const int64_t left = size - file->read_at;
        const ssize_t got = pread(file->descriptor, spool->block,
                                  left < BLOCK ? (size_t)left : BLOCK, file->read_at);

        if (got <= 0)
            return CCP_UNAVAILABLE;
        file->read_at += (int64_t)read_lines(spool, file, (size_t)got, batch);
    }
    return CCP_OK;
}

/* With the lock held: a file that has been read to its end makes room. */
static ccpi_spool_file *release(ccpi_spool *spool, ccpi_spool_file *file)
{
    const int64_t size = file->size;

    if (file->kept_from < size)
        return NULL;
    if (file != spool->newest) {
        spool->oldest = file->next;
        spool->bytes -= size;
        return file;
    }
    if (ccpi_spool_file_cut(file))
        spool->bytes -= size;
    return NULL;
}

void ccpi_spool_forget(ccpi_spool *spool)
{
    ccpi_spool_file *file, *finished;

    pthread_mutex_lock(&spool->lock);
    file = spool->oldest;
    file->kept_from = file->read_at;
    file->depth -= file->lines_read;
    spool->depth -= file->lines_read;
    file->lines_read = 0;
    finished = release(spool, file);
    pthread_mutex_unlock(&spool->lock);
    if (finished)
        ccpi_spool_file_remove(finished);
}
