#include "config/findings.h"

#include <openssl/crypto.h>

#include "config/table.h"

void ccpi_findings_forget(ccp_config *config)
{
    for (size_t i = 0; config->found && i < ccpi_setting_count; i++) {
        ccpi_cell_wipe(&config->found[i].cell);
        ccpi_value_wipe(&config->found[i].value);
        config->found[i] = (ccpi_found){0};
    }
    OPENSSL_cleanse(&config->settings, sizeof(config->settings));
}

ccpi_found *ccpi_findings_of(const ccp_config *config, const char *name)
{
    ccpi_target target;

    if (!ccpi_layers_find(ccpi_span_of(name), false, &target) ||
        target.form != CCPI_CELL_TEXT)
        return NULL;
    return &config->found[target.index];
}

ccp_status ccpi_findings_understand(ccp_config *config, size_t index, ccp_error *error)
{
    const ccpi_setting *row = &ccpi_setting_table[index];
    ccpi_found *found = &config->found[index];
    ccp_status status = ccpi_value_parse(
        row, found->cell.text, found->cell.form == CCPI_CELL_JSON, &found->value, error);

    if (status == CCP_OK)
        ccpi_value_store(row, &found->value, &config->settings);
    return status;
}

ccp_status ccpi_findings_replace(ccp_config *config, ccpi_found *found, ccpi_span text,
                                 ccp_error *error)
{
    ccp_status status = ccpi_cell_set(&found->cell, CCPI_CELL_TEXT, text, error);

    if (status != CCP_OK)
        return status;
    ccpi_value_wipe(&found->value);
    return ccpi_findings_understand(config, (size_t)(found - config->found), error);
}
