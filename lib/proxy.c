#include "proxy.h"

#include <stdlib.h>

#include "base/fail.h"
#include "routing/exchange.h"

#define LAST_REQUESTS_S 5
#define LAST_ROWS_MS 10000

static void free_proxy(ccp_proxy *proxy)
{
    ccpi_proxy_dismantle(proxy);
    ccpi_spares_clear(&proxy->router.bodies);
    ccpi_attendance_destroy(&proxy->router.present);
    pthread_mutex_destroy(&proxy->reload_lock);
    pthread_rwlock_destroy(&proxy->api_lock);
    free(proxy);
}

ccp_status ccp_proxy_new(const ccp_proxy_options *options, ccp_proxy **out,
                         ccp_error *error)
{
    ccp_proxy *proxy = calloc(1, sizeof(*proxy));
    ccp_status status;

    *out = NULL;
    if (!proxy)
        return ccpi_fail(error, CCP_NO_MEMORY, "no memory for a proxy");
    ccpi_attendance_init(&proxy->router.present);
    pthread_mutex_init(&proxy->reload_lock, NULL);
    pthread_rwlock_init(&proxy->api_lock, NULL);
    ccpi_spares_init(&proxy->router.bodies);
    status = ccpi_proxy_build(proxy, options, error);
    if (status != CCP_OK) {
        free_proxy(proxy);
        return status;
    }
    *out = proxy;
    return CCP_OK;
}

static bool is_for_admin(const ccp_request *request)
{
    return ccpi_front_match(request->method, request->path).target == CCPI_TARGET_ADMIN;
}

/* false: there is no admin API. */
static bool administer(ccp_proxy *proxy, const ccp_request *request, const ccp_sink *sink)
{
    bool is_there;

    pthread_rwlock_rdlock(&proxy->api_lock);
    is_there = proxy->api != NULL;
    if (is_there)
        ccpi_api_serve(proxy->api, request, sink);
    pthread_rwlock_unlock(&proxy->api_lock);
    return is_there;
}

void ccp_proxy_handle(ccp_proxy *proxy, const ccp_request *request, const ccp_sink *sink)
{
    ccpi_attendance_enter(&proxy->router.present);
    if (!is_for_admin(request) || !administer(proxy, request, sink))
        ccpi_exchange_run(&proxy->router, request, sink);
    ccpi_attendance_leave(&proxy->router.present);
}

ccp_status ccp_proxy_see(ccp_proxy *proxy, const ccp_request *request, ccp_visitor *out)
{
    ccp_status status = CCP_NOT_FOUND;
    bool is_there;

    *out = (ccp_visitor){.may_administer = false};
    pthread_rwlock_rdlock(&proxy->api_lock);
    is_there = proxy->api != NULL;
    if (is_there)
        status = ccpi_api_see(proxy->api, request, out);
    pthread_rwlock_unlock(&proxy->api_lock);
    if (is_there)
        return status;
    return ccpi_request_id_make(proxy->router.clock, proxy->router.random,
                                out->request_id);
}

void ccp_proxy_drain(ccp_proxy *proxy)
{
    atomic_store(&proxy->router.is_draining, true);
}

size_t ccp_proxy_active(const ccp_proxy *proxy)
{
    return ccpi_attendance_count(&proxy->router.present);
}

void ccp_proxy_free(ccp_proxy *proxy)
{
    if (!proxy)
        return;
    ccp_proxy_drain(proxy);
    ccpi_slots_close(proxy->router.slots);
    ccpi_engine_stop(proxy->router.engine);
    ccpi_attendance_wait(&proxy->router.present, LAST_REQUESTS_S);
    /* Sent while the last rows are stored. */
    ccpi_reports_end(&proxy->reports);
    ccpi_recorder_drain(proxy->router.recorder, LAST_ROWS_MS);
    free_proxy(proxy);
}
