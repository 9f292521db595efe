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

/* The first call of that id in that turn or a later one, or the end. */
static ccpi_tool_call *find_first(const ccpi_conversation *conversation, ccpi_span id,
                                  size_t turn)
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
    return conversation->calls + low;
}

static bool is_call(const ccpi_conversation *conversation, const ccpi_tool_call *call,
                    ccpi_span id)
{
    return call < conversation->calls + conversation->call_count &&
           ccpi_span_equals(call->id, id);
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
        if (!is_call(conversation, find_first(conversation, call->sent, 0), call->sent))
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
static void answer(ccpi_conversation *conversation, size_t turn, ccpi_part *result)
{
    const ccpi_json_node *node =
        ccpi_json_get(conversation->tree, result->node, "tool_use_id");
    const ccpi_span id = node && node->type == CCPI_JSON_STRING
                             ? ccpi_json_inner(node->text)
                             : (ccpi_span){NULL, 0};
    ccpi_tool_call *first = find_first(conversation, id, turn - 1);
    ccpi_tool_call *call;

    result->kind = CCPI_PART_STRAY_RESULT;
    if (turn == 0 || !is_call(conversation, first, id) || first->turn != turn - 1)
        return;
    call = first + first->answers;
    if (!is_call(conversation, call, id) || call->turn != turn - 1)
        return;
    first->answers++;
    call->is_answered = true;
    result->kind = CCPI_PART_TOOL_RESULT;
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
