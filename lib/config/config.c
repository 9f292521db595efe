#include "ccproxy/config.h"

#include <stdlib.h>

#include "base/fail.h"
#include "config/findings.h"
#include "config/table.h"

ccp_status ccp_config_new(ccp_config **out, ccp_error *error)
{
    ccp_config *config = calloc(1, sizeof(*config));

    *out = NULL;
    if (!config)
        return ccpi_fail(error, CCP_NO_MEMORY, "no memory for a configuration");

    config->cells = calloc(CCPI_LAYER_COUNT * ccpi_setting_count, sizeof(*config->cells));
    config->found = calloc(ccpi_setting_count, sizeof(*config->found));
    if (!config->cells || !config->found) {
        ccp_config_free(config);
        return ccpi_fail(error, CCP_NO_MEMORY, "no memory for a configuration");
    }
    *out = config;
    return CCP_OK;
}

void ccp_config_free(ccp_config *config)
{
    if (!config)
        return;
    ccpi_findings_forget(config);
    free(config->found);
    for (size_t i = 0; config->cells && i < CCPI_LAYER_COUNT * ccpi_setting_count; i++)
        ccpi_cell_wipe(&config->cells[i]);
    free(config->cells);
    ccpi_aws_environment_wipe(&config->aws);
    for (size_t i = 0; i < config->remark_count; i++)
        free(config->remarks[i].text);
    free(config);
}

const char *ccp_config_text(const ccp_config *config, const char *name)
{
    const ccpi_found *found = ccpi_findings_of(config, name);

    return found ? found->value.text : NULL;
}

const char *ccp_config_given(const ccp_config *config, const char *name)
{
    ccpi_target target;
    const ccpi_cell *cell;
    ccpi_layer layer;

    if (!ccpi_layers_find(ccpi_span_of(name), false, &target) ||
        target.form != CCPI_CELL_TEXT)
        return NULL;
    cell = ccpi_layers_top(config, target.index, &layer);
    if (cell->form == CCPI_CELL_NONE)
        return ccpi_setting_table[target.index].preset;
    return cell->form == CCPI_CELL_TEXT ? cell->text : NULL;
}

int64_t ccp_config_number(const ccp_config *config, const char *name)
{
    const ccpi_found *found = ccpi_findings_of(config, name);

    return found ? found->value.number : 0;
}

static ccp_config_entry entry_of(const ccpi_setting *row, const ccpi_found *found)
{
    static const char *const types[] = {
        [CCPI_SETTING_TEXT] = "text",       [CCPI_SETTING_NUMBER] = "number",
        [CCPI_SETTING_TIME] = "time",       [CCPI_SETTING_SIZE] = "size",
        [CCPI_SETTING_BOOLEAN] = "boolean", [CCPI_SETTING_WORD] = "word",
        [CCPI_SETTING_LIST] = "list",       [CCPI_SETTING_MAP] = "map",
        [CCPI_SETTING_JSON] = "JSON",       [CCPI_SETTING_KEY] = "key",
    };
    const char *value = found->value.text;

    return (ccp_config_entry){
        .name = row->name,
        .type = types[row->type],
        .preset = row->preset,
        .value = value && row->is_secret ? "***" : value,
        .source = ccpi_layers_source(row, found->layer),
        .is_secret = row->is_secret,
        .is_reloadable = row->is_reloadable,
    };
}

void ccp_config_visit(const ccp_config *config,
                      void (*visit)(void *context, const ccp_config_entry *entry),
                      void *context)
{
    for (size_t i = 0; i < ccpi_setting_count; i++) {
        ccp_config_entry entry = entry_of(&ccpi_setting_table[i], &config->found[i]);

        visit(context, &entry);
    }
}

void ccp_config_set_secret_source(ccp_config *config, const ccp_secret_source *source)
{
    config->source = source;
}

const ccpi_settings *ccpi_config_settings(const ccp_config *config)
{
    return &config->settings;
}

const ccpi_aws_environment *ccpi_config_aws_environment(const ccp_config *config)
{
    return &config->aws;
}

static ccp_status copy_setting(const ccp_config *from, size_t index, ccp_config *into,
                               ccp_error *error)
{
    const ccpi_found *found = &from->found[index];
    ccpi_found *copy = &into->found[index];
    ccp_status status = CCP_OK;

    copy->layer = found->layer;
    if (found->cell.text)
        status = ccpi_cell_set(&copy->cell, found->cell.form,
                               ccpi_span_of(found->cell.text), error);
    if (status == CCP_OK)
        status = ccpi_findings_understand(into, index, error);
    return status;
}

ccp_status ccpi_config_copy(const ccp_config *config, ccp_config **out, ccp_error *error)
{
    return ccpi_config_renew(config, config, out, error);
}

ccp_status ccpi_config_renew(const ccp_config *config, const ccp_config *fresh,
                             ccp_config **out, ccp_error *error)
{
    ccp_config *copy;
    ccp_status status = ccp_config_new(&copy, error);

    *out = NULL;
    if (!copy)
        return status;
    status = ccpi_aws_environment_copy(&config->aws, &copy->aws, error);
    for (size_t i = 0; i < ccpi_setting_count && status == CCP_OK; i++)
        status = copy_setting(ccpi_setting_table[i].is_reloadable ? fresh : config, i,
                              copy, error);
    if (status != CCP_OK) {
        ccp_config_free(copy);
        return status;
    }
    *out = copy;
    return CCP_OK;
}
