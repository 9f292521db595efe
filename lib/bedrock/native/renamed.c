#include "bedrock/native/renamed.h"

#include <stdlib.h>

#include "anthropic/patch.h"
#include "base/cleanup.h"

/* A message_start of a few KiB is a long one. */
#define MAX_LINE ((size_t)1024 * 1024)

ccp_status ccpi_renamed_init(ccpi_renamed *renamed, const char *model)
{
    *renamed = (ccpi_renamed){.model = strdup(model), .line = {.limit = MAX_LINE}};
    return renamed->model ? CCP_OK : CCP_NO_MEMORY;
}

void ccpi_renamed_clear(ccpi_renamed *renamed)
{
    free(renamed->model);
    ccpi_buf_clear(&renamed->line);
    *renamed = (ccpi_renamed){.model = NULL};
}

/* Replaces the model in a message_start. False: this is none, or of another form. */
static bool rename_model(ccpi_span json, const char *model, ccpi_buf *out)
{
    CCPI_CLEANUP(ccpi_patch_clear) ccpi_patch patch = {.status = CCP_OK};
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf name = {.limit = SIZE_MAX};
    const ccpi_json_node *root;
    const ccpi_json_node *node;

    if (ccpi_patch_open(&patch, json, NULL) != CCP_OK)
        return false;
    root = ccpi_json_root(&patch.tree);
    node = ccpi_json_get_typed(&patch.tree, ccpi_json_get(&patch.tree, root, "message"),
                               "model", CCPI_JSON_STRING);
    if (!node ||
        !ccpi_json_is_text(ccpi_json_get(&patch.tree, root, "type"), "message_start") ||
        ccpi_json_quote(ccpi_span_of(model), &name) != CCP_OK)
        return false;
    ccpi_patch_replace(&patch, node, ccpi_buf_span(&name));
    return ccpi_patch_finish(&patch) == CCP_OK && ccpi_patch_write(&patch, out) == CCP_OK;
}

/* One line without its end. */
static void write_line(ccpi_renamed *renamed, ccpi_span line, ccpi_buf *out)
{
    static const char mark[] = "data:";
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf json = {.limit = 2 * MAX_LINE};
    size_t skipped = sizeof(mark) - 1;

    if (!ccpi_span_starts(line, mark)) {
        ccpi_buf_append_span(out, line);
        return;
    }
    while (skipped < line.len && line.data[skipped] == ' ')
        skipped++;
    renamed->is_past = rename_model((ccpi_span){line.data + skipped, line.len - skipped},
                                    renamed->model, &json);
    if (renamed->is_past) {
        ccpi_buf_append(out, line.data, skipped);
        ccpi_buf_append_span(out, ccpi_buf_span(&json));
    } else {
        ccpi_buf_append_span(out, line);
    }
}

/* Without the end of a line the rest waits for more. */
static ccp_status take_part(ccpi_renamed *renamed, ccpi_span *rest, ccpi_buf *out)
{
    size_t len = 0;

    while (len < rest->len && rest->data[len] != '\n' && rest->data[len] != '\r')
        len++;
    if (ccpi_buf_append(&renamed->line, rest->data, len) != CCP_OK) {
        /* Too long to be what is looked for: all goes by from here on. */
        renamed->is_past = true;
        ccpi_renamed_finish(renamed, out);
        return out->status;
    }
    rest->data += len;
    rest->len -= len;
    if (rest->len == 0)
        return CCP_OK;
    write_line(renamed, ccpi_buf_span(&renamed->line), out);
    ccpi_buf_reset(&renamed->line);
    ccpi_buf_append_char(out, *rest->data);
    rest->data++;
    rest->len--;
    return out->status;
}

ccp_status ccpi_renamed_feed(ccpi_renamed *renamed, ccpi_span bytes, ccpi_buf *out)
{
    ccp_status status = CCP_OK;

    while (bytes.len > 0 && !renamed->is_past && status == CCP_OK)
        status = take_part(renamed, &bytes, out);
    return status == CCP_OK ? ccpi_buf_append_span(out, bytes) : status;
}

ccp_status ccpi_renamed_finish(ccpi_renamed *renamed, ccpi_buf *out)
{
    ccp_status status = ccpi_buf_append_span(out, ccpi_buf_span(&renamed->line));

    ccpi_buf_reset(&renamed->line);
    return status;
}
