/* Signing in at an OpenID provider: there, and back. */
#include "admin/oidc/oidc.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "admin/handlers/handlers.h"
#include "admin/web/guard.h"
#include "base/cleanup.h"
#include "base/uri.h"

#define STATE_COOKIE "ccproxy_oidc"
#define STATE_PATH "/admin/auth/oidc"
#define CALLBACK_PATH STATE_PATH "/callback"
#define PAGES "/ui/"
#define MAX_URL ((size_t)8 * 1024)
#define MAX_COOKIE 1024
#define MAX_CODE 2048

/* ---- what both have in common ---- */

static ccp_status refuse_unconfigured(ccpi_api_call *call)
{
    return ccpi_api_call_refuse(call, CCPI_CODE_NOT_FOUND,
                                "no OpenID provider is configured");
}

static bool is_host(const char *text)
{
    for (const char *at = text; *at; at++)
        if (!isalnum((unsigned char)*at) && !strchr(".-:[]_", *at))
            return false;
    return text[0] != '\0';
}

/* Where the browser comes back to; the provider knows it, or refuses. */
static ccp_status write_redirect_uri(ccpi_api_call *call, char *out, size_t size)
{
    const char *public_url = call->api->settings->public_url;
    const char *host = ccpi_api_call_header(call, "host");
    size_t len = public_url ? strlen(public_url) : 0;
    int written;

    while (len > 0 && public_url[len - 1] == '/')
        len--;
    if (!public_url && (!host || !is_host(host)))
        return ccpi_api_call_refuse(call, CCPI_CODE_VALIDATION_ERROR,
                                    "the host header names no host");
    written = public_url ? snprintf(out, size, "%.*s" CALLBACK_PATH, (int)len, public_url)
                         : snprintf(out, size, "%s://%s" CALLBACK_PATH,
                                    call->is_secure ? "https" : "http", host);
    return written > 0 && (size_t)written < size
               ? CCP_OK
               : ccpi_api_call_refuse(call, CCPI_CODE_VALIDATION_ERROR,
                                      "the host's name is too long");
}

/* Lax, since the browser comes back from another site. */
static ccp_status set_state_cookie(ccpi_api_call *call, const char *value, int max_age_s)
{
    char text[MAX_COOKIE];

    snprintf(text, sizeof(text),
             STATE_COOKIE "=%s; Path=" STATE_PATH "; Max-Age=%d; HttpOnly; "
                          "SameSite=Lax%s",
             value, max_age_s, call->is_secure ? "; Secure" : "");
    return ccpi_headers_add(&call->extra, CCPI_SPAN("set-cookie"), ccpi_span_of(text));
}

static ccp_status redirect(ccpi_api_call *call, const char *to)
{
    const ccp_status status = ccpi_api_call_add_header(call, "location", to);

    call->status = 302;
    return status;
}

/* What went wrong with the provider or by it, as the browser's user may know it. */
static ccp_status refuse(ccpi_api_call *call, ccp_status status)
{
    char why[sizeof(call->error.message)];
    ccpi_code code = CCPI_CODE_UNAVAILABLE;

    if (status == CCP_NO_MEMORY || status == CCP_INTERNAL || call->refusal)
        return status;
    if (status == CCP_INVALID)
        code = CCPI_CODE_VALIDATION_ERROR;
    if (status == CCP_DENIED)
        code = CCPI_CODE_FORBIDDEN;
    memcpy(why, call->error.message, sizeof(why));
    return ccpi_api_call_refuse(call, code, "%s", why);
}

/* Whoever looks at pages is told on one: that of signing in, which knows these words. */
static ccp_status turn_back(ccpi_api_call *call, ccp_status status)
{
    static const char *const pages[CCPI_CODES] = {
        [CCPI_CODE_VALIDATION_ERROR] = "/ui/login?refused=invalid",
        [CCPI_CODE_FORBIDDEN] = "/ui/login?refused=forbidden",
        [CCPI_CODE_UNAVAILABLE] = "/ui/login?refused=unavailable",
    };
    const char *accept = ccpi_api_call_header(call, "accept");
    const char *page = pages[call->refusal];

    if (!page || !accept || !strstr(accept, "text/html"))
        return status;
    call->refusal = CCPI_CODE_NONE;
    return redirect(call, page);
}

static void log_failure(const ccpi_api_call *call)
{
    ccpi_log_line line;

    ccpi_log_start(&line, call->api->router->log, CCP_LOG_WARNING, "login_failed",
                   call->request_id);
    ccpi_log_text(&line, "address", call->address_text);
    ccpi_log_text(&line, "reason", call->error.message);
    ccpi_log_end(&line);
}

/* ---- there ---- */

ccp_status ccpi_oidc_start(ccpi_api_call *call)
{
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf url = {.limit = MAX_URL};
    CCPI_CLEANUP(ccpi_buf_wipe) ccpi_buf cookie = {.limit = MAX_COOKIE / 2};
    char redirect_uri[MAX_COOKIE];
    ccp_status status;

    if (!call->api->oidc)
        return refuse_unconfigured(call);
    status = write_redirect_uri(call, redirect_uri, sizeof(redirect_uri));
    if (status == CCP_OK)
        status =
            ccpi_oidc_begin(call->api->oidc, redirect_uri, &url, &cookie, &call->error);
    if (status != CCP_OK) {
        log_failure(call);
        return turn_back(call, refuse(call, status));
    }
    status = set_state_cookie(call, cookie.data, CCPI_OIDC_STATE_SECONDS);
    return status == CCP_OK ? redirect(call, url.data) : status;
}

/* ---- and back ---- */

/* Providers add parameters of their own, so that others are passed over. */
typedef struct callback {
    char code[MAX_CODE];
    char state[128];
    char iss[512];
    char error[64];
} callback;

static ccp_status take_parameter(ccpi_api_call *call, ccpi_span value, char *out,
                                 size_t size)
{
    CCPI_CLEANUP(ccpi_buf_wipe) ccpi_buf text = {.limit = size - 1};
    const ccp_status status = ccpi_uri_query_decode(value, &text);

    if (status == CCP_NO_MEMORY)
        return status;
    if (status != CCP_OK || out[0] || (text.len > 0 && strlen(text.data) != text.len))
        return ccpi_api_call_refuse(call, CCPI_CODE_VALIDATION_ERROR,
                                    "the answer of the provider is malformed");
    if (text.len > 0)
        memcpy(out, text.data, text.len + 1);
    return CCP_OK;
}

static ccp_status read_callback(ccpi_api_call *call, callback *out)
{
    const struct {
        const char *name;
        char *into;
        size_t size;
    } known[] = {
        {"code", out->code, sizeof(out->code)},
        {"state", out->state, sizeof(out->state)},
        {"iss", out->iss, sizeof(out->iss)},
        {"error", out->error, sizeof(out->error)},
    };
    ccpi_span query = ccpi_span_of(call->request->query), name, value;
    ccp_status status = CCP_OK;

    while (status == CCP_OK && ccpi_uri_query_next(&query, &name, &value))
        for (size_t i = 0; i < sizeof(known) / sizeof(*known) && status == CCP_OK; i++)
            if (ccpi_span_is(name, known[i].name))
                status = take_parameter(call, value, known[i].into, known[i].size);
    return status;
}

/* The provider's word for it is a code (RFC 6749, section 4.1.2.1). */
static ccp_status refuse_by_provider(ccpi_api_call *call, const char *error)
{
    const size_t plain = strspn(error, "abcdefghijklmnopqrstuvwxyz_");

    return ccpi_api_call_refuse(call, CCPI_CODE_FORBIDDEN,
                                "the OpenID provider did not sign in anybody: %.*s",
                                (int)plain, error);
}

static ccp_status find_user(ccpi_api_call *call, ccpi_oidc_user *out)
{
    char redirect_uri[MAX_COOKIE];
    callback told = {.code = ""};
    ccpi_oidc_return with = {
        .code = told.code,
        .state = told.state,
        .issuer = told.iss,
        .redirect_uri = redirect_uri,
        .cookie = ccpi_guard_cookie(call, STATE_COOKIE "="),
    };
    ccp_status status = read_callback(call, &told);

    if (status == CCP_OK)
        status = write_redirect_uri(call, redirect_uri, sizeof(redirect_uri));
    if (status == CCP_OK && told.error[0])
        return refuse_by_provider(call, told.error);
    if (status == CCP_OK && !told.code[0])
        return ccpi_api_call_refuse(call, CCPI_CODE_VALIDATION_ERROR,
                                    "the answer of the provider has no code");
    if (status == CCP_OK)
        status = ccpi_oidc_finish(call->api->oidc, &with, out, &call->error);
    return status;
}

ccp_status ccpi_oidc_callback(ccpi_api_call *call)
{
    CCPI_CLEANUP(ccpi_buf_wipe) ccpi_buf token = {.limit = CCPI_TOKEN_MAX_LEN};
    ccp_admin_session session = {.revoked_at_us = 0};
    ccpi_oidc_user user;
    ccp_status status;

    if (!call->api->oidc)
        return refuse_unconfigured(call);
    status = find_user(call, &user);
    if (status != CCP_OK) {
        log_failure(call);
        return turn_back(call, refuse(call, status));
    }
    status = ccpi_auth_open_session(call, user.name, &session, &token);
    if (status == CCP_OK)
        status = set_state_cookie(call, "", 0);
    return status == CCP_OK ? redirect(call, PAGES) : status;
}
