#include "bedrock/betas.h"

#include "bedrock/traits.h"

#define HEADER "anthropic-beta"
#define EFFORT "effort-2025-11-24"
#define LONG_CONTEXT "context-1m-2025-08-07"
#define NAME_MAX_LEN 80

#define CONVERSE (1u << CCPI_BEDROCK_CONVERSE)
#define INVOKE (1u << CCPI_BEDROCK_INVOKE)
#define MESSAGES (1u << CCPI_BEDROCK_MESSAGES)
#define BOTH (CONVERSE | INVOKE)
#define ALL (BOTH | MESSAGES)

/*
 * Known refusals; a name that ends with a hyphen stands for all dates of it.
 * Sources: the tables of AWS's documentation and of LiteLLM (November 2026),
 * and what Claude Code leaves out when it talks to Bedrock itself.
 */
static const struct {
    const char *name;
    unsigned apis;
} refused[] = {
    {"oauth-", ALL},
    {"claude-code-", BOTH},
    {"advisor-tool-", ALL},
    {"code-execution-", ALL},
    {"compact-", CONVERSE},
    {"context-management-", BOTH},
    {"dangerous-tool-use-", CONVERSE},
    {"extended-cache-ttl-", BOTH},
    {"fast-mode-", ALL},
    {"files-api-", ALL},
    {"mcp-client-", ALL},
    {"mid-conversation-", BOTH},
    {"per-turn-control-", BOTH},
    {"prompt-caching-scope-", ALL},
    {"skills-", ALL},
    {"structured-outputs-2025-11-13", INVOKE},
    {"advanced-tool-use-", CONVERSE},
    {"tool-search-tool-", CONVERSE},
    {"token-counting-", BOTH},
    {"web-fetch-", ALL},
    {"web-search-", ALL},
};

/* Names that Bedrock has for the same thing. */
static const struct {
    const char *name, *bedrock;
    unsigned apis;
} renamed[] = {
    {"advanced-tool-use-2025-11-20", "tool-search-tool-2025-10-19", INVOKE},
};

/* Known to be taken, by AWS's documentation or by what Claude Code sends there. */
static const char *const established[] = {
    "computer-use-",
    "context-1m-2025-08-07",
    "effort-2025-11-24",
    "fine-grained-tool-streaming-2025-05-14",
    "interleaved-thinking-2025-05-14",
    "thinking-binding-controls-2026-08-01",
    "thinking-display-updates-2026-08-18",
    "thinking-token-count-2026-05-13",
    "tool-search-tool-2025-10-19",
};

static bool is_established(ccpi_span name)
{
    for (size_t i = 0; i < sizeof(established) / sizeof(established[0]); i++)
        if (ccpi_span_starts(name, established[i]))
            return true;
    return false;
}

size_t ccpi_betas_sort_unknown(ccpi_betas *betas, size_t count)
{
    ccpi_betas known = {.count = 0};
    size_t unknown = 0;

    for (size_t i = 0; i < count; i++) {
        if (is_established(betas->items[i]))
            known.items[known.count++] = betas->items[i];
        else
            betas->items[unknown++] = betas->items[i];
    }
    for (size_t i = 0; i < known.count; i++)
        betas->items[unknown + i] = known.items[i];
    return unknown;
}

static bool is_well_formed(ccpi_span name)
{
    if (name.len == 0 || name.len > NAME_MAX_LEN)
        return false;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.data[i];

        if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') &&
            !(c >= '0' && c <= '9') && c != '-' && c != '_' && c != '.')
            return false;
    }
    return true;
}

static bool is_refused(ccpi_span name, unsigned api)
{
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        const char *row = refused[i].name;
        bool is_family = row[strlen(row) - 1] == '-';

        if (!(refused[i].apis & api))
            continue;
        if (is_family ? ccpi_span_starts(name, row) : ccpi_span_is(name, row))
            return true;
    }
    return false;
}

static bool has_edit(const ccpi_edits *edits, ccpi_span name)
{
    char text[NAME_MAX_LEN + 1];

    memcpy(text, name.data, name.len);
    text[name.len] = '\0';
    return ccpi_edits_have(edits, CCPI_EDIT_BETA, text);
}

static bool has(const ccpi_betas *betas, ccpi_span name)
{
    for (size_t i = 0; i < betas->count; i++)
        if (ccpi_span_equals(betas->items[i], name))
            return true;
    return false;
}

bool ccpi_betas_have(const ccpi_betas *betas, const char *name)
{
    return has(betas, ccpi_span_of(name));
}

static void add(ccpi_span name, const ccpi_betas_options *options, ccpi_betas *out)
{
    unsigned api = 1u << options->api;

    for (size_t i = 0; i < sizeof(renamed) / sizeof(renamed[0]); i++)
        if ((renamed[i].apis & api) && ccpi_span_is(name, renamed[i].name))
            name = ccpi_span_of(renamed[i].bedrock);
    if (!is_well_formed(name) || is_refused(name, api) || has(out, name) ||
        has_edit(options->edits, name) || out->count == CCPI_BETAS_MAX)
        return;
    /* Claude Code sends it to Bedrock for the one model that needs it. */
    if (api == INVOKE && ccpi_span_is(name, EFFORT) &&
        !(options->traits & CCPI_TRAIT_NEEDS_EFFORT_BETA))
        return;
    out->items[out->count++] = name;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static void add_list(const char *list, const ccpi_betas_options *options, ccpi_betas *out)
{
    while (*list) {
        size_t len = strcspn(list, ",");
        ccpi_span name = {list, len};

        while (name.len > 0 && is_blank(name.data[0])) {
            name.data++;
            name.len--;
        }
        while (name.len > 0 && is_blank(name.data[name.len - 1]))
            name.len--;
        add(name, options, out);
        list += len + (list[len] == ',');
    }
}

void ccpi_betas_collect(const ccpi_headers *headers, const ccpi_betas_options *options,
                        ccpi_betas *out)
{
    out->count = 0;
    if (options->traits & CCPI_TRAIT_FOREIGN)
        return;
    for (size_t i = 0; headers && i < headers->count; i++)
        if (ccpi_header_name_is(headers->fields[i].name, HEADER))
            add_list(headers->fields[i].value, options, out);
    if ((options->traits & CCPI_TRAIT_NEEDS_1M_BETA) && options->model &&
        strstr(options->model, "[1m]"))
        add(CCPI_SPAN(LONG_CONTEXT), options, out);
}
