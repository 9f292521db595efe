#include "request_check.h"

#include <string.h>
#include <strings.h>

/* Lengths of more digits than this are none. */
#define LENGTH_DIGITS_MAX 18

static const char *end_of(const char *text)
{
    return text + strlen(text);
}

/* CivetWeb puts a NUL over each of CR and LF, and none elsewhere between lines. */
static bool is_followed_by(const char *text, const char *next_line)
{
    return next_line - end_of(text) == 2;
}

/* Blanks before the colon become NULs, those after it stay. */
static bool has_blank_before_colon(const ccp_header *header)
{
    const char *behind_colon = end_of(header->name) + 1;

    return memchr(behind_colon, '\0', (size_t)(header->value - behind_colon)) != NULL;
}

/*
 * Parsing stops in silence at a line that begins with a blank (a folded one)
 * or a colon. After the true end stand CR LF, and again CR.
 */
static bool is_last(const ccp_header *header)
{
    const char *end = end_of(header->value);

    return end[1] == '\0' && end[2] == '\r';
}

static const char *flaw_of_lines(const app_received_head *head)
{
    const char *before = head->version;

    for (size_t i = 0; i < head->header_count; i++) {
        const ccp_header *header = &head->headers[i];

        if (!is_followed_by(before, header->name))
            return "a line of the head does not end with CR LF";
        if (has_blank_before_colon(header))
            return "a header name is followed by a blank";
        before = header->value;
    }
    if (head->header_count > 0 && !is_last(&head->headers[head->header_count - 1]))
        return "a header line is malformed";
    return NULL;
}

static const ccp_header *find(const app_received_head *head, const char *name,
                              size_t *count)
{
    const ccp_header *found = NULL;

    *count = 0;
    for (size_t i = 0; i < head->header_count; i++) {
        if (strcasecmp(head->headers[i].name, name) != 0)
            continue;
        found = &head->headers[i];
        ++*count;
    }
    return found;
}

static bool is_length(const char *text)
{
    const size_t digits = strspn(text, "0123456789");

    return digits > 0 && digits <= LENGTH_DIGITS_MAX &&
           text[digits + strspn(text + digits, " \t")] == '\0';
}

static const char *flaw_of_framing(const app_received_head *head)
{
    size_t lengths;
    size_t encodings;
    const ccp_header *length = find(head, "content-length", &lengths);
    const ccp_header *encoding = find(head, "transfer-encoding", &encodings);

    if (lengths + encodings > 1)
        return "a request has one content-length or one transfer-encoding";
    if (length && !is_length(length->value))
        return "the content-length is not a number";
    if (encoding && strcasecmp(encoding->value, "chunked") != 0)
        return "the only transfer-encoding is chunked";
    if (encoding && strcmp(head->version, "1.1") != 0)
        return "a transfer-encoding needs HTTP/1.1";
    return NULL;
}

const char *app_request_flaw(const app_received_head *head)
{
    size_t hosts;
    const char *flaw;

    if (head->header_count > APP_HEADER_LINES_MAX)
        return "the request has too many header lines";
    flaw = flaw_of_lines(head);
    if (flaw)
        return flaw;
    find(head, "host", &hosts);
    if (hosts > 1)
        return "the request has several host headers";
    flaw = flaw_of_framing(head);
    if (flaw)
        return flaw;
    /* RFC 9112, section 3.2 */
    return hosts == 0 && strcmp(head->version, "1.1") == 0
               ? "a request of HTTP/1.1 has a host header"
               : NULL;
}

bool app_request_may_keep_alive(const app_received_head *head)
{
    size_t count;
    const ccp_header *wish = find(head, "connection", &count);

    if (head->header_count == 0 || strcmp(head->version, "1.1") != 0 || count > 1)
        return false;
    return !wish || (strcasestr(wish->value, "keep-alive") != NULL &&
                     strcasestr(wish->value, "upgrade") == NULL);
}
