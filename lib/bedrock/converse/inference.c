#include "bedrock/converse/inference.h"

#include <stdio.h>

#include "base/cleanup.h"
#include "bedrock/converse/text.h"
#include "bedrock/fields.h"
#include "bedrock/traits.h"

/* The least that a model takes as thinking's budget. */
#define LEAST_BUDGET 1024

/* What Claude Code asks for on models that want a budget. */
#define USUAL_BUDGET 31999

#define METADATA_MOST 16
#define METADATA_KEY_MAX 256
#define METADATA_VALUE_MAX 256

typedef ccpi_inference inference;

static const ccpi_json_node *get(const inference *in, const char *name)
{
    return ccpi_json_get(in->tree, in->root, name);
}

static bool has_trait(const inference *in, unsigned trait)
{
    return (in->traits & trait) != 0;
}

static bool is_edited(const inference *in, const char *field)
{
    return ccpi_edits_have(in->edits, CCPI_EDIT_FIELD, field);
}

static bool is_number(const ccpi_json_node *node)
{
    return node && node->type == CCPI_JSON_NUMBER;
}

/* 0: there is none, or it is no integer. */
static int64_t max_tokens(const inference *in)
{
    const ccpi_json_node *node = get(in, "max_tokens");
    int64_t value = 0;

    return is_number(node) && ccpi_json_integer(node->text, &value) ? value : 0;
}

/* What is asked of thinking in the end. */
typedef enum thinking_kind {
    THINKING_UNSAID,
    THINKING_AS_SAID,  /* the client's member, perhaps without display */
    THINKING_ADAPTIVE, /* in place of a budget that the model does not take */
    THINKING_BUDGET    /* enabled, with the budget below */
} thinking_kind;

typedef struct thinking {
    thinking_kind kind;
    int64_t budget;
    bool is_on;
} thinking;

/* A budget within what the model and max_tokens allow, or no thinking. */
static thinking with_budget(const inference *in, int64_t budget)
{
    const int64_t most = max_tokens(in);

    if (in->is_unthinking_loop)
        return (thinking){THINKING_UNSAID, 0, false};
    if (most > 0 && budget >= most)
        budget = most - 1;
    if (budget < LEAST_BUDGET && (most == 0 || most > LEAST_BUDGET))
        budget = LEAST_BUDGET;
    if (budget < LEAST_BUDGET)
        return (thinking){THINKING_UNSAID, 0, false};
    return (thinking){THINKING_BUDGET, budget, true};
}

static thinking decide_enabled(const inference *in, const ccpi_json_node *said)
{
    const ccpi_json_node *node = ccpi_json_get(in->tree, said, "budget_tokens");
    int64_t budget = USUAL_BUDGET;

    if (has_trait(in, CCPI_TRAIT_ONLY_ADAPTIVE))
        return (thinking){THINKING_ADAPTIVE, 0, true};
    if (is_number(node))
        ccpi_json_integer(node->text, &budget);
    return with_budget(in, budget);
}

static thinking decide_adaptive(const inference *in)
{
    const int64_t most = max_tokens(in);

    if (!has_trait(in, CCPI_TRAIT_NO_ADAPTIVE))
        return (thinking){THINKING_AS_SAID, 0, true};
    /* At least half of what may be said is for the answer. */
    return with_budget(in, most > 0 && most / 2 < USUAL_BUDGET ? most / 2 : USUAL_BUDGET);
}

static thinking decide_thinking(const inference *in)
{
    const bool always = has_trait(in, CCPI_TRAIT_ALWAYS_THINKS);
    const ccpi_json_node *said =
        ccpi_json_get_typed(in->tree, in->root, "thinking", CCPI_JSON_OBJECT);
    const ccpi_json_node *type = ccpi_json_get(in->tree, said, "type");

    if (!said || is_edited(in, "thinking") ||
        has_trait(in, CCPI_TRAIT_FOREIGN | CCPI_TRAIT_NO_THINKING) ||
        (always && ccpi_json_is_text(type, "disabled")))
        return (thinking){THINKING_UNSAID, 0, always};
    if (ccpi_json_is_text(type, "disabled"))
        return (thinking){THINKING_AS_SAID, 0, false};
    if (ccpi_json_is_text(type, "enabled"))
        return decide_enabled(in, said);
    if (ccpi_json_is_text(type, "adaptive"))
        return decide_adaptive(in);
    return (thinking){THINKING_AS_SAID, 0, true};
}

bool ccpi_inference_thinks(const ccpi_inference *in)
{
    return decide_thinking(in).is_on;
}

/* Members of an object under construction, with their commas. */
typedef struct members {
    ccpi_buf *out;
    const char *before; /* the next member: what opens the object, or a comma */
    bool is_open;
} members;

static void begin_member(members *to, const char *name)
{
    ccpi_buf_append_text(to->out, to->before);
    ccpi_buf_append_char(to->out, '"');
    ccpi_buf_append_text(to->out, name);
    ccpi_buf_append_text(to->out, "\":");
    to->before = ",";
    to->is_open = true;
}

static void add_member(members *to, const char *name, const ccpi_json_node *value)
{
    begin_member(to, name);
    ccpi_buf_append_span(to->out, value->text);
}

static void copy_member(members *to, const ccpi_json_node *member)
{
    ccpi_buf_append_text(to->out, to->before);
    ccpi_buf_append_char(to->out, '"');
    ccpi_buf_append_span(to->out, member->key);
    ccpi_buf_append_text(to->out, "\":");
    ccpi_buf_append_span(to->out, member->text);
    to->before = ",";
    to->is_open = true;
}

/* Ends the object, if it was begun. */
static void end_members(const members *to)
{
    if (to->is_open)
        ccpi_buf_append_char(to->out, '}');
}

static bool has_item_with_text(const ccpi_json_tree *tree, const ccpi_json_node *list)
{
    const ccpi_json_node *item =
        list && list->type == CCPI_JSON_ARRAY ? ccpi_json_child(tree, list) : NULL;

    for (; item; item = ccpi_json_next(tree, item))
        if (item->type == CCPI_JSON_STRING && item->text.len > 2)
            return true;
    return false;
}

static void write_stop_sequences(const inference *in, members *to)
{
    const ccpi_json_node *list = get(in, "stop_sequences");
    const char *comma = "";

    if (!has_item_with_text(in->tree, list))
        return;
    begin_member(to, "stopSequences");
    ccpi_buf_append_char(to->out, '[');
    for (const ccpi_json_node *item = ccpi_json_child(in->tree, list); item;
         item = ccpi_json_next(in->tree, item)) {
        if (item->type != CCPI_JSON_STRING || item->text.len <= 2)
            continue;
        ccpi_buf_append_text(to->out, comma);
        ccpi_buf_append_span(to->out, item->text);
        comma = ",";
    }
    ccpi_buf_append_char(to->out, ']');
}

/* What is said in numbers, and was not refused. */
static const ccpi_json_node *number_of(const inference *in, const char *name)
{
    const ccpi_json_node *node = get(in, name);

    return is_number(node) && !has_trait(in, CCPI_TRAIT_NO_SAMPLING) &&
                   !is_edited(in, name)
               ? node
               : NULL;
}

/* With thinking the temperature has to be 1, which it is when unsaid. */
static const ccpi_json_node *temperature_of(const inference *in)
{
    return ccpi_inference_thinks(in) ? NULL : number_of(in, "temperature");
}

static const ccpi_json_node *top_k_of(const inference *in)
{
    return ccpi_inference_thinks(in) ? NULL : number_of(in, "top_k");
}

bool ccpi_inference_samples_by(const ccpi_inference *in, const char *name)
{
    if (strcmp(name, "temperature") == 0)
        return temperature_of(in) != NULL;
    return strcmp(name, "top_p") == 0 ? number_of(in, "top_p") != NULL
                                      : top_k_of(in) != NULL;
}

void ccpi_inference_write_config(const ccpi_inference *in, ccpi_buf *out)
{
    members to = {.out = out, .before = ",\"inferenceConfig\":{"};
    const ccpi_json_node *temperature = temperature_of(in),
                         *top_p = number_of(in, "top_p");

    if (max_tokens(in) > 0)
        add_member(&to, "maxTokens", get(in, "max_tokens"));
    if (temperature)
        add_member(&to, "temperature", temperature);
    if (top_p)
        add_member(&to, "topP", top_p);
    write_stop_sequences(in, &to);
    end_members(&to);
    /* Which of them it was is told only when it is asked for. */
    if (has_item_with_text(in->tree, get(in, "stop_sequences")) &&
        !has_trait(in, CCPI_TRAIT_FOREIGN))
        ccpi_buf_append_text(out, ",\"additionalModelResponseFieldPaths\":"
                                  "[\"/stop_sequence\"]");
}

static const ccpi_json_node *format_of(const inference *in)
{
    const ccpi_json_node *format =
        ccpi_json_get(in->tree, get(in, "output_config"), "format");

    if (!format)
        format = get(in, "output_format");
    if (is_edited(in, "output_config.format") || is_edited(in, "output_format") ||
        !ccpi_json_is_text(ccpi_json_get(in->tree, format, "type"), "json_schema") ||
        !ccpi_json_get_typed(in->tree, format, "schema", CCPI_JSON_OBJECT))
        return NULL;
    return format;
}

void ccpi_inference_write_format(const ccpi_inference *in, ccpi_buf *out)
{
    const ccpi_json_node *format = format_of(in);
    const ccpi_json_node *name =
        ccpi_json_get_typed(in->tree, format, "name", CCPI_JSON_STRING);

    if (!format)
        return;
    ccpi_buf_append_text(out,
                         ",\"outputConfig\":{\"textFormat\":{\"type\":\"json_schema\","
                         "\"structure\":{\"jsonSchema\":{\"schema\":");
    ccpi_json_quote(ccpi_json_get(in->tree, format, "schema")->text, out);
    if (name && name->text.len > 2) {
        ccpi_buf_append_text(out, ",\"name\":");
        ccpi_buf_append_span(out, name->text);
    }
    ccpi_buf_append_text(out, "}}}}");
}

/* ^[a-zA-Z0-9\s:_@$#=/+,-.]*$, where ",-." is a range: comma to full stop. */
static bool is_metadata_text(ccpi_span text, size_t least, size_t most)
{
    if (text.len < least || text.len > most)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        const char c = text.data[i];

        if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') &&
            !(c >= '0' && c <= '9') && (c == '\0' || !strchr(" :_@$#=/+,-.", c)))
            return false;
    }
    return true;
}

void ccpi_inference_write_metadata(const ccpi_inference *in, ccpi_buf *out)
{
    members to = {.out = out, .before = ",\"requestMetadata\":{"};
    const ccpi_json_node *member = ccpi_json_child(
        in->tree, ccpi_json_get_typed(in->tree, in->root, "metadata", CCPI_JSON_OBJECT));
    size_t count = 0;

    for (; member && count < METADATA_MOST; member = ccpi_json_next(in->tree, member))
        if (member->type == CCPI_JSON_STRING &&
            is_metadata_text(member->key, 1, METADATA_KEY_MAX) &&
            is_metadata_text(ccpi_json_inner(member->text), 0, METADATA_VALUE_MAX)) {
            copy_member(&to, member);
            count++;
        }
    end_members(&to);
}

static bool keeps_display(const inference *in)
{
    return !has_trait(in, CCPI_TRAIT_NO_DISPLAY) && !is_edited(in, "thinking.display");
}

/* The client's member without what the model does not take in it. */
static void copy_thinking(const inference *in, ccpi_buf *out)
{
    members to = {.out = out, .before = "{"};

    for (const ccpi_json_node *member = ccpi_json_child(in->tree, get(in, "thinking"));
         member; member = ccpi_json_next(in->tree, member))
        if (!ccpi_json_key_is(member->key, "display") || keeps_display(in))
            copy_member(&to, member);
    end_members(&to);
}

/* The value of thinking; nothing for what is unsaid. */
static void write_thinking_value(const inference *in, const thinking *decided,
                                 ccpi_buf *out)
{
    const ccpi_json_node *display =
        keeps_display(in) ? ccpi_json_get(in->tree, get(in, "thinking"), "display")
                          : NULL;

    if (decided->kind == THINKING_AS_SAID) {
        copy_thinking(in, out);
        return;
    }
    if (decided->kind == THINKING_ADAPTIVE)
        ccpi_buf_append_text(out, "{\"type\":\"adaptive\"");
    else
        ccpi_buf_append_format(out, "{\"type\":\"enabled\",\"budget_tokens\":%lld",
                               (long long)decided->budget);
    if (display) {
        ccpi_buf_append_text(out, ",\"display\":");
        ccpi_buf_append_span(out, display->text);
    }
    ccpi_buf_append_char(out, '}');
}

static void write_thinking(const inference *in, members *fields)
{
    const thinking decided = decide_thinking(in);

    if (decided.kind == THINKING_UNSAID)
        return;
    begin_member(fields, "thinking");
    write_thinking_value(in, &decided, fields->out);
}

/* Whether the budget is the one that was asked for. */
static bool is_budget_as_said(const inference *in, int64_t budget)
{
    const ccpi_json_node *said = get(in, "thinking");
    const ccpi_json_node *node = ccpi_json_get(in->tree, said, "budget_tokens");
    int64_t asked;

    return ccpi_json_is_text(ccpi_json_get(in->tree, said, "type"), "enabled") &&
           is_number(node) && ccpi_json_integer(node->text, &asked) && asked == budget;
}

ccpi_thinking_fate ccpi_inference_thinking(const ccpi_inference *in, ccpi_buf *value)
{
    const thinking decided = decide_thinking(in);
    const ccpi_json_node *display =
        ccpi_json_get(in->tree, get(in, "thinking"), "display");
    const bool is_kept =
        decided.kind == THINKING_AS_SAID ||
        (decided.kind == THINKING_BUDGET && is_budget_as_said(in, decided.budget));

    if (decided.kind == THINKING_UNSAID)
        return CCPI_THINKING_LEFT_OUT;
    if (is_kept && (!display || keeps_display(in)))
        return CCPI_THINKING_KEPT;
    write_thinking_value(in, &decided, value);
    return CCPI_THINKING_CHANGED;
}

static bool takes_output_member(const inference *in, const ccpi_json_node *member)
{
    char path[CCPI_EDIT_NAME_MAX + 1];

    /* The format has a place of its own in Converse. */
    if (ccpi_json_key_is(member->key, "format") ||
        (ccpi_json_key_is(member->key, "effort") && has_trait(in, CCPI_TRAIT_NO_EFFORT)))
        return false;
    snprintf(path, sizeof(path), "output_config.%.*s", (int)member->key.len,
             member->key.data);
    return !is_edited(in, path);
}

static void write_output_config(const inference *in, members *fields)
{
    members to = {.out = fields->out, .before = "{"};

    if (is_edited(in, "output_config"))
        return;
    for (const ccpi_json_node *member = ccpi_json_child(
             in->tree,
             ccpi_json_get_typed(in->tree, in->root, "output_config", CCPI_JSON_OBJECT));
         member; member = ccpi_json_next(in->tree, member)) {
        if (!takes_output_member(in, member))
            continue;
        if (!to.is_open)
            begin_member(fields, "output_config");
        copy_member(&to, member);
    }
    end_members(&to);
}

static void write_betas(const inference *in, members *fields)
{
    if (in->betas->count == 0)
        return;
    begin_member(fields, "anthropic_beta");
    for (size_t i = 0; i < in->betas->count; i++) {
        ccpi_buf_append_text(fields->out, i == 0 ? "[\"" : ",\"");
        ccpi_buf_append_span(fields->out, in->betas->items[i]);
        ccpi_buf_append_char(fields->out, '"');
    }
    ccpi_buf_append_char(fields->out, ']');
}

/* Members that are new to us are tried (BR-16). */
static void write_others(const inference *in, members *fields)
{
    for (const ccpi_json_node *member = ccpi_json_child(in->tree, in->root); member;
         member = ccpi_json_next(in->tree, member)) {
        char name[CCPI_EDIT_NAME_MAX + 1];

        snprintf(name, sizeof(name), "%.*s", (int)member->key.len, member->key.data);
        if (ccpi_field_fate_of(member->key, CCPI_BEDROCK_CONVERSE) == CCPI_FIELD_SENT &&
            !is_edited(in, name))
            copy_member(fields, member);
    }
}

void ccpi_inference_write_additional(const ccpi_inference *in, ccpi_span natives,
                                     ccpi_buf *out)
{
    members fields = {.out = out, .before = ",\"additionalModelRequestFields\":{"};
    const ccpi_json_node *top_k = top_k_of(in);

    if (has_trait(in, CCPI_TRAIT_FOREIGN))
        return;
    if (top_k)
        add_member(&fields, "top_k", top_k);
    write_thinking(in, &fields);
    write_output_config(in, &fields);
    write_betas(in, &fields);
    if (natives.len > 0) {
        begin_member(&fields, "tools");
        ccpi_buf_append_span(out, natives);
    }
    write_others(in, &fields);
    end_members(&fields);
}
