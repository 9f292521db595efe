#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "bedrock/models.h"
#include "contract/scene.h"

TestSuite(models, .init = scene_open, .fini = scene_close);

#define CALL(function, ...)                                                              \
    on.store->models.function(on.store->models.self, __VA_ARGS__, NULL)

static const ccp_id nobody = {"00000000-0000-4000-8000-000000000000"};

static ccp_model_mapping mapping_of(const char *claude_model)
{
    ccp_model_mapping mapping = {.bedrock_model = "eu.anthropic.claude-next",
                                 .description = "the next one",
                                 .is_active = true};

    strcpy(mapping.claude_model, claude_model);
    cr_assert(eq(int, CALL(create, &mapping), CCP_OK));
    return mapping;
}

static bool count_mapping(void *context, const ccp_model_mapping *mapping)
{
    cr_expect(mapping->is_active);
    cr_expect(gt(i64, mapping->created_at_us, 0));
    ++*(size_t *)context;
    return true;
}

/* BR-3 */
Test(models, a_new_store_has_the_initial_mappings)
{
    const ccpi_model_map initial = ccpi_model_initial_map();
    size_t count = 0;

    cr_assert(eq(int, CALL(list, count_mapping, &count), CCP_OK));
    cr_expect(eq(sz, count, initial.count));
    for (size_t i = 0; i < initial.count; i++) {
        ccp_model_mapping found = {0};

        cr_expect(eq(int, CALL(find, initial.pairs[i].claude, &found), CCP_OK));
        cr_expect(eq(str, found.bedrock_model, (char *)initial.pairs[i].bedrock));
    }
}

Test(models, a_mapping_is_found_whole_by_id_and_by_name)
{
    ccp_model_mapping mapping = mapping_of("claude-next"), found;

    cr_assert(eq(int, CALL(find, "claude-next", &found), CCP_OK));
    cr_expect(eq(str, found.id.text, mapping.id.text));
    cr_assert(eq(int, CALL(find, mapping.id.text, &found), CCP_OK));
    cr_expect(eq(str, found.claude_model, "claude-next"));
    cr_expect(eq(str, found.bedrock_model, "eu.anthropic.claude-next"));
    cr_expect(eq(str, found.description, "the next one"));
    cr_expect(found.is_active);
    cr_expect(eq(i64, found.created_at_us, SCENE_START_US));
    cr_expect(eq(i64, found.updated_at_us, SCENE_START_US));
    cr_expect(eq(int, CALL(find, "claude-none", &found), CCP_NOT_FOUND));
    cr_expect(eq(int, CALL(find, nobody.text, &found), CCP_NOT_FOUND));
}

Test(models, a_name_is_mapped_once)
{
    ccp_model_mapping first = mapping_of("claude-next"), second = first;

    cr_expect(eq(int, CALL(create, &second), CCP_CONFLICT));
    second = mapping_of("claude-other");
    strcpy(second.claude_model, "claude-next");
    cr_expect(eq(int, CALL(update, &second), CCP_CONFLICT));
}

Test(models, an_update_writes_everything_but_the_creation)
{
    ccp_model_mapping mapping = mapping_of("claude-next"), found;

    on.now_us += SCENE_SECOND;
    strcpy(mapping.claude_model, "claude-newer");
    strcpy(mapping.bedrock_model, "us.anthropic.claude-newer");
    mapping.description[0] = '\0';
    mapping.is_active = false;
    cr_assert(eq(int, CALL(update, &mapping), CCP_OK));
    cr_assert(eq(int, CALL(find, mapping.id.text, &found), CCP_OK));
    cr_expect(eq(str, found.claude_model, "claude-newer"));
    cr_expect(eq(str, found.bedrock_model, "us.anthropic.claude-newer"));
    cr_expect(eq(str, found.description, ""));
    cr_expect(not(found.is_active));
    cr_expect(eq(i64, found.created_at_us, SCENE_START_US));
    cr_expect(eq(i64, found.updated_at_us, SCENE_START_US + SCENE_SECOND));
}

Test(models, a_removed_mapping_is_gone)
{
    ccp_model_mapping mapping = mapping_of("claude-next"), found;

    cr_assert(eq(int, CALL(remove, &mapping.id), CCP_OK));
    cr_expect(eq(int, CALL(find, "claude-next", &found), CCP_NOT_FOUND));
    cr_expect(eq(int, CALL(remove, &mapping.id), CCP_NOT_FOUND));
    cr_expect(eq(int, CALL(update, &mapping), CCP_NOT_FOUND));
}

Test(models, names_have_a_length)
{
    ccp_model_mapping mapping = {.bedrock_model = "x"};

    cr_expect(eq(int, CALL(create, &mapping), CCP_INVALID));
    strcpy(mapping.claude_model, "\xFF");
    cr_expect(eq(int, CALL(create, &mapping), CCP_INVALID));
    memset(mapping.claude_model, 'x', 128);
    cr_expect(eq(int, CALL(create, &mapping), CCP_OK));
}

Test(models, every_change_is_told)
{
    int64_t before = scene_version();
    ccp_model_mapping mapping = mapping_of("claude-next");

    cr_expect(gt(i64, scene_version(), before));
    before = scene_version();
    cr_assert(eq(int, CALL(update, &mapping), CCP_OK));
    cr_expect(gt(i64, scene_version(), before));
    before = scene_version();
    cr_assert(eq(int, CALL(remove, &mapping.id), CCP_OK));
    cr_expect(gt(i64, scene_version(), before));
}
