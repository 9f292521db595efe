#ifndef SIM_SCRIPT_H
#define SIM_SCRIPT_H

#include "io/http.h"
#include "tell/answer.h"

/*
 * The answers that tests have laid ready, one list per service, and the few
 * settings. Shared by all connections' threads.
 */

/* What a request is, as far as a script may ask for it. */
typedef struct sim_occasion {
    bool bedrock;
    const char *operation;
    bool is_stream;
    const sim_request *request;
} sim_occasion;

/* False: the problem says what is wrong with the script; nothing is kept. */
bool sim_script_add(bool bedrock, json_t *script, char problem[SIM_PROBLEM_SIZE]);
void sim_script_clear(void);
size_t sim_script_waiting(bool bedrock);

/*
 * Takes the first answer whose "when" fits; the usual one when there is none.
 * Clear it with sim_answer_clear().
 */
void sim_script_take(const sim_occasion *occasion, sim_answer *out);

/*
 * Names a credential that is accepted. Until one is named for a service, each
 * of the right form is.
 */
void sim_script_accept(bool bedrock, const char *credential);
bool sim_script_is_accepted(bool bedrock, const char *credential);

/* What a test may change about the services for a while. */
typedef struct sim_switches {
    bool unknown_fields; /* fields that a service doesn't know are let through */
    bool mantle;         /* Bedrock is the host bedrock-mantle: the Messages API alone */
} sim_switches;

void sim_script_switch(const sim_switches *to);
sim_switches sim_script_switches(void);

#endif
