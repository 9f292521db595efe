#include <stdio.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/file.h"
#include "ccproxy/password.h"
#include "config/database_url.h"
#include "config/findings.h"
#include "config/rules.h"
#include "config/secret_values.h"
#include "config/table.h"

/* The check: from what the sources wrote to what it means, and what is wrong. */

#define MAX_VALUE_FILE_LEN (1u << 20)
#define MAX_URL_LEN 8192
#define MAX_MESSAGE_LEN 512

/* A check that is under way. */
typedef struct checking {
    ccp_config *config;
    ccpi_secret_reader secrets;
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

/* ---- where a value stands ---- */

static bool ends_line(const ccpi_buf *text)
{
    return text->len > 0 &&
           (text->data[text->len - 1] == '\n' || text->data[text->len - 1] == '\r');
}

/* Files are mostly written by editors and echo, which end them with a newline. */
static ccp_status read_file(const char *path, ccpi_buf *text, ccp_error *error)
{
    ccp_status status = ccpi_file_read(path, text, error);

    if (status != CCP_OK)
        return status;
    while (ends_line(text))
        ccpi_buf_cut(text, text->len - 1);
    if (text->len > 0 && memchr(text->data, '\0', text->len))
        return ccpi_fail(error, CCP_INVALID, "%s: holds a NUL", path);
    return CCP_OK;
}

static ccp_status read_secret(ccpi_secret_reader *secrets, const ccpi_setting *row,
                              const char *name, ccpi_buf *value, ccp_error *error)
{
    CCPI_CLEANUP(ccpi_buf_wipe) ccpi_buf text = {.limit = CCPI_SECRET_VALUE_MAX};
    ccp_status status = ccpi_secret_read_text(secrets, name, &text, error);

    return status == CCP_OK ? ccpi_secret_pick(row, ccpi_buf_span(&text), value, error)
                            : status;
}

/* Sets into from what stands elsewhere. */
static ccp_status fetch(checking *check, const ccpi_setting *row, const ccpi_cell *top,
                        ccpi_cell *into, ccp_error *error)
{
    CCPI_CLEANUP(ccpi_buf_wipe) ccpi_buf value = {.limit = MAX_VALUE_FILE_LEN};
    ccp_status status = top->form == CCPI_CELL_PATH
                            ? read_file(top->text, &value, error)
                            : read_secret(&check->secrets, row, top->text, &value, error);

    return status == CCP_OK
               ? ccpi_cell_set(into, CCPI_CELL_TEXT, ccpi_buf_span(&value), error)
               : status;
}

static void warn_of_absence(checking *check, const ccpi_setting *row, const char *name)
{
    char message[MAX_MESSAGE_LEN];

    snprintf(message, sizeof(message), "%s: there is no secret %.128s", row->name, name);
    tell(check, true, message);
}

/* From what a source wrote to what is to be understood. */
static ccp_status resolve(checking *check, const ccpi_setting *row, const ccpi_cell *top,
                          ccpi_cell *into, ccp_error *error)
{
    ccp_status status;

    switch (top->form) {
    case CCPI_CELL_TEXT:
    case CCPI_CELL_JSON:
        return ccpi_cell_set(into, top->form, ccpi_span_of(top->text), error);
    case CCPI_CELL_PATH: return fetch(check, row, top, into, error);
    case CCPI_CELL_SECRET:
        status = fetch(check, row, top, into, error);
        if (status != CCP_NOT_FOUND || !row->may_be_absent)
            return status;
        warn_of_absence(check, row, top->text);
        break;
    case CCPI_CELL_NONE: break;
    }
    if (!row->preset)
        return CCP_OK;
    return ccpi_cell_set(into, CCPI_CELL_TEXT, ccpi_span_of(row->preset), error);
}

/* ---- one setting ---- */

/* In place of a bad value the default, so that the rules see something sane. */
static ccp_status fall_back(ccp_config *config, size_t index, ccp_error *error)
{
    const ccpi_setting *row = &ccpi_setting_table[index];
    ccpi_found *found = &config->found[index];
    ccp_status status;

    found->is_bad = true;
    ccpi_cell_wipe(&found->cell);
    status = ccpi_value_parse(row, row->preset, false, &found->value, error);
    if (status == CCP_OK)
        ccpi_value_store(row, &found->value, &config->settings);
    return status;
}

static ccp_status check_setting(checking *check, size_t index, ccp_error *error)
{
    const ccpi_setting *row = &ccpi_setting_table[index];
    ccpi_found *found = &check->config->found[index];
    const ccpi_cell *top = ccpi_layers_top(check->config, index, &found->layer);
    ccp_error reason = {0};
    ccp_status status = resolve(check, row, top, &found->cell, &reason);

    if (status == CCP_OK)
        status = ccpi_findings_understand(check->config, index, &reason);
    if (status == CCP_NO_MEMORY)
        return ccpi_fail(error, status, "no memory to check the settings");
    if (status == CCP_OK)
        return CCP_OK;
    tell_of(check, row, reason.message, ccpi_layers_source(row, found->layer));
    return fall_back(check->config, index, error);
}

/* What stands in the secret source needs the other settings first, to be asked. */
static ccp_status check_settings(checking *check, bool are_secrets, ccp_error *error)
{
    ccp_status status = CCP_OK;
    ccpi_layer layer;

    for (size_t i = 0; i < ccpi_setting_count && status == CCP_OK; i++) {
        const ccpi_cell *top = ccpi_layers_top(check->config, i, &layer);

        if ((top->form == CCPI_CELL_SECRET) == are_secrets)
            status = check_setting(check, i, error);
    }
    return status;
}

/* ---- what secrets say of further settings ---- */

static ccp_status take_member(ccp_config *config, const char *setting, ccpi_span secret,
                              const char *member, ccp_error *error)
{
    CCPI_CLEANUP(ccpi_buf_wipe) ccpi_buf text = {.limit = CCPI_SECRET_VALUE_MAX};
    ccp_status status = ccpi_secret_member(secret, member, &text);

    if (status == CCP_NOT_FOUND)
        return ccpi_fail(error, status, "the secret has no member \"%s\"", member);
    if (status != CCP_OK)
        return ccpi_fail(error, status, "no memory for a secret");
    return ccpi_findings_replace(config, ccpi_findings_of(config, setting),
                                 ccpi_buf_span(&text), error);
}

/* SE-3: the plain password goes no further than this. */
static ccp_status take_password(ccp_config *config, ccpi_span secret, ccp_error *error)
{
    CCPI_CLEANUP(ccpi_buf_wipe) ccpi_buf password = {.limit = CCPI_SECRET_VALUE_MAX};
    ccp_password_hash hash;
    ccp_status status = ccpi_secret_member(secret, "password", &password);

    if (status == CCP_NOT_FOUND)
        return ccpi_fail(error, status, "the secret has no member \"password\"");
    if (status != CCP_OK)
        return ccpi_fail(error, status, "no memory for a password");
    status = ccp_password_hash_new(password.data ? password.data : "", password.len,
                                   ccp_system_random(), &hash, error);
    if (status != CCP_OK)
        return status;
    return ccpi_findings_replace(config, ccpi_findings_of(config, "admin_password_hash"),
                                 ccpi_span_of(hash.text), error);
}

static ccp_status take_admin(checking *check, ccp_error *error)
{
    CCPI_CLEANUP(ccpi_buf_wipe) ccpi_buf secret = {.limit = CCPI_SECRET_VALUE_MAX};
    ccp_config *config = check->config;
    ccp_status status = ccpi_secret_read_text(
        &check->secrets, config->settings.admin_credentials_secret, &secret, error);

    if (status == CCP_OK)
        status = take_member(config, "admin_username", ccpi_buf_span(&secret), "username",
                             error);
    return status == CCP_OK ? take_password(config, ccpi_buf_span(&secret), error)
                            : status;
}

static ccp_status check_admin(checking *check, ccp_error *error)
{
    ccpi_found *found = ccpi_findings_of(check->config, "admin_credentials_secret");
    ccp_error reason = {0};
    ccp_status status;

    if (!check->config->settings.admin_credentials_secret)
        return CCP_OK;
    status = take_admin(check, &reason);
    if (status == CCP_NO_MEMORY)
        return ccpi_fail(error, status, "no memory to check the settings");
    if (status == CCP_OK)
        return CCP_OK;
    tell_of(check, &ccpi_setting_table[found - check->config->found], reason.message,
            NULL);
    return CCP_OK;
}

/* RDS keeps user name and password in one secret; a user that is set goes first. */
static ccp_status check_db_user(checking *check, ccp_error *error)
{
    CCPI_CLEANUP(ccpi_buf_wipe) ccpi_buf secret = {.limit = CCPI_SECRET_VALUE_MAX};
    ccp_config *config = check->config;
    const size_t password =
        (size_t)(ccpi_findings_of(config, "db_password") - config->found);
    ccpi_layer layer;
    const ccpi_cell *top = ccpi_layers_top(config, password, &layer);
    ccp_status status;

    if (top->form != CCPI_CELL_SECRET || config->settings.db_user ||
        config->found[password].is_bad)
        return CCP_OK;
    status = ccpi_secret_read_text(&check->secrets, top->text, &secret, error);
    if (status == CCP_OK)
        status =
            take_member(config, "db_user", ccpi_buf_span(&secret), "username", error);
    return status == CCP_NO_MEMORY ? status : CCP_OK;
}

/* ---- what must hold between settings ---- */

static void check_rules(checking *check)
{
    for (size_t i = 0; i < ccpi_rule_count; i++) {
        const ccpi_found *found = ccpi_findings_of(check->config, ccpi_rules[i].name);
        const ccpi_setting *row = &ccpi_setting_table[found - check->config->found];

        /* Of a value that is bad in itself one message is enough. */
        if (!found->is_bad && ccpi_rules[i].is_broken(&check->config->settings))
            tell_of(check, row, ccpi_rules[i].message, NULL);
    }
}

/* NULL: nobody has chosen. */
static const char *chosen_sslmode(const ccp_config *config)
{
    const ccpi_found *found = ccpi_findings_of(config, "db_sslmode");

    return found->layer == CCPI_LAYER_PRESET ? NULL
                                             : ccp_config_text(config, "db_sslmode");
}

static ccp_status complete_database_url(ccp_config *config, ccp_error *error)
{
    CCPI_CLEANUP(ccpi_buf_wipe) ccpi_buf url = {.limit = MAX_URL_LEN};
    ccpi_found *found = ccpi_findings_of(config, "database_url");
    const char *sslmode = chosen_sslmode(config);
    ccp_status status;

    if (found->value.text && !sslmode)
        return CCP_OK;
    status = found->value.text
                 ? ccpi_database_url_add_sslmode(found->value.text, sslmode, &url)
                 : ccpi_database_url_write(&config->settings, sslmode, &url);
    if (status != CCP_OK)
        return ccpi_fail(error, status, "no memory for the database's URL");
    return ccpi_findings_replace(config, found, ccpi_buf_span(&url), error);
}

static ccp_status run(checking *check, ccp_error *error)
{
    ccp_status status = check_settings(check, false, error);

    if (status == CCP_OK)
        status = check_settings(check, true, error);
    if (status == CCP_OK)
        status = check_admin(check, error);
    if (status == CCP_OK)
        status = check_db_user(check, error);
    if (status != CCP_OK)
        return status;
    check_rules(check);
    if (check->mistakes > 0)
        return ccpi_fail(error, CCP_INVALID, "%zu mistakes in the settings",
                         check->mistakes);
    return complete_database_url(check->config, error);
}

ccp_status ccp_config_check(ccp_config *config,
                            void (*visit)(void *context, bool is_warning,
                                          const char *message),
                            void *context, ccp_error *error)
{
    checking check = {.config = config,
                      .secrets = {.config = config},
                      .visit = visit,
                      .context = context};
    ccp_status status;

    ccpi_findings_forget(config);
    tell_remarks(&check);
    status = run(&check, error);
    ccpi_secret_reader_close(&check.secrets);
    return status;
}

/* ---- once more ---- */

static ccp_status write_out(const ccpi_buf *value, ccp_room *out, ccp_error *error)
{
    if (value->len > out->size)
        return ccpi_fail(error, CCP_LIMIT, "no room for a setting's value");
    if (value->len > 0)
        memcpy(out->data, value->data, value->len);
    out->len = value->len;
    return CCP_OK;
}

ccp_status ccp_config_read_again(const ccp_config *config, const char *name,
                                 ccp_room *out, ccp_error *error)
{
    CCPI_CLEANUP(ccpi_buf_wipe) ccpi_buf value = {.limit = MAX_VALUE_FILE_LEN};
    CCPI_CLEANUP(ccpi_secret_reader_close)
    ccpi_secret_reader secrets = {.config = config};
    const ccpi_found *found = ccpi_findings_of(config, name);
    const ccpi_cell *top;
    ccpi_layer layer;
    ccp_status status = CCP_NOT_FOUND;
    size_t index;

    out->len = 0;
    if (!found)
        return ccpi_fail(error, status, "there is no such setting");
    index = (size_t)(found - config->found);
    top = ccpi_layers_top(config, index, &layer);
    if (top->form == CCPI_CELL_PATH)
        status = read_file(top->text, &value, error);
    else if (top->form == CCPI_CELL_SECRET)
        status =
            read_secret(&secrets, &ccpi_setting_table[index], top->text, &value, error);
    return status == CCP_OK ? write_out(&value, out, error) : status;
}
