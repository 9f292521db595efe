#include "upstream/outlet.h"

#include "upstream/outlet_kind.h"

ccp_status ccpi_outlet_new(const ccp_sink *sink, const ccp_clock *clock,
                           ccpi_outlet **out)
{
    ccp_socket socket;
    ccpi_outlet *outlet;

    if (sink->lend_socket && sink->lend_socket(sink->self, &socket))
        outlet = ccpi_socket_outlet_new(&socket);
    else
        outlet = ccpi_queue_outlet_new();

    *out = outlet;
    if (!outlet)
        return CCP_NO_MEMORY;
    outlet->sink = *sink;
    outlet->clock = clock;
    return CCP_OK;
}

static void leave_closing_to_free(void *self)
{
    (void)self;
}

bool ccpi_outlet_take_over(ccpi_outlet *outlet)
{
    const ccp_sink *sink = &outlet->sink;
    ccp_given_socket given;

    if (!outlet->kind->own || !sink->give_socket ||
        !sink->give_socket(sink->self, &given))
        return false;
    outlet->kind->own(outlet, &given);
    outlet->sink = (ccp_sink){.must_close = leave_closing_to_free};
    return true;
}

void ccpi_outlet_free(ccpi_outlet *outlet)
{
    if (outlet)
        outlet->kind->free(outlet);
}

ccp_status ccpi_outlet_head(ccpi_outlet *outlet, int status, const ccpi_headers *headers,
                            int64_t content_length)
{
    ccp_status result;

    if (outlet->has_head)
        return CCP_CONFLICT;
    result = outlet->kind->head(outlet, status, headers, content_length);
    outlet->has_head = result == CCP_OK;
    return result;
}

bool ccpi_outlet_has_head(const ccpi_outlet *outlet)
{
    return outlet->has_head;
}

bool ccpi_outlet_has_sent(const ccpi_outlet *outlet)
{
    return outlet->has_sent;
}

ccp_status ccpi_outlet_write(ccpi_outlet *outlet, ccpi_span bytes)
{
    /* An empty chunk would end the answer. */
    return bytes.len > 0 ? outlet->kind->write(outlet, bytes) : CCP_OK;
}

ccp_status ccpi_outlet_push(ccpi_outlet *outlet, ccpi_span bytes)
{
    return bytes.len > 0 ? outlet->kind->push(outlet, bytes) : CCP_OK;
}

size_t ccpi_outlet_pending(const ccpi_outlet *outlet)
{
    return outlet->kind->pending(outlet);
}

int64_t ccpi_outlet_stalled_us(const ccpi_outlet *outlet)
{
    return outlet->kind->stalled_us(outlet);
}

ccp_status ccpi_outlet_flush(ccpi_outlet *outlet)
{
    return outlet->kind->flush(outlet);
}

int ccpi_outlet_descriptor(const ccpi_outlet *outlet)
{
    return outlet->kind->descriptor(outlet);
}

bool ccpi_outlet_is_gone(ccpi_outlet *outlet)
{
    return outlet->kind->is_gone(outlet);
}

void ccpi_outlet_set_bell(ccpi_outlet *outlet, const ccpi_outlet_bell *bell)
{
    outlet->bell = *bell;
}

ccp_status ccpi_outlet_serve(ccpi_outlet *outlet)
{
    return outlet->kind->serve(outlet);
}

ccp_status ccpi_outlet_finish(ccpi_outlet *outlet, int stall_timeout_ms)
{
    const ccp_status status = outlet->kind->finish(outlet, stall_timeout_ms);

    if (status != CCP_OK || outlet->closes_after)
        ccpi_outlet_break(outlet);
    return status;
}

void ccpi_outlet_close_after(ccpi_outlet *outlet)
{
    outlet->closes_after = true;
}

void ccpi_outlet_break(ccpi_outlet *outlet)
{
    outlet->sink.must_close(outlet->sink.self);
}
