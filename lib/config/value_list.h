#ifndef CCPI_CONFIG_VALUE_LIST_H
#define CCPI_CONFIG_VALUE_LIST_H

#include "config/value.h"

/*
 * Settings of several values. All take a text and fill the value's items; its
 * text they write where it is not the one they took.
 */

/* a, b, c */
ccp_status ccpi_value_parse_commas(const ccpi_setting *row, const char *text,
                                   ccpi_value *out, ccp_error *error);

/* ["a","b","c"] */
ccp_status ccpi_value_parse_array(const ccpi_setting *row, const char *text,
                                  ccpi_value *out, ccp_error *error);

/* {"name":"value"} */
ccp_status ccpi_value_parse_map(const ccpi_setting *row, const char *text,
                                ccpi_value *out, ccp_error *error);

/* Any object: whoever uses the setting reads what is in it. */
ccp_status ccpi_value_check_object(const ccpi_setting *row, const char *text,
                                   ccpi_value *out, ccp_error *error);

#endif
