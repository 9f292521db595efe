#include "fuzz/fuzz.h"

#include <string.h>

#include "base/json.h"
#include "observe/log.h"

static void check_line(void *self, ccp_log_level level, const char *line, size_t len)
{
    ccpi_json_tree tree;

    (void)self, (void)level;
    must(len <= CCPI_LOG_MAX_LINE);
    must(ccpi_json_parse((ccpi_span){line, len}, &tree, NULL) == CCP_OK);
    must(ccpi_json_root(&tree)->type == CCPI_JSON_OBJECT);
    ccpi_json_clear(&tree);
}

/* Texts that end where the input has its NULs, until the line is more than full. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const ccp_log_sink sink = {.write = check_line};
    ccpi_log log = {.sink = &sink, .clock = ccp_system_clock(), .level = CCP_LOG_DEBUG};
    char *texts = malloc(size + 1);
    ccpi_log_line line;

    must(texts != NULL);
    memcpy(texts, data, size);
    texts[size] = '\0';
    ccpi_log_start(&line, &log, CCP_LOG_INFO, "fuzz", texts);
    for (size_t at = 0; at < size; at += strlen(texts + at) + 1) {
        const char *const pair[] = {texts + at, texts};

        ccpi_log_text(&line, "text", texts + at);
        ccpi_log_texts(&line, "texts", pair, 2);
        ccpi_log_number(&line, "at", (int64_t)at);
    }
    ccpi_log_end(&line);
    free(texts);
    return 0;
}
