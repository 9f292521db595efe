#include "anthropic/content_size.h"

#include "base/json_scan.h"

/* What a request says beside its content. */
static const char *const silent_keys[] = {
    "type", "role", "id", "tool_use_id", "name", "signature", "media_type", "ttl",
};

typedef enum section {
    OTHER,
    CONVERSATION, /* system, messages */
    TOOLS
} section;

typedef struct measuring {
    ccpi_json_scan scan;
    ccpi_content_size size;
    section section;
    const char *raw; /* where a value began that counts as it stands; or NULL */
    size_t raw_depth;
    /* Of the innermost object: {"type":"text","media_type":..,"data":..} is text. */
    bool is_text;
    ccpi_span data;
} measuring;

/* Bytes of the decoded text, near enough: surrogate pairs count six in place of four. */
static int64_t decoded_length(ccpi_span escaped)
{
    int64_t len = 0;

    for (size_t i = 0; i < escaped.len; len++) {
        const char *at = escaped.data + i;
        const char *escape = memchr(at, '\\', escaped.len - i);

        if (!escape)
            return len + (int64_t)(escaped.len - i);
        len += escape - at;
        i += (size_t)(escape - at) + 2;
        if (escape[1] == 'u') {
            len += memcmp(escape + 2, "00", 2) == 0 ? 0 : 2;
            i += 4;
        }
    }
    return len;
}

static bool is_silent(ccpi_span key)
{
    for (size_t i = 0; i < sizeof(silent_keys) / sizeof(silent_keys[0]); i++)
        if (ccpi_span_is(key, silent_keys[i]))
            return true;
    return false;
}

static section section_of(ccpi_span key)
{
    if (ccpi_span_is(key, "system") || ccpi_span_is(key, "messages"))
        return CONVERSATION;
    return ccpi_span_is(key, "tools") ? TOOLS : OTHER;
}

static void on_string(measuring *m, const ccpi_json_token *token)
{
    const ccpi_span text = ccpi_json_inner(token->text);

    if (ccpi_span_is(token->key, "type")) {
        m->is_text = ccpi_span_is(text, "text");
        m->size.images += ccpi_span_is(text, "base64");
    } else if (ccpi_span_is(token->key, "data")) {
        m->data = text;
    } else if (!is_silent(token->key)) {
        m->size.text_bytes += decoded_length(text);
    }
}

static void begin_raw(measuring *m, const ccpi_json_token *token)
{
    m->raw = token->text.data;
    m->raw_depth = m->scan.depth;
}

static void on_open(measuring *m, const ccpi_json_token *token)
{
    m->is_text = false;
    m->data = (ccpi_span){NULL, 0};
    if (m->section == TOOLS || ccpi_span_is(token->key, "input"))
        begin_raw(m, token);
}

static void on_close(measuring *m, const ccpi_json_token *token)
{
    if (m->raw && m->scan.depth < m->raw_depth) {
        m->size.text_bytes += token->text.data + 1 - m->raw;
        m->raw = NULL;
    } else if (!m->raw && m->is_text && m->data.len > 0) {
        m->size.text_bytes += decoded_length(m->data);
    }
    m->is_text = false;
    m->data = (ccpi_span){NULL, 0};
}

static void on_token(measuring *m, const ccpi_json_token *token)
{
    /* An opened value counts in the depth already. */
    const size_t depth = m->scan.depth - (token->kind == CCPI_JSON_OPEN);

    if (depth == 1 && token->kind != CCPI_JSON_CLOSE)
        m->section = section_of(token->key);
    if (m->section == OTHER)
        return;
    if (token->kind == CCPI_JSON_CLOSE)
        on_close(m, token);
    else if (!m->raw && token->kind == CCPI_JSON_OPEN)
        on_open(m, token);
    else if (!m->raw && token->type == CCPI_JSON_STRING)
        on_string(m, token);
}

ccpi_content_size ccpi_content_size_of(ccpi_span body)
{
    measuring m = {.section = OTHER};
    ccpi_json_token token;

    ccpi_json_scan_init(&m.scan, body);
    while (ccpi_json_scan_next(&m.scan, &token, NULL) == CCP_OK &&
           token.kind != CCPI_JSON_END)
        on_token(&m, &token);
    return m.size;
}
