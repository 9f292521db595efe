#include "usage/meter.h"

#include <string.h>

#include "base/json.h"

/* Far beyond any model's window, and its price still fits 64 bits. */
#define MAX_COUNT ((int64_t)1000 * 1000 * 1000)

/* What one image counts in an estimate, whatever its size (BR-14). */
#define TOKENS_PER_IMAGE 1600

#define ABSENT (-1)

/* The counts of one usage object, ABSENT where it has none. */
typedef struct usage_counts {
    int64_t input;
    int64_t output;
    int64_t cache_read;
    int64_t cache_write;
    int64_t cache_write_5m;
    int64_t cache_write_1h;
} usage_counts;

static const usage_counts no_counts = {ABSENT, ABSENT, ABSENT, ABSENT, ABSENT, ABSENT};

/* https://docs.claude.com/en/api/messages, "usage" */
static const struct {
    const char *name;
    size_t place;
} count_members[] = {
    {"input_tokens", offsetof(usage_counts, input)},
    {"output_tokens", offsetof(usage_counts, output)},
    {"cache_read_input_tokens", offsetof(usage_counts, cache_read)},
    {"cache_creation_input_tokens", offsetof(usage_counts, cache_write)},
    {"ephemeral_5m_input_tokens", offsetof(usage_counts, cache_write_5m)},
    {"ephemeral_1h_input_tokens", offsetof(usage_counts, cache_write_1h)},
};

static void take_count(usage_counts *counts, const ccpi_json_member *member)
{
    int64_t value;

    if (!ccpi_json_integer(member->value, &value) || value < 0)
        return;
    for (size_t i = 0; i < sizeof(count_members) / sizeof(count_members[0]); i++)
        if (ccpi_json_key_is(member->key, count_members[i].name))
            memcpy((char *)counts + count_members[i].place,
                   &(int64_t){value < MAX_COUNT ? value : MAX_COUNT}, sizeof(value));
}

static ccp_status take_split(void *context, const ccpi_json_member *member)
{
    if (member->type == CCPI_JSON_NUMBER)
        take_count(context, member);
    return CCP_OK;
}

static ccp_status take_usage(void *context, const ccpi_json_member *member)
{
    if (member->type == CCPI_JSON_NUMBER)
        take_count(context, member);
    else if (member->type == CCPI_JSON_OBJECT &&
             ccpi_json_key_is(member->key, "cache_creation"))
        ccpi_json_walk(member->value, take_split, context, NULL);
    return CCP_OK;
}

typedef struct member_search {
    const char *name;
    ccpi_span found;
} member_search;

static ccp_status look_for_object(void *context, const ccpi_json_member *member)
{
    member_search *search = context;

    if (member->type == CCPI_JSON_OBJECT && ccpi_json_key_is(member->key, search->name))
        search->found = member->value;
    return CCP_OK;
}

/* The member of that name, if it is an object; else empty. */
static ccpi_span object_in(ccpi_span object, const char *name)
{
    member_search search = {.name = name};

    if (object.len == 0 ||
        ccpi_json_walk(object, look_for_object, &search, NULL) != CCP_OK)
        return (ccpi_span){NULL, 0};
    return search.found;
}

/* Whether there is a usage object. */
static bool read_usage(ccpi_span holder, usage_counts *counts)
{
    const ccpi_span usage = object_in(holder, "usage");

    *counts = no_counts;
    return usage.len > 0 && ccpi_json_walk(usage, take_usage, counts, NULL) == CCP_OK;
}

static int64_t at_most(int64_t value, int64_t limit)
{
    return value < limit ? value : limit;
}

/*
 * A total without its split by lifetime keeps the split that is known; what that
 * does not explain counts as the default of five minutes.
 */
static void split_cache_write(usage_counts *counts, const ccp_tokens *known)
{
    const bool has_split =
        counts->cache_write_5m != ABSENT || counts->cache_write_1h != ABSENT;
    const int64_t total = counts->cache_write;

    if (has_split && counts->cache_write_1h == ABSENT)
        counts->cache_write_1h = 0;
    if (has_split && counts->cache_write_5m == ABSENT)
        counts->cache_write_5m = 0;
    if (total == ABSENT)
        return;
    if (!has_split)
        counts->cache_write_1h = at_most(known->cache_write_1h, total);
    if (!has_split || counts->cache_write_5m + counts->cache_write_1h < total)
        counts->cache_write_5m = total - at_most(counts->cache_write_1h, total);
}

static void overwrite(int64_t *count, int64_t value, bool takes_zero)
{
    if (value > 0 || (value == 0 && takes_zero))
        *count = value;
}

static void apply(ccpi_meter *meter, usage_counts *counts, bool takes_zeros)
{
    ccp_tokens *tokens = &meter->tokens;
    const bool has_cache_write = counts->cache_write > 0 || counts->cache_write_5m > 0 ||
                                 counts->cache_write_1h > 0;

    overwrite(&tokens->input, counts->input, takes_zeros);
    overwrite(&tokens->cache_read, counts->cache_read, takes_zeros);
    split_cache_write(counts, tokens);
    /* The two go together: a zero beside a count is a count. */
    overwrite(&tokens->cache_write_5m, counts->cache_write_5m,
              takes_zeros || has_cache_write);
    overwrite(&tokens->cache_write_1h, counts->cache_write_1h,
              takes_zeros || has_cache_write);
}

static void read_start(ccpi_meter *meter, ccpi_span data)
{
    usage_counts counts;

    meter->saw_start = true;
    if (read_usage(object_in(data, "message"), &counts))
        apply(meter, &counts, true);
}

static void read_delta(ccpi_meter *meter, ccpi_span data)
{
    usage_counts counts;

    if (!read_usage(data, &counts))
        return;
    meter->saw_delta = true;
    overwrite(&meter->tokens.output, counts.output, true);
    apply(meter, &counts, meter->final_counts_rule);
}

static void read_error(ccpi_meter *meter, ccpi_span data)
{
    ccpi_buf type = {.limit = 256};
    ccpi_buf message = {.limit = data.len};

    ccpi_error_body_read(data, &type, &message);
    meter->error = ccpi_error_type_of(ccpi_buf_span(&type));
    if (meter->error == CCPI_ERROR_NONE)
        meter->error = CCPI_ERROR_API;
    ccpi_buf_clear(&type);
    ccpi_buf_clear(&message);
}

static bool is_escaped(const char *begin, const char *quote)
{
    size_t backslashes = 0;

    while (quote - backslashes > begin && quote[-1 - (ptrdiff_t)backslashes] == '\\')
        backslashes++;
    return backslashes % 2 == 1;
}

/*
 * The length of the last string in a delta, which is its content: {"type":
 * "content_block_delta","index":0,"delta":{"type":"text_delta","text":"..."}}.
 * Good enough for an estimate, and far cheaper than reading JSON for each event.
 */
static size_t content_len(ccpi_span data)
{
    static const char signature[] = "\"signature\":";
    const char *end = data.len > 0 ? memrchr(data.data, '"', data.len) : NULL;
    const char *begin = end;

    if (!end)
        return 0;
    do {
        begin = memrchr(data.data, '"', (size_t)(begin - data.data));
    } while (begin && is_escaped(data.data, begin));

    if (!begin)
        return 0;
    /* A thinking block's signature is no output. */
    if ((size_t)(begin - data.data) >= sizeof(signature) - 1 &&
        memcmp(begin - (sizeof(signature) - 1), signature, sizeof(signature) - 1) == 0)
        return 0;
    return (size_t)(end - begin) - 1;
}

static void read_content(ccpi_meter *meter, ccpi_span data)
{
    meter->delta_bytes += (int64_t)content_len(data);
}

static void read_stop(ccpi_meter *meter, ccpi_span data)
{
    (void)data;
    meter->saw_stop = true;
}

/* The commonest first. */
static const struct {
    ccpi_span name;
    void (*read)(ccpi_meter *meter, ccpi_span data);
    bool needs_data;
} readers[] = {
    {{"content_block_delta", 19}, read_content, true},
    {{"message_start", 13}, read_start, true},
    {{"message_delta", 13}, read_delta, true},
    {{"message_stop", 12}, read_stop, false},
    {{"error", 5}, read_error, true},
};
#define READERS (sizeof(readers) / sizeof(readers[0]))

bool ccpi_meter_wants(ccpi_meter *meter, ccpi_span event_name)
{
    (void)meter;
    for (size_t i = 0; i < READERS; i++)
        if (ccpi_span_equals(event_name, readers[i].name))
            return readers[i].needs_data;
    return false;
}

void ccpi_meter_event(ccpi_meter *meter, const ccpi_sse_event *event)
{
    for (size_t i = 0; i < READERS; i++) {
        if (!ccpi_span_equals(event->name, readers[i].name))
            continue;
        readers[i].read(meter, event->data);
        return;
    }
}

void ccpi_meter_body(ccpi_meter *meter, ccpi_span body)
{
    usage_counts counts;

    if (!read_usage(body, &counts))
        return;
    meter->saw_start = true;
    meter->saw_delta = true;
    meter->saw_stop = true;
    overwrite(&meter->tokens.output, counts.output, true);
    apply(meter, &counts, true);
}

int64_t ccpi_estimate_tokens(int64_t text_bytes, int64_t images)
{
    /* Divided by 3.5, rounded up. */
    return (text_bytes * 2 + 6) / 7 + images * TOKENS_PER_IMAGE;
}
