#include "control.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "record.h"
#include "script.h"

typedef struct sim_errand {
    sim_connection *connection;
    const sim_request *request;
    json_t *body;
    char problem[SIM_PROBLEM_SIZE];
} sim_errand;

static bool is_bedrock(const json_t *object)
{
    const char *service = json_string_value(json_object_get(object, "service"));

    return service && strcmp(service, "bedrock") == 0;
}

/* The value of a query's parameter, decoded. NULL: it is not there. Free it. */
static char *parameter(const sim_request *request, const char *name)
{
    const size_t len = strlen(name);
    const char *at = request->query;
    sim_buffer value = {0};

    while (at && !(strncmp(at, name, len) == 0 && at[len] == '=')) {
        at = strchr(at, '&');
        at = at ? at + 1 : NULL;
    }
    if (!at)
        return NULL;
    at += len + 1;
    sim_buffer_add_text(&value, "");
    sim_buffer_add_decoded(&value, at, strcspn(at, "&"));
    return value.bytes;
}

static unsigned long number_parameter(const sim_request *request, const char *name)
{
    char *text = parameter(request, name);
    const unsigned long number = text ? strtoul(text, NULL, 10) : 0;

    free(text);
    return number;
}

/* Handlers give the answer's JSON, or NULL and say in `problem` why not. */

static json_t *add_answers(sim_errand *errand)
{
    json_t *answers = json_object_get(errand->body, "answers");
    const bool bedrock = is_bedrock(errand->body);
    json_t *script;
    size_t i;

    if (!json_is_array(answers)) {
        snprintf(errand->problem, sizeof(errand->problem), "answers is no list");
        return NULL;
    }
    json_array_foreach(
        answers, i,
        script) if (!sim_script_add(bedrock, script, errand->problem)) return NULL;
    return json_pack("{s:I}", "waiting", (json_int_t)sim_script_waiting(bedrock));
}

static json_t *list_requests(sim_errand *errand)
{
    char *contains = parameter(errand->request, "contains");
    char *service = parameter(errand->request, "service");
    const sim_record_filter filter = {
        .after = number_parameter(errand->request, "after"),
        .number = number_parameter(errand->request, "number"),
        .bedrock = service ? strcmp(service, "bedrock") == 0 : -1,
        .contains = contains,
        .with_body = number_parameter(errand->request, "body") > 0,
    };
    json_t *list = sim_record_list(&filter);

    free(contains);
    free(service);
    return list;
}

static json_t *accept_credential(sim_errand *errand)
{
    const char *credential =
        json_string_value(json_object_get(errand->body, "credential"));

    if (!credential) {
        snprintf(errand->problem, sizeof(errand->problem), "no credential");
        return NULL;
    }
    sim_script_accept(is_bedrock(errand->body), credential);
    return json_object();
}

static json_t *change_settings(sim_errand *errand)
{
    sim_script_let_unknown_fields(
        json_is_true(json_object_get(errand->body, "unknown_fields")));
    return json_object();
}

static json_t *reset(sim_errand *errand)
{
    (void)errand;
    sim_script_clear();
    sim_record_clear();
    return json_object();
}

static json_t *status(sim_errand *errand)
{
    json_t *sums = sim_record_sums();

    (void)errand;
    json_object_set_new(sums, "waiting_anthropic",
                        json_integer((json_int_t)sim_script_waiting(false)));
    json_object_set_new(sums, "waiting_bedrock",
                        json_integer((json_int_t)sim_script_waiting(true)));
    return sums;
}

static const struct {
    const char *method;
    const char *path;
    json_t *(*handle)(sim_errand *errand);
} ROUTES[] = {
    {"POST", "/_control/answers", add_answers},
    {"GET", "/_control/requests", list_requests},
    {"POST", "/_control/accept", accept_credential},
    {"POST", "/_control/settings", change_settings},
    {"POST", "/_control/reset", reset},
    {"GET", "/_control/status", status},
};

bool sim_control_is_for(const sim_request *request)
{
    return strncmp(request->path, "/_control/", 10) == 0;
}

static json_t *handle(sim_errand *errand)
{
    const sim_request *request = errand->request;

    if (request->body.len > 0) {
        json_error_t error;

        errand->body =
            json_loadb(request->body.bytes, request->body.len, JSON_ALLOW_NUL, &error);
        if (!errand->body) {
            snprintf(errand->problem, sizeof(errand->problem), "%s", error.text);
            return NULL;
        }
    }
    for (size_t i = 0; i < sizeof(ROUTES) / sizeof(ROUTES[0]); i++)
        if (strcmp(request->method, ROUTES[i].method) == 0 &&
            strcmp(request->path, ROUTES[i].path) == 0)
            return ROUTES[i].handle(errand);
    snprintf(errand->problem, sizeof(errand->problem), "no such path");
    return NULL;
}

bool sim_control_serve(sim_connection *connection, const sim_request *request)
{
    sim_errand errand = {.connection = connection, .request = request};
    json_t *answer = handle(&errand);
    char *text;
    sim_buffer out = {0};
    bool sent;

    const int code = answer ? 200 : 400;

    if (!answer)
        answer = json_pack("{s:s}", "problem", errand.problem);
    text = json_dumps(answer, JSON_COMPACT);
    sim_buffer_print(&out,
                     "HTTP/1.1 %d %s\r\ncontent-type: application/json\r\n"
                     "content-length: %zu\r\n\r\n%s",
                     code, code == 200 ? "OK" : "Bad Request", text ? strlen(text) : 0,
                     text ? text : "");
    sent = sim_send(connection, out.bytes, out.len);
    free(text);
    json_decref(answer);
    json_decref(errand.body);
    sim_buffer_free(&out);
    return sent;
}
