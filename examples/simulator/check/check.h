#ifndef SIM_CHECK_H
#define SIM_CHECK_H

#include "tell/answer.h"

/* What the checks of both services' requests share. */

/* Writes the problem; always false, so that a check can end with it. */
bool sim_fail(char problem[SIM_PROBLEM_SIZE], const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The first member that is none of the names, which end with NULL; or NULL. */
const char *sim_unknown_member(const json_t *object, const char *const *names);

/* Whether it is a string, and one of those, which end with NULL. */
bool sim_is_one_of(const json_t *value, const char *const *names);

/* Whether it is a number without a fraction, however Jansson read it. */
bool sim_is_whole(const json_t *value);

/* Whether the text is empty or all white space. */
bool sim_is_blank(const char *text);

bool sim_ends_blank(const char *text);

/* Whether it has 1 to `most` characters of [a-zA-Z0-9_-]. */
bool sim_is_name(const char *text, size_t most);

#endif
