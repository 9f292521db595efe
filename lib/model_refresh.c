#include "model_refresh.h"

#include <stdio.h>
#include <stdlib.h>

#include "admin/admin.h"
#include "aws/profiles.h"
#include "base/cleanup.h"
#include "base/fail.h"

#define MAX_FOUND 1000

/* A name, and the best profile for it so far. */
typedef struct found_model {
    char name[CCPI_MODEL_ID_MAX + 1];
    char profile[CCPI_MODEL_ID_MAX + 1];
    int rank; /* lower is better */
} found_model;

typedef struct harvest {
    const ccpi_model_rules *rules;
    found_model *models;
    size_t count;
    ccp_status status;
} harvest;

static void clear(harvest *of)
{
    free(of->models);
}

static bool is_of(const char *profile, const char *geography)
{
    const size_t len = strlen(geography);

    return strncmp(profile, geography, len) == 0 && profile[len] == '.';
}

/* As the rules prefer it, else from everywhere, else from the region's own part. */
static int rank_of(const ccpi_model_rules *rules, const char *profile)
{
    const char *wanted = rules->geo_prefix ? rules->geo_prefix : "global";
    const char *own = ccpi_region_geography(rules->region ? rules->region : "");

    if (is_of(profile, strcmp(wanted, "auto") == 0 ? own : wanted))
        return 0;
    if (is_of(profile, "global"))
        return 1;
    return is_of(profile, own) ? 2 : 3;
}

static found_model *find(const harvest *of, const char *name)
{
    for (size_t i = 0; i < of->count; i++)
        if (strcmp(of->models[i].name, name) == 0)
            return &of->models[i];
    return NULL;
}

/* Of profiles of one rank the newest is the last by its date. */
static bool is_better(const found_model *a, const found_model *b)
{
    return a->rank != b->rank ? a->rank < b->rank : strcmp(a->profile, b->profile) > 0;
}

static void keep(harvest *of, const found_model *model)
{
    found_model *known = find(of, model->name);
    found_model *grown;

    if (known) {
        if (is_better(model, known))
            *known = *model;
        return;
    }
    if (of->count == MAX_FOUND)
        return;
    grown = realloc(of->models, (of->count + 1) * sizeof(*grown));
    if (!grown) {
        of->status = CCP_NO_MEMORY;
        return;
    }
    of->models = grown;
    of->models[of->count++] = *model;
}

static bool take_profile(void *context, ccpi_span id)
{
    harvest *of = context;
    found_model model;
    char plain[CCPI_MODEL_ID_MAX + 1];

    if (id.len > CCPI_MODEL_ID_MAX)
        return true;
    snprintf(model.profile, sizeof(model.profile), "%.*s", (int)id.len, id.data);
    if (!ccpi_model_name_of_profile(model.profile, model.name))
        return true;
    model.rank = rank_of(of->rules, model.profile);
    keep(of, &model);
    if (ccpi_model_name_without_date(model.name, plain)) {
        memcpy(model.name, plain, sizeof(plain));
        keep(of, &model);
    }
    return of->status == CCP_OK;
}

/* ---- mappings ---- */

static void log_found(const ccpi_router *router, const found_model *model)
{
    ccpi_log_line line;

    ccpi_log_start(&line, router->log, CCP_LOG_INFO, "model_found", NULL);
    ccpi_log_text(&line, "model", model->name);
    ccpi_log_text(&line, "served_model", model->profile);
    ccpi_log_end(&line);
}

static ccp_status add_mapping(const ccpi_router *router, const found_model *model,
                              ccp_error *error)
{
    ccp_admin admin = {.actor = {"model refresh", "", ""},
                       .store = router->store,
                       .clock = router->clock,
                       .random = router->random};
    ccp_model_mapping mapping = {.is_active = true};
    ccp_status status;

    memcpy(mapping.claude_model, model->name, sizeof(mapping.claude_model));
    memcpy(mapping.bedrock_model, model->profile, sizeof(mapping.bedrock_model));
    snprintf(mapping.description, sizeof(mapping.description), "found in region %s",
             router->settings.models.region);
    status = ccp_admin_create_mapping(&admin, &mapping, error);
    if (status == CCP_OK)
        log_found(router, model);
    /* Another process may have been quicker. */
    return status == CCP_CONFLICT ? CCP_OK : status;
}

static ccp_status add_missing(const ccpi_router *router, const harvest *of,
                              ccp_error *error)
{
    const ccp_model_store *models = &router->store->models;
    ccp_status status = CCP_OK;

    for (size_t i = 0; i < of->count && status == CCP_OK; i++) {
        ccp_model_mapping known;

        status = models->find(models->self, of->models[i].name, &known, error);
        if (status == CCP_NOT_FOUND)
            status = add_mapping(router, &of->models[i], error);
    }
    return status;
}

void ccpi_model_refresh_run(const ccpi_router *router, ccp_aws *aws)
{
    CCPI_CLEANUP(clear) harvest of = {.rules = &router->settings.models};
    ccp_error error = {CCP_OK, ""};
    ccpi_log_line line;
    ccp_status status = ccpi_aws_list_profiles(aws, take_profile, &of, &error);

    if (status == CCP_OK && of.status != CCP_OK)
        status = ccpi_fail(&error, of.status, "no memory for a list of models");
    if (status == CCP_OK)
        status = add_missing(router, &of, &error);
    if (status == CCP_OK)
        return;
    ccpi_log_start(&line, router->log, CCP_LOG_WARNING, "model_refresh_failed", NULL);
    ccpi_log_text(&line, "reason", error.message);
    ccpi_log_end(&line);
}
