#include "provider/caps.h"

#include "base/fail.h"
#include "base/json.h"

/* Members of one name may stand in a body more than once; each is capped. */
#define MAX_NUMBERS ((size_t)8)
#define MAX_DIGITS 20

typedef struct number {
    ccpi_span text; /* in the body */
    int64_t value;
    int64_t lowered;
    bool is_budget; /* thinking.budget_tokens, else max_tokens */
} number;

typedef struct numbers {
    number items[MAX_NUMBERS];
    size_t count;
} numbers;

static ccp_status note(numbers *found, const ccpi_json_member *member, bool is_budget)
{
    int64_t value;

    if (member->type != CCPI_JSON_NUMBER || !ccpi_json_integer(member->value, &value))
        return CCP_OK;
    if (found->count == MAX_NUMBERS)
        return CCP_LIMIT;
    found->items[found->count++] = (number){
        .text = member->value, .value = value, .lowered = value, .is_budget = is_budget};
    return CCP_OK;
}

static ccp_status find_budget(void *context, const ccpi_json_member *member)
{
    if (!ccpi_json_key_is(member->key, "budget_tokens"))
        return CCP_OK;
    return note(context, member, true);
}

static ccp_status find_numbers(void *context, const ccpi_json_member *member)
{
    if (ccpi_json_key_is(member->key, "max_tokens"))
        return note(context, member, false);
    if (ccpi_json_key_is(member->key, "thinking") && member->type == CCPI_JSON_OBJECT)
        return ccpi_json_walk(member->value, find_budget, context, NULL);
    return CCP_OK;
}

static int64_t lower_of(int64_t value, int64_t cap)
{
    return cap > 0 && value > cap ? cap : value;
}

static void lower(const ccpi_caps *caps, numbers *found)
{
    int64_t lowered_max = 0; /* 0: max_tokens was not touched */

    for (size_t i = 0; i < found->count; i++) {
        number *n = &found->items[i];

        n->lowered = lower_of(n->value, n->is_budget ? caps->thinking_budget
                                                     : caps->max_output_tokens);
        if (!n->is_budget && n->lowered < n->value)
            lowered_max = n->lowered;
    }
    /* The API wants the budget below max_tokens; a cap must not break that. */
    for (size_t i = 0; lowered_max > 0 && i < found->count; i++)
        if (found->items[i].is_budget)
            found->items[i].lowered =
                lower_of(found->items[i].lowered, lowered_max > 1 ? lowered_max - 1 : 1);
}

static void add_piece(ccpi_outgoing *out, const char *from, const char *to)
{
    if (to > from)
        out->pieces[out->piece_count++] = (ccpi_span){from, (size_t)(to - from)};
}

/* The body with each lowered number in place of the client's. */
static ccp_status splice(const numbers *found, ccpi_span body, ccpi_outgoing *out)
{
    const char *at = body.data;

    out->owned.limit = MAX_NUMBERS * MAX_DIGITS;
    if (!ccpi_buf_room(&out->owned, out->owned.limit)) /* so that spans of it stay */
        return out->owned.status;
    for (size_t i = 0; i < found->count; i++) {
        const number *n = &found->items[i];
        size_t start = out->owned.len;

        if (n->lowered == n->value)
            continue;
        ccpi_buf_append_format(&out->owned, "%lld", (long long)n->lowered);
        add_piece(out, at, n->text.data);
        add_piece(out, out->owned.data + start, out->owned.data + out->owned.len);
        at = n->text.data + n->text.len;
    }
    add_piece(out, at, body.data + body.len);
    return out->owned.status;
}

static bool is_any_lowered(const numbers *found)
{
    for (size_t i = 0; i < found->count; i++)
        if (found->items[i].lowered != found->items[i].value)
            return true;
    return false;
}

ccp_status ccpi_caps_apply(const ccpi_caps *caps, ccpi_span body, ccpi_outgoing *out,
                           ccp_error *error)
{
    numbers found = {.count = 0};
    ccp_status status = CCP_OK;

    if (caps->max_output_tokens > 0 || caps->thinking_budget > 0)
        status = ccpi_json_walk(body, find_numbers, &found, error);
    if (status == CCP_LIMIT)
        return ccpi_fail(error, CCP_INVALID, "max_tokens or thinking is given too often");
    if (status != CCP_OK)
        return status;

    lower(caps, &found);
    if (is_any_lowered(&found))
        return splice(&found, body, out);
    out->pieces[out->piece_count++] = body;
    return CCP_OK;
}
