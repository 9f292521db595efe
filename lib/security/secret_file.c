#include "ccproxy/secret_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/encode.h"
#include "base/fail.h"
#include "base/file.h"

#define MAX_RANDOM_LEN 512
#define TEMPORARY_LEN 8

/* The text and a newline of either kind. */
#define MAX_FILE_LEN (CCP_SECRET_TEXT_MAX + 2)

_Static_assert(CCPI_BASE64URL_LEN(MAX_RANDOM_LEN) <= CCP_SECRET_TEXT_MAX,
               "the most random bytes fit as text");

void ccp_secret_text_wipe(ccp_secret_text *secret)
{
    OPENSSL_cleanse(secret, sizeof(*secret));
}

ccp_status ccp_secret_text_generate(const ccp_random *random, size_t len,
                                    ccp_secret_text *out, ccp_error *error)
{
    unsigned char bytes[MAX_RANDOM_LEN];
    ccp_status status;

    if (len == 0 || len > sizeof(bytes))
        return ccpi_fail(error, CCP_INVALID, "a secret has 1 to %d random bytes",
                         MAX_RANDOM_LEN);
    status = random->fill(random->self, bytes, len);
    if (status != CCP_OK)
        return ccpi_fail(error, status, "no random bytes for a secret");
    ccpi_base64url_encode(bytes, len, out->text);
    OPENSSL_cleanse(bytes, sizeof(bytes));
    return CCP_OK;
}

static ccp_status fail_by_errno(ccp_error *error, const char *path)
{
    return ccpi_fail(error, errno == ENOENT ? CCP_NOT_FOUND : CCP_UNAVAILABLE, "%s: %m",
                     path);
}

/* The folder that a path stands in: everything before its last slash, or ".". */
static bool folder_of(const char *path, char folder[PATH_MAX])
{
    const char *slash = strrchr(path, '/');
    int len = slash ? (int)(slash - path) : 1;

    if (slash == path)
        return snprintf(folder, PATH_MAX, "/") > 0;
    return snprintf(folder, PATH_MAX, "%.*s", len, slash ? path : ".") < PATH_MAX;
}

/* Ours, or the folder's owner's: root may administer a service that runs as another. */
static bool is_owner_fine(const char *path, uid_t owner)
{
    char folder[PATH_MAX];
    struct stat facts;

    if (owner == geteuid())
        return true;
    return folder_of(path, folder) && stat(folder, &facts) == 0 &&
           facts.st_uid == owner && geteuid() == 0;
}

static ccp_status check_file(int descriptor, const char *path, ccp_error *error)
{
    struct stat facts;

    if (fstat(descriptor, &facts) != 0)
        return fail_by_errno(error, path);
    if (!S_ISREG(facts.st_mode))
        return ccpi_fail(error, CCP_DENIED, "%s: is no plain file", path);
    if (!is_owner_fine(path, facts.st_uid))
        return ccpi_fail(error, CCP_DENIED, "%s: belongs to another user (%ld)", path,
                         (long)facts.st_uid);
    if (facts.st_mode & (S_IRWXG | S_IRWXO))
        return ccpi_fail(error, CCP_DENIED,
                         "%s: has mode %03o, so others may use it: chmod 600", path,
                         (unsigned)facts.st_mode & 0777);
    return CCP_OK;
}

static ccp_status take_text(const ccpi_buf *text, const char *path, ccp_secret_text *out,
                            ccp_error *error)
{
    size_t len = text->len;

    while (len > 0 && (text->data[len - 1] == '\n' || text->data[len - 1] == '\r'))
        len--;
    if (len == 0 || len > CCP_SECRET_TEXT_MAX || memchr(text->data, '\0', len))
        return ccpi_fail(error, CCP_INVALID, "%s: is empty, too long, or holds a NUL",
                         path);
    memcpy(out->text, text->data, len);
    out->text[len] = '\0';
    return CCP_OK;
}

ccp_status ccp_secret_file_read(const char *path, ccp_secret_text *out, ccp_error *error)
{
    CCPI_CLEANUP(ccpi_buf_wipe) ccpi_buf text = {.limit = MAX_FILE_LEN};
    /* Not blocking, since a FIFO may stand there. */
    CCPI_CLEANUP(ccpi_file_close)
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    ccp_status status;

    if (descriptor < 0 && errno == ELOOP)
        return ccpi_fail(error, CCP_DENIED, "%s: is a symbolic link", path);
    if (descriptor < 0)
        return fail_by_errno(error, path);
    status = check_file(descriptor, path, error);
    if (status == CCP_OK)
        status = ccpi_file_read_open(descriptor, path, &text, error);
    if (status == CCP_LIMIT)
        return ccpi_fail(error, CCP_INVALID, "%s: is too long", path);
    return status == CCP_OK ? take_text(&text, path, out, error) : status;
}

static bool write_all(int descriptor, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t put = write(descriptor, bytes, len);

        if (put < 0 && errno != EINTR)
            return false;
        if (put > 0) {
            bytes += put;
            len -= (size_t)put;
        }
    }
    return true;
}

static ccp_status write_temporary(const char *path, const ccp_secret_text *secret,
                                  ccp_error *error)
{
    CCPI_CLEANUP(ccpi_file_close)
    int descriptor =
        open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);

    if (descriptor < 0)
        return ccpi_fail(error, CCP_UNAVAILABLE, "%s: %m", path);
    /* The mode again, since the umask may have taken some of it. */
    if (fchmod(descriptor, S_IRUSR | S_IWUSR) != 0 ||
        !write_all(descriptor, secret->text, strlen(secret->text)) ||
        !write_all(descriptor, "\n", 1) || fsync(descriptor) != 0)
        return ccpi_fail(error, CCP_UNAVAILABLE, "%s: %m", path);
    return CCP_OK;
}

/* So that the name survives a crash too. Some file systems can't, and need not. */
static void sync_folder(const char *path)
{
    char folder[PATH_MAX];
    int descriptor;

    if (!folder_of(path, folder))
        return;
    descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0)
        return;
    fsync(descriptor);
    close(descriptor);
}

/* link(2) and not rename(2): it never replaces what another process has made. */
static ccp_status publish(const char *temporary, const char *path, ccp_error *error)
{
    if (link(temporary, path) == 0) {
        sync_folder(path);
        return CCP_OK;
    }
    if (errno == EEXIST)
        return ccpi_fail(error, CCP_CONFLICT, "%s: exists already", path);
    return ccpi_fail(error, CCP_UNAVAILABLE, "%s: %m", path);
}

static bool name_temporary(const char *path, char temporary[PATH_MAX])
{
    const ccp_random *random = ccp_system_random();
    unsigned char bytes[TEMPORARY_LEN];
    char suffix[2 * TEMPORARY_LEN + 1];

    if (random->fill(random->self, bytes, sizeof(bytes)) != CCP_OK)
        return false;
    ccpi_hex_encode(bytes, sizeof(bytes), suffix);
    return snprintf(temporary, PATH_MAX, "%s.%s", path, suffix) < PATH_MAX;
}

ccp_status ccp_secret_file_create(const char *path, const ccp_secret_text *secret,
                                  ccp_error *error)
{
    char temporary[PATH_MAX];
    ccp_status status;

    if (!name_temporary(path, temporary))
        return ccpi_fail(error, CCP_UNAVAILABLE, "%s: no name for a temporary file",
                         path);
    status = write_temporary(temporary, secret, error);
    if (status == CCP_OK)
        status = publish(temporary, path, error);
    unlink(temporary);
    return status;
}

ccp_status ccp_secret_file_ensure(const char *path, ccp_secret_text *fresh,
                                  bool *was_created, ccp_error *error)
{
    CCPI_CLEANUP(ccp_secret_text_wipe) ccp_secret_text found = {{0}};
    ccp_status status = ccp_secret_file_read(path, &found, error);
    bool is_new = status == CCP_NOT_FOUND;

    if (is_new) {
        status = ccp_secret_file_create(path, fresh, error);
        is_new = status == CCP_OK;
    }
    if (status == CCP_CONFLICT) /* another process was faster */
        status = ccp_secret_file_read(path, &found, error);
    if (status == CCP_OK && !is_new)
        *fresh = found;
    if (was_created)
        *was_created = is_new;
    return status;
}
