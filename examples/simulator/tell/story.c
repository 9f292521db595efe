#include "tell/story.h"

static const char *or_else(const char *text, const char *usual)
{
    return text ? text : usual;
}

const char *sim_story_stop_reason(const sim_story *story)
{
    if (story->answer->stop_reason)
        return story->answer->stop_reason;
    for (size_t i = 0; i < story->content->count; i++)
        if (story->content->blocks[i].kind == SIM_TOOL_USE)
            return "tool_use";
    return "end_turn";
}

static bool commit_fault(sim_story *story)
{
    const sim_fault *fault = &story->answer->fault;

    if (fault->deed != SIM_ERROR)
        return sim_reply_break(story->reply);
    story->failed = true;
    story->wire.len = 0;
    story->dialect->frame_error(story, or_else(fault->type, "overloaded_error"),
                                or_else(fault->message, "Overloaded"), &story->wire);
    if (sim_reply_body(story->reply, story->wire.bytes, story->wire.len))
        sim_reply_end(story->reply);
    return false;
}

/* Looks for a fault at the place just reached; it happens once. */
static bool pass(sim_story *story, sim_point point)
{
    const sim_fault *fault = &story->answer->fault;
    const bool is_here =
        fault->at_event >= 0 ? fault->at_event == story->events : fault->at == point;

    if (fault->deed == SIM_NOTHING || story->fault != SIM_ARMED || !is_here)
        return true;
    story->fault = fault->half ? SIM_IN_HALF : SIM_DONE;
    return fault->half ? true : commit_fault(story);
}

static bool send_event(sim_story *story)
{
    const char *bytes = story->wire.bytes;
    const size_t half = story->wire.len / 2;

    if (story->fault != SIM_IN_HALF)
        return sim_reply_body(story->reply, bytes, story->wire.len);
    story->fault = SIM_DONE;
    return sim_reply_body(story->reply, bytes, half) && commit_fault(story) &&
           sim_reply_body(story->reply, bytes + half, story->wire.len - half);
}

bool sim_story_tell(sim_story *story, sim_point point, const char *type)
{
    if (story->events > 0 && story->answer->event_delay_ms > 0 &&
        !sim_wait(story->reply->connection, story->answer->event_delay_ms))
        return false;
    story->wire.len = 0;
    story->dialect->frame(story, type, &story->payload, &story->wire);
    story->payload.len = 0;
    if (!send_event(story))
        return false;
    story->events++;
    return pass(story, point);
}

bool sim_story_run(sim_story *story)
{
    return pass(story, SIM_HEAD) && story->dialect->tell(story) &&
           sim_reply_end(story->reply);
}

void sim_story_clear(sim_story *story)
{
    sim_buffer_free(&story->payload);
    sim_buffer_free(&story->wire);
}
