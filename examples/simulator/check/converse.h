#ifndef SIM_CONVERSE_CHECK_H
#define SIM_CONVERSE_CHECK_H

#include "tell/answer.h"

/* False: the problem is what the real service answers, as far as it is known. */
bool sim_converse_check(const json_t *body, char problem[SIM_PROBLEM_SIZE]);

/* The same for what CountTokens takes: fewer members. */
bool sim_converse_check_count(const json_t *body, char problem[SIM_PROBLEM_SIZE]);

/* The parts that look at the blocks of messages, and at toolConfig. */
bool sim_converse_check_messages(const json_t *body, char problem[SIM_PROBLEM_SIZE]);
bool sim_converse_check_blocks(const json_t *message, size_t number, bool is_user,
                               char problem[SIM_PROBLEM_SIZE]);
bool sim_converse_check_tools(const json_t *body, char problem[SIM_PROBLEM_SIZE]);

/* Cache points, images and documents, counted over the whole request. */
bool sim_converse_check_counts(const json_t *body, char problem[SIM_PROBLEM_SIZE]);

#endif
