#include "routing/probes.h"

#include <stdio.h>

#include "base/cleanup.h"
#include "observe/prometheus.h"
#include "routing/reply.h"

void ccpi_probe_health(ccpi_exchange *x)
{
    ccpi_reply_plain(x, 200, CCPI_SPAN("{\"status\":\"healthy\"}"));
}

static const char *database_of(ccpi_router *router, ccp_schema_status *schema)
{
    const ccp_store *store = router->store;

    if (store->schema(store->self, schema, NULL) != CCP_OK)
        return "unreachable";
    return schema->version < schema->required ? "outdated" : "ok";
}

void ccpi_probe_ready(ccpi_exchange *x)
{
    ccp_schema_status schema = {0, 0};
    ccpi_recorder_counters usage;
    const char *database = database_of(x->router, &schema);
    const char *status = "ready";
    char body[256];

    if (strcmp(database, "ok") != 0)
        status = "unavailable";
    if (atomic_load(&x->router->is_draining))
        status = "draining";
    ccpi_recorder_count(x->router->recorder, &usage);
    snprintf(body, sizeof(body),
             "{\"status\":\"%s\",\"database\":\"%s\",\"schema_version\":%d,"
             "\"required_schema_version\":%d,\"usage_queue_depth\":%llu}",
             status, database, schema.version, schema.required,
             (unsigned long long)usage.depth);
    ccpi_reply_plain(x, strcmp(status, "ready") == 0 ? 200 : 503, ccpi_span_of(body));
}

static const char *header_of(const ccp_request *request, const char *name)
{
    for (size_t i = 0; i < request->header_count; i++)
        if (ccpi_header_name_is(request->headers[i].name, name))
            return request->headers[i].value;
    return NULL;
}

#define MAX_METRICS ((size_t)16 * 1024 * 1024)

static bool may_read_metrics(const ccpi_exchange *x)
{
    const ccpi_router_settings *settings = &x->router->settings;
    const ccpi_address address = ccpi_address_of_client(
        x->request->peer_address, header_of(x->request, "x-forwarded-for"),
        &settings->trusted_proxies);

    return ccpi_address_ranges_have(&settings->metric_readers, &address);
}

void ccpi_probe_metrics(ccpi_exchange *x)
{
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf body = {.limit = MAX_METRICS};
    ccpi_metrics_copy *copy;

    if (!may_read_metrics(x)) {
        ccpi_reply_refuse(x, &(ccpi_refusal){.status = 403,
                                             .type = CCPI_ERROR_PERMISSION,
                                             .message = "Metrics are not for this "
                                                        "address."});
        return;
    }
    body.status = ccpi_metrics_read(x->router->metrics, &copy);
    if (body.status == CCP_OK)
        ccpi_prometheus_write(ccpi_metrics_view(copy), &body);
    ccpi_metrics_copy_free(copy);
    if (body.status == CCP_OK)
        ccpi_reply_text(x, 200, CCPI_PROMETHEUS_TYPE, ccpi_buf_span(&body));
    else
        ccpi_reply_refuse(x, &(ccpi_refusal){.status = 503,
                                             .type = CCPI_ERROR_API,
                                             .message = "No memory for metrics."});
}

bool ccpi_probe_is_preflight(const ccp_request *request)
{
    return strcmp(request->method, "OPTIONS") == 0 && header_of(request, "origin") &&
           header_of(request, "access-control-request-method");
}

void ccpi_probe_preflight(ccpi_exchange *x)
{
    CCPI_CLEANUP(ccpi_headers_clear) ccpi_headers headers = {0};
    const char *asked = header_of(x->request, "access-control-request-headers");
    ccp_status status = ccpi_head_allow_origin(&x->router->settings.origins,
                                               header_of(x->request, "origin"), &headers);

    /* An origin that is not allowed learns nothing further. */
    if (status == CCP_OK && headers.count > 0) {
        status =
            ccpi_headers_set(&headers, "access-control-allow-methods", x->front.methods);
        if (status == CCP_OK && asked)
            status = ccpi_headers_set(&headers, "access-control-allow-headers", asked);
        if (status == CCP_OK)
            status = ccpi_headers_set(&headers, "access-control-max-age", "86400");
    }
    ccpi_reply_empty(x, 204, status == CCP_OK ? &headers : NULL);
}
