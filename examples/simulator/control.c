#include "control.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "account/keys.h"
#include "account/profiles.h"
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

static unsigned long number_parameter(const sim_request *request, const char *name)
{
    char *text = sim_request_parameter(request, name);
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
    char *contains = sim_request_parameter(errand->request, "contains");
    char *service = sim_request_parameter(errand->request, "service");
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

    if (credential)
        sim_script_accept(is_bedrock(errand->body), credential);
    else if (!is_bedrock(errand->body) || !sim_aws_keys_add(errand->body)) {
        snprintf(errand->problem, sizeof(errand->problem), "no credential");
        return NULL;
    }
    return json_object();
}

static json_t *change_settings(sim_errand *errand)
{
    json_t *profiles = NULL;
    json_error_t error;
    int unknown_fields = 0;
    int mantle = 0;
    int page_size = 0;

    if (json_unpack_ex(errand->body, &error, 0, "{s?b s?b s?o s?i !}", "unknown_fields",
                       &unknown_fields, "mantle", &mantle, "inference_profiles",
                       &profiles, "profile_page", &page_size)) {
        snprintf(errand->problem, sizeof(errand->problem), "%s", error.text);
        return NULL;
    }
    sim_script_switch(&(sim_switches){unknown_fields, mantle});
    sim_profiles_set(profiles, page_size > 0 ? (size_t)page_size : 0);
    return json_object();
}

static json_t *reset(sim_errand *errand)
{
    (void)errand;
    sim_script_clear();
    sim_aws_keys_clear();
    sim_profiles_set(NULL, 0);
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
