#ifndef CCPI_CONFIG_LAYERS_H
#define CCPI_CONFIG_LAYERS_H

#include "base/span.h"
#include "config/aws_environment.h"
#include "config/settings.h"
#include "config/value.h"

/*
 * What each source said of each setting, as text, before anything is understood.
 * A later layer hides an earlier one.
 */
typedef enum ccpi_layer {
    CCPI_LAYER_PRESET = 0, /* the table, or ccp_config_set_default() */
    CCPI_LAYER_AWS,        /* variables of AWS's tools */
    CCPI_LAYER_FILE,
    CCPI_LAYER_ENVIRONMENT,
    CCPI_LAYER_FLAG,
    CCPI_LAYER_COUNT
} ccpi_layer;

typedef enum ccpi_cell_form {
    CCPI_CELL_NONE = 0,
    CCPI_CELL_TEXT,
    CCPI_CELL_JSON,  /* an array or object of the file */
    CCPI_CELL_PATH,  /* NAME_FILE: the value stands in this file */
    CCPI_CELL_SECRET /* NAME_SECRET: the value stands in Secrets Manager */
} ccpi_cell_form;

typedef struct ccpi_cell {
    ccpi_cell_form form;
    char *text;
} ccpi_cell;

/* What a check found for one setting. */
typedef struct ccpi_found {
    ccpi_layer layer;
    ccpi_cell cell; /* what was understood: CCPI_CELL_NONE, _TEXT or _JSON */
    ccpi_value value;
    bool is_bad;
} ccpi_found;

/* A remark made while loading, told by the check. */
typedef struct ccpi_remark {
    bool is_warning;
    char *text;
} ccpi_remark;

#define CCPI_MAX_REMARKS 100

struct ccp_config {
    ccpi_cell *cells;  /* a row of ccpi_setting_count for each layer */
    ccpi_found *found; /* one for each setting */
    ccpi_settings settings;
    ccpi_aws_environment aws;
    ccpi_remark remarks[CCPI_MAX_REMARKS];
    size_t remark_count;
    size_t dropped_mistakes; /* that found no room there */
    const ccp_secret_source *source;
};

/* Which setting a name means, and in which form. */
typedef struct ccpi_target {
    size_t index; /* in the table */
    ccpi_cell_form form;
} ccpi_target;

/*
 * NAME, NAME_file or NAME_secret; a name of the table wins over the suffixes.
 * dash_is_underscore: as flags are written. false: there is no such setting.
 */
bool ccpi_layers_find(ccpi_span name, bool dash_is_underscore, ccpi_target *out);

/* Copies the text in. Two forms of one setting in one layer are remarked on. */
ccp_status ccpi_layers_put(ccp_config *config, ccpi_layer layer, ccpi_target target,
                           ccpi_span text, ccp_error *error);

/* Whether the layer says this of the setting, in this form. */
bool ccpi_layers_has(const ccp_config *config, ccpi_layer layer, ccpi_target target);

/* The cell that counts; *layer is where it stands. */
const ccpi_cell *ccpi_layers_top(const ccp_config *config, size_t index,
                                 ccpi_layer *layer);

/* "file"; of AWS's layer the variable's name. */
const char *ccpi_layers_source(const ccpi_setting *row, ccpi_layer layer);

/* Beyond CCPI_MAX_REMARKS further ones are dropped, and mistakes counted. */
ccp_status ccpi_layers_remark(ccp_config *config, bool is_warning, ccp_error *error,
                              const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Copies the text in, and wipes the one it replaces. */
ccp_status ccpi_cell_set(ccpi_cell *cell, ccpi_cell_form form, ccpi_span text,
                         ccp_error *error);
void ccpi_cell_wipe(ccpi_cell *cell);

#endif
