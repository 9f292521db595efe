#include "support/attempt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

ccpi_engine *start_engine(int threads)
{
    const ccpi_engine_options options = {.clock = ccp_system_clock(), .threads = threads};
    ccpi_engine *engine;

    if (ccpi_engine_new(&options, &engine, NULL) != CCP_OK)
        abort();
    return engine;
}

static ccp_status write_head(void *self, int status, const ccpi_headers *upstream,
                             ccpi_headers *client)
{
    const char *type = ccpi_headers_get(upstream, "content-type");

    (void)self, (void)status;
    return ccpi_headers_set(client, "content-type", type ? type : "none/none");
}

static bool want_nothing(void *self, ccpi_span name)
{
    (void)self, (void)name;
    return false;
}

static void count_event(void *self, const ccpi_sse_event *event)
{
    attempt *attempt = self;
    const size_t pending = ccpi_outlet_pending(attempt->outlet);

    (void)event;
    attempt->events++;
    if (pending > attempt->max_pending)
        attempt->max_pending = pending;
}

static void count_body(void *self, ccpi_span bytes)
{
    attempt *attempt = self;

    attempt->body_bytes += bytes.len;
}

void attempt_open_beside(attempt *attempt, client_kind kind, upstream_server *server,
                         ccpi_engine *engine)
{
    ccp_sink sink;
    char url[64];

    memset(attempt, 0, sizeof(*attempt));
    attempt->server = server;
    attempt->engine = engine;
    attempt->body.limit = (size_t)256 * 1024 * 1024;
    client_open(&attempt->client, kind);
    sink = client_sink(&attempt->client);
    if (ccpi_outlet_new(&sink, ccp_system_clock(), &attempt->outlet) != CCP_OK)
        abort();

    snprintf(url, sizeof(url), "http://127.0.0.1:%d/v1/messages?beta=true",
             server ? upstream_port(server) : 0);
    attempt->outgoing = (ccpi_outgoing){.method = "POST", .url = strdup(url)};
    attempt->options = (ccpi_transfer_options){
        .engine = engine,
        .outgoing = &attempt->outgoing,
        .outlet = attempt->outlet,
        .timeouts = {.connect_ms = 5000, .read_ms = 60000, .upload_ms = 30000},
        .is_stream = true,
        .may_hold = true,
        .head = write_head,
        .wants = want_nothing,
        .event = count_event,
        .body = count_body,
        .self = attempt,
    };
}

void attempt_open(attempt *attempt, client_kind kind, upstream_handler handler,
                  void *context)
{
    attempt_open_beside(attempt, kind, upstream_start(handler, context), start_engine(1));
    attempt->owns_engine = true;
}

void attempt_close(attempt *attempt)
{
    /* First what may still look at the rest. */
    if (attempt->owns_engine) {
        ccpi_engine_free(attempt->engine);
        upstream_stop(attempt->server);
    }
    ccpi_outlet_free(attempt->outlet);
    ccpi_outgoing_clear(&attempt->outgoing);
    ccpi_transfer_result_clear(&attempt->result);
    client_close(&attempt->client);
    ccpi_buf_clear(&attempt->body);
}

void attempt_post(attempt *attempt, const char *text, size_t len)
{
    attempt->outgoing.pieces[attempt->outgoing.piece_count++] = (ccpi_span){text, len};
}

void attempt_run(attempt *attempt)
{
    attempt->status = ccpi_transfer_run(&attempt->options, &attempt->result, NULL);
}

static void write_uncommitted_head(attempt *attempt)
{
    const int64_t len =
        attempt->options.is_stream ? -1 : (int64_t)attempt->result.body.len;
    ccpi_headers head = {0};

    write_head(attempt, attempt->result.status, &attempt->result.headers, &head);
    ccpi_outlet_head(attempt->outlet, attempt->result.status, &head, len);
    ccpi_headers_clear(&head);
}

void attempt_finish(attempt *attempt)
{
    ccpi_transfer_result *result = &attempt->result;

    if (!ccpi_outlet_has_head(attempt->outlet) && result->status != 0)
        write_uncommitted_head(attempt);
    if (ccpi_outlet_has_head(attempt->outlet)) {
        ccpi_outlet_write(attempt->outlet, ccpi_buf_span(&result->body));
        ccpi_outlet_finish(attempt->outlet, 10000);
    }
    client_read_rest(&attempt->client);
    attempt->is_whole = client_body(&attempt->client, &attempt->body);
}
