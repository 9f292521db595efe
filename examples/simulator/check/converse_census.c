/* What Converse counts over a whole request: cache points, images, documents. */
#include <string.h>

#include "check/check.h"
#include "check/converse.h"

#define MAX_CACHE_POINTS 4
#define MAX_DOCUMENTS 5
#define MAX_IMAGES 20

/* What is counted over the whole request, in the order of the prompt. */
typedef struct sim_census {
    size_t cache_points;
    size_t images;
    size_t documents;
    bool has_5m_point;
    json_t *document_names;
    char *problem;
} sim_census;

static bool count_cache_point(sim_census *census, const json_t *point)
{
    const json_t *ttl = json_object_get(point, "ttl");
    const char *text = json_string_value(ttl);
    const bool is_1h = text && strcmp(text, "1h") == 0;

    if (!sim_is_one_of(json_object_get(point, "type"),
                       (const char *const[]){"default", NULL}))
        return sim_fail(census->problem, "The type of a cachePoint must be default.");
    if (ttl && !sim_is_one_of(ttl, (const char *const[]){"5m", "1h", NULL}))
        return sim_fail(census->problem, "The ttl of a cachePoint must be 5m or 1h.");
    if (is_1h && census->has_5m_point)
        return sim_fail(census->problem,
                        "The model returned the following errors: a ttl='1h' "
                        "cache_control block must not come after a "
                        "ttl='5m' cache_control block.");
    census->has_5m_point = census->has_5m_point || !is_1h;
    if (++census->cache_points > MAX_CACHE_POINTS)
        return sim_fail(census->problem,
                        "A maximum of 4 cache points may be provided. Found %zu.",
                        census->cache_points);
    return true;
}

static bool count_document(sim_census *census, const json_t *document)
{
    const char *name = json_string_value(json_object_get(document, "name"));

    if (name && json_object_get(census->document_names, name))
        return sim_fail(census->problem,
                        "Duplicate document names are not allowed: %.64s", name);
    if (name)
        json_object_set_new(census->document_names, name, json_true());
    if (++census->documents > MAX_DOCUMENTS)
        return sim_fail(census->problem, "Too many documents: at most 5.");
    return true;
}

/* Calls itself for the content of tool results, which hold no further ones. */
static bool count_blocks(sim_census *census, const json_t *blocks)
{
    json_t *block;
    size_t i;

    json_array_foreach(blocks, i, block)
    {
        const json_t *point = json_object_get(block, "cachePoint");
        const json_t *document = json_object_get(block, "document");
        const json_t *result = json_object_get(block, "toolResult");

        if (point && !count_cache_point(census, point))
            return false;
        if (document && !count_document(census, document))
            return false;
        if (json_object_get(block, "image") && ++census->images > MAX_IMAGES)
            return sim_fail(census->problem, "Too many images: at most 20.");
        if (!count_blocks(census, json_object_get(result, "content")))
            return false;
    }
    return true;
}

bool sim_converse_check_counts(const json_t *body, char problem[SIM_PROBLEM_SIZE])
{
    sim_census census = {.document_names = json_object(), .problem = problem};
    json_t *message;
    size_t i;
    bool good;

    good = count_blocks(&census,
                        json_object_get(json_object_get(body, "toolConfig"), "tools")) &&
           count_blocks(&census, json_object_get(body, "system"));
    json_array_foreach(json_object_get(body, "messages"), i, message) good =
        good && count_blocks(&census, json_object_get(message, "content"));
    json_decref(census.document_names);
    return good;
}
