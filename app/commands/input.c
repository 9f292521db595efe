#include "commands/input.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "fail.h"

/* How many of the last bytes end the line: LF, or CR LF. */
static size_t line_end(const char *text, size_t len)
{
    if (len == 0 || text[len - 1] != '\n')
        return 0;
    return len > 1 && text[len - 2] == '\r' ? 2 : 1;
}

ccp_status app_secret_input_read(app_secret_input *out, ccp_error *error)
{
    ssize_t got = 1;

    out->len = 0;
    while (out->len < sizeof(out->text) && got > 0) {
        got = read(STDIN_FILENO, out->text + out->len, sizeof(out->text) - out->len);
        if (got < 0 && errno != EINTR)
            return app_fail(error, CCP_UNAVAILABLE, "can't read standard input: %s",
                            strerror(errno));
        out->len += got > 0 ? (size_t)got : 0;
    }
    if (out->len > APP_SECRET_INPUT_MAX)
        return app_fail(error, CCP_INVALID, "standard input holds more than %d bytes",
                        APP_SECRET_INPUT_MAX);
    out->len -= line_end(out->text, out->len);
    out->text[out->len] = '\0';
    return out->len > 0 ? CCP_OK
                        : app_fail(error, CCP_INVALID, "standard input holds nothing");
}

void app_secret_input_wipe(app_secret_input *input)
{
    explicit_bzero(input, sizeof(*input));
}
