#ifndef CCPI_CONFIG_TABLE_H
#define CCPI_CONFIG_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The table of settings: all that is known of one stands in its row. To add
 * one: a row here, its field in settings.h, a line in docs/configuration.md.
 */

typedef enum ccpi_setting_type {
    CCPI_SETTING_TEXT,    /* const char *; NULL: not set */
    CCPI_SETTING_NUMBER,  /* int64_t */
    CCPI_SETTING_TIME,    /* int64_t, milliseconds; written in seconds */
    CCPI_SETTING_SIZE,    /* int64_t, bytes */
    CCPI_SETTING_BOOLEAN, /* bool */
    CCPI_SETTING_WORD,    /* int: which of the row's words */
    CCPI_SETTING_LIST,    /* ccpi_texts */
    CCPI_SETTING_MAP,     /* ccpi_text_pairs */
    CCPI_SETTING_JSON,    /* const char *: an object's text */
    CCPI_SETTING_KEY      /* ccpi_master_key: 32 bytes in base64 or hex */
} ccpi_setting_type;

#define CCPI_SETTING_MAX_WORDS 8

/* A form that a text must have. */
typedef struct ccpi_shape {
    bool (*fits)(const char *text);
    const char *is_no; /* completes "\"x\" is no ..." */
} ccpi_shape;

/* Of numbers, times in milliseconds and sizes; of a text's length, {0, 0}: any. */
typedef struct ccpi_setting_bounds {
    int64_t least, most;
} ccpi_setting_bounds;

typedef struct ccpi_setting {
    const char *name;
    ccpi_setting_type type;
    const char *preset; /* the default, as it would be written; NULL: not set */
    size_t field;       /* offset in ccpi_settings */
    ccpi_setting_bounds bounds;
    const char *words[CCPI_SETTING_MAX_WORDS];
    const ccpi_shape *shape; /* of a text, each item of a list, each value of a map */
    const char *aws_name;    /* the variable of AWS's tools that replaces the default */
    bool is_secret;
    bool is_reloadable;
    bool may_be_absent; /* a NAME_SECRET that does not exist counts as not set */
} ccpi_setting;

extern const ccpi_setting ccpi_setting_table[];
extern const size_t ccpi_setting_count;

#endif
