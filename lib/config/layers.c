#include "config/layers.h"

#include <openssl/crypto.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/fail.h"
#include "config/table.h"

#define MAX_NAME_LEN 64
#define MAX_REMARK_LEN 320

void ccpi_cell_wipe(ccpi_cell *cell)
{
    if (cell->text)
        OPENSSL_cleanse(cell->text, strlen(cell->text));
    free(cell->text);
    *cell = (ccpi_cell){0};
}

ccp_status ccpi_cell_set(ccpi_cell *cell, ccpi_cell_form form, ccpi_span text,
                         ccp_error *error)
{
    char *copy = malloc(text.len + 1);

    if (!copy)
        return ccpi_fail(error, CCP_NO_MEMORY, "no memory for a setting");
    if (text.len > 0)
        memcpy(copy, text.data, text.len);
    copy[text.len] = '\0';
    ccpi_cell_wipe(cell);
    *cell = (ccpi_cell){.form = form, .text = copy};
    return CCP_OK;
}

static bool find_row(const char *name, size_t len, size_t *index)
{
    for (size_t i = 0; i < ccpi_setting_count; i++) {
        const char *other = ccpi_setting_table[i].name;

        if (strlen(other) == len && memcmp(other, name, len) == 0) {
            *index = i;
            return true;
        }
    }
    return false;
}

static bool find_suffixed(const char *name, size_t len, ccpi_target *out)
{
    static const struct {
        const char *text;
        ccpi_cell_form form;
    } suffixes[] = {{"_file", CCPI_CELL_PATH}, {"_secret", CCPI_CELL_SECRET}};

    for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
        size_t suffix_len = strlen(suffixes[i].text);

        if (len <= suffix_len || strcmp(name + len - suffix_len, suffixes[i].text) != 0)
            continue;
        out->form = suffixes[i].form;
        return find_row(name, len - suffix_len, &out->index);
    }
    return false;
}

bool ccpi_layers_find(ccpi_span name, bool dash_is_underscore, ccpi_target *out)
{
    char plain[MAX_NAME_LEN + 1];

    if (name.len == 0 || name.len > MAX_NAME_LEN)
        return false;
    memcpy(plain, name.data, name.len);
    plain[name.len] = '\0';
    for (char *c = plain; dash_is_underscore && *c; c++)
        if (*c == '-')
            *c = '_';

    out->form = CCPI_CELL_TEXT;
    return find_row(plain, name.len, &out->index) || find_suffixed(plain, name.len, out);
}

static ccpi_cell *cell_of(const ccp_config *config, ccpi_layer layer, size_t index)
{
    return &config->cells[(size_t)layer * ccpi_setting_count + index];
}

bool ccpi_layers_has(const ccp_config *config, ccpi_layer layer, ccpi_target target)
{
    ccpi_cell_form form = cell_of(config, layer, target.index)->form;

    return form == target.form ||
           (form == CCPI_CELL_JSON && target.form == CCPI_CELL_TEXT);
}

/* Within one source a setting stands either for itself or somewhere else. */
static bool do_clash(ccpi_cell_form a, ccpi_cell_form b)
{
    bool is_elsewhere = a == CCPI_CELL_PATH || a == CCPI_CELL_SECRET ||
                        b == CCPI_CELL_PATH || b == CCPI_CELL_SECRET;

    return a != CCPI_CELL_NONE && a != b && is_elsewhere;
}

ccp_status ccpi_layers_put(ccp_config *config, ccpi_layer layer, ccpi_target target,
                           ccpi_span text, ccp_error *error)
{
    const ccpi_setting *row = &ccpi_setting_table[target.index];
    ccpi_cell *cell = cell_of(config, layer, target.index);

    if (text.len > 0 && memchr(text.data, '\0', text.len))
        return ccpi_layers_remark(config, false, error, "%s: holds a NUL (%s)", row->name,
                                  ccpi_layers_source(row, layer));
    if (do_clash(cell->form, target.form))
        return ccpi_layers_remark(config, false, error,
                                  "%s: is given in two ways at once (%s)", row->name,
                                  ccpi_layers_source(row, layer));
    return ccpi_cell_set(cell, target.form, text, error);
}

const ccpi_cell *ccpi_layers_top(const ccp_config *config, size_t index,
                                 ccpi_layer *layer)
{
    const ccpi_cell *cell;

    for (int at = CCPI_LAYER_FLAG; at > CCPI_LAYER_PRESET; at--) {
        cell = cell_of(config, (ccpi_layer)at, index);
        *layer = (ccpi_layer)at;
        if (cell->form != CCPI_CELL_NONE)
            return cell;
    }
    *layer = CCPI_LAYER_PRESET;
    return cell_of(config, CCPI_LAYER_PRESET, index);
}

const char *ccpi_layers_source(const ccpi_setting *row, ccpi_layer layer)
{
    static const char *const names[] = {
        [CCPI_LAYER_PRESET] = "default",
        [CCPI_LAYER_FILE] = "file",
        [CCPI_LAYER_ENVIRONMENT] = "environment",
        [CCPI_LAYER_FLAG] = "flag",
    };

    return layer == CCPI_LAYER_AWS ? row->aws_name : names[layer];
}

ccp_status ccpi_layers_remark(ccp_config *config, bool is_warning, ccp_error *error,
                              const char *format, ...)
{
    char *text;
    va_list args;

    if (config->remark_count == CCPI_MAX_REMARKS) {
        config->dropped_mistakes += is_warning ? 0 : 1;
        return CCP_OK;
    }
    text = malloc(MAX_REMARK_LEN);
    if (!text)
        return ccpi_fail(error, CCP_NO_MEMORY, "no memory for a remark on the settings");
    va_start(args, format);
    vsnprintf(text, MAX_REMARK_LEN, format, args);
    va_end(args);
    config->remarks[config->remark_count++] = (ccpi_remark){is_warning, text};
    return CCP_OK;
}
