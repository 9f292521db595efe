#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/file.h"
#include "config/table.h"

/* docs/configuration.md against the table, both ways. */

#define DOCS CCPT_SOURCE_DIR "/docs/configuration.md"

static ccpi_buf docs = {.limit = 1024 * 1024};

static void read_docs(void)
{
    ccp_error error = {0};

    cr_assert(eq(int, ccpi_file_read(DOCS, &docs, &error), CCP_OK), "%s", error.message);
}

static void forget_docs(void)
{
    ccpi_buf_clear(&docs);
}

TestSuite(config_docs, .init = read_docs, .fini = forget_docs);

static const char *type_name(const ccpi_setting *row)
{
    static const char *const names[] = {
        [CCPI_SETTING_TEXT] = "text",       [CCPI_SETTING_NUMBER] = "number",
        [CCPI_SETTING_TIME] = "time",       [CCPI_SETTING_SIZE] = "size",
        [CCPI_SETTING_BOOLEAN] = "boolean", [CCPI_SETTING_WORD] = "word",
        [CCPI_SETTING_LIST] = "list",       [CCPI_SETTING_MAP] = "map",
        [CCPI_SETTING_JSON] = "JSON",       [CCPI_SETTING_KEY] = "key",
    };

    return names[row->type];
}

/* How the row of a setting begins there: name, type and marks, default. */
static void write_row(const ccpi_setting *row, char *out, size_t size)
{
    const char *quote = row->preset && *row->preset ? "`" : "";

    snprintf(out, size, "\n| `%s` | %s%s%s | %s%s%s | ", row->name, type_name(row),
             row->is_secret ? ", s" : "", row->is_reloadable ? ", r" : "", quote,
             *quote ? row->preset : "\xe2\x80\x93", quote);
}

Test(config_docs, every_setting_is_described_with_its_type_and_default)
{
    for (size_t i = 0; i < ccpi_setting_count; i++) {
        char row[256];

        write_row(&ccpi_setting_table[i], row, sizeof(row));
        cr_expect(ne(ptr, strstr(docs.data, row), NULL), "is missing: %s", row + 1);
    }
}

Test(config_docs, every_word_of_a_setting_is_told)
{
    for (size_t i = 0; i < ccpi_setting_count; i++) {
        const ccpi_setting *row = &ccpi_setting_table[i];
        char name[80];
        const char *line;

        snprintf(name, sizeof(name), "\n| `%s` |", row->name);
        line = strstr(docs.data, name);
        cr_assert(ne(ptr, (void *)line, NULL));
        for (size_t w = 0; w < CCPI_SETTING_MAX_WORDS && row->words[w]; w++) {
            char word[32];

            snprintf(word, sizeof(word), "`%s`", row->words[w]);
            cr_expect(eq(int, strstr(line, word) < strchr(line + 1, '\n'), 1),
                      "%s of %s is missing", word, row->name);
        }
    }
}

static bool is_setting(const char *name, size_t len)
{
    for (size_t i = 0; i < ccpi_setting_count; i++) {
        const char *other = ccpi_setting_table[i].name;

        if (strlen(other) == len && memcmp(other, name, len) == 0)
            return true;
    }
    return false;
}

Test(config_docs, every_setting_that_is_described_exists_and_once)
{
    static const char mark[] = "\n| `";
    size_t count = 0;

    for (const char *at = strstr(docs.data, mark); at; at = strstr(at + 1, mark)) {
        const char *name = at + strlen(mark);

        cr_expect(is_setting(name, strcspn(name, "`")), "unknown: %.40s", name);
        count++;
    }
    cr_expect(eq(sz, count, ccpi_setting_count));
}
