#include "converse_check.h"

#include "check.h"

bool sim_converse_check(const json_t *body, char problem[SIM_PROBLEM_SIZE])
{
    if (!json_is_array(json_object_get(body, "messages")))
        return sim_fail(problem, "A conversation must start with a user message. Try "
                                 "again with a conversation that starts with a user "
                                 "message.");
    return true;
}

bool sim_converse_check_count(const json_t *body, char problem[SIM_PROBLEM_SIZE])
{
    return sim_converse_check(body, problem);
}
