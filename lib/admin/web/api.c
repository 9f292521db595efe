#include "admin/web/api.h"

#include <stdlib.h>

#include "admin/admin.h"
#include "admin/routes.h"
#include "admin/web/call.h"
#include "admin/web/guard.h"
#include "base/cleanup.h"
#include "base/fail.h"

CCPI_DEFINE_FREEP(ccpi_api)

static ccp_status build(ccpi_api *api, ccp_error *error)
{
    const ccpi_settings *settings = api->admin->settings;
    const ccpi_router *router = api->router;
    const ccpi_upstreams_options upstreams = {
        .settings = settings,
        .clock = router->clock,
        .plan_trust = &router->settings.plan_trust,
        .bedrock_trust = &router->settings.bedrock_trust,
    };
    const ccpi_oidc_options oidc = {settings, router->clock, router->random};
    ccp_status status = ccpi_address_ranges_parse(settings->admin_allowed_cidrs.items,
                                                  settings->admin_allowed_cidrs.count,
                                                  &api->allowed, error);

    api->settings = settings;
    api->started_us = ccpi_router_now(router);
    if (status == CCP_OK)
        status =
            ccpi_signin_new(settings, router->clock, router->random, &api->signin, error);
    if (status == CCP_OK)
        status = ccpi_upstreams_new(&upstreams, &api->upstreams, error);
    if (status == CCP_OK && settings->oidc_issuer)
        status = ccpi_oidc_new(&oidc, &api->oidc, error);
    return status;
}

ccp_status ccpi_api_new(const ccpi_api_options *options, ccpi_api **out, ccp_error *error)
{
    CCPI_CLEANUP(ccpi_api_freep) ccpi_api *api = calloc(1, sizeof(*api));
    ccpi_router *router = options->router;
    const ccp_admin_options admin = {.config = options->config,
                                     .store = router->store,
                                     .clock = router->clock,
                                     .random = router->random};
    ccp_status status;

    *out = NULL;
    if (!api)
        return ccpi_fail(error, CCP_NO_MEMORY, "no memory for the admin API");
    api->router = router;
    status = ccp_admin_new(&admin, &api->admin, error);
    if (status == CCP_OK)
        status = build(api, error);
    if (status != CCP_OK)
        return status;
    *out = api;
    api = NULL;
    return CCP_OK;
}

void ccpi_api_free(ccpi_api *api)
{
    if (!api)
        return;
    ccpi_oidc_free(api->oidc);
    ccpi_upstreams_free(api->upstreams);
    ccpi_signin_free(api->signin);
    ccpi_address_ranges_clear(&api->allowed);
    ccp_admin_free(api->admin);
    free(api);
}

/* ---- the steps of a call ---- */

static ccp_status find_route(ccpi_api_call *call)
{
    ccpi_route_match match;

    ccpi_route_find(call->request->method, call->request->path, &match);
    call->route = match.route;
    memcpy(call->parameter, match.parameter, sizeof(call->parameter));
    call->id = match.id;
    if (match.route)
        return CCP_OK;
    if (!match.allow[0])
        return ccpi_api_call_refuse(call, CCPI_CODE_NOT_FOUND,
                                    "there is nothing at this path");
    if (ccpi_api_call_add_header(call, "allow", match.allow) != CCP_OK)
        return CCP_NO_MEMORY;
    return ccpi_api_call_refuse(call, CCPI_CODE_METHOD_NOT_ALLOWED,
                                "this path does not take that method");
}

static ccp_status check_schema(ccpi_api_call *call)
{
    if (atomic_load(&call->api->router->is_outdated))
        return ccpi_api_call_refuse(call, CCPI_CODE_UNAVAILABLE,
                                    "the database has to be migrated first");
    return CCP_OK;
}

/* A field that nobody reads was meant for something. */
static ccp_status check_unread(ccpi_api_call *call)
{
    const char *query = call->request->query;

    if (!call->route->takes_query && query && query[0])
        return ccpi_fail(&call->error, CCP_INVALID, "this path takes no query");
    if (!call->route->takes_body && json_object_size(call->body) > 0)
        return ccpi_fail(&call->error, CCP_INVALID, "this call takes no fields");
    return CCP_OK;
}

/* Others see a change when they look for one; here it counts at once (AK-7). */
static void follow_change(const ccpi_api_call *call)
{
    const ccpi_router *router = call->api->router;

    ccpi_identities_forget(router->identities);
    ccpi_credentials_forget(router->credentials);
    ccpi_budget_forget(router->budget);
}

static ccp_status run_handler(ccpi_api_call *call)
{
    ccp_status status;

    call->admin = *call->api->admin;
    call->admin.actor = (ccpi_actor){call->caller.name, call->address_text,
                                     call->detail ? call->detail : ""};
    status = call->route->handle(call);
    if (status == CCP_OK && call->route->writes)
        follow_change(call);
    return status;
}

static ccp_status run(ccpi_api_call *call)
{
    static ccp_status (*const steps[])(ccpi_api_call * call) = {
        ccpi_guard_address,      find_route,   check_schema, ccpi_guard_caller,
        ccpi_api_call_read_body, check_unread, run_handler,
    };
    ccp_status status = CCP_OK;

    for (size_t i = 0; i < sizeof(steps) / sizeof(*steps) && status == CCP_OK; i++)
        status = steps[i](call);
    return status;
}

/* OB-1 */
static void log_action(const ccpi_api_call *call)
{
    ccpi_log_line line;

    ccpi_log_start(&line, call->api->router->log, CCP_LOG_INFO, "admin_action",
                   call->request_id);
    ccpi_log_text(&line, "actor", call->caller.name);
    ccpi_log_text(&line, "address", call->address_text);
    ccpi_log_text(&line, "method", call->request->method);
    ccpi_log_text(&line, "path", call->request->path);
    ccpi_log_number(&line, "status", call->status);
    ccpi_log_end(&line);
}

ccp_status ccpi_api_see(ccpi_api *api, const ccp_request *request, ccp_visitor *out)
{
    ccpi_api_call call;
    ccp_status status = ccpi_api_call_open(&call, api, request, NULL);

    if (status == CCP_OK) {
        memcpy(out->request_id, call.request_id, sizeof(call.request_id));
        out->is_secure = call.is_secure;
        out->has_provider = api->settings->oidc_issuer && api->settings->oidc_client_id;
        out->may_administer = ccpi_guard_address(&call) == CCP_OK;
    }
    ccpi_api_call_close(&call);
    return status;
}

void ccpi_api_serve(ccpi_api *api, const ccp_request *request, const ccp_sink *sink)
{
    ccpi_api_call call;
    ccp_status status = ccpi_api_call_open(&call, api, request, sink);

    if (status == CCP_OK)
        status = run(&call);
    if (status == CCP_OK && call.route->writes)
        log_action(&call);
    ccpi_api_call_send(&call, status);
    ccpi_api_call_close(&call);
}
