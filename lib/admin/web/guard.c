#include "admin/web/guard.h"

#include <stdio.h>
#include <strings.h>

#include "admin/routes.h"
#include "admin/web/api.h"
#include "base/fail.h"

#define BEARER "bearer "
#define COOKIE_MARK CCPI_SESSION_COOKIE "="

ccp_status ccpi_guard_address(ccpi_api_call *call)
{
    const ccpi_address_ranges *allowed = &call->api->allowed;

    if (allowed->count > 0 && !ccpi_address_ranges_have(allowed, &call->address))
        return ccpi_api_call_refuse(call, CCPI_CODE_FORBIDDEN,
                                    "the admin API can't be used from this address");
    return CCP_OK;
}

/* ---- what was shown ---- */

static ccpi_span bearer_of(const ccpi_api_call *call)
{
    const char *value = ccpi_api_call_header(call, "authorization");

    if (!value || strncasecmp(value, BEARER, sizeof(BEARER) - 1) != 0)
        return (ccpi_span){NULL, 0};
    return ccpi_span_of(value + sizeof(BEARER) - 1);
}

/* RFC 6265, section 4.2.1: name=value pairs with "; " between them. */
ccpi_span ccpi_guard_cookie(const ccpi_api_call *call, const char *start)
{
    const char *at = ccpi_api_call_header(call, "cookie");
    const size_t start_len = strlen(start);

    while (at && *at) {
        const size_t len = strcspn(at, ";");

        if (len >= start_len && strncmp(at, start, start_len) == 0)
            return (ccpi_span){at + start_len, len - start_len};
        at += len;
        at += strspn(at, "; ");
    }
    return (ccpi_span){NULL, 0};
}

/* ---- who that is ---- */

static ccp_status refuse_credential(ccpi_api_call *call)
{
    return ccpi_api_call_refuse(call, CCPI_CODE_UNAUTHORIZED, "sign in first");
}

static ccp_status take_token(ccpi_api_call *call, ccpi_span text)
{
    const ccp_token_store *tokens = &call->admin.store->tokens;
    const int64_t now_us = ccpi_api_call_now(call);
    ccp_admin_token token;
    ccp_status status =
        ccpi_signin_find_token(call->api->signin, tokens, text, &token, &call->error);

    if (status == CCP_NOT_FOUND ||
        (status == CCP_OK && token.expires_at_us > 0 && token.expires_at_us <= now_us))
        return refuse_credential(call);
    if (status != CCP_OK)
        return status;
    call->caller = (ccpi_caller){.kind = CCPI_CALLER_TOKEN,
                                 .id = token.id,
                                 .may_write = token.may_write,
                                 .expires_at_us = token.expires_at_us};
    snprintf(call->caller.name, sizeof(call->caller.name), "token %s", token.name);
    /* A use that is not noted is no reason to refuse the call. */
    tokens->touch(tokens->self, &token.id, now_us, NULL);
    return CCP_OK;
}

static ccp_status take_session(ccpi_api_call *call, ccpi_span text)
{
    const ccp_session_store *sessions = &call->admin.store->sessions;
    ccp_admin_session session;
    ccp_id id;
    ccp_status status = ccpi_signin_read(call->api->signin, text, &id, &call->error);

    if (status == CCP_OK)
        status = sessions->find(sessions->self, &id, &session, &call->error);
    if (status == CCP_DENIED || status == CCP_NOT_FOUND ||
        (status == CCP_OK && session.revoked_at_us > 0))
        return refuse_credential(call);
    if (status != CCP_OK)
        return status;
    call->caller = (ccpi_caller){.kind = CCPI_CALLER_SESSION,
                                 .id = id,
                                 .may_write = true,
                                 .expires_at_us = session.expires_at_us};
    snprintf(call->caller.name, sizeof(call->caller.name), "%s", session.username);
    return CCP_OK;
}

/* A page of another site can send the cookie along, but not this header (AD-2). */
static ccp_status check_csrf(ccpi_api_call *call)
{
    const char *given = ccpi_api_call_header(call, "x-csrf-token");

    if (!call->route->writes)
        return CCP_OK;
    if (!given || !ccpi_signin_is_csrf(call->api->signin, &call->caller.id, given))
        return ccpi_api_call_refuse(call, CCPI_CODE_FORBIDDEN,
                                    "x-csrf-token is missing or wrong");
    return CCP_OK;
}

static ccp_status identify(ccpi_api_call *call)
{
    const ccpi_span bearer = bearer_of(call);
    const ccpi_span cookie = ccpi_guard_cookie(call, COOKIE_MARK);
    ccp_status status;

    call->admin = *call->api->admin;
    if (bearer.data)
        return ccpi_admin_token_is(bearer) ? take_token(call, bearer)
                                           : take_session(call, bearer);
    if (!cookie.data)
        return refuse_credential(call);
    status = take_session(call, cookie);
    return status == CCP_OK ? check_csrf(call) : status;
}

ccp_status ccpi_guard_caller(ccpi_api_call *call)
{
    const ccpi_route *route = call->route;
    ccp_status status;

    if (route->is_open)
        return CCP_OK;
    status = identify(call);
    if (status != CCP_OK)
        return status;
    if (route->writes && !call->caller.may_write)
        return ccpi_api_call_refuse(call, CCPI_CODE_FORBIDDEN,
                                    "this token can only read");
    if (route->needs_session && call->caller.kind != CCPI_CALLER_SESSION)
        return ccpi_api_call_refuse(call, CCPI_CODE_FORBIDDEN,
                                    "this takes an administrator who has signed in");
    return CCP_OK;
}
