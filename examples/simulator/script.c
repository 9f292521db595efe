#include "script.h"

#include <pthread.h>
#include <string.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static json_t *answers[2]; /* arrays of scripts */
static json_t *accepted[2];
static sim_switches switches;

bool sim_script_add(bool bedrock, json_t *script, char problem[SIM_PROBLEM_SIZE])
{
    sim_answer answer;

    if (!sim_answer_read(script, &answer, problem))
        return false;
    sim_answer_clear(&answer);
    pthread_mutex_lock(&lock);
    if (!answers[bedrock])
        answers[bedrock] = json_array();
    json_array_append(answers[bedrock], script);
    pthread_mutex_unlock(&lock);
    return true;
}

void sim_script_clear(void)
{
    pthread_mutex_lock(&lock);
    for (int i = 0; i < 2; i++) {
        json_array_clear(answers[i]);
        json_array_clear(accepted[i]);
    }
    switches = (sim_switches){.unknown_fields = false};
    pthread_mutex_unlock(&lock);
}

size_t sim_script_waiting(bool bedrock)
{
    size_t count;

    pthread_mutex_lock(&lock);
    count = json_array_size(answers[bedrock]);
    pthread_mutex_unlock(&lock);
    return count;
}

static bool body_has(const sim_request *request, const char *text)
{
    return request->body.len > 0 &&
           memmem(request->body.bytes, request->body.len, text, strlen(text));
}

static bool header_has(const sim_request *request, json_t *rule)
{
    const char *name = json_string_value(json_array_get(rule, 0));
    const char *part = json_string_value(json_array_get(rule, 1));
    const char *value = name ? sim_request_header(request, name) : NULL;

    return value && part && strstr(value, part);
}

/* Answers without an operation are for those that make a message. */
static bool makes_message(const char *operation)
{
    return strcmp(operation, "count_tokens") != 0 && strcmp(operation, "models") != 0 &&
           strcmp(operation, "inference_profiles") != 0;
}

static bool fits(json_t *script, const sim_occasion *occasion)
{
    json_t *when = json_object_get(script, "when");
    const char *operation = json_string_value(json_object_get(when, "operation"));
    const char *contains = json_string_value(json_object_get(when, "contains"));
    const char *lacks = json_string_value(json_object_get(when, "lacks"));
    json_t *stream = json_object_get(when, "stream");
    json_t *header = json_object_get(when, "header");

    if (operation ? strcmp(operation, occasion->operation) != 0
                  : !makes_message(occasion->operation))
        return false;
    if (stream && json_is_true(stream) != occasion->is_stream)
        return false;
    if (contains && !body_has(occasion->request, contains))
        return false;
    if (lacks && body_has(occasion->request, lacks))
        return false;
    return !header || header_has(occasion->request, header);
}

/* Counts one use; a script without "times" is for one, with 0 for all. */
static void use(json_t *list, size_t i)
{
    json_t *script = json_array_get(list, i);
    json_t *times = json_object_get(script, "times");
    const json_int_t left = times ? json_integer_value(times) : 1;

    if (left == 1)
        json_array_remove(list, i);
    else if (left > 1)
        json_object_set_new(script, "times", json_integer(left - 1));
}

void sim_script_take(const sim_occasion *occasion, sim_answer *out)
{
    json_t *list;
    json_t *taken = NULL;
    json_t *script;
    size_t i;
    char problem[SIM_PROBLEM_SIZE];

    pthread_mutex_lock(&lock);
    list = answers[occasion->bedrock];
    json_array_foreach(list, i, script)
    {
        if (!fits(script, occasion))
            continue;
        taken = json_deep_copy(script);
        use(list, i);
        break;
    }
    pthread_mutex_unlock(&lock);

    if (!taken)
        taken = json_object();
    sim_answer_read(taken, out, problem);
    json_decref(taken);
}

void sim_script_accept(bool bedrock, const char *credential)
{
    pthread_mutex_lock(&lock);
    if (!accepted[bedrock])
        accepted[bedrock] = json_array();
    json_array_append_new(accepted[bedrock], json_string(credential));
    pthread_mutex_unlock(&lock);
}

bool sim_script_is_accepted(bool bedrock, const char *credential)
{
    json_t *known;
    size_t i;
    bool found;

    pthread_mutex_lock(&lock);
    found = json_array_size(accepted[bedrock]) == 0;
    json_array_foreach(accepted[bedrock], i, known) found =
        found || strcmp(json_string_value(known), credential) == 0;
    pthread_mutex_unlock(&lock);
    return found;
}

void sim_script_switch(const sim_switches *to)
{
    pthread_mutex_lock(&lock);
    switches = *to;
    pthread_mutex_unlock(&lock);
}

sim_switches sim_script_switches(void)
{
    sim_switches now;

    pthread_mutex_lock(&lock);
    now = switches;
    pthread_mutex_unlock(&lock);
    return now;
}
