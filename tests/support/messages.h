#ifndef CCPT_SUPPORT_MESSAGES_H
#define CCPT_SUPPORT_MESSAGES_H

/*
 * The events of a stream, as the Messages API sends them.
 * https://docs.claude.com/en/api/messages-streaming
 */
#define SSE_START                                                                        \
    "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":"       \
    "\"msg_1\",\"usage\":{\"input_tokens\":25,\"output_tokens\":1}}}\n\n"
#define SSE_PING "event: ping\ndata: {\"type\": \"ping\"}\n\n"
#define SSE_BLOCK                                                                        \
    "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,"   \
    "\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n"
#define SSE_DELTA                                                                        \
    "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,"   \
    "\"delta\":{\"type\":\"text_delta\",\"text\":\"Hello\"}}\n\n"
#define SSE_BLOCK_STOP                                                                   \
    "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\n"
#define SSE_MESSAGE_DELTA                                                                \
    "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\"" \
    ":\"end_turn\",\"stop_sequence\":null},\"usage\":{\"output_tokens\":15}}\n\n"
#define SSE_STOP "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"
#define SSE_OVERLOADED                                                                   \
    "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\","  \
    "\"message\":\"Overloaded\"}}\n\n"

#define SSE_WHOLE                                                                        \
    SSE_START SSE_PING SSE_BLOCK SSE_DELTA SSE_DELTA SSE_BLOCK_STOP SSE_MESSAGE_DELTA    \
        SSE_STOP

/* https://docs.claude.com/en/api/messages */
#define JSON_MESSAGE                                                                     \
    "{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"content\":"         \
    "[{\"type\":\"text\",\"text\":\"Hi!\"}],\"stop_reason\":\"end_turn\",\"usage\":"     \
    "{\"input_tokens\":2095,\"output_tokens\":503}}"

#endif
