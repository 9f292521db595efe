#include "usage/spool_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fail.h"

/* Names are numbers of so many digits, all of which are tried for a new file. */
#define NAME_PREFIX "usage-"
#define NAME_SUFFIX ".spool"
#define NAME_DIGITS 6
#define MAX_NUMBER 999999u
#define MAX_NAME 32

#define BLOCK (64 * 1024)

static ccpi_spool_file *file_new(const char *directory, const char *name)
{
    const size_t size = strlen(directory) + 1 + strlen(name) + 1;
    ccpi_spool_file *file = calloc(1, sizeof(*file) + size);

    if (!file)
        return NULL;
    file->descriptor = -1;
    snprintf(file->path, size, "%s/%s", directory, name);
    return file;
}

void ccpi_spool_file_close(ccpi_spool_file *file)
{
    if (!file)
        return;
    if (file->descriptor >= 0)
        close(file->descriptor);
    free(file);
}

void ccpi_spool_file_remove(ccpi_spool_file *file)
{
    unlink(file->path);
    ccpi_spool_file_close(file);
}

/*
 * Whoever wants the file takes its lock first and then looks whether it is
 * still the one of that name: its former owner may have removed it in between.
 */
static bool own(const ccpi_spool_file *file)
{
    struct stat opened, named;

    return flock(file->descriptor, LOCK_EX | LOCK_NB) == 0 &&
           fstat(file->descriptor, &opened) == 0 && S_ISREG(opened.st_mode) &&
           stat(file->path, &named) == 0 && opened.st_ino == named.st_ino &&
           opened.st_dev == named.st_dev;
}

static ccp_status make_named(const char *directory, const char *name,
                             ccpi_spool_file **out)
{
    ccpi_spool_file *file = file_new(directory, name);
    int failure;

    if (!file)
        return CCP_NO_MEMORY;
    file->descriptor =
        open(file->path, O_RDWR | O_APPEND | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file->descriptor >= 0 && own(file)) {
        *out = file;
        return CCP_OK;
    }
    /* Made, but lost to somebody who looks for files to adopt: the next number. */
    failure = file->descriptor >= 0 ? EEXIST : errno;
    ccpi_spool_file_close(file);
    errno = failure;
    return failure == EEXIST ? CCP_CONFLICT : CCP_UNAVAILABLE;
}

ccp_status ccpi_spool_file_make(const char *directory, ccpi_spool_file **out,
                                ccp_error *error)
{
    ccp_status status = CCP_CONFLICT;
    char name[MAX_NAME];

    *out = NULL;
    for (unsigned i = 1; i <= MAX_NUMBER && status == CCP_CONFLICT; i++) {
        snprintf(name, sizeof(name), NAME_PREFIX "%0*u" NAME_SUFFIX, NAME_DIGITS, i);
        status = make_named(directory, name, out);
    }
    if (status == CCP_OK)
        return CCP_OK;
    return ccpi_fail(error, status, "can't make a spool file in %s: %s", directory,
                     strerror(errno));
}

static bool is_spool_name(const char *name)
{
    const size_t prefix_len = strlen(NAME_PREFIX);

    return strncmp(name, NAME_PREFIX, prefix_len) == 0 &&
           strspn(name + prefix_len, "0123456789") == NAME_DIGITS &&
           strcmp(name + prefix_len + NAME_DIGITS, NAME_SUFFIX) == 0;
}

/* Counts the lines and finds the end of the last whole one. */
static bool survey(ccpi_spool_file *file, int64_t *bytes)
{
    char *block = malloc(BLOCK);
    ssize_t got = -1;

    *bytes = 0;
    while (block && (got = pread(file->descriptor, block, BLOCK, *bytes)) > 0) {
        for (ssize_t i = 0; i < got; i++) {
            if (block[i] != '\n')
                continue;
            file->depth++;
            file->size = *bytes + i + 1;
        }
        *bytes += got;
    }
    free(block);
    return got == 0;
}

ccp_status ccpi_spool_file_adopt(const char *directory, const char *name,
                                 ccpi_spool_file **out, ccp_error *error)
{
    ccpi_spool_file *file;
    int64_t bytes;

    *out = NULL;
    if (!is_spool_name(name))
        return CCP_NOT_FOUND;
    file = file_new(directory, name);
    if (!file)
        return ccpi_fail(error, CCP_NO_MEMORY, "no memory for a spool file");

    file->descriptor = open(file->path, O_RDWR | O_APPEND | O_NOFOLLOW | O_CLOEXEC);
    if (file->descriptor < 0 || !own(file)) {
        ccpi_spool_file_close(file);
        return CCP_NOT_FOUND;
    }
    if (!survey(file, &bytes)) {
        ccpi_fail(error, CCP_UNAVAILABLE, "can't read %s: %s", file->path,
                  strerror(errno));
        ccpi_spool_file_close(file);
        return CCP_UNAVAILABLE;
    }
    file->torn_bytes = bytes - file->size;
    if (file->torn_bytes > 0)
        file->is_torn = ftruncate(file->descriptor, file->size) != 0;
    *out = file;
    return CCP_OK;
}

static bool write_whole(int descriptor, const char *bytes, size_t len)
{
    ssize_t written;

    do
        written = write(descriptor, bytes, len);
    while (written < 0 && errno == EINTR);
    return written == (ssize_t)len;
}

ccp_status ccpi_spool_file_append(ccpi_spool_file *file, const char *line, size_t len)
{
    if (!write_whole(file->descriptor, line, len)) {
        file->is_torn = ftruncate(file->descriptor, file->size) != 0;
        return CCP_UNAVAILABLE;
    }
    file->size += (int64_t)len;
    file->depth++;
    return CCP_OK;
}

bool ccpi_spool_file_cut(ccpi_spool_file *file)
{
    if (file->size > 0 && ftruncate(file->descriptor, 0) != 0)
        return false;
    file->size = file->read_at = file->kept_from = 0;
    return true;
}
