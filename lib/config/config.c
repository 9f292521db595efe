#include "ccproxy/config.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/file.h"
#include "config/database_url.h"
#include "config/layers.h"
#include "config/rules.h"
#include "config/table.h"

#define MAX_VALUE_FILE_LEN (1u << 20)
#define MAX_URL_LEN 8192
#define MAX_MESSAGE_LEN 512

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

static void forget_findings(ccp_config *config)
{
    for (size_t i = 0; config->found && i < ccpi_setting_count; i++) {
        ccpi_cell_wipe(&config->found[i].cell);
        ccpi_value_wipe(&config->found[i].value);
        config->found[i] = (ccpi_found){0};
    }
    OPENSSL_cleanse(&config->settings, sizeof(config->settings));
}

void ccp_config_free(ccp_config *config)
{
    if (!config)
        return;
    forget_findings(config);
    free(config->found);
    for (size_t i = 0; config->cells && i < CCPI_LAYER_COUNT * ccpi_setting_count; i++)
        ccpi_cell_wipe(&config->cells[i]);
    free(config->cells);
    ccpi_aws_environment_wipe(&config->aws);
    for (size_t i = 0; i < config->remark_count; i++)
        free(config->remarks[i].text);
    free(config);
}

/* A check that is under way. */
typedef struct checking {
    ccp_config *config;
    void (*visit)(void *context, bool is_warning, const char *message);
    void *context;
    size_t mistakes;
} checking;

static void tell(checking *check, bool is_warning, const char *message)
{
    if (!is_warning)
        check->mistakes++;
    if (check->visit)
        check->visit(check->context, is_warning, message);
}

static void tell_of(checking *check, const ccpi_setting *row, const char *what,
                    const char *source)
{
    char message[MAX_MESSAGE_LEN];

    snprintf(message, sizeof(message), source ? "%s: %s (%s)" : "%s: %s", row->name, what,
             source);
    tell(check, false, message);
}

static void tell_remarks(checking *check)
{
    const ccp_config *config = check->config;

    for (size_t i = 0; i < config->remark_count; i++)
        tell(check, config->remarks[i].is_warning, config->remarks[i].text);
    if (config->dropped_mistakes > 0)
        tell(check, false, "and there are more mistakes than are kept");
}

/* Files are mostly written by editors and echo, which end them with a newline. */
static ccp_status read_value(const char *path, ccpi_cell *into, ccp_error *error)
{
    CCPI_CLEANUP(ccpi_buf_wipe) ccpi_buf text = {.limit = MAX_VALUE_FILE_LEN};
    ccp_status status = ccpi_file_read(path, &text, error);
    ccpi_span value = ccpi_buf_span(&text);

    if (status != CCP_OK)
        return status;
    while (value.len > 0 &&
           (value.data[value.len - 1] == '\n' || value.data[value.len - 1] == '\r'))
        value.len--;
    if (value.len > 0 && memchr(value.data, '\0', value.len))
        return ccpi_fail(error, CCP_INVALID, "%s: holds a NUL", path);
    return ccpi_cell_set(into, CCPI_CELL_TEXT, value, error);
}

/* From what a source wrote to what is to be understood. */
static ccp_status resolve(const ccpi_setting *row, const ccpi_cell *top, ccpi_cell *into,
                          ccp_error *error)
{
    switch (top->form) {
    case CCPI_CELL_TEXT:
    case CCPI_CELL_JSON:
        return ccpi_cell_set(into, top->form, ccpi_span_of(top->text), error);
    case CCPI_CELL_PATH: return read_value(top->text, into, error);
    case CCPI_CELL_SECRET:
        return ccpi_fail(error, CCP_INVALID,
                         "needs AWS Secrets Manager, which this build has not");
    case CCPI_CELL_NONE: break;
    }
    if (!row->preset)
        return CCP_OK;
    return ccpi_cell_set(into, CCPI_CELL_TEXT, ccpi_span_of(row->preset), error);
}

static ccp_status understand(const ccpi_setting *row, ccpi_found *found, ccp_error *error)
{
    return ccpi_value_parse(row, found->cell.text, found->cell.form == CCPI_CELL_JSON,
                            &found->value, error);
}

/* In place of a bad value the default, so that the rules see something sane. */
static ccp_status fall_back(const ccpi_setting *row, ccpi_found *found, ccp_error *error)
{
    found->is_bad = true;
    ccpi_cell_wipe(&found->cell);
    return ccpi_value_parse(row, row->preset, false, &found->value, error);
}

static ccp_status check_setting(checking *check, size_t index, ccp_error *error)
{
    const ccpi_setting *row = &ccpi_setting_table[index];
    ccpi_found *found = &check->config->found[index];
    const ccpi_cell *top = ccpi_layers_top(check->config, index, &found->layer);
    ccp_error reason = {0};
    ccp_status status = resolve(row, top, &found->cell, &reason);

    if (status == CCP_OK)
        status = understand(row, found, &reason);
    if (status == CCP_NO_MEMORY)
        return ccpi_fail(error, status, "no memory to check the settings");
    if (status != CCP_OK) {
        tell_of(check, row, reason.message, ccpi_layers_source(row, found->layer));
        status = fall_back(row, found, error);
    }
    if (status == CCP_OK)
        ccpi_value_store(row, &found->value, &check->config->settings);
    return status;
}

static ccpi_found *found_of(const ccp_config *config, const char *name)
{
    ccpi_target target;

    if (!ccpi_layers_find(ccpi_span_of(name), false, &target) ||
        target.form != CCPI_CELL_TEXT)
        return NULL;
    return &config->found[target.index];
}

static void check_rules(checking *check)
{
    for (size_t i = 0; i < ccpi_rule_count; i++) {
        const ccpi_found *found = found_of(check->config, ccpi_rules[i].name);
        const ccpi_setting *row = &ccpi_setting_table[found - check->config->found];

        /* Of a value that is bad in itself one message is enough. */
        if (!found->is_bad && ccpi_rules[i].is_broken(&check->config->settings))
            tell_of(check, row, ccpi_rules[i].message, NULL);
    }
}

static ccp_status complete_database_url(ccp_config *config, ccp_error *error)
{
    CCPI_CLEANUP(ccpi_buf_wipe) ccpi_buf url = {.limit = MAX_URL_LEN};
    ccpi_found *found = found_of(config, "database_url");
    const ccpi_setting *row = &ccpi_setting_table[found - config->found];
    ccp_status status;

    if (found->value.text)
        return CCP_OK;
    if (ccpi_database_url_write(&config->settings, ccp_config_text(config, "db_sslmode"),
                                &url) != CCP_OK)
        return ccpi_fail(error, url.status, "no memory for the database's URL");
    status = ccpi_cell_set(&found->cell, CCPI_CELL_TEXT, ccpi_buf_span(&url), error);
    if (status == CCP_OK)
        status = understand(row, found, error);
    if (status == CCP_OK)
        ccpi_value_store(row, &found->value, &config->settings);
    return status;
}

ccp_status ccp_config_check(ccp_config *config,
                            void (*visit)(void *context, bool is_warning,
                                          const char *message),
                            void *context, ccp_error *error)
{
    checking check = {.config = config, .visit = visit, .context = context};
    ccp_status status = CCP_OK;

    forget_findings(config);
    tell_remarks(&check);
    for (size_t i = 0; i < ccpi_setting_count && status == CCP_OK; i++)
        status = check_setting(&check, i, error);
    if (status != CCP_OK)
        return status;
    check_rules(&check);
    if (check.mistakes > 0)
        return ccpi_fail(error, CCP_INVALID, "%zu mistakes in the settings",
                         check.mistakes);
    return complete_database_url(config, error);
}

const char *ccp_config_text(const ccp_config *config, const char *name)
{
    const ccpi_found *found = found_of(config, name);

    return found ? found->value.text : NULL;
}

int64_t ccp_config_number(const ccp_config *config, const char *name)
{
    const ccpi_found *found = found_of(config, name);

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
    const ccpi_setting *row = &ccpi_setting_table[index];
    const ccpi_found *found = &from->found[index];
    ccpi_found *copy = &into->found[index];
    ccp_status status = CCP_OK;

    copy->layer = found->layer;
    if (found->cell.text)
        status = ccpi_cell_set(&copy->cell, found->cell.form,
                               ccpi_span_of(found->cell.text), error);
    if (status == CCP_OK)
        status = understand(row, copy, error);
    if (status == CCP_OK)
        ccpi_value_store(row, &copy->value, &into->settings);
    return status;
}

ccp_status ccpi_config_copy(const ccp_config *config, ccp_config **out, ccp_error *error)
{
    ccp_config *copy;
    ccp_status status = ccp_config_new(&copy, error);

    *out = NULL;
    if (!copy)
        return status;
    status = ccpi_aws_environment_copy(&config->aws, &copy->aws, error);
    for (size_t i = 0; i < ccpi_setting_count && status == CCP_OK; i++)
        status = copy_setting(config, i, copy, error);
    if (status != CCP_OK) {
        ccp_config_free(copy);
        return status;
    }
    *out = copy;
    return CCP_OK;
}
