#include "base/cleanup.h"
#include "base/fail.h"
#include "base/file.h"
#include "base/json.h"
#include "config/layers.h"
#include "config/shown.h"
#include "config/table.h"

/* The sources of settings: flags, the environment and the file. */

#define MAX_FILE_LEN (1u << 20)
#define ENVIRONMENT_PREFIX "CCPROXY_"
#define MAX_VARIABLE_LEN 64

ccp_status ccp_config_set(ccp_config *config, const char *name, const char *value,
                          ccp_error *error)
{
    ccpi_target target;

    if (!ccpi_layers_find(ccpi_span_of(name), true, &target))
        return ccpi_layers_remark(config, false, error,
                                  "there is no setting \"%s\" (flag)",
                                  ccpi_show(ccpi_span_of(name)).text);
    return ccpi_layers_put(config, CCPI_LAYER_FLAG, target, ccpi_span_of(value), error);
}

ccp_status ccp_config_set_default(ccp_config *config, const char *name, const char *value,
                                  ccp_error *error)
{
    ccpi_target target;

    if (!ccpi_layers_find(ccpi_span_of(name), false, &target) ||
        target.form != CCPI_CELL_TEXT)
        return ccpi_fail(error, CCP_NOT_FOUND, "there is no setting \"%s\"",
                         ccpi_show(ccpi_span_of(name)).text);
    return ccpi_layers_put(config, CCPI_LAYER_PRESET, target, ccpi_span_of(value), error);
}

/* "CCPROXY_MAX_STREAMS" names max_streams; names are all upper case. */
static bool find_variable(ccpi_span name, ccpi_target *out)
{
    char lower[MAX_VARIABLE_LEN];

    if (name.len > sizeof(lower))
        return false;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.data[i];

        if (c >= 'a' && c <= 'z')
            return false;
        lower[i] = (char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
    }
    return ccpi_layers_find((ccpi_span){lower, name.len}, false, out);
}

static ccp_status take_own_variable(ccp_config *config, ccpi_span name, ccpi_span value,
                                    ccp_error *error)
{
    ccpi_span rest = {name.data + strlen(ENVIRONMENT_PREFIX),
                      name.len - strlen(ENVIRONMENT_PREFIX)};
    ccpi_target target;

    if (!find_variable(rest, &target))
        return ccpi_layers_remark(config, true, error,
                                  "there is no setting for the variable %s",
                                  ccpi_show(name).text);
    return ccpi_layers_put(config, CCPI_LAYER_ENVIRONMENT, target, value, error);
}

static ccp_status take_aws_variable(ccp_config *config, ccpi_span name, ccpi_span value,
                                    ccp_error *error)
{
    ccp_status status = ccpi_aws_environment_put(&config->aws, name, value, error);

    for (size_t i = 0; i < ccpi_setting_count && status == CCP_OK; i++) {
        ccpi_target target = {.index = i, .form = CCPI_CELL_TEXT};
        const char *aws_name = ccpi_setting_table[i].aws_name;

        if (aws_name && ccpi_span_is(name, aws_name))
            status = ccpi_layers_put(config, CCPI_LAYER_AWS, target, value, error);
    }
    return status;
}

ccp_status ccp_config_load_environment(ccp_config *config, const char *const *environment,
                                       ccp_error *error)
{
    ccp_status status = CCP_OK;

    for (; *environment && status == CCP_OK; environment++) {
        ccpi_span name = {*environment, strcspn(*environment, "=")};
        ccpi_span value;

        if ((*environment)[name.len] == '\0')
            continue;
        value = ccpi_span_of(*environment + name.len + 1);
        if (value.len == 0)
            continue;
        if (ccpi_span_starts(name, ENVIRONMENT_PREFIX))
            status = take_own_variable(config, name, value, error);
        else
            status = take_aws_variable(config, name, value, error);
    }
    return status;
}

/* A file that is being read. */
typedef struct reading {
    ccp_config *config;
    ccp_error *error;
} reading;

static ccp_status put_member(const reading *into, ccpi_target target,
                             const ccpi_json_member *member)
{
    CCPI_CLEANUP(ccpi_buf_wipe) ccpi_buf text = {.limit = MAX_FILE_LEN};
    ccp_status status;

    if (member->type == CCPI_JSON_ARRAY || member->type == CCPI_JSON_OBJECT) {
        if (target.form == CCPI_CELL_TEXT)
            target.form = CCPI_CELL_JSON;
        return ccpi_layers_put(into->config, CCPI_LAYER_FILE, target, member->value,
                               into->error);
    }
    if (member->type != CCPI_JSON_STRING)
        return ccpi_layers_put(into->config, CCPI_LAYER_FILE, target, member->value,
                               into->error);

    /* Room for all of it first: an outgrown copy of a secret would stay behind. */
    if (!ccpi_buf_room(&text, member->value.len))
        return ccpi_fail(into->error, text.status, "no memory for a setting");
    status = ccpi_json_decode(ccpi_json_inner(member->value), &text);
    if (status != CCP_OK)
        return ccpi_fail(into->error, status, "no memory for a setting");
    return ccpi_layers_put(into->config, CCPI_LAYER_FILE, target, ccpi_buf_span(&text),
                           into->error);
}

static ccp_status take_member(void *context, const ccpi_json_member *member)
{
    const reading *into = context;
    ccpi_target target;

    if (!ccpi_layers_find(member->key, false, &target))
        return ccpi_layers_remark(into->config, false, into->error,
                                  "there is no setting \"%s\" (file)",
                                  ccpi_show(member->key).text);
    if (member->type == CCPI_JSON_NULL)
        return CCP_OK;
    if (ccpi_layers_has(into->config, CCPI_LAYER_FILE, target))
        return ccpi_layers_remark(into->config, false, into->error,
                                  "%s: is given twice (file)",
                                  ccpi_setting_table[target.index].name);
    return put_member(into, target, member);
}

ccp_status ccp_config_load_file(ccp_config *config, const char *path, ccp_error *error)
{
    CCPI_CLEANUP(ccpi_buf_wipe) ccpi_buf text = {.limit = MAX_FILE_LEN};
    reading into = {.config = config, .error = error};
    ccp_status status = ccpi_file_read(path, &text, error);
    ccp_error reason = {0};

    if (status != CCP_OK)
        return status;

    status = ccpi_json_walk(ccpi_buf_span(&text), take_member, &into, &reason);
    if (status == CCP_INVALID)
        return ccpi_fail(error, CCP_INVALID, "%s: %s", path, reason.message);
    return status;
}
