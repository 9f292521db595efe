#include "bedrock/traits.h"

#include <ctype.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define VERSION(major, minor) ((major)*100 + (minor))
#define NEWEST INT_MAX

/*
 * All rows that fit a model add up. Sources: Anthropic's model and migration
 * pages, and what Claude Code itself sends to Bedrock for each model, as of
 * November 2026. Newer models are taken to be like the newest known.
 */
static const struct row {
    const char *family; /* NULL: all */
    int from, to;
    unsigned traits;
} rows[] = {
    {NULL, 0, VERSION(3, 6), CCPI_TRAIT_NO_THINKING},
    {NULL, 0, VERSION(4, 5), CCPI_TRAIT_NO_ADAPTIVE},
    {NULL, 0, VERSION(4, 6), CCPI_TRAIT_NO_DISPLAY},
    {NULL, 0, VERSION(4, 7), CCPI_TRAIT_NO_SYSTEM_ROLE},
    {NULL, VERSION(4, 7), NEWEST, CCPI_TRAIT_ONLY_ADAPTIVE | CCPI_TRAIT_NO_SAMPLING},
    {"opus", VERSION(5, 5), NEWEST, CCPI_TRAIT_ALWAYS_THINKS},
    {"sonnet", VERSION(5, 5), NEWEST, CCPI_TRAIT_ALWAYS_THINKS},
    {"fable", 0, NEWEST, CCPI_TRAIT_ALWAYS_THINKS},
    {NULL, 0, VERSION(4, 4), CCPI_TRAIT_NO_EFFORT | CCPI_TRAIT_NO_CACHE_TTL},
    {"sonnet", VERSION(4, 5), VERSION(4, 5), CCPI_TRAIT_NO_EFFORT},
    {"haiku", VERSION(4, 5), VERSION(4, 5), CCPI_TRAIT_NO_EFFORT},
    {"opus", VERSION(4, 5), VERSION(4, 5), CCPI_TRAIT_NEEDS_EFFORT_BETA},
    {"sonnet", VERSION(4, 0), VERSION(4, 5), CCPI_TRAIT_NEEDS_1M_BETA},
};

typedef struct model_name {
    char family[16];
    int numbers[2];
    int number_count;
} model_name;

/* One part of a name, between hyphens; false: the version is over. */
static bool read_part(const char *part, size_t len, model_name *out)
{
    if (isdigit((unsigned char)*part)) {
        /* Eight digits are a date. */
        if (len > 2 || out->number_count == 2)
            return false;
        out->numbers[out->number_count++] = (int)strtol(part, NULL, 10);
        return true;
    }
    if (len >= sizeof(out->family) || out->family[0] != '\0')
        return false;
    memcpy(out->family, part, len);
    return true;
}

/* Both orders exist: claude-3-5-haiku-20241022 and claude-opus-4-5-20251101-v1:0. */
static bool read_model_name(const char *text, model_name *out)
{
    const char *at = text ? strstr(text, "claude-") : NULL;

    *out = (model_name){0};
    if (!at)
        return false;
    at += strlen("claude-");
    for (;;) {
        size_t len = strcspn(at, "-.:@[");

        if (len == 0 || !read_part(at, len, out) || (at[len] != '-' && at[len] != '.'))
            break;
        at += len + 1;
    }
    return out->family[0] != '\0' && out->number_count > 0;
}

/* Only a name of the form provider.model tells that it is no Claude. */
static bool is_foreign(const char *model_id)
{
    const char *slash = strrchr(model_id, '/');
    const char *name = slash ? slash + 1 : model_id;

    return strchr(name, '.') && !strstr(name, "claude");
}

unsigned ccpi_model_traits(const char *model_id, const char *asked)
{
    model_name name;
    unsigned traits = 0;
    int version;

    if (is_foreign(model_id))
        return CCPI_TRAIT_FOREIGN;
    if (!read_model_name(model_id, &name) && !read_model_name(asked, &name))
        return 0;

    version = VERSION(name.numbers[0], name.numbers[1]);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (version >= rows[i].from && version <= rows[i].to &&
            (!rows[i].family || strcmp(rows[i].family, name.family) == 0))
            traits |= rows[i].traits;
    return traits;
}
