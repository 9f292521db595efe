#include "support/cases.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"

#define MOST_OPTIONS 32
#define MOST_OPTION_LEN 4096

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
    static char values[MOST_OPTIONS][MOST_OPTION_LEN + 1]; /* of one test's process */
    static size_t next;
    ccpi_buf options = read_optional(test, "options.json");
    ccpi_buf value = {.limit = MOST_OPTION_LEN};
    ccpi_json_tree tree = {0};
    const ccpi_json_node *node;

    if (options.len > 0)
        cr_assert(ccpi_json_parse(ccpi_buf_span(&options), &tree, NULL) == CCP_OK);
    node = ccpi_json_get(&tree, ccpi_json_root(&tree), name);
    if (node && node->type == CCPI_JSON_STRING)
        ccpi_json_decode(ccpi_json_inner(node->text), &value);
    next = (next + 1) % MOST_OPTIONS;
    snprintf(values[next], sizeof(values[next]), "%s", value.data ? value.data : "");
    ccpi_buf_clear(&value);
    ccpi_json_clear(&tree);
    ccpi_buf_clear(&options);
    return node ? values[next] : otherwise;
}
