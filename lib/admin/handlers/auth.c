/* Signing in and out. */
#include <openssl/crypto.h>
#include <stdio.h>
#include <strings.h>

#include "admin/handlers/handlers.h"
#include "admin/objects.h"
#include "admin/web/fields.h"
#include "admin/web/guard.h"
#include "base/cleanup.h"
#include "base/encode.h"
#include "base/fail.h"
#include "ccproxy/password.h"

#define BASIC "basic "
#define MAX_BASIC 2048
#define US_PER_S INT64_C(1000000)

typedef struct credentials {
    char username[255 + 1];
    char password[CCP_PASSWORD_MAX + 1];
} credentials;

static void wipe(credentials *given)
{
    OPENSSL_cleanse(given, sizeof(*given));
}

/* RFC 7617: the name, a colon and the password, in base64. */
static bool read_basic(const char *encoded, credentials *out)
{
    const ccpi_span text = ccpi_span_of(encoded);
    unsigned char bytes[CCPI_BASE64_MAX_BYTES(MAX_BASIC) + 1] = {0};
    size_t len = 0;
    const char *colon;
    bool is_read = false;

    if (text.len <= MAX_BASIC && ccpi_base64_decode(text, bytes, &len)) {
        const char *pair = (const char *)bytes;

        colon = memchr(pair, ':', len);
        is_read = colon && strlen(pair) == len &&
                  (size_t)(colon - pair) < sizeof(out->username) &&
                  strlen(colon + 1) < sizeof(out->password);
        if (is_read) {
            memcpy(out->username, pair, (size_t)(colon - pair));
            snprintf(out->password, sizeof(out->password), "%s", colon + 1);
        }
    }
    OPENSSL_cleanse(bytes, sizeof(bytes));
    return is_read;
}

static ccp_status read_credentials(ccpi_api_call *call, credentials *out)
{
    const char *value = ccpi_api_call_header(call, "authorization");
    const ccpi_field fields[] = {
        {CCPI_TEXT_FIELD("username", out->username), .is_required = true},
        {CCPI_TEXT_FIELD("password", out->password), .is_required = true},
    };

    if (call->body || !value || strncasecmp(value, BASIC, sizeof(BASIC) - 1) != 0)
        return ccpi_fields_read(call, fields, sizeof(fields) / sizeof(*fields));
    if (!read_basic(value + sizeof(BASIC) - 1, out))
        return ccpi_fail(&call->error, CCP_INVALID,
                         "the authorization header is not that of HTTP Basic");
    return CCP_OK;
}

static void log_failure(const ccpi_api_call *call, const credentials *given,
                        const char *reason)
{
    ccpi_log_line line;

    ccpi_log_start(&line, call->api->router->log, CCP_LOG_WARNING, "login_failed",
                   call->request_id);
    ccpi_log_text(&line, "username", given->username);
    ccpi_log_text(&line, "address", call->address_text);
    ccpi_log_text(&line, "reason", reason);
    ccpi_log_end(&line);
}

static ccp_status check_credentials(ccpi_api_call *call, const credentials *given)
{
    const ccpi_password_try tried = {given->username, given->password, &call->address};
    int64_t wait_us = 0;
    ccp_status status =
        ccpi_signin_check(call->api->signin, &tried, &wait_us, &call->error);

    if (status == CCP_OK)
        return CCP_OK;
    log_failure(call, given, call->error.message);
    if (status == CCP_DENIED)
        return ccpi_api_call_refuse(call, CCPI_CODE_UNAUTHORIZED, "Invalid credentials");
    if (status == CCP_LIMIT &&
        ccpi_api_call_add_number(call, "retry-after",
                                 (wait_us + US_PER_S - 1) / US_PER_S) == CCP_OK)
        return ccpi_api_call_refuse(call, CCPI_CODE_RATE_LIMITED,
                                    "Too many failed sign-ins. Try again later.");
    if (status == CCP_UNAVAILABLE)
        return ccpi_api_call_refuse(call, CCPI_CODE_UNAVAILABLE,
                                    "Too many sign-ins at a time. Try again.");
    return status;
}

static ccp_status write_session(const ccp_store *within, void *context, ccp_error *error)
{
    return within->sessions.create(within->sessions.self, context, error);
}

static ccp_status set_cookie(ccpi_api_call *call, const char *token, int max_age_s)
{
    char value[CCPI_TOKEN_MAX_LEN + 128];

    snprintf(value, sizeof(value),
             CCPI_SESSION_COOKIE "=%s; Path=/admin; Max-Age=%d; HttpOnly; "
                                 "SameSite=Strict%s",
             token, max_age_s, call->is_secure ? "; Secure" : "");
    return ccpi_api_call_add_header(call, "set-cookie", value);
}

ccp_status ccpi_auth_open_session(ccpi_api_call *call, const char *username,
                                  ccp_admin_session *session, ccpi_buf *token)
{
    const ccpi_deed deed = {"session.create", "session", session->id.text};
    ccp_status status;

    status = ccpi_signin_make(call->api->signin, username, session, token, &call->error);
    if (status != CCP_OK)
        return status;
    snprintf(session->address, sizeof(session->address), "%s", call->address_text);
    snprintf(call->caller.name, sizeof(call->caller.name), "%s", username);
    call->admin.actor.detail = "";
    status = ccpi_admin_do(&call->admin, &deed, write_session, session, &call->error);
    return status == CCP_OK ? set_cookie(call, token->data, CCPI_SESSION_SECONDS)
                            : status;
}

ccp_status ccpi_auth_login(ccpi_api_call *call)
{
    CCPI_CLEANUP(wipe) credentials given = {.username = ""};
    CCPI_CLEANUP(ccpi_buf_wipe) ccpi_buf token = {.limit = CCPI_TOKEN_MAX_LEN};
    ccp_admin_session session = {.revoked_at_us = 0};
    char csrf[CCPI_CSRF_SIZE];
    ccp_status status = read_credentials(call, &given);

    if (status == CCP_OK)
        status = check_credentials(call, &given);
    if (status == CCP_OK)
        status = ccpi_auth_open_session(call, given.username, &session, &token);
    if (status == CCP_OK)
        status = ccpi_signin_csrf(call->api->signin, &session.id, csrf, &call->error);
    if (status != CCP_OK)
        return status;
    return ccpi_api_call_answer(
        call, 200,
        json_pack("{s:s, s:s, s:i, s:s}", "access_token", token.data, "token_type",
                  "bearer", "expires_in", CCPI_SESSION_SECONDS, "csrf_token", csrf));
}

static ccp_status write_end(const ccp_store *within, void *context, ccp_error *error)
{
    return within->sessions.revoke(within->sessions.self, context, error);
}

ccp_status ccpi_auth_logout(ccpi_api_call *call)
{
    const ccpi_deed deed = {"session.end", "session", call->caller.id.text};
    ccp_status status =
        ccpi_admin_do(&call->admin, &deed, write_end, &call->caller.id, &call->error);

    if (status == CCP_OK)
        status = set_cookie(call, "", 0);
    return status == CCP_OK ? ccpi_api_call_answer_nothing(call) : status;
}

ccp_status ccpi_auth_me(ccpi_api_call *call)
{
    const bool has_session = call->caller.kind == CCPI_CALLER_SESSION;
    char csrf[CCPI_CSRF_SIZE] = "";
    ccp_status status = CCP_OK;

    if (has_session)
        status =
            ccpi_signin_csrf(call->api->signin, &call->caller.id, csrf, &call->error);
    if (status != CCP_OK)
        return status;
    return ccpi_api_call_answer(call, 200,
                                json_pack("{s:s, s:o, s:o}", "username",
                                          call->caller.name, "expires_at",
                                          ccpi_object_time(call->caller.expires_at_us),
                                          "csrf_token", ccpi_object_text(csrf)));
}
