#include "support/stage.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proxy.h"
#include "support/stage_upstream.h"

#define SECRET "0123456789abcdef0123456789abcdef"
#define MASTER_KEY "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define MAX_LOG ((size_t)16 * 1024 * 1024)
#define MAX_ANSWER ((size_t)64 * 1024 * 1024)
#define CREDENTIAL "bedrock-credential"

/* What can't be set up ends the test. */
static void must(ccp_status status, const ccp_error *error)
{
    if (status == CCP_OK)
        return;
    fprintf(stderr, "stage: %s\n", error->message);
    abort();
}

static int64_t unix_us(void *self)
{
    const stage *stage = self;
    const ccp_clock *system = ccp_system_clock();

    return system->unix_us(system->self) + atomic_load(&stage->offset_us);
}

static int64_t monotonic_us(void *self)
{
    const stage *stage = self;
    const ccp_clock *system = ccp_system_clock();

    return system->monotonic_us(system->self) + atomic_load(&stage->offset_us);
}

void stage_move_clock(stage *stage, int64_t us)
{
    atomic_fetch_add(&stage->offset_us, us);
}

static void write_line(void *self, ccp_log_level level, const char *line, size_t len)
{
    stage *stage = self;

    (void)level;
    pthread_mutex_lock(&stage->lock);
    ccpi_buf_append(&stage->lines, line, len);
    ccpi_buf_append_char(&stage->lines, '\n');
    pthread_mutex_unlock(&stage->lock);
}

/* ---- who may ask ---- */

static void register_bedrock_key(stage *stage)
{
    unsigned char master[CCP_MASTER_KEY_LEN];
    ccp_envelope *envelope;
    ccp_sealed_key sealed = {.hash = "0123"};
    ccp_room room = {sealed.bytes, sizeof(sealed.bytes), 0};
    ccp_error error;

    for (size_t i = 0; i < sizeof(master); i++)
        master[i] = (unsigned char)i; /* MASTER_KEY */
    must(ccp_envelope_new_local(master, NULL, ccp_system_random(), &envelope, &error),
         &error);
    must(ccp_envelope_seal(envelope, stage->key.id.text,
                           (ccp_bytes){CREDENTIAL, strlen(CREDENTIAL)}, &room, &error),
         &error);
    sealed.len = room.len;
    must(stage->store->keys.set_bedrock_key(stage->store->keys.self, &stage->key.id,
                                            &sealed, &error),
         &error);
    ccp_envelope_free(envelope);
}

static void make_user(stage *stage, const stage_options *options)
{
    const ccp_access_key_limits limits = {.most_per_user = 10};
    ccp_key_hasher *hasher;
    ccp_key_hash hash;
    ccp_error error;

    stage->user =
        (ccp_user){.name = "alice",
                   .routing = options->routing,
                   .monthly_budget_micro =
                       options->budget_micro > 0 ? options->budget_micro : CCP_NO_BUDGET};
    must(stage->store->users.create(stage->store->users.self, &stage->user, &error),
         &error);
    must(ccp_key_generate(ccp_system_random(), &stage->text, &error), &error);
    must(ccp_key_hasher_new(SECRET, strlen(SECRET), &hasher, &error), &error);
    must(ccp_key_hasher_hash(hasher, &stage->text, &hash, &error), &error);
    ccp_key_hasher_free(hasher);

    stage->key = (ccp_access_key){.user_id = stage->user.id,
                                  .prefix = ccp_key_prefix_of(&stage->text)};
    must(stage->store->keys.create(stage->store->keys.self, &stage->key, &hash, &limits,
                                   &error),
         &error);
    if (options->has_bedrock_key)
        register_bedrock_key(stage);
}

static void spend(stage *stage, int64_t cost_micro)
{
    ccp_usage_record record = {.request_id = "req_before",
                               .provider = "bedrock",
                               .model = "claude-opus-5-5",
                               .tokens.input = 1,
                               .total_cost_micro = cost_micro,
                               .created_at_us = unix_us(stage)};
    ccp_error error;

    snprintf(record.user_id, sizeof(record.user_id), "%s", stage->user.id.text);
    snprintf(record.access_key_id, sizeof(record.access_key_id), "%s",
             stage->key.id.text);
    must(stage->store->usage.add(stage->store->usage.self, &record, 1, NULL, &error),
         &error);
}

/* ---- the proxy ---- */

static void set(ccp_config *config, const char *name, const char *value)
{
    ccp_error error;

    must(ccp_config_set(config, name, value, &error), &error);
}

static void set_url(ccp_config *config, const char *name, const stage_upstream *upstream)
{
    char url[64];

    snprintf(url, sizeof(url), "http://127.0.0.1:%d", upstream_port(upstream->server));
    set(config, name, url);
}

static void tell(void *context, bool is_warning, const char *message)
{
    (void)context, (void)is_warning;
    fprintf(stderr, "stage: %s\n", message);
}

static ccp_config *make_config(const stage *stage, const stage_options *options)
{
    ccp_config *config;
    ccp_error error;

    must(ccp_config_new(&config, &error), &error);
    if (options->environment)
        must(ccp_config_load_environment(config, options->environment, &error), &error);
    set(config, "data_dir", stage->folder);
    set(config, "key_hasher_secret", SECRET);
    set(config, "encryption_key", MASTER_KEY);
    set(config, "log_level", "DEBUG");
    set_url(config, "plan_api_url", &stage->plan);
    set_url(config, "bedrock_endpoint", &stage->bedrock);
    for (int i = 0; i < STAGE_MAX_SETTINGS && options->settings[i][0]; i++)
        set(config, options->settings[i][0], options->settings[i][1]);
    must(ccp_config_check(config, tell, NULL, &error), &error);
    return config;
}

ccp_proxy_options stage_proxy_options(const stage *stage)
{
    return (ccp_proxy_options){.config = stage->config,
                               .store = stage->store,
                               .clock = &stage->clock,
                               .log = &stage->log};
}

static void start_proxy(stage *stage, const stage_options *options)
{
    ccp_proxy_options proxy;
    ccp_error error;

    stage->config = make_config(stage, options);
    proxy = stage_proxy_options(stage);
    must(ccp_proxy_new(&proxy, &stage->proxy, &error), &error);
}

static void open_store(stage *stage)
{
    char url[FOLDER_MAX + 32];
    const ccp_store_options options = {
        .url = url, .clock = &stage->clock, .random = ccp_system_random()};
    ccp_error error;

    folder_make(stage->folder);
    snprintf(url, sizeof(url), "sqlite:%s/test.db", stage->folder);
    must(ccp_store_open(&options, &stage->store, &error), &error);
    must(stage->store->migrate(stage->store->self, &error), &error);
}

void stage_open(stage *stage, const stage_options *options)
{
    *stage = (struct stage){
        .clock = {.unix_us = unix_us, .monotonic_us = monotonic_us, .self = stage},
        .log = {.write = write_line, .self = stage},
        .lock = PTHREAD_MUTEX_INITIALIZER,
        .lines.limit = MAX_LOG,
    };
    stage_upstream_start(&stage->plan, stage_answer_as_plan);
    stage_upstream_start(&stage->bedrock, stage_answer_as_bedrock);
    open_store(stage);
    make_user(stage, options);
    if (options->spent_micro > 0)
        spend(stage, options->spent_micro);
    start_proxy(stage, options);
}

void stage_close(stage *stage)
{
    ccp_proxy_free(stage->proxy);
    ccp_config_free(stage->config);
    ccp_store_close(stage->store);
    stage_upstream_stop(&stage->plan);
    stage_upstream_stop(&stage->bedrock);
    ccpi_buf_clear(&stage->lines);
    folder_remove(stage->folder);
}

/* ---- requests ---- */

typedef struct body_reader {
    const char *text;
    size_t left;
} body_reader;

static ssize_t read_body(void *self, void *into, size_t len)
{
    body_reader *reader = self;
    size_t take = len < reader->left ? len : reader->left;

    memcpy(into, reader->text, take);
    reader->text += take;
    reader->left -= take;
    return (ssize_t)take;
}

void stage_run(stage *stage, exchange *exchange)
{
    body_reader reader = {exchange->body, exchange->body ? strlen(exchange->body) : 0};
    char path[256];
    ccp_sink sink;
    ccp_request request = {
        .method = exchange->method ? exchange->method : "POST",
        .path = path,
        .query = exchange->query,
        .peer_address = "203.0.113.5",
        .headers = exchange->headers,
        .header_count = exchange->header_count,
        .content_length = (int64_t)reader.left,
        .read_body = read_body,
        .self = &reader,
    };

    snprintf(path, sizeof(path), exchange->path ? exchange->path : "/ak/%s/v1/messages",
             stage->text.text);
    client_open(&exchange->client, exchange->kind);
    client_start_reading(&exchange->client);
    sink = client_sink(&exchange->client);
    ccp_proxy_handle(stage->proxy, &request, &sink);
    client_read_rest(&exchange->client);
    /* Where the socket was given away, its end is not quite the exchange's. */
    while (exchange->client.gave && ccp_proxy_active(stage->proxy) > 0)
        sched_yield();
    exchange->answer.limit = MAX_ANSWER;
    exchange->is_whole = client_body(&exchange->client, &exchange->answer);
}

void exchange_clear(exchange *exchange)
{
    client_close(&exchange->client);
    ccpi_buf_clear(&exchange->answer);
}

exchange stage_messages(client_kind kind, bool is_stream)
{
    return (exchange){
        .kind = kind,
        .query = "beta=true",
        .body = is_stream
                    ? "{\"model\":\"claude-opus-5-5\",\"max_tokens\":100,"
                      "\"stream\":true,\"messages\":[{\"role\":\"user\","
                      "\"content\":\"Hi there\"}]}"
                    : "{\"model\":\"claude-opus-5-5\",\"max_tokens\":100,"
                      "\"messages\":[{\"role\":\"user\",\"content\":\"Hi there\"}]}",
        .headers = {{"authorization", "Bearer sk-ant-oat01-client"},
                    {"content-type", "application/json"},
                    {"x-claude-code-session-id", "session-1"}},
        .header_count = 3,
    };
}

int exchange_status(const exchange *exchange)
{
    const char *line = exchange->client.received.data;

    return line && strlen(line) > 9 ? (int)strtol(line + 9, NULL, 10) : 0;
}

const char *exchange_header(const exchange *exchange, const char *name)
{
    static _Thread_local char value[256];
    const char *at = exchange->client.received.data;
    const char *end = at ? strstr(at, "\r\n\r\n") : NULL;
    char wanted[128];
    size_t len;

    snprintf(wanted, sizeof(wanted), "\r\n%s: ", name);
    at = at ? strcasestr(at, wanted) : NULL;
    if (!at || at > end)
        return "-";
    at += strlen(wanted);
    len = strcspn(at, "\r");
    snprintf(value, sizeof(value), "%.*s", (int)len, at);
    return value;
}

/* ---- what remains ---- */

typedef struct row_list {
    ccp_usage_record *rows;
    size_t size;
    size_t count;
} row_list;

static bool add_row(void *context, const ccp_usage_record *record)
{
    row_list *list = context;

    if (strcmp(record->request_id, "req_before") != 0 && list->count < list->size)
        list->rows[list->count++] = *record;
    return true;
}

size_t stage_rows(stage *stage, ccp_usage_record *rows, size_t size)
{
    row_list list = {rows, size, 0};
    ccp_error error;

    if (!ccpi_recorder_drain(stage->proxy->router.recorder, 10000))
        abort();
    must(
        stage->store->usage.recent(stage->store->usage.self, 100, add_row, &list, &error),
        &error);
    return list.count;
}

int stage_count_events(stage *stage, const char *event)
{
    char wanted[64];
    int count = 0;

    snprintf(wanted, sizeof(wanted), "\"event\":\"%s\"", event);
    pthread_mutex_lock(&stage->lock);
    for (const char *at = stage->lines.data; at && (at = strstr(at, wanted)); at++)
        count++;
    pthread_mutex_unlock(&stage->lock);
    return count;
}
