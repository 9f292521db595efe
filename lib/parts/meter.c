/* ccproxy/meter.h over the machines of wire/ and usage/. */
#include "ccproxy/meter.h"

#include <stdlib.h>

#include "parts/spans.h"
#include "usage/meter.h"

struct ccp_meter {
    ccpi_meter counts;
    ccpi_sse *events;
};

static bool wants(void *self, ccpi_span name)
{
    return ccpi_meter_wants(&((ccp_meter *)self)->counts, name);
}

static void read_event(void *self, const ccpi_sse_event *event)
{
    ccpi_meter_event(&((ccp_meter *)self)->counts, event);
}

ccp_status ccp_meter_new(ccp_meter **out)
{
    ccp_meter *meter = calloc(1, sizeof(*meter));
    ccp_status status = CCP_NO_MEMORY;

    *out = NULL;
    if (!meter)
        return status;
    status = ccpi_sse_new(&(ccpi_sse_watcher){wants, read_event, meter}, &meter->events);
    if (status == CCP_OK)
        *out = meter;
    else
        ccp_meter_free(meter);
    return status;
}

void ccp_meter_free(ccp_meter *meter)
{
    if (!meter)
        return;
    ccpi_sse_free(meter->events);
    free(meter);
}

ccp_status ccp_meter_feed(ccp_meter *meter, const void *bytes, size_t len)
{
    size_t whole;

    return ccpi_sse_feed(meter->events, ccpi_span_from(bytes, len), &whole);
}

void ccp_meter_body(ccp_meter *meter, const void *body, size_t len)
{
    ccpi_meter_body(&meter->counts, ccpi_span_from(body, len));
}

ccp_meter_reading ccp_meter_read(const ccp_meter *meter)
{
    const ccpi_meter *counts = &meter->counts;

    return (ccp_meter_reading){
        .tokens = counts->tokens,
        .has_started = counts->saw_start,
        .has_usage = counts->saw_delta,
        .has_stopped = counts->saw_stop,
        .has_failed = counts->error != CCPI_ERROR_NONE,
        .content_bytes = counts->delta_bytes,
    };
}
