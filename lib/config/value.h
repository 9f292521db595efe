#ifndef CCPI_CONFIG_VALUE_H
#define CCPI_CONFIG_VALUE_H

#include "base/buf.h"
#include "config/settings.h"
#include "config/table.h"

/* A setting's text, understood as its row says. Made by zeroed memory. */
typedef struct ccpi_value {
    char *text;         /* as ccp_config_text() gives it; NULL: not set */
    int64_t number;     /* of numbers, times, sizes, booleans and words */
    ccpi_buf packed;    /* a list's items or a map's names and values, NUL after each */
    const char **items; /* where each of them begins */
    size_t item_count;
    unsigned char key[CCP_MASTER_KEY_LEN];
} ccpi_value;

/*
 * Understands a text; NULL gives a value that is not set. is_json: the text is
 * a JSON array or object, not what a flag holds. CCP_INVALID: the message says
 * why, and shows the text unless it is secret. CCP_NO_MEMORY.
 */
ccp_status ccpi_value_parse(const ccpi_setting *row, const char *text, bool is_json,
                            ccpi_value *out, ccp_error *error);

/* CCP_INVALID: the text has not the form that the row asks for. */
ccp_status ccpi_value_check_shape(const ccpi_setting *row, const char *text,
                                  ccp_error *error);

/* Writes the value into its row's field, which borrows its texts. */
void ccpi_value_store(const ccpi_setting *row, const ccpi_value *value,
                      ccpi_settings *settings);

/* Overwrites and frees. */
void ccpi_value_wipe(ccpi_value *value);

#endif
