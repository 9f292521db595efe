#include "upstream/call.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/crypto.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <sys/socket.h>

/* An idle pooled connection is not used again after this. */
#define IDLE_LIFE_S 90L

/* Nor any after its life, so that a name whose addresses changed is followed. */
#define LIFE_S 300L
#define MOST_NAME_LIFE_S 30L

/* A dead upstream is noticed this long after its silence began, probes included. */
#define KEEPALIVE_IDLE_S 10
#define KEEPALIVE_INTERVAL_S 5

/* Long enough for a probe and its answer. */
#define ALIVE_MS 15000

/*
 * curl's own defaults are 16 and 64 KiB, for each of thousands of streams, whose
 * events are a few hundred bytes long. The first is set once a handle: one that
 * has spoken HTTP/2 refuses another.
 */
#define RECEIVE_BUFFER 4096L
#define UPLOAD_BUFFER 16384L

/*
 * While a large body goes out, since curl passes through its whole machine for each
 * bufferful: not more than the body, and below what malloc() gives back at once.
 */
#define MOST_UPLOAD_BUFFER (240L * 1024)

/* Smaller bodies are copied behind the head, and one write sends both (curl's limit). */
#define MAX_AT_ONCE ((size_t)64 * 1024)

static const struct {
    CURLoption option;
    long value;
} fixed[] = {
    {CURLOPT_NOSIGNAL, 1},
    {CURLOPT_NOPROGRESS, 1},
    {CURLOPT_FOLLOWLOCATION, 0},
    {CURLOPT_PATH_AS_IS, 1},
    {CURLOPT_HTTP09_ALLOWED, 0},
    {CURLOPT_NETRC, CURL_NETRC_IGNORED},
    {CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2},
    {CURLOPT_TCP_NODELAY, 1},
    {CURLOPT_MAXAGE_CONN, IDLE_LIFE_S},
    {CURLOPT_BUFFERSIZE, RECEIVE_BUFFER},
    /* Else cancelling while a name is looked up waits for the resolver's thread. */
    {CURLOPT_QUICK_EXIT, 1},
};

/*
 * Headers that curl would add of its own accord. Without a value they only tell
 * it not to; with CURLOPT_ACCEPT_ENCODING set for decoding, that one too.
 */
static const char *const unwanted[] = {"Accept", "Accept-Encoding", "Content-Type",
                                       "Expect"};
#define UNWANTED (sizeof(unwanted) / sizeof(unwanted[0]))

static const char *separator_of(const char *value)
{
    /* curl's way of saying "send it, and empty" (CURLOPT_HTTPHEADER). */
    return *value ? ": " : ";";
}

static size_t fields_size(const ccpi_headers *headers)
{
    size_t size = (headers->count + UNWANTED) * sizeof(struct curl_slist);

    for (size_t i = 0; i < headers->count; i++)
        size += strlen(headers->fields[i].name) + strlen(headers->fields[i].value) +
                sizeof(": ");
    for (size_t i = 0; i < UNWANTED; i++)
        size += strlen(unwanted[i]) + sizeof(":");
    return size;
}

typedef struct list_writer {
    struct curl_slist *nodes;
    size_t count;
    char *text;
} list_writer;

static void add_field(list_writer *list, const char *name, const char *separator,
                      const char *value)
{
    struct curl_slist *node = &list->nodes[list->count];

    *node = (struct curl_slist){.data = list->text};
    if (list->count > 0)
        list->nodes[list->count - 1].next = node;
    list->count++;
    list->text = stpcpy(stpcpy(stpcpy(list->text, name), separator), value) + 1;
}

/* curl only reads its list, so one block holds all of its nodes and texts. */
static ccp_status build_fields(ccpi_call *call, const ccpi_headers *headers)
{
    list_writer list = {0};

    call->fields_len = fields_size(headers);
    call->fields = malloc(call->fields_len);
    if (!call->fields)
        return CCP_NO_MEMORY;
    list.nodes = call->fields;
    list.text = (char *)(list.nodes + headers->count + UNWANTED);

    for (size_t i = 0; i < headers->count; i++)
        add_field(&list, headers->fields[i].name, separator_of(headers->fields[i].value),
                  headers->fields[i].value);
    for (size_t i = 0; i < UNWANTED; i++)
        if (!ccpi_headers_get(headers, unwanted[i]))
            add_field(&list, unwanted[i], ":", "");
    return CCP_OK;
}

static int seek_body(void *self, curl_off_t offset, int origin)
{
    ccpi_call *call = self;

    return origin == SEEK_SET && ccpi_upload_seek(&call->upload, offset)
               ? CURL_SEEKFUNC_OK
               : CURL_SEEKFUNC_FAIL;
}

/* Best effort: a connection without these still works, but dies unnoticed. */
static int tune_socket(void *self, curl_socket_t descriptor, curlsocktype purpose)
{
    /* A number in a pointer, since curl copies no larger thing. */
    const unsigned int user_timeout_ms = (unsigned int)(uintptr_t)self;
    const int on = 1;
    const int idle_s = KEEPALIVE_IDLE_S;
    const int interval_s = KEEPALIVE_INTERVAL_S;

    (void)purpose;
    setsockopt(descriptor, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
    setsockopt(descriptor, IPPROTO_TCP, TCP_KEEPIDLE, &idle_s, sizeof(idle_s));
    setsockopt(descriptor, IPPROTO_TCP, TCP_KEEPINTVL, &interval_s, sizeof(interval_s));
    if (user_timeout_ms > 0)
        setsockopt(descriptor, IPPROTO_TCP, TCP_USER_TIMEOUT, &user_timeout_ms,
                   sizeof(user_timeout_ms));
    return CURL_SOCKOPT_OK;
}

/* A stream that waits for its next event keeps no buffer of 16 KiB for it meanwhile. */
static CURLcode tune_tls(CURL *easy, void *context, void *self)
{
    (void)easy, (void)self;
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    return CURLE_OK;
}

static CURLcode set_lives(CURL *easy, const ccpi_engine_options *engine)
{
    const long life_s =
        engine->connection_life_s > 0 ? engine->connection_life_s : LIFE_S;
    const long name_life_s = life_s < MOST_NAME_LIFE_S ? life_s : MOST_NAME_LIFE_S;

    return curl_easy_setopt(easy, CURLOPT_MAXLIFETIME_CONN, life_s) |
           curl_easy_setopt(easy, CURLOPT_DNS_CACHE_TIMEOUT, name_life_s);
}

static CURLcode set_transport(CURL *easy, const ccpi_engine_options *engine)
{
    const long version =
        engine->use_http2 ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1;
    CURLcode code = CURLE_OK;

    for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
        code |= curl_easy_setopt(easy, fixed[i].option, fixed[i].value);
    code |= set_lives(easy, engine);
    code |= curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, version);
    /* Else requests that come before the first answer open a connection each. */
    code |= curl_easy_setopt(easy, CURLOPT_PIPEWAIT, engine->use_http2 ? 1L : 0L);
    code |= curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    code |= curl_easy_setopt(easy, CURLOPT_PROXY, "");
    code |= curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
    code |= curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, tune_socket);
    code |= curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, tune_tls);
    return code;
}

/* NULL: curl has none. Asked once, since the answer is put together each time. */
static const char *system_ca_file(ccpi_call_pool *pool)
{
    if (!pool->system_ca_file)
        pool->system_ca_file = curl_version_info(CURLVERSION_NOW)->cainfo;
    return pool->system_ca_file;
}

/* Handles are used again, so all of it is set each time, the default too. */
static CURLcode set_trust(CURL *easy, const ccpi_outgoing *outgoing, ccpi_call_pool *pool)
{
    const ccpi_trust of_engine = {pool->engine->ca_file,
                                  pool->engine->skip_tls_verification};
    const ccpi_trust *trust = outgoing->trust ? outgoing->trust : &of_engine;
    const char *ca_file = trust->ca_file ? trust->ca_file : system_ca_file(pool);
    CURLcode code = curl_easy_setopt(easy, CURLOPT_CAINFO, ca_file);

    code |= curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER,
                             trust->skips_verification ? 0L : 1L);
    return code | curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST,
                                   trust->skips_verification ? 0L : 2L);
}

bool ccpi_call_sends_at_once(const ccpi_outgoing *outgoing)
{
    return outgoing->piece_count == 0 ||
           (outgoing->piece_count == 1 && outgoing->pieces[0].len < MAX_AT_ONCE);
}

static long upload_buffer(const ccpi_outgoing *outgoing)
{
    const uint64_t len = ccpi_outgoing_length(outgoing);

    if (len < (uint64_t)UPLOAD_BUFFER || ccpi_call_sends_at_once(outgoing))
        return UPLOAD_BUFFER;
    return len < (uint64_t)MOST_UPLOAD_BUFFER ? (long)len : MOST_UPLOAD_BUFFER;
}

static CURLcode set_body(ccpi_call *call, const ccpi_call_options *options)
{
    const ccpi_outgoing *outgoing = options->outgoing;
    const bool at_once = ccpi_call_sends_at_once(outgoing);
    const char *bytes = outgoing->piece_count == 0 ? "" : outgoing->pieces[0].data;
    CURL *easy = call->easy;
    CURLcode code = curl_easy_setopt(easy, CURLOPT_POST, 1L);

    code |= curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, upload_buffer(outgoing));
    code |= curl_easy_setopt(easy, CURLOPT_POSTFIELDS, at_once ? bytes : NULL);
    code |= curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                             (curl_off_t)ccpi_outgoing_length(outgoing));
    code |= curl_easy_setopt(easy, CURLOPT_READFUNCTION, options->hooks.read);
    code |= curl_easy_setopt(easy, CURLOPT_READDATA, options->hooks.self);
    code |= curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, seek_body);
    code |= curl_easy_setopt(easy, CURLOPT_SEEKDATA, call);
    return code;
}

static CURLcode set_method(ccpi_call *call, const ccpi_call_options *options)
{
    const char *method = options->outgoing->method;
    const bool is_get = strcmp(method, "GET") == 0;
    const char *unusual = is_get || strcmp(method, "POST") == 0 ? NULL : method;
    CURLcode code = curl_easy_setopt(call->easy, CURLOPT_CUSTOMREQUEST, unusual);

    if (is_get)
        return code | curl_easy_setopt(call->easy, CURLOPT_HTTPGET, 1L);
    return code | set_body(call, options);
}

static CURLcode set_hooks(CURL *easy, const ccpi_call_hooks *hooks)
{
    CURLcode code = curl_easy_setopt(easy, CURLOPT_PRIVATE, hooks->self);

    code |= curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, hooks->header);
    code |= curl_easy_setopt(easy, CURLOPT_HEADERDATA, hooks->self);
    code |= curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, hooks->body);
    code |= curl_easy_setopt(easy, CURLOPT_WRITEDATA, hooks->self);
    code |= curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, hooks->connect);
    code |= curl_easy_setopt(easy, CURLOPT_PREREQDATA, hooks->self);
    return code;
}

static CURLcode set_request(ccpi_call *call, const ccpi_call_options *options)
{
    CURL *easy = call->easy;
    void *user_timeout_ms = (void *)(uintptr_t)(unsigned int)options->upload_ms;
    CURLcode code = curl_easy_setopt(easy, CURLOPT_URL, options->outgoing->url);

    code |= curl_easy_setopt(easy, CURLOPT_HTTPHEADER, call->fields);
    code |= curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 0L);
    code |= curl_easy_setopt(easy, CURLOPT_SOCKOPTDATA, user_timeout_ms);
    code |= curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)options->connect_ms);
    code |= set_trust(easy, options->outgoing, options->pool);
    code |= set_method(call, options);
    return code | set_hooks(easy, &options->hooks);
}

static CURL *new_handle(const ccpi_engine_options *engine)
{
    CURL *easy = curl_easy_init();

    if (easy && set_transport(easy, engine) == CURLE_OK)
        return easy;
    curl_easy_cleanup(easy);
    return NULL;
}

ccp_status ccpi_call_open(ccpi_call *call, const ccpi_call_options *options)
{
    ccpi_call_pool *pool = options->pool;

    *call = (ccpi_call){.upload.outgoing = options->outgoing};
    call->easy = pool->count > 0 ? pool->idle[--pool->count] : new_handle(pool->engine);

    /* All values are ours and valid, so what can fail is their copying. */
    if (call->easy && build_fields(call, &options->outgoing->headers) == CCP_OK &&
        set_request(call, options) == CURLE_OK)
        return CCP_OK;

    ccpi_call_close(call, pool);
    return CCP_NO_MEMORY;
}

static void give_back(CURL *easy, ccpi_call_pool *pool)
{
    if (pool->count == CCPI_CALL_MAX_IDLE) {
        curl_easy_cleanup(easy);
        return;
    }
    /* What points into memory that now goes. */
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, NULL);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, NULL);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, NULL);
    pool->idle[pool->count++] = easy;
}

void ccpi_call_close(ccpi_call *call, ccpi_call_pool *pool)
{
    if (call->easy)
        give_back(call->easy, pool);
    if (call->fields)
        OPENSSL_cleanse(call->fields, call->fields_len);
    free(call->fields);
    *call = (ccpi_call){0};
}

void ccpi_call_pool_clear(ccpi_call_pool *pool)
{
    while (pool->count > 0)
        curl_easy_cleanup(pool->idle[--pool->count]);
}

void ccpi_call_use_fresh_connection(ccpi_call *call)
{
    curl_easy_setopt(call->easy, CURLOPT_FRESH_CONNECT, 1L);
}

/*
 * The option frees the buffer, which curl makes anew when it has something to
 * send. What it has not sent yet stands in it, so that must be nothing.
 */
static void drop_upload_buffer(ccpi_call *call)
{
    curl_off_t sent = 0;

    if (!call->upload.outgoing ||
        curl_easy_getinfo(call->easy, CURLINFO_SIZE_UPLOAD_T, &sent) != CURLE_OK ||
        (uint64_t)sent < ccpi_outgoing_length(call->upload.outgoing))
        return;
    curl_easy_setopt(call->easy, CURLOPT_UPLOAD_BUFFERSIZE, UPLOAD_BUFFER);
}

/*
 * A ticket of TLS 1.3 has OpenSSL make a buffer for writing, which only the next
 * request's end would free. In mid-record ("RB") the one for reading is in use,
 * also where OpenSSL does not count it as such.
 */
static void drop_tls_buffers(ccpi_call *call)
{
    struct curl_tlssessioninfo *session = NULL;

    if (curl_easy_getinfo(call->easy, CURLINFO_TLS_SSL_PTR, &session) != CURLE_OK ||
        !session || session->backend != CURLSSLBACKEND_OPENSSL || !session->internals ||
        strcmp(SSL_rstate_string(session->internals), "RH") != 0)
        return;
    SSL_free_buffers(session->internals);
}

void ccpi_call_drop_buffers(ccpi_call *call)
{
    drop_upload_buffer(call);
    drop_tls_buffers(call);
}

bool ccpi_call_is_alive(curl_socket_t socket)
{
    struct tcp_info info;
    socklen_t len = sizeof(info);

    if (socket == CURL_SOCKET_BAD ||
        getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &len) != 0)
        return false;
    return info.tcpi_state == TCP_ESTABLISHED && info.tcpi_probes == 0 &&
           info.tcpi_last_ack_recv <= ALIVE_MS;
}

void ccpi_call_forget_body(ccpi_call *call)
{
    call->upload.outgoing = NULL;
}

ccpi_ending ccpi_call_ending(CURLcode code)
{
    switch (code) {
    case CURLE_OPERATION_TIMEDOUT: return CCPI_ENDED_BY_TIMEOUT;
    case CURLE_OUT_OF_MEMORY: return CCPI_ENDED_BY_MEMORY;
    case CURLE_BAD_CONTENT_ENCODING:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_UNSUPPORTED_PROTOCOL: return CCPI_ENDED_MALFORMED;
    default: return CCPI_ENDED_BY_NETWORK;
    }
}
