#include <curl/curl.h>
#include <openssl/crypto.h>
#include <string.h>

#include "aws/http.h"
#include "base/cleanup.h"
#include "base/fail.h"

#define CONNECT_MS 3000L
#define FIRST_ROOM 4096
#define MAX_FIELD ((size_t)32 * 1024)

void ccpi_http_answer_clear(ccpi_http_answer *answer)
{
    ccpi_headers_wipe(&answer->headers);
    ccpi_buf_wipe(&answer->body);
    *answer = (ccpi_http_answer){0};
}

/* What the callbacks work on. */
typedef struct exchange {
    CURL *easy;
    ccpi_http_answer *answer;
    ccp_status status; /* why a callback ended the transfer */
} exchange;

/* Never leaves an outgrown copy behind. */
static ccp_status make_room(ccpi_buf *body, size_t len)
{
    ccpi_buf larger = {.limit = body->limit};

    if (body->len + len < body->capacity)
        return CCP_OK;
    if (!ccpi_buf_room(&larger, body->len + len))
        return larger.status;
    ccpi_buf_append(&larger, body->data, body->len);
    ccpi_buf_wipe(body);
    *body = larger;
    return CCP_OK;
}

static size_t take_body(char *bytes, size_t size, size_t count, void *self)
{
    exchange *running = self;
    ccpi_buf *body = &running->answer->body;
    const size_t len = size * count;

    running->status = make_room(body, len);
    if (running->status != CCP_OK)
        return 0;
    ccpi_buf_append(body, bytes, len);
    return len;
}

static ccp_status take_field(ccpi_headers *headers, ccpi_span line)
{
    const char *colon = memchr(line.data, ':', line.len);
    ccpi_span name, value;
    ccp_status status;

    if (!colon)
        return CCP_OK;
    name = (ccpi_span){line.data, (size_t)(colon - line.data)};
    value = (ccpi_span){colon + 1, line.len - name.len - 1};
    status = ccpi_headers_add(headers, name, value);
    /* A field that is not well-formed is none that anybody here asks for. */
    return status == CCP_INVALID ? CCP_OK : status;
}

static size_t take_header(char *bytes, size_t size, size_t count, void *self)
{
    exchange *running = self;
    ccpi_span line = {bytes, size * count};

    while (line.len > 0 && strchr("\r\n", line.data[line.len - 1]))
        line.len--;
    if (ccpi_span_starts(line, "HTTP/"))
        ccpi_headers_clear(&running->answer->headers);
    else
        running->status = take_field(&running->answer->headers, line);
    return running->status == CCP_OK ? size * count : 0;
}

static void free_list(struct curl_slist **list)
{
    for (struct curl_slist *node = *list; node; node = node->next)
        OPENSSL_cleanse(node->data, strlen(node->data));
    curl_slist_free_all(*list);
}

static bool add_line(struct curl_slist **list, const char *line)
{
    struct curl_slist *longer = curl_slist_append(*list, line);

    if (longer)
        *list = longer;
    return longer != NULL;
}

static bool build_list(const ccpi_headers *headers, struct curl_slist **list)
{
    CCPI_CLEANUP(ccpi_buf_wipe) ccpi_buf line = {.limit = MAX_FIELD};

    /* Else curl waits a second for a leave to send that nobody gives. */
    if (!add_line(list, "Expect:") || !ccpi_buf_room(&line, MAX_FIELD))
        return false;
    for (size_t i = 0; headers && i < headers->count; i++) {
        ccpi_buf_reset(&line);
        ccpi_buf_append_format(&line, "%s: %s", headers->fields[i].name,
                               headers->fields[i].value);
        if (line.status != CCP_OK || !add_line(list, line.data))
            return false;
    }
    return true;
}

static CURLcode set_body(CURL *easy, const ccpi_http_request *request)
{
    CURLcode code;

    if (strcmp(request->method, "GET") == 0)
        return CURLE_OK;
    code = curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                            (curl_off_t)request->body.len);
    code |= curl_easy_setopt(easy, CURLOPT_POSTFIELDS,
                             request->body.data ? request->body.data : "");
    code |= curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method);
    return code;
}

static CURLcode set_options(CURL *easy, const ccpi_http_curl *options,
                            const ccpi_http_request *request)
{
    CURLcode code = curl_easy_setopt(easy, CURLOPT_URL, request->url);

    code |= curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    code |= curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
    code |= curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    code |= curl_easy_setopt(easy, CURLOPT_PROXY, "");
    code |= curl_easy_setopt(easy, CURLOPT_HTTP09_ALLOWED, 0L);
    code |= curl_easy_setopt(easy, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
    code |= curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
    code |= curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)request->timeout_ms);
    /* Else the deadline waits for the resolver's thread. */
    code |= curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
    if (options->ca_file)
        code |= curl_easy_setopt(easy, CURLOPT_CAINFO, options->ca_file);
    return code | set_body(easy, request);
}

static CURLcode set_callbacks(exchange *running, struct curl_slist *list)
{
    CURL *easy = running->easy;
    CURLcode code = curl_easy_setopt(easy, CURLOPT_HTTPHEADER, list);

    code |= curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
    code |= curl_easy_setopt(easy, CURLOPT_HEADERDATA, running);
    code |= curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
    code |= curl_easy_setopt(easy, CURLOPT_WRITEDATA, running);
    return code;
}

static ccp_status status_of(CURLcode code)
{
    switch (code) {
    case CURLE_OPERATION_TIMEDOUT: return CCP_TIMEOUT;
    case CURLE_OUT_OF_MEMORY: return CCP_NO_MEMORY;
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT: return CCP_PROTOCOL;
    default: return CCP_UNAVAILABLE;
    }
}

static ccp_status perform(exchange *running, ccp_error *error)
{
    const CURLcode code = curl_easy_perform(running->easy);
    long status = 0;

    if (running->status == CCP_LIMIT)
        return ccpi_fail(error, CCP_PROTOCOL, "an answer that is too long");
    if (running->status != CCP_OK)
        return ccpi_fail(error, running->status, "no memory for an answer");
    if (code != CURLE_OK)
        return ccpi_fail(error, status_of(code), "%s", curl_easy_strerror(code));
    curl_easy_getinfo(running->easy, CURLINFO_RESPONSE_CODE, &status);
    running->answer->status = (int)status;
    return CCP_OK;
}

static void end_easy(CURL **easy)
{
    curl_easy_cleanup(*easy);
}

static ccp_status exchange_over_curl(void *self, const ccpi_http_request *request,
                                     ccpi_http_answer *out, ccp_error *error)
{
    CCPI_CLEANUP(free_list) struct curl_slist *list = NULL;
    CCPI_CLEANUP(end_easy) CURL *easy = curl_easy_init();
    exchange running = {.easy = easy, .answer = out};

    out->body.limit = CCPI_HTTP_MAX_ANSWER;
    if (!easy || !build_list(request->headers, &list) ||
        set_options(easy, self, request) != CURLE_OK ||
        set_callbacks(&running, list) != CURLE_OK ||
        make_room(&out->body, FIRST_ROOM) != CCP_OK)
        return ccpi_fail(error, CCP_NO_MEMORY, "no memory for a request");
    return perform(&running, error);
}

ccpi_http ccpi_http_over_curl(ccpi_http_curl *curl)
{
    return (ccpi_http){.exchange = exchange_over_curl, .self = curl};
}
