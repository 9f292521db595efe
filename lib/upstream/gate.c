#include "upstream/gate.h"

static const struct {
    ccpi_span name;
    ccpi_event_kind kind;
} kinds[] = {
    {{"message_start", 13}, CCPI_EVENT_MESSAGE_START},
    {{"content_block_start", 19}, CCPI_EVENT_BLOCK_START},
    {{"message_delta", 13}, CCPI_EVENT_MESSAGE_DELTA},
    {{"message_stop", 12}, CCPI_EVENT_MESSAGE_STOP},
    {{"error", 5}, CCPI_EVENT_ERROR},
};

ccpi_event_kind ccpi_event_kind_of(ccpi_span name)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (ccpi_span_equals(name, kinds[i].name))
            return kinds[i].kind;
    return CCPI_EVENT_OTHER;
}

ccpi_gate ccpi_gate_for_stream(bool may_hold, int64_t wait_us)
{
    return (ccpi_gate){.max_held = may_hold ? CCPI_GATE_MAX_STREAM : 1,
                       .wait_us = wait_us,
                       .open_at_us = INT64_MAX};
}

ccpi_gate ccpi_gate_for_body(void)
{
    return (ccpi_gate){.max_held = CCPI_GATE_MAX_BODY, .open_at_us = INT64_MAX};
}

void ccpi_gate_event(ccpi_gate *gate, ccpi_event_kind kind, int64_t now_us)
{
    switch (kind) {
    case CCPI_EVENT_MESSAGE_START:
        if (gate->open_at_us == INT64_MAX)
            gate->open_at_us = now_us + gate->wait_us;
        break;
    case CCPI_EVENT_BLOCK_START:
    case CCPI_EVENT_MESSAGE_DELTA:
    case CCPI_EVENT_MESSAGE_STOP: gate->is_open = true; break;
    case CCPI_EVENT_ERROR:
    case CCPI_EVENT_OTHER: break;
    }
}

void ccpi_gate_open(ccpi_gate *gate)
{
    gate->is_open = true;
}

bool ccpi_gate_may_flow(ccpi_gate *gate, size_t held, int64_t now_us)
{
    if (held >= gate->max_held || now_us >= gate->open_at_us)
        gate->is_open = true;
    return gate->is_open;
}
