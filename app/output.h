#ifndef CCP_APP_OUTPUT_H
#define CCP_APP_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ccproxy/error.h"

/*
 * What commands say: results on standard output, all else on standard error.
 */

/* "ccproxy: ..." and a newline. */
void app_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Says why a command failed, and returns its exit code. */
int app_failure(ccp_status status, const ccp_error *error);

/* One line of results. */
void app_print(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Prints a text as JSON, without a newline; NULL: null. */
void app_print_json_text(const char *text);

/* Prints and frees a JSON text. */
void app_print_json(char *text);

/* An array of JSON texts, one a line, given one by one. */
typedef struct app_json_list {
    size_t count;
} app_json_list;

void app_json_list_add(app_json_list *list, char *text);
void app_json_list_end(const app_json_list *list);

#define APP_TIME_LEN 24
#define APP_MONEY_LEN 32

/* "2026-01-31T12:34:56Z", or "-" for never. */
const char *app_time_text(int64_t unix_us, char out[APP_TIME_LEN]);

/* "12.50", or "-" for no limit. */
const char *app_money_text(int64_t micro, char out[APP_MONEY_LEN]);

#endif
