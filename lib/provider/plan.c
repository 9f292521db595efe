#include "provider/plan.h"

#include <openssl/crypto.h>
#include <pthread.h>
#include <stdlib.h>
#include <strings.h>

#include "anthropic/error_body.h"
#include "base/cleanup.h"
#include "base/fail.h"
#include "provider/caps.h"

#define DEFAULT_VERSION "2023-06-01" /* PL-3 */
#define BEARER "Bearer"
#define ACCESS_KEY_MARK "ak_"
#define MAX_URL ((size_t)64 * 1024)
#define MAX_ERROR_TYPE 256
#define MAX_ERROR_MESSAGE ((size_t)64 * 1024)

/* The one thing that changes. */
typedef struct shared_key {
    pthread_rwlock_t lock;
    char *text; /* NULL: there is none */
} shared_key;

struct ccpi_plan {
    char *base_url; /* without a slash at its end */
    shared_key *shared;
    ccpi_plan_words placeholders;
    ccpi_plan_words limit_messages;
    ccpi_caps caps;
};

/* PL-2: what may pass beside the credentials, whatever it may be called next. */
static const char *const forwarded_prefixes[] = {"anthropic-", "x-claude-code-",
                                                 "x-stainless-"};
static const char *const forwarded_names[] = {"content-type", "accept", "user-agent",
                                              "x-app", "idempotency-key"};
static const char *const credential_names[] = {"authorization", "x-api-key"};

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static ccp_status copy_text(const char *text, char **out)
{
    if (!text || !*text)
        return CCP_OK;
    *out = strdup(text);
    return *out ? CCP_OK : CCP_NO_MEMORY;
}

static ccp_status make_shared(const char *text, shared_key **out)
{
    *out = calloc(1, sizeof(**out));
    if (!*out)
        return CCP_NO_MEMORY;
    pthread_rwlock_init(&(*out)->lock, NULL);
    return copy_text(text, &(*out)->text);
}

static void wipe(char *text)
{
    if (text)
        OPENSSL_cleanse(text, strlen(text));
    free(text);
}

static ccp_status fill(ccpi_plan *plan, const ccpi_plan_options *options)
{
    ccp_status status = copy_text(options->base_url, &plan->base_url);
    size_t len;

    if (status == CCP_OK)
        status = make_shared(options->shared_key, &plan->shared);
    if (status != CCP_OK)
        return status;

    len = plan->base_url ? strlen(plan->base_url) : 0;
    while (len > 0 && plan->base_url[len - 1] == '/')
        plan->base_url[--len] = '\0';
    plan->placeholders = options->placeholders;
    plan->limit_messages = options->limit_messages;
    plan->caps = (ccpi_caps){.max_output_tokens = options->max_output_tokens_cap,
                             .thinking_budget = options->thinking_budget_cap};
    return CCP_OK;
}

ccp_status ccpi_plan_new(const ccpi_plan_options *options, ccpi_plan **out,
                         ccp_error *error)
{
    ccpi_plan *plan = calloc(1, sizeof(*plan));
    ccp_status status = plan ? fill(plan, options) : CCP_NO_MEMORY;

    *out = NULL;
    if (status != CCP_OK) {
        ccpi_plan_free(plan);
        return ccpi_fail(error, status, "no memory for the plan's settings");
    }
    *out = plan;
    return CCP_OK;
}

void ccpi_plan_free(ccpi_plan *plan)
{
    if (!plan)
        return;
    if (plan->shared) {
        wipe(plan->shared->text);
        pthread_rwlock_destroy(&plan->shared->lock);
    }
    free(plan->shared);
    free(plan->base_url);
    free(plan);
}

void ccpi_plan_take_shared_key(ccpi_plan *plan, char *key)
{
    char *former;

    pthread_rwlock_wrlock(&plan->shared->lock);
    former = plan->shared->text;
    plan->shared->text = key;
    pthread_rwlock_unlock(&plan->shared->lock);
    wipe(former);
}

/* The token of "Bearer token" in any case, else the value itself. */
static const char *token_of(const char *value)
{
    const size_t len = sizeof(BEARER) - 1;

    value += strspn(value, " \t");
    if (strncasecmp(value, BEARER, len) == 0 && strchr(" \t", value[len]))
        value += len; /* strchr() also finds the NUL of a Bearer without a token */
    return value + strspn(value, " \t");
}

bool ccpi_holds_access_key(const char *value)
{
    return strncmp(token_of(value), ACCESS_KEY_MARK, sizeof(ACCESS_KEY_MARK) - 1) == 0;
}

static bool is_placeholder(const ccpi_plan *plan, const char *token)
{
    for (size_t i = 0; i < plan->placeholders.count; i++)
        if (strcmp(plan->placeholders.items[i], token) == 0)
            return true;
    return false;
}

static bool is_listed(const char *name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (ccpi_header_name_is(name, names[i]))
            return true;
    return false;
}

static bool is_credential(const char *name)
{
    return is_listed(name, credential_names, COUNT(credential_names));
}

/* A credential header with something of the client's own in it. */
static bool is_clients_credential(const ccpi_plan *plan, const ccpi_header *field)
{
    const char *token;

    if (!is_credential(field->name))
        return false;
    token = token_of(field->value);
    return *token && !ccpi_holds_access_key(token) && !is_placeholder(plan, token);
}

ccpi_plan_credential ccpi_plan_credential_of(const ccpi_plan *plan,
                                             const ccpi_headers *client)
{
    bool has_shared;

    for (size_t i = 0; i < client->count; i++)
        if (is_clients_credential(plan, &client->fields[i]))
            return CCPI_PLAN_CREDENTIAL_CLIENT;
    pthread_rwlock_rdlock(&plan->shared->lock);
    has_shared = plan->shared->text != NULL;
    pthread_rwlock_unlock(&plan->shared->lock);
    return has_shared ? CCPI_PLAN_CREDENTIAL_SHARED : CCPI_PLAN_CREDENTIAL_NONE;
}

static bool is_forwarded(const char *name)
{
    for (size_t i = 0; i < COUNT(forwarded_prefixes); i++)
        if (ccpi_header_name_starts(name, forwarded_prefixes[i]))
            return true;
    return is_listed(name, forwarded_names, COUNT(forwarded_names));
}

/* RFC 9110, 7.6.1: what Connection names ends here. */
static bool is_of_this_hop(const ccpi_headers *client, const char *name)
{
    const size_t len = strlen(name);

    for (size_t i = 0; i < client->count; i++) {
        const char *word = client->fields[i].value;

        if (!ccpi_header_name_is(client->fields[i].name, "connection"))
            continue;
        for (word += strspn(word, ", \t"); *word; word += strspn(word, ", \t")) {
            const size_t word_len = strcspn(word, ", \t");

            if (word_len == len && strncasecmp(word, name, len) == 0)
                return true;
            word += word_len;
        }
    }
    return false;
}

static ccp_status add_default(ccpi_headers *headers, const char *name, const char *value)
{
    if (ccpi_headers_get(headers, name))
        return CCP_OK;
    return ccpi_headers_set(headers, name, value);
}

static ccp_status add_shared_key(shared_key *shared, ccpi_headers *out)
{
    ccp_status status = CCP_OK;

    pthread_rwlock_rdlock(&shared->lock);
    if (shared->text)
        status = ccpi_headers_set(out, "x-api-key", shared->text);
    pthread_rwlock_unlock(&shared->lock);
    return status;
}

static ccp_status write_headers(const ccpi_plan *plan,
                                const ccpi_provider_request *request, ccpi_headers *out)
{
    const ccpi_headers *client = request->headers;
    ccp_status status = CCP_OK;

    for (size_t i = 0; i < client->count && status == CCP_OK; i++) {
        const ccpi_header *field = &client->fields[i];

        if (is_clients_credential(plan, field) ||
            (!is_credential(field->name) && is_forwarded(field->name) &&
             !is_of_this_hop(client, field->name)))
            status = ccpi_headers_add(out, ccpi_span_of(field->name),
                                      ccpi_span_of(field->value));
    }
    if (status == CCP_OK &&
        ccpi_plan_credential_of(plan, client) == CCPI_PLAN_CREDENTIAL_SHARED)
        status = add_shared_key(plan->shared, out);
    if (status == CCP_OK)
        status = add_default(out, "anthropic-version", DEFAULT_VERSION);
    if (status == CCP_OK && request->look)
        status = add_default(out, "content-type", "application/json");
    if (status == CCP_OK)
        status = ccpi_headers_set(out, "accept-encoding", "identity");
    return status;
}

static ccp_status write_url(const ccpi_plan *plan, const ccpi_provider_request *request,
                            char **out)
{
    ccpi_buf url = {.limit = MAX_URL};

    ccpi_buf_append_text(&url, plan->base_url ? plan->base_url : "");
    ccpi_buf_append_text(&url, request->path);
    if (request->query) {
        ccpi_buf_append_char(&url, '?');
        ccpi_buf_append_text(&url, request->query);
    }
    if (url.status != CCP_OK) {
        ccp_status status = url.status;

        ccpi_buf_clear(&url);
        return status;
    }
    *out = url.data; /* from malloc(), with its NUL */
    return CCP_OK;
}

static ccp_status prepare(const void *self, const ccpi_provider_request *request,
                          ccpi_outgoing *out, ccp_error *error)
{
    const ccpi_plan *plan = self;
    ccp_status status = write_url(plan, request, &out->url);

    if (status == CCP_OK)
        status = write_headers(plan, request, &out->headers);
    if (status == CCP_LIMIT)
        return ccpi_fail(error, CCP_INVALID, "the request's headers are too large");
    if (status != CCP_OK)
        return ccpi_fail(error, status, "the request to the plan can't be written: %s",
                         ccp_status_name(status));

    out->method = request->look ? "POST" : "GET";
    if (!request->look)
        return CCP_OK;
    if (request->call == CCPI_CALL_MESSAGES)
        return ccpi_caps_apply(&plan->caps, request->look->body, out, error);
    out->pieces[out->piece_count++] = request->look->body;
    return CCP_OK;
}

static bool is_usage_limit_text(const ccpi_plan *plan, const ccpi_buf *message)
{
    for (size_t i = 0; message->data && i < plan->limit_messages.count; i++)
        if (strcasestr(message->data, plan->limit_messages.items[i]))
            return true;
    return false;
}

/* RT-3, last item, and RT-4: the error's type and message alone are read. */
static bool names_usage_limit(const ccpi_plan *plan, int status, ccpi_span body)
{
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf type = {.limit = MAX_ERROR_TYPE};
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf message = {.limit = MAX_ERROR_MESSAGE};

    if (ccpi_error_body_read(body, &type, &message) != CCP_OK)
        return false;
    return is_usage_limit_text(plan, &message) ||
           (status != 429 && ccpi_span_is(ccpi_buf_span(&type), "billing_error"));
}

static bool is_rejected_window(const ccpi_headers *headers)
{
    const char *window = ccpi_headers_get(headers, "anthropic-ratelimit-unified-status");

    return window && strcasecmp(window, "rejected") == 0;
}

static ccpi_class classify(const void *self, int status, const ccpi_headers *headers,
                           ccpi_span body)
{
    const ccpi_plan *plan = self;

    if (status >= 500)
        return CCPI_CLASS_SERVER_ERROR;
    if (status == 429)
        return is_rejected_window(headers) || names_usage_limit(plan, status, body)
                   ? CCPI_CLASS_USAGE_LIMIT
                   : CCPI_CLASS_RATE_LIMIT;
    if ((status == 400 || status == 402 || status == 403) &&
        names_usage_limit(plan, status, body))
        return CCPI_CLASS_USAGE_LIMIT;
    return CCPI_CLASS_CLIENT_ERROR;
}

static ccp_status open_reader(const void *self, const ccpi_provider_request *request,
                              ccpi_reader **out, ccp_error *error)
{
    (void)self, (void)request, (void)error;
    *out = NULL; /* its bytes are the client's */
    return CCP_OK;
}

ccpi_provider ccpi_plan_provider(const ccpi_plan *plan)
{
    return (ccpi_provider){.name = "plan",
                           .prepare = prepare,
                           .classify = classify,
                           .open_reader = open_reader,
                           .self = plan};
}

/* A non-negative number of seconds, decimals cut; -1: it is none. */
static int64_t seconds_of(const char *text)
{
    char *end;
    long long value;

    if (!text || *text < '0' || *text > '9')
        return -1;
    value = strtoll(text, &end, 10);
    return *end == '\0' || *end == '.' ? value : -1;
}

int64_t ccpi_plan_limit_seconds(const ccpi_headers *upstream, int64_t unix_seconds)
{
    int64_t wait = seconds_of(ccpi_headers_get(upstream, "retry-after"));
    int64_t reset;

    if (wait >= 0)
        return wait;
    reset = seconds_of(ccpi_headers_get(upstream, "anthropic-ratelimit-unified-reset"));
    if (reset < 0)
        return -1;
    return reset > unix_seconds ? reset - unix_seconds : 0;
}
