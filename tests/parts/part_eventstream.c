/* What is encoded is decoded again, wherever the bytes are cut. */
#include <ccproxy/eventstream.h>
#include <string.h>

#include "check.h"

static ccp_status note(void *context, const ccp_eventstream_frame *frame)
{
    CHECK(frame->event_type.len == 12);
    CHECK(memcmp(frame->event_type.data, "messageStart", 12) == 0);
    CHECK(frame->payload.len == 2 && memcmp(frame->payload.data, "{}", 2) == 0);
    ++*(int *)context;
    return CCP_OK;
}

static size_t make_frame(char *into, size_t size)
{
    const ccp_eventstream_header headers[] = {{":message-type", "event"},
                                              {":event-type", "messageStart"}};
    ccp_room room = {into, size, 0};

    CHECK(ccp_eventstream_encode(headers, 2, (ccp_bytes){"{}", 2}, &room) == CCP_OK);
    room.size = 20;
    CHECK(ccp_eventstream_encode(headers, 2, (ccp_bytes){"{}", 2}, &room) == CCP_LIMIT);
    CHECK(room.len == 0);
    room.size = size;
    CHECK(ccp_eventstream_encode(headers, 2, (ccp_bytes){"{}", 2}, &room) == CCP_OK);
    return room.len;
}

int main(void)
{
    char frame[256];
    const size_t len = make_frame(frame, sizeof(frame));
    ccp_eventstream *stream;
    int frames = 0;

    for (size_t cut = 0; cut <= len; cut++) {
        CHECK(ccp_eventstream_new(note, &frames, &stream) == CCP_OK);
        CHECK(ccp_eventstream_feed(stream, frame, cut, NULL) == CCP_OK);
        CHECK(ccp_eventstream_is_whole(stream) == (cut == 0 || cut == len));
        CHECK(ccp_eventstream_feed(stream, frame + cut, len - cut, NULL) == CCP_OK);
        CHECK(ccp_eventstream_is_whole(stream));
        ccp_eventstream_free(stream);
    }
    CHECK(frames == (int)len + 1);

    frame[len - 1] = (char)(frame[len - 1] ^ 1);
    CHECK(ccp_eventstream_new(note, &frames, &stream) == CCP_OK);
    CHECK(ccp_eventstream_feed(stream, frame, len, NULL) == CCP_PROTOCOL);
    ccp_eventstream_free(stream);
    return 0;
}
