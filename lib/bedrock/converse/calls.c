#include "bedrock/converse/calls.h"

#include <stdlib.h>

#include "bedrock/converse/grow.h"

/* A legal id may look like one of ours; it takes intent to do so more often. */
#define MAX_SALTS 8

ccp_status ccpi_calls_add(ccpi_conversation *conversation, ccpi_span id)
{
    ccpi_tool_call *calls = ccpi_grow(conversation->calls, &conversation->call_capacity,
                                      conversation->call_count, sizeof(*calls));

    if (!calls)
        return CCP_NO_MEMORY;
    conversation->calls = calls;
    calls[conversation->call_count++] = (ccpi_tool_call){
        .id = id,
        .turn = conversation->turn_count - 1,
        .part = conversation->parts.count - 1,
    };
    return CCP_OK;
}

static int compare_ids(ccpi_span a, ccpi_span b)
{
    size_t len = a.len < b.len ? a.len : b.len;
    int order = len > 0 ? memcmp(a.data, b.data, len) : 0;

    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

static int compare(const void *left, const void *right)
{
    const ccpi_tool_call *a = left, *b = right;
    int order = compare_ids(a->id, b->id);

    return order != 0 ? order : (a->part > b->part) - (a->part < b->part);
}

/* The index of the first call of that id in that turn or a later one, or the end. */
static size_t find_first(const ccpi_conversation *conversation, ccpi_span id, size_t turn)
{
    size_t low = 0, high = conversation->call_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const ccpi_tool_call *call = &conversation->calls[middle];
        int order = compare_ids(call->id, id);

        if (order < 0 || (order == 0 && call->turn < turn))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The call at that index, if it is of that id. */
static ccpi_tool_call *call_at(const ccpi_conversation *conversation, size_t index,
                               ccpi_span id)
{
    ccpi_tool_call *call;

    if (index >= conversation->call_count)
        return NULL;
    call = &conversation->calls[index];
    return ccpi_span_equals(call->id, id) ? call : NULL;
}

static bool keeps_its_id(const ccpi_conversation *conversation,
                         const ccpi_tool_call *call)
{
    return ccpi_name_is_legal(call->id) &&
           (call == conversation->calls || !ccpi_span_equals(call[-1].id, call->id));
}

static ccp_status make_id(ccpi_conversation *conversation, ccpi_tool_call *call,
                          unsigned nth_of_equals, ccpi_legal_name *made)
{
    ccp_status status = CCP_OK;

    for (unsigned i = 0; i < MAX_SALTS && status == CCP_OK; i++) {
        status = ccpi_name_make_legal(call->id, nth_of_equals * MAX_SALTS + i, made);
        call->sent = ccpi_span_of(made->text);
        if (!call_at(conversation, find_first(conversation, call->sent, 0), call->sent))
            break;
    }
    return status;
}

static ccp_status give_ids(ccpi_conversation *conversation)
{
    ccpi_tool_call *const calls = conversation->calls;
    size_t to_make = 0, made = 0;
    unsigned nth = 0;
    ccp_status status = CCP_OK;

    for (size_t i = 0; i < conversation->call_count; i++)
        to_make += !keeps_its_id(conversation, &calls[i]);
    conversation->made_ids = calloc(to_make + 1, sizeof(*conversation->made_ids));
    if (!conversation->made_ids)
        return CCP_NO_MEMORY;

    for (size_t i = 0; i < conversation->call_count && status == CCP_OK; i++) {
        nth = i > 0 && ccpi_span_equals(calls[i - 1].id, calls[i].id) ? nth + 1 : 0;
        if (keeps_its_id(conversation, &calls[i]))
            calls[i].sent = calls[i].id;
        else
            status =
                make_id(conversation, &calls[i], nth, &conversation->made_ids[made++]);
    }
    return status;
}

/* The k-th result of an id in a turn answers the k-th call of it in the turn before. */
static ccpi_tool_call *take_call(ccpi_conversation *conversation, ccpi_span id,
                                 size_t turn)
{
    const size_t index = find_first(conversation, id, turn);
    ccpi_tool_call *first = call_at(conversation, index, id);
    ccpi_tool_call *call;

    if (!first || first->turn != turn)
        return NULL;
    call = call_at(conversation, index + first->answers, id);
    if (!call || call->turn != turn)
        return NULL;
    first->answers++;
    call->is_answered = true;
    return call;
}

static void answer(ccpi_conversation *conversation, size_t turn, ccpi_part *result)
{
    const ccpi_json_node *id = ccpi_json_get_typed(conversation->tree, result->node,
                                                   "tool_use_id", CCPI_JSON_STRING);
    const ccpi_tool_call *call =
        id && turn > 0 ? take_call(conversation, ccpi_json_inner(id->text), turn - 1)
                       : NULL;

    result->kind = call ? CCPI_PART_TOOL_RESULT : CCPI_PART_STRAY_RESULT;
    if (call)
        result->call = (uint32_t)(call - conversation->calls);
}

static void pair_results(ccpi_conversation *conversation)
{
    for (size_t t = 0; t < conversation->turn_count; t++) {
        const ccpi_turn *turn = &conversation->turns[t];

        for (size_t i = 0; i < turn->count; i++) {
            ccpi_part *part = &conversation->parts.items[turn->first + i];

            if (part->kind == CCPI_PART_TOOL_RESULT)
                answer(conversation, t, part);
        }
    }
}

ccp_status ccpi_calls_settle(ccpi_conversation *conversation)
{
    ccp_status status;

    if (conversation->call_count > 0)
        qsort(conversation->calls, conversation->call_count, sizeof(ccpi_tool_call),
              compare);
    for (size_t i = 0; i < conversation->call_count; i++)
        conversation->parts.items[conversation->calls[i].part].call = (uint32_t)i;

    status = give_ids(conversation);
    if (status == CCP_OK)
        pair_results(conversation);
    return status;
}
