#include "support/cases.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"

#define MOST_CASES 400

static void free_cases(struct criterion_test_params *cases)
{
    cr_free(cases->params);
}

struct criterion_test_params cases_in(const char *folder)
{
    test_case *cases = cr_malloc(MOST_CASES * sizeof(*cases));
    char path[512];
    size_t count = 0;
    DIR *directory;

    snprintf(path, sizeof(path), "%s/%s", CCPT_DATA_DIR, folder);
    directory = opendir(path);
    for (struct dirent *entry; directory && (entry = readdir(directory));) {
        if (entry->d_name[0] == '.' || entry->d_type != DT_DIR || count == MOST_CASES)
            continue;
        snprintf(cases[count++].folder, sizeof(cases->folder), "%s/%.100s", folder,
                 entry->d_name);
    }
    if (directory)
        closedir(directory);
    return cr_make_param_array(test_case, cases, count, free_cases);
}

ccpi_buf read_case(const test_case *test, const char *file)
{
    char name[300];

    snprintf(name, sizeof(name), "%s/%s", test->folder, file);
    return read_data_file(name);
}

ccpi_buf read_optional(const test_case *test, const char *file)
{
    char path[512];

    snprintf(path, sizeof(path), "%s/%s/%s", CCPT_DATA_DIR, test->folder, file);
    if (access(path, F_OK) != 0)
        return (ccpi_buf){0};
    return read_case(test, file);
}

const char *case_option(const test_case *test, const char *name, const char *otherwise)
{
    ccpi_buf options = read_optional(test, "options.json");
    ccpi_buf value = {.limit = 4096};
    ccpi_json_tree tree = {0};
    const ccpi_json_node *node;

    if (options.len > 0)
        cr_assert(ccpi_json_parse(ccpi_buf_span(&options), &tree, NULL) == CCP_OK);
    node = ccpi_json_get(&tree, ccpi_json_root(&tree), name);
    if (node && node->type == CCPI_JSON_STRING)
        ccpi_json_decode(ccpi_json_inner(node->text), &value);
    ccpi_buf_append_text(&value, "");
    ccpi_json_clear(&tree);
    ccpi_buf_clear(&options);
    return node ? value.data : otherwise;
}
