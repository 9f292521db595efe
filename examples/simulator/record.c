#include "record.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

typedef struct record {
    unsigned long number;
    unsigned long connection;
    char *method;
    char *target;
    json_t *headers;
    char *body; /* NULL when it was given up for newer ones */
    size_t body_len;
    int64_t received_ms;
    int64_t closed_ms;
    sim_result result;
    sim_details details;
    sim_digest body_digest;
    bool bedrock;
} record;

static const char *const OUTCOMES[] = {
    [SIM_RUNNING] = "running", [SIM_COMPLETE] = "complete", [SIM_REFUSED] = "refused",
    [SIM_FAILED] = "failed",   [SIM_BROKEN] = "broken",     [SIM_GONE] = "gone",
};

typedef struct sums {
    unsigned long requests;
    unsigned long outcomes[SIM_GONE + 1];
    sim_usage usage; /* of the complete ones */
} sums;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static record ring[SIM_KEPT_REQUESTS];
static unsigned long newest;
static unsigned long oldest_body = 1; /* older ones' bodies are gone */
static size_t body_bytes;
static sums totals[2];
static unsigned long open_connections;
static unsigned long all_connections;

static record *slot_of(unsigned long number)
{
    return &ring[number % SIM_KEPT_REQUESTS];
}

/* The record of that number, unless newer ones took its place. */
static record *find(unsigned long number)
{
    record *found = slot_of(number);

    return number > 0 && found->number == number ? found : NULL;
}

static void drop_body(record *old)
{
    if (old->body)
        body_bytes -= old->body_len;
    free(old->body);
    old->body = NULL;
}

static void drop(record *old)
{
    drop_body(old);
    free(old->method);
    free(old->target);
    json_decref(old->headers);
    *old = (record){0};
}

static void make_room_for(size_t len)
{
    while (body_bytes + len > SIM_KEPT_BODY_BYTES && oldest_body <= newest) {
        record *old = find(oldest_body++);

        if (old)
            drop_body(old);
    }
}

/* Header bytes need not be UTF-8, JSON's must be: what is not comes out as Latin-1. */
static json_t *text_of(const char *bytes)
{
    json_t *text = json_string(bytes);
    sim_buffer latin = {0};

    if (text)
        return text;
    for (; *bytes; bytes++) {
        const unsigned char byte = (unsigned char)*bytes;

        if (byte < 0x80)
            sim_buffer_add(&latin, bytes, 1);
        else
            sim_buffer_print(&latin, "%c%c", 0xc0 | byte >> 6, 0x80 | (byte & 0x3f));
    }
    text = json_string(latin.bytes);
    sim_buffer_free(&latin);
    return text;
}

static json_t *headers_of(const sim_request *request)
{
    json_t *headers = json_array();

    for (size_t i = 0; i < request->header_count; i++)
        json_array_append_new(headers,
                              json_pack("[o, o]", text_of(request->headers[i].name),
                                        text_of(request->headers[i].value)));
    return headers;
}

unsigned long sim_record_open(const sim_connection *connection,
                              const sim_request *request)
{
    const sim_digest digest = sim_digest_of(request->body.bytes, request->body.len);
    json_t *headers = headers_of(request);
    unsigned long number;
    record *new;

    pthread_mutex_lock(&lock);
    number = ++newest;
    new = slot_of(number);
    drop(new);
    make_room_for(request->body.len);
    *new = (record){
        .number = number,
        .connection = connection->number,
        .bedrock = connection->bedrock,
        .method = sim_copy(request->method, strlen(request->method)),
        .target = sim_copy(request->target, strlen(request->target)),
        .headers = headers,
        .body = sim_copy(request->body.len ? request->body.bytes : "", request->body.len),
        .body_len = request->body.len,
        .body_digest = digest,
        .received_ms = sim_now_ms(),
    };
    body_bytes += new->body_len;
    totals[connection->bedrock].requests++;
    pthread_mutex_unlock(&lock);
    return number;
}

void sim_record_describe(unsigned long number, const sim_details *details)
{
    record *known;

    pthread_mutex_lock(&lock);
    known = find(number);
    if (known)
        known->details = *details;
    pthread_mutex_unlock(&lock);
}

static void add_usage(sim_usage *sum, const sim_usage *usage)
{
    sum->input += usage->input;
    sum->output += usage->output;
    sum->cache_read += usage->cache_read;
    sum->write_5m += usage->write_5m;
    sum->write_1h += usage->write_1h;
}

void sim_record_close(unsigned long number, const sim_result *result)
{
    record *known;

    pthread_mutex_lock(&lock);
    known = find(number);
    if (known) {
        sums *total = &totals[known->bedrock];

        known->result = *result;
        known->closed_ms = sim_now_ms();
        total->outcomes[result->outcome]++;
        if (result->outcome == SIM_COMPLETE)
            add_usage(&total->usage, &result->usage);
    }
    pthread_mutex_unlock(&lock);
}

void sim_record_clear(void)
{
    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < SIM_KEPT_REQUESTS; i++)
        drop(&ring[i]);
    memset(totals, 0, sizeof(totals));
    pthread_mutex_unlock(&lock);
}

void sim_record_connection(bool opened)
{
    pthread_mutex_lock(&lock);
    if (opened) {
        open_connections++;
        all_connections++;
    } else {
        open_connections--;
    }
    pthread_mutex_unlock(&lock);
}

static json_t *usage_json(const sim_usage *usage)
{
    return json_pack("{s:I, s:I, s:I, s:I, s:I}", "input_tokens",
                     (json_int_t)usage->input, "output_tokens", (json_int_t)usage->output,
                     "cache_read_tokens", (json_int_t)usage->cache_read,
                     "cache_write_5m_tokens", (json_int_t)usage->write_5m,
                     "cache_write_1h_tokens", (json_int_t)usage->write_1h);
}

static json_t *record_json(const record *known, bool with_body)
{
    json_t *json = json_pack(
        "{s:I, s:I, s:s, s:s, s:s, s:s, s:b, s:o, s:o, s:O, s:I, s:s, s:I, s:I, s:s, "
        "s:i, s:o, s:I, s:I}",
        "number", (json_int_t)known->number, "connection", (json_int_t)known->connection,
        "service", known->bedrock ? "bedrock" : "anthropic", "operation",
        known->details.operation, "model", known->details.model, "request_id",
        known->details.request_id, "stream", known->details.is_stream, "method",
        text_of(known->method), "target", text_of(known->target), "headers",
        known->headers, "body_size", (json_int_t)known->body_len, "body_sha256",
        known->body_digest.hex, "received_ms", (json_int_t)known->received_ms,
        "closed_ms", (json_int_t)known->closed_ms, "outcome",
        OUTCOMES[known->result.outcome], "status", known->result.status, "usage",
        usage_json(&known->result.usage), "events", (json_int_t)known->result.events,
        "answer_bytes", (json_int_t)known->result.body_bytes);
    sim_buffer base64 = {0};

    if (with_body && known->body) {
        sim_buffer_add_base64(&base64, known->body, known->body_len);
        json_object_set_new(json, "body_base64", json_string(base64.bytes));
        sim_buffer_free(&base64);
    }
    return json;
}

static bool matches(const record *known, const sim_record_filter *filter)
{
    if (filter->number && known->number != filter->number)
        return false;
    if (filter->bedrock >= 0 && known->bedrock != (filter->bedrock > 0))
        return false;
    return !filter->contains ||
           (known->body && memmem(known->body, known->body_len, filter->contains,
                                  strlen(filter->contains)));
}

json_t *sim_record_list(const sim_record_filter *filter)
{
    json_t *list = json_array();
    unsigned long number;

    pthread_mutex_lock(&lock);
    number = newest > SIM_KEPT_REQUESTS ? newest - SIM_KEPT_REQUESTS : 0;
    if (number < filter->after)
        number = filter->after;
    while (++number <= newest) {
        const record *known = find(number);

        if (known && matches(known, filter))
            json_array_append_new(list, record_json(known, filter->with_body));
    }
    pthread_mutex_unlock(&lock);
    return list;
}

static json_t *sums_json(const sums *total)
{
    json_t *json = json_pack("{s:I, s:o}", "requests", (json_int_t)total->requests,
                             "usage", usage_json(&total->usage));

    for (int i = SIM_COMPLETE; i <= SIM_GONE; i++)
        json_object_set_new(json, OUTCOMES[i],
                            json_integer((json_int_t)total->outcomes[i]));
    return json;
}

json_t *sim_record_sums(void)
{
    json_t *json;

    pthread_mutex_lock(&lock);
    json = json_pack("{s:I, s:I, s:I, s:I, s:o, s:o}", "now_ms", (json_int_t)sim_now_ms(),
                     "newest", (json_int_t)newest, "open_connections",
                     (json_int_t)open_connections, "connections",
                     (json_int_t)all_connections, "anthropic", sums_json(&totals[0]),
                     "bedrock", sums_json(&totals[1]));
    pthread_mutex_unlock(&lock);
    return json;
}
