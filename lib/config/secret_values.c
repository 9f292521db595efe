#include "config/secret_values.h"

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/json.h"
#include "config/layers.h"

/* As RDS and most others name it in the secrets that they make. */
#define DB_PASSWORD "db_password"
#define PASSWORD "password"

void ccpi_secret_reader_close(ccpi_secret_reader *reader)
{
    const ccp_secret_source *source = reader->config->source;

    if (reader->open && source->close)
        source->close(reader->open);
    reader->open = NULL;
}

static ccp_status open_source(ccpi_secret_reader *reader, ccp_error *error)
{
    const ccp_secret_source *source = reader->config->source;

    if (!source)
        return ccpi_fail(error, CCP_INVALID, "needs a source of secrets");
    if (reader->failure.status != CCP_OK)
        return ccpi_fail(error, reader->failure.status, "%s", reader->failure.message);
    if (reader->open)
        return CCP_OK;
    return source->open(reader->config, &reader->open, error);
}

static bool will_last(ccp_status status)
{
    return status == CCP_UNAVAILABLE || status == CCP_TIMEOUT;
}

ccp_status ccpi_secret_read_text(ccpi_secret_reader *reader, const char *name,
                                 ccpi_buf *out, ccp_error *error)
{
    ccp_error reason = {0};
    ccp_room room = {.size = CCPI_SECRET_VALUE_MAX};
    ccp_status status = open_source(reader, error);

    if (status != CCP_OK)
        return status;
    /* At once: an outgrown copy of a secret would stay behind. */
    room.data = ccpi_buf_room(out, room.size);
    if (!room.data)
        return ccpi_fail(error, out->status, "no memory for a secret");
    status = reader->config->source->read(reader->open, name, &room, &reason);
    if (status != CCP_OK) {
        if (will_last(status))
            reader->failure = reason;
        return ccpi_fail(error, status, "%s", reason.message);
    }
    if (room.len > 0 && memchr(room.data, '\0', room.len))
        return ccpi_fail(error, CCP_INVALID, "the secret holds a NUL");
    ccpi_buf_grow(out, room.len);
    return CCP_OK;
}

/* A walk over an object's members, which looks for one. */
typedef struct member_search {
    const char *name; /* NULL: any */
    ccpi_span found;  /* a string with its quotes; data NULL: none */
    size_t members;
} member_search;

static ccp_status look(void *context, const ccpi_json_member *member)
{
    member_search *search = context;

    search->members++;
    if (member->type == CCPI_JSON_STRING &&
        (!search->name || ccpi_json_key_is(member->key, search->name)))
        search->found = member->value;
    return CCP_OK;
}

/* The text is longer than what it decodes to, so there is room for it. */
static ccp_status decode(ccpi_span string, ccpi_buf *out)
{
    if (!ccpi_buf_room(out, string.len))
        return out->status;
    return ccpi_json_decode(ccpi_json_inner(string), out);
}

ccp_status ccpi_secret_member(ccpi_span text, const char *name, ccpi_buf *out)
{
    member_search search = {.name = name};

    if (ccpi_json_walk(text, look, &search, NULL) != CCP_OK || !search.found.data)
        return CCP_NOT_FOUND;
    return decode(search.found, out);
}

static ccp_status pick_only_member(ccpi_span text, ccpi_buf *out)
{
    member_search search = {.name = NULL};

    if (ccpi_json_walk(text, look, &search, NULL) != CCP_OK || search.members != 1 ||
        !search.found.data)
        return CCP_NOT_FOUND;
    return decode(search.found, out);
}

static bool is_object(ccpi_span text)
{
    member_search search = {.name = NULL};

    return ccpi_json_walk(text, look, &search, NULL) == CCP_OK;
}

ccp_status ccpi_secret_pick(const ccpi_setting *row, ccpi_span text, ccpi_buf *out,
                            ccp_error *error)
{
    ccp_status status;

    if (row->type == CCPI_SETTING_JSON || row->type == CCPI_SETTING_MAP ||
        !is_object(text))
        return ccpi_buf_append_span(out, text);
    status = ccpi_secret_member(text, row->name, out);
    if (status == CCP_NOT_FOUND && strcmp(row->name, DB_PASSWORD) == 0)
        status = ccpi_secret_member(text, PASSWORD, out);
    if (status == CCP_NOT_FOUND)
        status = pick_only_member(text, out);
    if (status == CCP_NOT_FOUND)
        return ccpi_fail(error, CCP_INVALID,
                         "the secret is a JSON object without a text of that name");
    return status == CCP_OK ? CCP_OK : ccpi_fail(error, status, "no memory for a secret");
}
