#ifndef SIM_MESSAGES_CHECK_H
#define SIM_MESSAGES_CHECK_H

#include "tell/answer.h"

/* Which members are legal depends on where the request was sent. */
typedef enum sim_messages_kind {
    SIM_MESSAGES,
    SIM_COUNT_TOKENS,
    SIM_INVOKE /* InvokeModel's body */
} sim_messages_kind;

/* False: the problem is what the real service answers, as far as it is known. */
bool sim_messages_check(const json_t *body, sim_messages_kind kind,
                        char problem[SIM_PROBLEM_SIZE]);

/* The part of it that looks at the list of messages. */
bool sim_turns_check(const json_t *messages, char problem[SIM_PROBLEM_SIZE]);

#endif
