#include "bedrock/models.h"

#include <stdio.h>
#include <string.h>

#include "base/fail.h"

#define LETTERS "abcdefghijklmnopqrstuvwxyz"
#define DIGITS "0123456789"
#define LONG_CONTEXT "[1m]" /* how clients ask for a context of a million tokens */
#define DATE_LEN 9          /* -20250929 */

/* Longest first where one begins with another. */
static const char *const geographies[] = {"global.", "us-gov.", "us.", "eu.",
                                          "apac.",   "jp.",     "au.", "ca."};

/*
 * The profile that serves a region, for models of 2026: they have jp. and au.
 * where older ones had apac. alone. No row: global.
 */
static const struct {
    const char *region; /* or how it begins */
    const char *geography;
} profiles[] = {
    {"us-gov-", "us-gov"},
    {"us-", "us"},
    {"eu-", "eu"},
    {"ap-northeast-1", "jp"},
    {"ap-northeast-3", "jp"},
    {"ap-southeast-2", "au"},
    {"ap-southeast-4", "au"},
    {"ap-", "apac"},
};

static const ccpi_model_pair initial_pairs[] = {
    {"claude-fable-5-1", "global.anthropic.claude-fable-5-1"},
    {"claude-fable-5", "global.anthropic.claude-fable-5"},
    {"claude-opus-5-5", "global.anthropic.claude-opus-5-5"},
    {"claude-opus-5", "global.anthropic.claude-opus-5"},
    {"claude-opus-4-8", "global.anthropic.claude-opus-4-8"},
    {"claude-opus-4-7", "global.anthropic.claude-opus-4-7"},
    {"claude-opus-4-6", "global.anthropic.claude-opus-4-6-v1"},
    {"claude-opus-4-5", "global.anthropic.claude-opus-4-5-20251101-v1:0"},
    {"claude-opus-4-5-20251101", "global.anthropic.claude-opus-4-5-20251101-v1:0"},
    {"claude-opus-4-1", "us.anthropic.claude-opus-4-1-20250805-v1:0"},
    {"claude-opus-4-1-20250805", "us.anthropic.claude-opus-4-1-20250805-v1:0"},
    {"claude-sonnet-5-5", "global.anthropic.claude-sonnet-5-5"},
    {"claude-sonnet-5", "global.anthropic.claude-sonnet-5"},
    {"claude-sonnet-4-6", "global.anthropic.claude-sonnet-4-6"},
    {"claude-sonnet-4-5", "global.anthropic.claude-sonnet-4-5-20250929-v1:0"},
    {"claude-sonnet-4-5-20250929", "global.anthropic.claude-sonnet-4-5-20250929-v1:0"},
    {"claude-sonnet-4-20250514", "global.anthropic.claude-sonnet-4-20250514-v1:0"},
    {"claude-haiku-5-5", "global.anthropic.claude-haiku-5-5"},
    {"claude-haiku-4-5", "global.anthropic.claude-haiku-4-5-20251001-v1:0"},
    {"claude-haiku-4-5-20251001", "global.anthropic.claude-haiku-4-5-20251001-v1:0"},
};

ccpi_model_map ccpi_model_initial_map(void)
{
    return (ccpi_model_map){initial_pairs,
                            sizeof(initial_pairs) / sizeof(initial_pairs[0])};
}

static bool is_given(const char *text)
{
    return text && text[0] != '\0';
}

static bool starts_with(const char *text, const char *beginning)
{
    return strncmp(text, beginning, strlen(beginning)) == 0;
}

bool ccpi_model_id_is_valid(const char *id)
{
    static const char inside[] = LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZ" DIGITS ".:/_-";
    size_t len = strspn(id, inside);

    return len > 0 && len <= CCPI_MODEL_ID_MAX && id[len] == '\0' &&
           !strchr(".:/_-", id[0]);
}

bool ccpi_region_is_valid(const char *region)
{
    size_t words = 0;

    if (strspn(region, LETTERS) != 2)
        return false;
    for (region += 2; *region == '-'; words++) {
        size_t len = strspn(++region, LETTERS);

        if (len == 0)
            break;
        region += len;
    }
    return words > 0 && region[-1] == '-' && strspn(region, DIGITS) == 1 &&
           region[1] == '\0';
}

static const char *map(const ccpi_model_rules *rules, const char *name)
{
    const ccpi_model_map *const maps[] = {&rules->environment, &rules->table};

    for (size_t m = 0; m < sizeof(maps) / sizeof(maps[0]); m++)
        for (size_t i = 0; i < maps[m]->count; i++)
            if (strcmp(maps[m]->pairs[i].claude, name) == 0)
                return maps[m]->pairs[i].bedrock;
    return NULL;
}

const char *ccpi_model_without_geography(const char *id)
{
    for (size_t i = 0; i < sizeof(geographies) / sizeof(geographies[0]); i++)
        if (starts_with(id, geographies[i]))
            return id + strlen(geographies[i]);
    return id;
}

/* Whether a name is one of Bedrock's own: [geography.]anthropic.x, or an ARN. */
static bool is_direct_id(const char *name)
{
    name = ccpi_model_without_geography(name);
    return starts_with(name, "anthropic.") || starts_with(name, "arn:");
}

const char *ccpi_region_geography(const char *region)
{
    for (size_t i = 0; i < sizeof(profiles) / sizeof(profiles[0]); i++)
        if (starts_with(region, profiles[i].region))
            return profiles[i].geography;
    return "global";
}

static const char *geography_of(const ccpi_model_rules *rules)
{
    if (!is_given(rules->geo_prefix))
        return "global";
    if (strcmp(rules->geo_prefix, "auto") != 0)
        return rules->geo_prefix;
    return is_given(rules->region) ? ccpi_region_geography(rules->region) : "global";
}

/* A name without the marks of a version: -20250929 and [1m]. */
typedef struct plain_name {
    char text[CCPI_MODEL_ID_MAX + 1];
} plain_name;

static void cut_end(plain_name *name, size_t len)
{
    name->text[strlen(name->text) - len] = '\0';
}

static bool ends_with_context(const char *name)
{
    size_t len = strlen(name);

    return len > strlen(LONG_CONTEXT) &&
           strcmp(name + len - strlen(LONG_CONTEXT), LONG_CONTEXT) == 0;
}

static bool ends_with_date(const char *name)
{
    size_t len = strlen(name);

    return len > DATE_LEN && name[len - DATE_LEN] == '-' &&
           strspn(name + len - DATE_LEN + 1, DIGITS) == DATE_LEN - 1;
}

/* claude-<family>-<version>, as all models since Claude 4 are called. */
static bool has_usual_form(const char *name)
{
    size_t family;

    if (!starts_with(name, "claude-"))
        return false;
    name += strlen("claude-");
    family = strspn(name, LETTERS);
    if (family == 0 || name[family] != '-')
        return false;
    name += family + 1;
    return strspn(name, DIGITS) > 0 && name[strspn(name, LETTERS DIGITS ".-")] == '\0';
}

/* Whether "-v1", or "-v1:0", stands there. */
static bool is_version(const char *text)
{
    if (!starts_with(text, "-v"))
        return false;
    text += strlen("-v");
    text += strspn(text, DIGITS);
    return text[-1] != 'v' && (*text == '\0' || *text == ':');
}

bool ccpi_model_name_of_profile(const char *id, char name[CCPI_MODEL_ID_MAX + 1])
{
    static const char vendor[] = "anthropic.";
    const char *plain = ccpi_model_without_geography(id);
    size_t len = 0;

    if (!ccpi_model_id_is_valid(id) || !starts_with(plain, vendor))
        return false;
    plain += sizeof(vendor) - 1;
    while (plain[len] && !is_version(plain + len))
        len++;
    snprintf(name, CCPI_MODEL_ID_MAX + 1, "%.*s", (int)len, plain);
    return starts_with(name, "claude-") && !strpbrk(name, ":/");
}

bool ccpi_model_name_without_date(const char *name, char out[CCPI_MODEL_ID_MAX + 1])
{
    if (!ends_with_date(name))
        return false;
    snprintf(out, CCPI_MODEL_ID_MAX + 1, "%.*s", (int)(strlen(name) - DATE_LEN), name);
    return true;
}

static ccp_status take(const char *id, bool is_substituted, ccpi_model_choice *out,
                       ccp_error *error)
{
    if (!ccpi_model_id_is_valid(id))
        return ccpi_fail(error, CCP_INVALID, "a model mapping holds no model id");
    memcpy(out->id, id, strlen(id) + 1);
    out->is_substituted = is_substituted;
    return CCP_OK;
}

/* Steps 5 and 6: the name without its marks, mapped again, then made by rule. */
static ccp_status choose_for_plain(const char *name, const ccpi_model_rules *rules,
                                   ccpi_model_choice *out, ccp_error *error)
{
    plain_name plain = {0};
    char made[CCPI_MODEL_ID_MAX + sizeof("us-gov.anthropic.")];
    const char *found = NULL;

    if (strlen(name) > CCPI_MODEL_ID_MAX)
        return CCP_NOT_FOUND;
    snprintf(plain.text, sizeof(plain.text), "%s", name);
    if (ends_with_context(plain.text)) {
        cut_end(&plain, strlen(LONG_CONTEXT));
        found = map(rules, plain.text);
    }
    if (!found && ends_with_date(plain.text)) {
        cut_end(&plain, DATE_LEN);
        found = map(rules, plain.text);
    }
    if (found)
        return take(found, true, out, error);

    if (!has_usual_form(plain.text))
        return CCP_NOT_FOUND;
    snprintf(made, sizeof(made), "%s.anthropic.%s", geography_of(rules), plain.text);
    return ccpi_model_id_is_valid(made) ? take(made, true, out, error) : CCP_NOT_FOUND;
}

ccp_status ccpi_model_choose(const char *name, const ccpi_model_rules *rules,
                             ccpi_model_choice *out, ccp_error *error)
{
    const char *found;
    ccp_status status;

    if (is_given(rules->chosen))
        return take(rules->chosen, false, out, error);
    if (starts_with(name, "bedrock/"))
        name += strlen("bedrock/");
    else if (starts_with(name, "converse/"))
        name += strlen("converse/");

    found = map(rules, name);
    if (!found && rules->allows_direct_ids && is_direct_id(name))
        found = name;
    if (found)
        return take(found, false, out, error);

    status = choose_for_plain(name, rules, out, error);
    if (status != CCP_NOT_FOUND)
        return status;
    if (is_given(rules->fallback))
        return take(rules->fallback, true, out, error);
    return ccpi_fail(error, CCP_NOT_FOUND,
                     "no Bedrock model is mapped to %.80s: an administrator can map one "
                     "with \"ccproxy model map\" or on the Models page",
                     name);
}
