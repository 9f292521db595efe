#ifndef SIM_CALL_H
#define SIM_CALL_H

#include "record.h"
#include "script.h"
#include "tell/story.h"

/* One request under way, and what the two services share in answering it. */
typedef struct sim_call {
    sim_connection *connection;
    const sim_request *request;
    unsigned long number;
    sim_details details;
    json_t *body; /* the request's, once it is parsed */
    sim_result result;
} sim_call;

/* What differs between the services in an answer. */
typedef struct sim_service {
    /* Appends header lines: request id, limits. */
    void (*add_headers)(const sim_call *call, sim_buffer *out);
    /* Appends header lines and body of an error; type NULL: the status's usual one. */
    void (*add_error)(const sim_call *call, const char *type, const char *message,
                      sim_buffer *headers, sim_buffer *body);
    void (*add_message)(const sim_story *story, sim_buffer *out);
    const sim_dialect *dialect;
} sim_service;

void sim_anthropic_serve(sim_call *call);
void sim_bedrock_serve(sim_call *call);

/* Refuses the request; notes it as refused. */
void sim_call_refuse(sim_call *call, const sim_service *service, int status,
                     const char *type, const char *message);

/* Takes the next answer from the script and gives it. */
void sim_call_answer(sim_call *call, const sim_service *service);

/* The same for what is no message: `usual` unless the script has something else. */
void sim_call_answer_json(sim_call *call, const sim_service *service, const char *usual);

/*
 * Parses the request's body into call->body. False: the problem says why not.
 * `lenient` reads what Jansson refuses, lone surrogates and huge integers.
 */
bool sim_call_parse(sim_call *call, bool lenient, char problem[SIM_PROBLEM_SIZE]);

/* Reads "model" and "stream" from the body. */
void sim_call_describe(sim_call *call);

#endif
