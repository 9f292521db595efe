/* ccproxy/sse.h over the machine of wire/. */
#include "ccproxy/sse.h"

#include <stdlib.h>

#include "parts/spans.h"
#include "wire/sse.h"

struct ccp_sse {
    ccpi_sse *machine;
    ccp_sse_watcher watcher;
};

static bool wants(void *self, ccpi_span name)
{
    const ccp_sse *sse = self;

    return !sse->watcher.wants ||
           sse->watcher.wants(sse->watcher.self, ccpi_bytes_of(name));
}

static void tell(void *self, const ccpi_sse_event *event)
{
    const ccp_sse *sse = self;
    const ccp_sse_event told = {
        .name = ccpi_bytes_of(event->name),
        .data = ccpi_bytes_of(event->data),
        .is_oversized = event->is_oversized,
    };

    sse->watcher.event(sse->watcher.self, &told);
}

ccp_status ccp_sse_new(const ccp_sse_watcher *watcher, ccp_sse **out)
{
    ccp_sse *sse = calloc(1, sizeof(*sse));
    ccp_status status = CCP_NO_MEMORY;

    *out = NULL;
    if (!sse)
        return status;
    sse->watcher = *watcher;
    status = ccpi_sse_new(&(ccpi_sse_watcher){wants, tell, sse}, &sse->machine);
    if (status == CCP_OK)
        *out = sse;
    else
        ccp_sse_free(sse);
    return status;
}

void ccp_sse_free(ccp_sse *sse)
{
    if (!sse)
        return;
    ccpi_sse_free(sse->machine);
    free(sse);
}

ccp_status ccp_sse_feed(ccp_sse *sse, const void *bytes, size_t len, size_t *whole)
{
    size_t unwanted;

    return ccpi_sse_feed(sse->machine, ccpi_span_from(bytes, len),
                         whole ? whole : &unwanted);
}

bool ccp_sse_is_inside_event(const ccp_sse *sse)
{
    return ccpi_sse_is_inside_event(sse->machine);
}
