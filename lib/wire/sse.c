#include "wire/sse.h"

#include <stdlib.h>

#define BOM "\xEF\xBB\xBF"
#define BOM_LEN (sizeof(BOM) - 1)

/* The longest field name that matters is "event", behind a byte order mark. */
#define MAX_FIELD (BOM_LEN + 5)

/* No event of any API has a name near this long; a longer one is cut. */
#define MAX_NAME 128

/* What an idle stream may keep for its next event. */
#define KEPT_CAPACITY ((size_t)16 * 1024)

typedef enum line_place {
    IN_FIELD = 0, /* at a line's beginning, or in its field's name */
    AT_VALUE,     /* behind the colon, where one blank is skipped */
    IN_VALUE,
    BEHIND_CR /* a LF here belongs to the line end before it */
} line_place;

typedef enum line_field { FIELD_OTHER = 0, FIELD_EVENT, FIELD_DATA } line_field;

struct ccpi_sse {
    ccpi_sse_watcher watcher;
    line_place place;
    line_field field;
    bool is_behind_first_line; /* no byte order mark is looked for any more */
    bool is_inside_event;
    bool has_data; /* this event has had a data: line, and wants() was asked */
    bool is_wanted;
    bool is_oversized;
    size_t field_len; /* counts on beyond MAX_FIELD by one, to tell longer ones */
    size_t name_len;
    char field_name[MAX_FIELD];
    char name[MAX_NAME];
    ccpi_span passing; /* data that stands in the chunk itself; empty between feeds */
    ccpi_buf data;     /* data that had to be copied: from former chunks, or joined */
};

/* A chunk being eaten, with the next line ends of each kind, so that none is sought
 * twice.
 */
typedef struct sse_chunk {
    const char *at;
    const char *end;
    const char *lf;
    const char *cr;
    const char *whole; /* behind the last event end */
} sse_chunk;

ccp_status ccpi_sse_new(const ccpi_sse_watcher *watcher, ccpi_sse **out)
{
    ccpi_sse *sse = calloc(1, sizeof(*sse));

    *out = sse;
    if (!sse)
        return CCP_NO_MEMORY;
    sse->watcher = *watcher;
    sse->data.limit = CCPI_SSE_MAX_EVENT;
    return CCP_OK;
}

void ccpi_sse_free(ccpi_sse *sse)
{
    if (!sse)
        return;
    ccpi_buf_clear(&sse->data);
    free(sse);
}

bool ccpi_sse_is_inside_event(const ccpi_sse *sse)
{
    return sse->is_inside_event;
}

static const char *find(const char **known, const sse_chunk *chunk, char c)
{
    if (!*known || *known < chunk->at) {
        *known = memchr(chunk->at, c, (size_t)(chunk->end - chunk->at));
        if (!*known)
            *known = chunk->end;
    }
    return *known;
}

static const char *line_end(sse_chunk *chunk)
{
    const char *lf = find(&chunk->lf, chunk, '\n');
    const char *cr = find(&chunk->cr, chunk, '\r');

    return lf < cr ? lf : cr;
}

static bool is_line_end(char c)
{
    return c == '\n' || c == '\r';
}

/* Keeps a copy of data, unless the event has grown too large for that. */
static ccp_status keep(ccpi_sse *sse, ccpi_span data)
{
    ccp_status status = ccpi_buf_append_span(&sse->data, data);

    if (status != CCP_LIMIT)
        return status;
    ccpi_buf_clear(&sse->data);
    sse->is_oversized = true;
    return CCP_OK;
}

static bool keeps_data(const ccpi_sse *sse)
{
    return sse->is_wanted && !sse->is_oversized;
}

/* Copies what stands in the chunk, since it ends, or more data follows. */
static ccp_status settle(ccpi_sse *sse)
{
    ccpi_span passing = sse->passing;

    sse->passing = (ccpi_span){NULL, 0};
    return passing.len > 0 && keeps_data(sse) ? keep(sse, passing) : CCP_OK;
}

static ccp_status add_data(ccpi_sse *sse, ccpi_span data)
{
    ccp_status status;

    if (!keeps_data(sse) || data.len == 0)
        return CCP_OK;
    if (sse->passing.len == 0 && sse->data.len == 0 && data.len <= CCPI_SSE_MAX_EVENT) {
        sse->passing = data;
        return CCP_OK;
    }
    status = settle(sse);
    return status == CCP_OK && keeps_data(sse) ? keep(sse, data) : status;
}

static void add_name(ccpi_sse *sse, ccpi_span name)
{
    size_t room = MAX_NAME - sse->name_len;
    size_t len = name.len < room ? name.len : room;

    if (len == 0)
        return;
    memcpy(sse->name + sse->name_len, name.data, len);
    sse->name_len += len;
}

static ccpi_span name_of(const ccpi_sse *sse)
{
    return (ccpi_span){sse->name, sse->name_len};
}

static ccp_status begin_data(ccpi_sse *sse)
{
    ccp_status status;

    if (!sse->has_data) {
        sse->has_data = true;
        sse->is_wanted = sse->watcher.wants(sse->watcher.self, name_of(sse));
        return CCP_OK;
    }
    /* A line feed joins the lines; it can stand in no chunk, so data is copied now. */
    status = settle(sse);
    return status == CCP_OK && keeps_data(sse) ? keep(sse, CCPI_SPAN("\n")) : status;
}

/* The field's name without the byte order mark that may begin a stream. */
static ccpi_span field_name(const ccpi_sse *sse)
{
    ccpi_span name = {sse->field_name, sse->field_len};

    if (!sse->is_behind_first_line && ccpi_span_starts(name, BOM)) {
        name.data += BOM_LEN;
        name.len -= BOM_LEN;
    }
    return name;
}

static ccp_status begin_value(ccpi_sse *sse)
{
    ccpi_span name = field_name(sse);

    sse->field = FIELD_OTHER;
    if (sse->field_len > MAX_FIELD)
        return CCP_OK;
    if (ccpi_span_is(name, "event")) {
        sse->field = FIELD_EVENT;
        sse->name_len = 0;
    } else if (ccpi_span_is(name, "data")) {
        sse->field = FIELD_DATA;
        return begin_data(sse);
    }
    return CCP_OK;
}

static void forget_event(ccpi_sse *sse)
{
    sse->name_len = 0;
    sse->has_data = false;
    sse->is_wanted = false;
    sse->is_oversized = false;
    sse->is_inside_event = false;
    sse->passing = (ccpi_span){NULL, 0};
    ccpi_buf_reset(&sse->data);
    if (sse->data.capacity > KEPT_CAPACITY)
        ccpi_buf_clear(&sse->data);
}

/* At a blank line. Without a data: line there was no event, says the standard. */
static void end_event(ccpi_sse *sse)
{
    ccpi_sse_event event = {.name = name_of(sse), .is_oversized = sse->is_oversized};

    event.data = sse->passing.len > 0 ? sse->passing : ccpi_buf_span(&sse->data);
    if (sse->has_data)
        sse->watcher.event(sse->watcher.self, &event);
    forget_event(sse);
}

static ccp_status eat_line_end(ccpi_sse *sse, sse_chunk *chunk)
{
    ccp_status status = CCP_OK;
    bool is_blank = sse->place == IN_FIELD && field_name(sse).len == 0;

    if (sse->place == IN_FIELD && !is_blank)
        status = begin_value(sse); /* a field without a colon has the empty value */
    sse->place = *chunk->at == '\r' ? BEHIND_CR : IN_FIELD;
    sse->field_len = 0;
    sse->is_behind_first_line = true;
    chunk->at++;
    if (is_blank) {
        end_event(sse);
        chunk->whole = chunk->at;
    }
    return status;
}

static ccp_status eat_field(ccpi_sse *sse, sse_chunk *chunk)
{
    sse->is_inside_event = true;
    for (; chunk->at < chunk->end && !is_line_end(*chunk->at); chunk->at++) {
        if (*chunk->at == ':') {
            chunk->at++;
            sse->place = AT_VALUE;
            return begin_value(sse);
        }
        if (sse->field_len < MAX_FIELD)
            sse->field_name[sse->field_len] = *chunk->at;
        if (sse->field_len <= MAX_FIELD)
            sse->field_len++;
    }
    return chunk->at < chunk->end ? eat_line_end(sse, chunk) : CCP_OK;
}

static ccp_status eat_value(ccpi_sse *sse, sse_chunk *chunk)
{
    ccpi_span value = {chunk->at, (size_t)(line_end(chunk) - chunk->at)};
    ccp_status status = CCP_OK;

    if (sse->field == FIELD_DATA)
        status = add_data(sse, value);
    else if (sse->field == FIELD_EVENT)
        add_name(sse, value);
    chunk->at += value.len;
    if (status == CCP_OK && chunk->at < chunk->end)
        status = eat_line_end(sse, chunk);
    return status;
}

static void eat_blank(ccpi_sse *sse, sse_chunk *chunk)
{
    sse->place = IN_VALUE;
    if (*chunk->at == ' ')
        chunk->at++;
}

static void eat_line_feed(ccpi_sse *sse, sse_chunk *chunk)
{
    sse->place = IN_FIELD;
    if (*chunk->at != '\n')
        return;
    chunk->at++;
    if (!sse->is_inside_event)
        chunk->whole = chunk->at;
}

static ccp_status eat(ccpi_sse *sse, sse_chunk *chunk)
{
    switch (sse->place) {
    case BEHIND_CR: eat_line_feed(sse, chunk); return CCP_OK;
    case IN_FIELD: return eat_field(sse, chunk);
    case AT_VALUE: eat_blank(sse, chunk); return CCP_OK;
    case IN_VALUE: return eat_value(sse, chunk);
    }
    return CCP_INTERNAL;
}

ccp_status ccpi_sse_feed(ccpi_sse *sse, ccpi_span bytes, size_t *whole)
{
    ccp_status status = CCP_OK;
    sse_chunk chunk = {.at = bytes.data, .end = bytes.data, .whole = bytes.data};

    if (bytes.len > 0)
        chunk.end += bytes.len;
    while (status == CCP_OK && chunk.at < chunk.end)
        status = eat(sse, &chunk);
    if (status == CCP_OK)
        status = settle(sse);
    sse->passing = (ccpi_span){NULL, 0};
    *whole = (size_t)(chunk.whole - bytes.data);
    return status;
}
