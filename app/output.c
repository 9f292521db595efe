#include "output.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "ccproxy/store.h"
#include "command.h"

#define MICRO 1000000
#define MICRO_PER_CENT 10000

void app_say(const char *format, ...)
{
    va_list arguments;

    fputs("ccproxy: ", stderr);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
}

int app_failure(ccp_status status, const ccp_error *error)
{
    app_say("%s", error->message[0] != '\0' ? error->message : ccp_status_name(status));
    return APP_FAILED;
}

void app_print(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
}

void app_print_json_text(const char *text)
{
    if (!text) {
        fputs("null", stdout);
        return;
    }
    putchar('"');
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            printf("\\%c", *text);
        else if ((unsigned char)*text < ' ')
            printf("\\u%04x", *text);
        else
            putchar(*text);
    }
    putchar('"');
}

void app_print_json(char *text)
{
    puts(text);
    free(text);
}

void app_json_list_add(app_json_list *list, char *text)
{
    printf("%s%s", list->count++ == 0 ? "[" : ",\n ", text);
    free(text);
}

void app_json_list_end(const app_json_list *list)
{
    puts(list->count == 0 ? "[]" : "]");
}

const char *app_time_text(int64_t unix_us, char out[APP_TIME_LEN])
{
    const time_t unix_s = (time_t)(unix_us / MICRO);
    struct tm parts;

    if (unix_us == 0 || !gmtime_r(&unix_s, &parts))
        return "-";
    strftime(out, APP_TIME_LEN, "%Y-%m-%dT%H:%M:%SZ", &parts);
    return out;
}

const char *app_money_text(int64_t micro, char out[APP_MONEY_LEN])
{
    const int64_t cents = (micro + MICRO_PER_CENT / 2) / MICRO_PER_CENT;

    if (micro == CCP_NO_BUDGET)
        return "-";
    snprintf(out, APP_MONEY_LEN, "%" PRId64 ".%02d", cents / 100, (int)(cents % 100));
    return out;
}
