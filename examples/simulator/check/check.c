#include "check/check.h"

#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool sim_fail(char problem[SIM_PROBLEM_SIZE], const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(problem, SIM_PROBLEM_SIZE, format, arguments);
    va_end(arguments);
    return false;
}

const char *sim_unknown_member(const json_t *object, const char *const *names)
{
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)object, key, value)
    {
        size_t i = 0;

        while (names[i] && strcmp(names[i], key) != 0)
            i++;
        if (!names[i])
            return key;
    }
    return NULL;
}

bool sim_is_one_of(const json_t *value, const char *const *names)
{
    const char *text = json_string_value(value);

    for (size_t i = 0; text && names[i]; i++)
        if (strcmp(text, names[i]) == 0)
            return true;
    return false;
}

bool sim_is_whole(const json_t *value)
{
    return json_is_number(value) &&
           floor(json_number_value(value)) == json_number_value(value);
}

bool sim_is_blank(const char *text)
{
    while (isspace((unsigned char)*text))
        text++;
    return *text == '\0';
}

bool sim_ends_blank(const char *text)
{
    const size_t len = strlen(text);

    return len > 0 && isspace((unsigned char)text[len - 1]);
}

bool sim_is_name(const char *text, size_t most)
{
    const size_t len = strlen(text);

    return len >= 1 && len <= most &&
           strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                        "_-") == len;
}
