#include "bedrock/repair.h"

#define PATH_CHARS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-."

/* Fields that make sense with a beta only, and the other way round. */
static const struct {
    const char *field, *beta;
} pairs[] = {
    {"context_management", "context-management-2025-06-27"},
    {"output_config.effort", "effort-2025-11-24"},
    {"output_config.format", "structured-outputs-2025-11-13"},
    {"output_format", "structured-outputs-2025-11-13"},
    {"thinking.display", "thinking-display-updates-2026-08-18"},
    {"tools.*.custom.defer_loading", "tool-search-tool-2025-10-19"},
    {"tools.*.defer_loading", "tool-search-tool-2025-10-19"},
    {"tools.*.custom.input_examples", "tool-examples-2025-10-29"},
    {"tools.*.custom.eager_input_streaming", "fine-grained-tool-streaming-2025-05-14"},
    {"messages.*.output_config", "per-turn-control-2026-07-01"},
};

static ccpi_span find(ccpi_span text, const char *words)
{
    const size_t len = strlen(words);
    const char *at = text.len > 0 ? memmem(text.data, text.len, words, len) : NULL;

    return at ? (ccpi_span){at, len} : (ccpi_span){NULL, 0};
}

static bool has(ccpi_span text, const char *words)
{
    return find(text, words).len > 0;
}

static bool is_path_char(char c)
{
    return c != '\0' && strchr(PATH_CHARS, c);
}

static bool is_number(const char *part, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (part[i] < '0' || part[i] > '9')
            return false;
    return len > 0;
}

/* Writes a path with each number in it as "*"; false: it is too long or empty. */
static bool write_path(ccpi_span path, char *out)
{
    size_t len = 0;

    while (path.len > 0) {
        const char *dot = memchr(path.data, '.', path.len);
        const size_t part = dot ? (size_t)(dot - path.data) : path.len;
        const bool is_index = is_number(path.data, part);

        if (len + part + 2 > CCPI_EDIT_NAME_MAX)
            return false;
        if (len > 0)
            out[len++] = '.';
        memcpy(out + len, is_index ? "*" : path.data, is_index ? 1 : part);
        len += is_index ? 1 : part;
        path.data += part + (dot != NULL);
        path.len -= part + (dot != NULL);
    }
    out[len] = '\0';
    return len > 0;
}

static bool add_field(ccpi_span path, ccpi_edits *edits)
{
    char name[CCPI_EDIT_NAME_MAX + 1];

    if (!write_path(path, name) ||
        !ccpi_edits_add(edits, CCPI_EDIT_FIELD, name, CCPI_EDIT_NAMED))
        return false;
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
        if (strcmp(pairs[i].field, name) == 0)
            ccpi_edits_add(edits, CCPI_EDIT_BETA, pairs[i].beta, CCPI_EDIT_PAIRED);
    return true;
}

/* "tools.0.custom.strict: Extra inputs are not permitted", several in one text. */
static bool find_fields(ccpi_span text, ccpi_edits *edits)
{
    static const char words[] = ": Extra inputs are not permitted";
    const char *const start = text.data;
    ccpi_span at = find(text, words);
    bool found = false;

    for (; at.len > 0; at = find(text, words)) {
        const char *path = at.data;
        const size_t passed = (size_t)(at.data - text.data) + at.len;

        while (path > start && is_path_char(path[-1]))
            path--;
        if (add_field((ccpi_span){path, (size_t)(at.data - path)}, edits))
            found = true;
        text.data += passed;
        text.len -= passed;
    }
    return found;
}

/* "Malformed input request: #: extraneous key [speed] is not permitted, ..." */
static bool find_key(ccpi_span text, ccpi_edits *edits)
{
    const ccpi_span words = find(text, "extraneous key [");
    const char *key, *end;

    if (words.len == 0)
        return false;
    key = words.data + words.len;
    end = memchr(key, ']', text.len - (size_t)(key - text.data));
    return end && add_field((ccpi_span){key, (size_t)(end - key)}, edits);
}

static bool add_beta(ccpi_span beta, ccpi_edits *edits, ccpi_edit_nature nature)
{
    char name[CCPI_EDIT_NAME_MAX + 1];

    if (beta.len == 0 || beta.len > CCPI_EDIT_NAME_MAX)
        return false;
    memcpy(name, beta.data, beta.len);
    name[beta.len] = '\0';
    if (!ccpi_edits_add(edits, CCPI_EDIT_BETA, name, nature))
        return false;
    for (size_t i = 0; nature == CCPI_EDIT_NAMED && i < sizeof(pairs) / sizeof(pairs[0]);
         i++)
        if (strcmp(pairs[i].beta, name) == 0)
            ccpi_edits_add(edits, CCPI_EDIT_FIELD, pairs[i].field, CCPI_EDIT_PAIRED);
    return true;
}

static bool speaks_of_betas(ccpi_span text)
{
    return has(text, "anthropic-beta") || has(text, "anthropic_beta") ||
           has(text, "beta flag");
}

/* Unexpected value(s) `X` for the `anthropic-beta` header: those that were sent. */
static bool find_betas(ccpi_span text, const ccpi_betas *sent, ccpi_edits *edits)
{
    bool found = false;

    if (!speaks_of_betas(text))
        return false;
    for (size_t i = 0; i < sent->count; i++) {
        const ccpi_span beta = sent->items[i];

        if (memmem(text.data, text.len, beta.data, beta.len) &&
            add_beta(beta, edits, CCPI_EDIT_NAMED))
            found = true;
    }
    return found;
}

static bool is_guessed(const ccpi_edits *edits, ccpi_span beta)
{
    for (size_t i = 0; i < edits->count; i++)
        if (edits->items[i].nature == CCPI_EDIT_GUESS &&
            ccpi_span_is(beta, edits->items[i].name))
            return true;
    return false;
}

static bool has_guesses(const ccpi_edits *edits)
{
    for (size_t i = 0; i < edits->count; i++)
        if (edits->items[i].nature == CCPI_EDIT_GUESS)
            return true;
    return false;
}

/* A half of the suspects is left out, then the other in its place, then all betas. */
static bool guess_beta(ccpi_span text, const ccpi_repair_betas *betas, ccpi_edits *edits)
{
    const ccpi_betas *sent = &betas->sent;
    const size_t count = betas->suspects > 0 ? betas->suspects : sent->count;
    const size_t half = (count + 1) / 2;
    size_t from = 0, to = half;

    if (!speaks_of_betas(text) || sent->count == 0)
        return false;
    if (has_guesses(edits)) {
        const bool was_first_half = is_guessed(edits, sent->items[0]) &&
                                    !is_guessed(edits, sent->items[sent->count - 1]);

        from = was_first_half && half < count ? half : 0;
        to = from > 0 ? count : sent->count;
    }
    ccpi_edits_forget(edits, CCPI_EDIT_GUESS);
    for (size_t i = from; i < to; i++)
        if (!add_beta(sent->items[i], edits, CCPI_EDIT_GUESS))
            return false;
    return true;
}

/* Signatures of another platform's thinking, or thinking that was changed. */
static bool find_thinking(ccpi_span text, ccpi_edits *edits)
{
    const bool is_meant = has(text, "signature") ||
                          has(text, "`thinking` or `redacted_thinking` blocks") ||
                          has(text, "thinking or redacted_thinking blocks") ||
                          has(text, "Expected `thinking`");

    return is_meant && !ccpi_edits_have(edits, CCPI_EDIT_THINKING, "") &&
           ccpi_edits_add(edits, CCPI_EDIT_THINKING, "", CCPI_EDIT_NAMED);
}

static bool find_role(ccpi_span text, ccpi_edits *edits)
{
    return has(text, ".role: Input should be 'user' or 'assistant'") &&
           !ccpi_edits_have(edits, CCPI_EDIT_FIELD, CCPI_REPAIR_ROLE) &&
           ccpi_edits_add(edits, CCPI_EDIT_FIELD, CCPI_REPAIR_ROLE, CCPI_EDIT_OF_VALUE);
}

bool ccpi_repair_find(ccpi_span text, const ccpi_repair_betas *betas, ccpi_edits *edits)
{
    if (edits->tries >= CCPI_REPAIR_MAX_TRIES)
        return false;
    if (!find_fields(text, edits) && !find_key(text, edits) &&
        !find_betas(text, &betas->sent, edits) && !guess_beta(text, betas, edits) &&
        !find_thinking(text, edits) && !find_role(text, edits))
        return false;
    edits->tries++;
    return true;
}
