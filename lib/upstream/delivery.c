#include "upstream/delivery.h"

/* Reading goes on when a slow client has taken this much. */
#define READ_ON_PENDING (CCPI_OUTLET_MAX_PENDING / 2)

static void judge(ccpi_delivery *delivery, ccp_status status)
{
    if (status == CCP_UNAVAILABLE)
        ccpi_answer_end(delivery->answer, CCPI_ENDED_BY_CLIENT, "the client left");
    else if (status != CCP_OK)
        ccpi_answer_end(delivery->answer, CCPI_ENDED_BY_MEMORY, ccp_status_name(status));
}

static void count(ccpi_delivery *delivery, size_t kept)
{
    ccpi_quota *memory = delivery->memory;
    const size_t counted = delivery->counted;

    if (!memory)
        return;
    delivery->is_short = kept > counted && !ccpi_quota_take(memory, kept - counted);
    if (delivery->is_short)
        return;
    if (kept < counted)
        ccpi_quota_give(memory, counted - kept);
    delivery->counted = kept;
}

static void commit(ccpi_delivery *delivery, int64_t now_us)
{
    const ccpi_transfer_options *options = delivery->options;
    ccpi_answer *answer = delivery->answer;
    ccpi_headers head = {0};
    ccp_status status;

    status = options->head(options->self, answer->status, &answer->headers, &head);
    if (status == CCP_OK)
        status = ccpi_outlet_head(options->outlet, answer->status, &head, -1);
    ccpi_headers_clear(&head);
    if (status != CCP_OK) {
        ccpi_answer_end(answer, CCPI_ENDED_BY_MEMORY, ccp_status_name(status));
        return;
    }
    answer->is_committed = true;
    delivery->committed_us = now_us;
}

static void hold_back(ccpi_delivery *delivery, int64_t now_us)
{
    ccpi_answer *answer = delivery->answer;

    count(delivery, answer->bytes.len);
    if (delivery->is_short)
        ccpi_gate_open(&answer->gate);
    if (ccpi_answer_may_flow(answer, now_us))
        commit(delivery, now_us);
}

static void hand_on(ccpi_delivery *delivery)
{
    ccpi_answer *answer = delivery->answer;
    ccpi_outlet *outlet = delivery->options->outlet;
    const ccpi_span ready = ccpi_answer_ready(answer);

    if (ready.len > 0) {
        judge(delivery, ccpi_outlet_push(outlet, ready));
        ccpi_answer_note_sent(answer, ready.len);
    }
    count(delivery, ccpi_outlet_pending(outlet));
}

void ccpi_delivery_run(ccpi_delivery *delivery, int64_t now_us)
{
    const ccpi_answer *answer = delivery->answer;

    if (!answer->is_committed)
        hold_back(delivery, now_us);
    if (answer->is_committed)
        hand_on(delivery);
}

void ccpi_delivery_ping(ccpi_delivery *delivery)
{
    static const ccpi_span event =
        CCPI_SPAN("event: ping\ndata: {\"type\":\"ping\"}\n\n");
    ccpi_outlet *outlet = delivery->options->outlet;

    if (!delivery->answer->is_mid_event && ccpi_outlet_pending(outlet) == 0)
        judge(delivery, ccpi_outlet_push(outlet, event));
}

void ccpi_delivery_flush(ccpi_delivery *delivery)
{
    judge(delivery, ccpi_outlet_flush(delivery->options->outlet));
}

/*
 * curl may hand over a hundred buffers before the loop's turn: so bytes that wait
 * for it count too, and what is held is bounded a little above the gate's own limit.
 */
bool ccpi_delivery_is_full(const ccpi_delivery *delivery)
{
    const ccpi_answer *answer = delivery->answer;
    const size_t waiting = answer->bytes.len;

    if (!answer->is_committed)
        return answer->kind != CCPI_ANSWER_ERROR &&
               waiting >= answer->gate.max_held + CCPI_ANSWER_MAX_PARTIAL;
    return delivery->is_short ||
           ccpi_outlet_pending(delivery->options->outlet) + waiting >=
               CCPI_OUTLET_MAX_PENDING;
}

bool ccpi_delivery_may_read_on(const ccpi_delivery *delivery)
{
    return !delivery->is_short &&
           ccpi_outlet_pending(delivery->options->outlet) <= READ_ON_PENDING;
}

static bool failed_behind_content(const ccpi_answer *answer)
{
    const bool is_upstreams_fault = answer->ending == CCPI_ENDED_BY_NETWORK ||
                                    answer->ending == CCPI_ENDED_BY_TIMEOUT ||
                                    answer->ending == CCPI_ENDED_BY_EVENT ||
                                    answer->ending == CCPI_ENDED_MALFORMED;

    return answer->kind == CCPI_ANSWER_STREAM && answer->gate.is_open &&
           is_upstreams_fault;
}

void ccpi_delivery_end(ccpi_delivery *delivery, int64_t now_us)
{
    const ccpi_answer *answer = delivery->answer;

    if (!answer->is_committed && failed_behind_content(answer))
        commit(delivery, now_us);
    count(delivery, 0);
}
