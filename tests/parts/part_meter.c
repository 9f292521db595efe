/* Counts are read off a stream cut anywhere, and off a whole answer. */
#include <ccproxy/meter.h>
#include <string.h>

#include "check.h"

static const char STREAM[] =
    "event: message_start\n"
    "data: {\"type\":\"message_start\",\"message\":{\"usage\":{\"input_tokens\":7,"
    "\"cache_read_input_tokens\":5,\"output_tokens\":1}}}\n\n"
    "event: content_block_delta\n"
    "data: {\"type\":\"content_block_delta\",\"index\":0,"
    "\"delta\":{\"type\":\"text_delta\",\"text\":\"Hello\"}}\n\n"
    "event: message_delta\n"
    "data: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},"
    "\"usage\":{\"output_tokens\":42}}\n\n"
    "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";

static const char BODY[] =
    "{\"type\":\"message\",\"content\":[],\"usage\":{\"input_tokens\":3,"
    "\"output_tokens\":4,\"cache_creation_input_tokens\":6,\"cache_creation\":"
    "{\"ephemeral_5m_input_tokens\":2,\"ephemeral_1h_input_tokens\":4}}}";

static void read_stream_cut_at(size_t cut)
{
    ccp_meter_reading reading;
    ccp_meter *meter;

    CHECK(ccp_meter_new(&meter) == CCP_OK);
    CHECK(!ccp_meter_read(meter).has_started);
    CHECK(ccp_meter_feed(meter, STREAM, cut) == CCP_OK);
    CHECK(ccp_meter_feed(meter, STREAM + cut, strlen(STREAM) - cut) == CCP_OK);
    reading = ccp_meter_read(meter);
    CHECK(reading.tokens.input == 7 && reading.tokens.output == 42);
    CHECK(reading.tokens.cache_read == 5);
    CHECK(reading.has_started && reading.has_usage && reading.has_stopped);
    CHECK(!reading.has_failed && reading.content_bytes == 5);
    ccp_meter_free(meter);
}

int main(void)
{
    ccp_meter *meter;
    ccp_tokens tokens;

    for (size_t cut = 0; cut <= strlen(STREAM); cut++)
        read_stream_cut_at(cut);

    CHECK(ccp_meter_new(&meter) == CCP_OK);
    ccp_meter_body(meter, BODY, strlen(BODY));
    tokens = ccp_meter_read(meter).tokens;
    CHECK(tokens.input == 3 && tokens.output == 4);
    CHECK(tokens.cache_write_5m == 2 && tokens.cache_write_1h == 4);
    ccp_meter_free(meter);
    return 0;
}
