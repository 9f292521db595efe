#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"

#define PIECE 4096

void ccpi_file_close(const int *descriptor)
{
    if (*descriptor >= 0)
        close(*descriptor);
}

static ccp_status fail_by_errno(ccp_error *error, const char *path)
{
    return ccpi_fail(error, errno == ENOENT ? CCP_NOT_FOUND : CCP_UNAVAILABLE, "%s: %m",
                     path);
}

/* Room for the whole file at once, so that no outgrown copy is left behind. */
static void reserve(int descriptor, ccpi_buf *out)
{
    struct stat facts;

    if (fstat(descriptor, &facts) == 0 && facts.st_size > 0 &&
        (size_t)facts.st_size < out->limit - out->len)
        ccpi_buf_room(out, (size_t)facts.st_size + 1);
}

/* What is there already, else a piece more, within the limit. */
static size_t next_length(const ccpi_buf *out)
{
    size_t left = out->limit - out->len;
    size_t len = out->capacity > out->len + 1 ? out->capacity - out->len - 1 : PIECE;

    return len < left ? len : left;
}

static ccp_status check_end(int descriptor, const char *path, size_t limit,
                            ccp_error *error)
{
    char more;
    ssize_t got = read(descriptor, &more, 1);

    if (got < 0)
        return fail_by_errno(error, path);
    if (got > 0)
        return ccpi_fail(error, CCP_LIMIT, "%s: longer than %zu bytes", path, limit);
    return CCP_OK;
}

ccp_status ccpi_file_read_open(int descriptor, const char *path, ccpi_buf *out,
                               ccp_error *error)
{
    reserve(descriptor, out);
    while (out->len < out->limit) {
        size_t len = next_length(out);
        char *room = ccpi_buf_room(out, len);
        ssize_t got;

        if (!room)
            return ccpi_fail(error, out->status, "%s: no memory to read it", path);
        got = read(descriptor, room, len);
        if (got == 0)
            return CCP_OK;
        if (got < 0 && errno != EINTR)
            return fail_by_errno(error, path);
        if (got > 0)
            ccpi_buf_grow(out, (size_t)got);
    }
    return check_end(descriptor, path, out->limit, error);
}

ccp_status ccpi_file_read(const char *path, ccpi_buf *out, ccp_error *error)
{
    CCPI_CLEANUP(ccpi_file_close)
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);

    if (descriptor < 0)
        return fail_by_errno(error, path);
    return ccpi_file_read_open(descriptor, path, out, error);
}
