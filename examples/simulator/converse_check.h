#ifndef SIM_CONVERSE_CHECK_H
#define SIM_CONVERSE_CHECK_H

#include "answer.h"

/* False: the problem is what the real service answers, as far as it is known. */
bool sim_converse_check(const json_t *body, char problem[SIM_PROBLEM_SIZE]);

/* The same for what CountTokens takes: fewer members. */
bool sim_converse_check_count(const json_t *body, char problem[SIM_PROBLEM_SIZE]);

#endif
