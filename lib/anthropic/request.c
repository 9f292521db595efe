#include "anthropic/request.h"

#include "base/fail.h"
#include "base/utf8.h"

/* The members that routing reads (PX-3). Each may be given once. */
typedef enum look_field {
    MODEL = 0,
    MESSAGES,
    STREAM,
    MAX_TOKENS,
    KNOWN_COUNT
} look_field;

static const char *const known_names[KNOWN_COUNT] = {"model", "messages", "stream",
                                                     "max_tokens"};

typedef struct look_progress {
    ccpi_look *look;
    bool has[KNOWN_COUNT];
    ccp_error *error;
} look_progress;

static ccp_status refuse(const look_progress *looking, look_field field, const char *why)
{
    return ccpi_fail(looking->error, CCP_INVALID, "%s: %s", known_names[field], why);
}

/* Whether text is one that logs, databases and URLs can all hold. */
static bool is_clean_text(ccpi_span text)
{
    const unsigned char *at = (const unsigned char *)text.data;
    const unsigned char *end = at + text.len;
    size_t len;

    for (; at < end; at += len) {
        len = ccpi_utf8_sequence(at, end);
        if (len == 0 || *at < 0x20 || *at == 0x7F)
            return false;
    }
    return true;
}

static ccp_status read_model(look_progress *looking, const ccpi_json_member *member)
{
    ccpi_buf name = {.limit = sizeof(looking->look->model) - 1};
    ccp_status status = CCP_OK;

    if (member->type != CCPI_JSON_STRING)
        return refuse(looking, MODEL, "must be a string");
    ccpi_json_decode(ccpi_json_inner(member->value), &name);
    if (name.status == CCP_NO_MEMORY)
        status = ccpi_fail(looking->error, CCP_NO_MEMORY, "no memory for a model's name");
    else if (name.status == CCP_LIMIT)
        status = refuse(looking, MODEL, "must not be longer than 256 bytes");
    else if (name.len == 0)
        status = refuse(looking, MODEL, "must not be empty");
    else if (!is_clean_text(ccpi_buf_span(&name)))
        status = refuse(looking, MODEL, "must be plain text");
    else
        memcpy(looking->look->model, name.data, name.len + 1);
    ccpi_buf_clear(&name);
    return status;
}

static ccp_status read_messages(look_progress *looking, const ccpi_json_member *member)
{
    return member->type == CCPI_JSON_ARRAY
               ? CCP_OK
               : refuse(looking, MESSAGES, "must be an array");
}

/* An optional member that is null is as good as absent; the upstream may differ. */
static ccp_status read_stream(look_progress *looking, const ccpi_json_member *member)
{
    if (member->type != CCPI_JSON_TRUE && member->type != CCPI_JSON_FALSE &&
        member->type != CCPI_JSON_NULL)
        return refuse(looking, STREAM, "must be a boolean");
    looking->look->is_stream = member->type == CCPI_JSON_TRUE;
    return CCP_OK;
}

static ccp_status read_max_tokens(look_progress *looking, const ccpi_json_member *member)
{
    ccpi_look *look = looking->look;

    if (member->type != CCPI_JSON_NUMBER && member->type != CCPI_JSON_NULL)
        return refuse(looking, MAX_TOKENS, "must be a number");
    look->has_max_tokens = member->type == CCPI_JSON_NUMBER;
    if (!ccpi_json_integer(member->value, &look->max_tokens))
        look->max_tokens = 0;
    return CCP_OK;
}

static ccp_status (*const readers[KNOWN_COUNT])(look_progress *,
                                                const ccpi_json_member *) = {
    read_model, read_messages, read_stream, read_max_tokens};

static ccp_status visit(void *context, const ccpi_json_member *member)
{
    look_progress *looking = context;
    ccpi_look *look = looking->look;

    if (look->member_count < CCPI_LOOK_MAX_MEMBERS)
        look->members[look->member_count++] = *member;
    for (look_field field = 0; field < KNOWN_COUNT; field++) {
        if (!ccpi_json_key_is(member->key, known_names[field]))
            continue;
        if (looking->has[field])
            return refuse(looking, field, "is given twice");
        looking->has[field] = true;
        return readers[field](looking, member);
    }
    return CCP_OK;
}

ccp_status ccpi_look_at(ccpi_span body, ccpi_look *out, ccp_error *error)
{
    look_progress looking = {.look = out, .error = error};
    ccp_status status;

    *out = (ccpi_look){.body = body};
    status = ccpi_json_walk(body, visit, &looking, error);
    if (status != CCP_OK)
        return status;
    if (!looking.has[MODEL])
        return refuse(&looking, MODEL, "is missing");
    if (!looking.has[MESSAGES])
        return refuse(&looking, MESSAGES, "is missing");
    return CCP_OK;
}

const ccpi_json_member *ccpi_look_member(const ccpi_look *look, const char *name)
{
    for (size_t i = 0; i < look->member_count; i++)
        if (ccpi_json_key_is(look->members[i].key, name))
            return &look->members[i];
    return NULL;
}
