#include "bedrock/converse/cache_points.h"

#include "bedrock/converse/source.h"
#include "bedrock/traits.h"

#define MOST 4

/* Bedrock refuses a point behind reasoning, and behind a document that is no PDF. */
static bool may_stand_behind(const ccpi_json_tree *tree, const ccpi_part *part)
{
    return !ccpi_part_is_reasoning(part) &&
           (part->kind != CCPI_PART_DOCUMENT || ccpi_source_is_pdf(tree, part->node));
}

/* The next place in the turn where a point may stand, else the one before. */
static ccpi_part *find_place(const ccpi_json_tree *tree, ccpi_part *parts, size_t count,
                             size_t from)
{
    for (size_t i = from; i < count; i++)
        if (may_stand_behind(tree, &parts[i]))
            return &parts[i];
    while (from-- > 0)
        if (may_stand_behind(tree, &parts[from]))
            return &parts[from];
    return NULL;
}

static void move_within_turn(ccpi_conversation *conversation, const ccpi_turn *turn)
{
    for (size_t i = 0; i < turn->count; i++) {
        ccpi_part *parts = &conversation->parts.items[turn->first];
        const uint8_t mark = parts[i].mark;
        ccpi_part *place;

        if (mark == CCPI_MARK_NONE || may_stand_behind(conversation->tree, &parts[i]))
            continue;
        parts[i].mark = CCPI_MARK_NONE;
        place = find_place(conversation->tree, parts, turn->count, i);
        if (place && place->mark == CCPI_MARK_NONE)
            place->mark = mark;
    }
}

/* A mark on the request itself means its last block. */
static void mark_end(ccpi_conversation *conversation, ccpi_mark mark)
{
    const ccpi_turn *turn;
    ccpi_part *place;

    if (mark == CCPI_MARK_NONE || conversation->turn_count == 0)
        return;
    turn = &conversation->turns[conversation->turn_count - 1];
    if (turn->count == 0)
        return;
    place = find_place(conversation->tree, &conversation->parts.items[turn->first],
                       turn->count, turn->count - 1);
    if (place && place->mark == CCPI_MARK_NONE)
        place->mark = (uint8_t)mark;
}

static size_t count_marks(const ccpi_parts *parts)
{
    size_t count = 0;

    for (size_t i = 0; i < parts->count; i++)
        count += parts->items[i].mark != CCPI_MARK_NONE;
    return count;
}

static void keep_last(ccpi_parts *parts, size_t wanted)
{
    for (size_t i = parts->count; i-- > 0;) {
        if (parts->items[i].mark == CCPI_MARK_NONE)
            continue;
        if (wanted > 0)
            wanted--;
        else
            parts->items[i].mark = CCPI_MARK_NONE;
    }
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* The last tool, the last system block, the newest messages; then what is left (BR-6). */
static void keep_four(ccpi_parts *tools, ccpi_parts *system, ccpi_parts *messages)
{
    const size_t in_tools = count_marks(tools), in_system = count_marks(system);
    const size_t in_messages = count_marks(messages);
    size_t of_tools = least(in_tools, 1), of_system = least(in_system, 1);
    const size_t of_messages = least(in_messages, MOST - of_tools - of_system);

    of_system = least(in_system, MOST - of_tools - of_messages);
    of_tools = least(in_tools, MOST - of_system - of_messages);
    keep_last(tools, of_tools);
    keep_last(system, of_system);
    keep_last(messages, of_messages);
}

/* A point of an hour may not follow one of five minutes. */
static void order_lifetimes(ccpi_parts *parts, bool has_ttl, bool *saw_short)
{
    for (size_t i = 0; i < parts->count; i++) {
        uint8_t *mark = &parts->items[i].mark;

        if (*mark == CCPI_MARK_NONE)
            continue;
        if (!has_ttl || (*mark == CCPI_MARK_1H && *saw_short))
            *mark = CCPI_MARK_PLAIN;
        *saw_short = *saw_short || *mark != CCPI_MARK_1H;
    }
}

void ccpi_cache_points_plan(ccpi_conversation *conversation, ccpi_parts *tools,
                            ccpi_mark whole_request, unsigned traits)
{
    const bool has_ttl = !(traits & CCPI_TRAIT_NO_CACHE_TTL);
    bool saw_short = false;

    for (size_t i = 0; i < conversation->turn_count; i++)
        move_within_turn(conversation, &conversation->turns[i]);
    mark_end(conversation, whole_request);
    keep_four(tools, &conversation->system, &conversation->parts);
    if (traits & CCPI_TRAIT_FOREIGN) {
        keep_last(tools, 0);
        keep_last(&conversation->system, 0);
        keep_last(&conversation->parts, 0);
    }
    order_lifetimes(tools, has_ttl, &saw_short);
    order_lifetimes(&conversation->system, has_ttl, &saw_short);
    order_lifetimes(&conversation->parts, has_ttl, &saw_short);
}
