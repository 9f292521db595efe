#ifndef CCPI_ADMIN_WEB_API_H
#define CCPI_ADMIN_WEB_API_H

#include "admin/oidc/oidc.h"
#include "admin/upstreams.h"
#include "admin/web/signin.h"
#include "ccproxy/admin.h"
#include "ccproxy/proxy.h"
#include "config/settings.h"
#include "routing/router.h"

/*
 * The admin API over HTTP (requirements, section 8): what its calls share.
 * api.c knows the steps of a call, routes.c which there are, handlers/ what
 * each does. Any thread.
 */
typedef struct ccpi_api {
    ccp_admin *admin;
    ccpi_router *router;           /* borrowed */
    const ccpi_settings *settings; /* of admin */
    ccpi_signin *signin;
    ccpi_address_ranges allowed; /* SE-6; none: all */
    ccpi_upstreams *upstreams;
    ccpi_oidc *oidc;    /* NULL: no provider is configured */
    int64_t started_us; /* monotonic */
} ccpi_api;

typedef struct ccpi_api_options {
    const ccp_config *config; /* copied */
    ccpi_router *router;      /* borrowed until ccpi_api_free() */
} ccpi_api_options;

/* @param out  given; ccpi_api_free() */
ccp_status ccpi_api_new(const ccpi_api_options *options, ccpi_api **out,
                        ccp_error *error);
void ccpi_api_free(ccpi_api *api);

/* For ccp_proxy_see(). */
ccp_status ccpi_api_see(ccpi_api *api, const ccp_request *request, ccp_visitor *out);

/* Answers one request whose path begins with /admin/. */
void ccpi_api_serve(ccpi_api *api, const ccp_request *request, const ccp_sink *sink);

#endif
