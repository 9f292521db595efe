#ifndef SIM_STORY_H
#define SIM_STORY_H

#include "tell/reply.h"

/*
 * An answer told event by event. A dialect says how: which events a message
 * becomes, and how one stands in the body. The faults that happen between
 * events happen here, so that all dialects have them.
 */
typedef struct sim_story sim_story;

typedef struct sim_dialect {
    const char *content_type;
    /* Appends one event. */
    void (*frame)(const sim_story *story, const char *type, const sim_buffer *payload,
                  sim_buffer *out);
    /* Appends the event that reports an error. */
    void (*frame_error)(const sim_story *story, const char *type, const char *message,
                        sim_buffer *out);
    /* Tells the whole message. False: it ended early. */
    bool (*tell)(sim_story *story);
} sim_dialect;

typedef enum sim_fault_state {
    SIM_ARMED,
    SIM_IN_HALF, /* comes in the middle of the next event */
    SIM_DONE
} sim_fault_state;

struct sim_story {
    const sim_dialect *dialect;
    const sim_answer *answer;
    const sim_content *content;
    sim_usage usage;
    unsigned long request;
    const char *request_id;
    const char *model;
    sim_reply *reply;
    sim_buffer payload; /* what the teller writes before each event */
    sim_buffer wire;
    long events;
    sim_fault_state fault;
    bool failed; /* the scripted error was told */
};

extern const sim_dialect sim_messages_sse;
extern const sim_dialect sim_messages_chunks; /* InvokeModelWithResponseStream */
extern const sim_dialect sim_converse_stream;

/* Sends the payload as one event of that type, and empties it. */
bool sim_story_tell(sim_story *story, sim_point point, const char *type);

/* Tells all of it, head excluded. */
bool sim_story_run(sim_story *story);
void sim_story_clear(sim_story *story);

/* Whole messages, not streamed. */
void sim_messages_body(const sim_story *story, sim_buffer *out);
void sim_converse_body(const sim_story *story, sim_buffer *out);

/* An exception frame, the same for both event streams. */
void sim_converse_frame_error(const sim_story *story, const char *type,
                              const char *message, sim_buffer *out);

/* The stop reason, scripted or by the content. */
const char *sim_story_stop_reason(const sim_story *story);

#endif
