#include "account/profiles.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define USUAL_PAGE 100
#define ARN "arn:aws:bedrock:us-east-1:"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static json_t *chosen; /* NULL: the usual ones */
static size_t page_size = USUAL_PAGE;

static const char *const USUAL[] = {
    "us.anthropic.claude-opus-5-5",
    "global.anthropic.claude-opus-5-5",
    "us.anthropic.claude-sonnet-5-5",
    "global.anthropic.claude-sonnet-5-5",
    "us.anthropic.claude-haiku-5-5",
    "global.anthropic.claude-haiku-5-5",
    "us.anthropic.claude-opus-4-1-20250805-v1:0",
    "us.anthropic.claude-haiku-4-5-20251001-v1:0",
    "global.anthropic.claude-haiku-4-5-20251001-v1:0",
    "us.amazon.nova-pro-v1:0",
};

#define USUAL_COUNT (sizeof(USUAL) / sizeof(USUAL[0]))

static size_t count_of(void)
{
    return chosen ? json_array_size(chosen) : USUAL_COUNT;
}

static const char *id_of(size_t i)
{
    return chosen ? json_string_value(json_array_get(chosen, i)) : USUAL[i];
}

/* A profile of the account's own is known by its ARN. */
static bool is_own(const char *id)
{
    return strstr(id, "application-inference-profile") != NULL;
}

static bool is_wanted(const sim_profile_page *page, const char *id)
{
    return !page->type || (strcmp(page->type, "APPLICATION") == 0) == is_own(id);
}

static void add_profile(sim_buffer *out, const char *id)
{
    const char *model = strchr(id, '.');

    sim_buffer_print(out,
                     "{\"inferenceProfileName\":\"%s\",\"inferenceProfileId\":\"%s\","
                     "\"inferenceProfileArn\":\"" ARN ":inference-profile/%s\","
                     "\"models\":[{\"modelArn\":\"" ARN ":foundation-model/%s\"}],"
                     "\"createdAt\":\"2026-01-01T00:00:00Z\","
                     "\"updatedAt\":\"2026-01-01T00:00:00Z\","
                     "\"status\":\"ACTIVE\",\"type\":\"%s\"}",
                     id, id, id, model ? model + 1 : id,
                     is_own(id) ? "APPLICATION" : "SYSTEM_DEFINED");
}

static void add_page(const sim_profile_page *page, size_t begin, sim_buffer *out)
{
    const size_t most = page->most > 0 && page->most < page_size ? page->most : page_size;
    size_t told = 0;
    size_t i = begin;

    sim_buffer_add_text(out, "{\"inferenceProfileSummaries\":[");
    for (; i < count_of() && told < most; i++) {
        if (!is_wanted(page, id_of(i)))
            continue;
        sim_buffer_add_text(out, told++ > 0 ? "," : "");
        add_profile(out, id_of(i));
    }
    sim_buffer_add_text(out, "]");
    if (i < count_of())
        sim_buffer_print(out, ",\"nextToken\":\"after+%zu/=\"", i);
    sim_buffer_add_text(out, "}");
}

/* The place that a token stands for. False: it is none of ours. */
static bool read_token(const char *token, size_t *place)
{
    static const char BEGIN[] = "after+";
    static const char END[] = "/=";
    char *end;

    if (strncmp(token, BEGIN, strlen(BEGIN)) != 0)
        return false;
    *place = strtoul(token + strlen(BEGIN), &end, 10);
    return strcmp(end, END) == 0;
}

bool sim_profiles_list(const sim_profile_page *page, sim_buffer *out)
{
    size_t begin = 0;

    if (page->token && !read_token(page->token, &begin))
        return false;
    pthread_mutex_lock(&lock);
    add_page(page, begin, out);
    pthread_mutex_unlock(&lock);
    return true;
}

void sim_profiles_set(json_t *ids, size_t size)
{
    pthread_mutex_lock(&lock);
    json_decref(chosen);
    chosen = ids ? json_deep_copy(ids) : NULL;
    page_size = size > 0 ? size : USUAL_PAGE;
    pthread_mutex_unlock(&lock);
}
