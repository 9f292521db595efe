#include "admin/oidc/provider.h"

#include <openssl/crypto.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/encode.h"
#include "base/fail.h"
#include "base/uri.h"
#include "config/shape.h"
#include "security/jwt.h"

#define TIMEOUT_MS 10000
#define FRESH_US (INT64_C(3600) * 1000000)
#define MAX_FORM ((size_t)16 * 1024)
#define MAX_CREDENTIAL ((size_t)4096)
#define DISCOVERY "/.well-known/openid-configuration"

/* A document that is kept for a while. */
typedef struct document {
    json_t *content; /* NULL: not read yet */
    int64_t read_at_us;
} document;

struct ccpi_oidc_provider {
    const ccpi_settings *settings;
    const ccp_clock *clock;
    ccpi_http_curl curl;
    pthread_mutex_t lock; /* of the documents */
    document metadata, keys;
};

ccp_status ccpi_oidc_provider_new(const ccpi_oidc_provider_options *options,
                                  ccpi_oidc_provider **out, ccp_error *error)
{
    ccpi_oidc_provider *provider = calloc(1, sizeof(*provider));

    *out = provider;
    if (!provider)
        return ccpi_fail(error, CCP_NO_MEMORY, "no memory for an OpenID provider");
    pthread_mutex_init(&provider->lock, NULL);
    provider->settings = options->settings;
    provider->clock = options->clock;
    return CCP_OK;
}

void ccpi_oidc_provider_free(ccpi_oidc_provider *provider)
{
    if (!provider)
        return;
    json_decref(provider->metadata.content);
    json_decref(provider->keys.content);
    pthread_mutex_destroy(&provider->lock);
    free(provider);
}

/* ---- one request ---- */

static ccp_status send(ccpi_oidc_provider *provider, const ccpi_http_request *request,
                       json_t **out, int *http_status, ccp_error *error)
{
    const ccpi_http http = ccpi_http_over_curl(&provider->curl);
    CCPI_CLEANUP(ccpi_http_answer_clear) ccpi_http_answer answer = {.status = 0};
    ccp_error cause = {CCP_OK, ""};
    ccp_status status = http.exchange(http.self, request, &answer, &cause);

    *out = NULL;
    if (status != CCP_OK)
        return ccpi_fail(error, status, "the OpenID provider can't be asked: %s",
                         cause.message);
    *http_status = answer.status;
    *out = json_loadb(answer.body.data ? answer.body.data : "", answer.body.len,
                      JSON_REJECT_DUPLICATES, NULL);
    if (!json_is_object(*out)) {
        json_decref(*out);
        *out = NULL;
        return ccpi_fail(error, CCP_PROTOCOL,
                         "the OpenID provider answered %d without a JSON object",
                         answer.status);
    }
    return CCP_OK;
}

static ccp_status fetch(ccpi_oidc_provider *provider, const char *url,
                        const char *access_token, json_t **out, ccp_error *error)
{
    CCPI_CLEANUP(ccpi_headers_wipe) ccpi_headers headers = {.count = 0};
    CCPI_CLEANUP(ccpi_buf_wipe) ccpi_buf bearer = {.limit = CCPI_JWT_MAX_LEN};
    const ccpi_http_request request = {
        .method = "GET", .url = url, .headers = &headers, .timeout_ms = TIMEOUT_MS};
    int http_status = 0;
    ccp_status status = ccpi_headers_set(&headers, "accept", "application/json");

    if (status == CCP_OK && access_token)
        status = ccpi_buf_append_format(&bearer, "Bearer %s", access_token);
    if (status == CCP_OK && access_token)
        status = ccpi_headers_set(&headers, "authorization", bearer.data);
    if (status != CCP_OK)
        return ccpi_fail(error, CCP_PROTOCOL, "the OpenID provider's token is too long");
    status = send(provider, &request, out, &http_status, error);
    if (status != CCP_OK || http_status == 200)
        return status;
    json_decref(*out);
    *out = NULL;
    return ccpi_fail(error, CCP_PROTOCOL, "the OpenID provider answered %d", http_status);
}

/* ---- what it says of itself ---- */

static json_t *recall(ccpi_oidc_provider *provider, const document *from)
{
    const int64_t now_us = provider->clock->monotonic_us(provider->clock->self);
    json_t *copy = NULL;

    pthread_mutex_lock(&provider->lock);
    if (from->content && now_us - from->read_at_us < FRESH_US)
        copy = json_deep_copy(from->content);
    pthread_mutex_unlock(&provider->lock);
    return copy;
}

static void remember(ccpi_oidc_provider *provider, document *into, const json_t *content)
{
    json_t *copy = json_deep_copy(content);

    pthread_mutex_lock(&provider->lock);
    json_decref(into->content);
    into->content = copy;
    into->read_at_us = provider->clock->monotonic_us(provider->clock->self);
    pthread_mutex_unlock(&provider->lock);
}

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text ? text : "";
}

/* SE-7: https, but on loopback; and it is the issuer that was configured. */
static ccp_status check_metadata(const ccpi_oidc_provider *provider,
                                 const json_t *metadata, ccp_error *error)
{
    static const char *const needed[] = {"authorization_endpoint", "token_endpoint",
                                         "jwks_uri"};
    const char *userinfo = text_of(metadata, "userinfo_endpoint");

    if (strcmp(text_of(metadata, "issuer"), provider->settings->oidc_issuer) != 0)
        return ccpi_fail(error, CCP_PROTOCOL,
                         "the OpenID provider calls itself another issuer than "
                         "oidc_issuer");
    for (size_t i = 0; i < sizeof(needed) / sizeof(*needed); i++)
        if (!ccpi_shape_upstream_url.fits(text_of(metadata, needed[i])))
            return ccpi_fail(error, CCP_PROTOCOL,
                             "the OpenID provider names no usable %s", needed[i]);
    if (userinfo[0] && !ccpi_shape_upstream_url.fits(userinfo))
        return ccpi_fail(error, CCP_PROTOCOL,
                         "the OpenID provider names no usable userinfo_endpoint");
    return CCP_OK;
}

ccp_status ccpi_oidc_provider_metadata(ccpi_oidc_provider *provider, json_t **out,
                                       ccp_error *error)
{
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf url = {.limit = MAX_FORM};
    size_t issuer_len = strlen(provider->settings->oidc_issuer);
    ccp_status status;

    *out = recall(provider, &provider->metadata);
    if (*out)
        return CCP_OK;
    /* Discovery 1.0, section 4.1: a last slash goes first. */
    if (issuer_len > 0 && provider->settings->oidc_issuer[issuer_len - 1] == '/')
        issuer_len--;
    ccpi_buf_append(&url, provider->settings->oidc_issuer, issuer_len);
    if (ccpi_buf_append_text(&url, DISCOVERY) != CCP_OK)
        return ccpi_fail(error, CCP_NO_MEMORY, "no memory for a URL");
    status = fetch(provider, url.data, NULL, out, error);
    if (status == CCP_OK)
        status = check_metadata(provider, *out, error);
    if (status == CCP_OK) {
        remember(provider, &provider->metadata, *out);
        return CCP_OK;
    }
    json_decref(*out);
    *out = NULL;
    return status;
}

/* ---- its keys ---- */

static ccp_status get_keys(ccpi_oidc_provider *provider, bool anew, json_t **out,
                           ccp_error *error)
{
    json_auto_t *metadata = NULL;
    ccp_status status;

    *out = anew ? NULL : recall(provider, &provider->keys);
    if (*out)
        return CCP_OK;
    status = ccpi_oidc_provider_metadata(provider, &metadata, error);
    if (status == CCP_OK)
        status = fetch(provider, text_of(metadata, "jwks_uri"), NULL, out, error);
    if (status == CCP_OK)
        remember(provider, &provider->keys, *out);
    return status;
}

ccp_status ccpi_oidc_provider_verify(ccpi_oidc_provider *provider, ccpi_span token,
                                     json_t **out, ccp_error *error)
{
    json_t *keys = NULL;
    ccp_status status = get_keys(provider, false, &keys, error);

    *out = NULL;
    if (status != CCP_OK)
        return status;
    status = ccpi_jwt_verify(token, keys, out, error);
    json_decref(keys);
    if (status != CCP_NOT_FOUND)
        return status;
    status = get_keys(provider, true, &keys, error);
    if (status == CCP_OK) {
        status = ccpi_jwt_verify(token, keys, out, error);
        json_decref(keys);
    }
    return status == CCP_NOT_FOUND ? CCP_DENIED : status;
}

/* ---- codes and users ---- */

static void append_field(ccpi_buf *form, const char *name, const char *value)
{
    ccpi_buf_append_format(form, "%s%s=", form->len > 0 ? "&" : "", name);
    ccpi_uri_encode(ccpi_span_of(value), form);
}

/* RFC 6749, section 2.3.1. Without a word on it a provider takes HTTP Basic. */
static bool takes_basic(const json_t *metadata)
{
    const json_t *methods =
        json_object_get(metadata, "token_endpoint_auth_methods_supported");
    size_t i;
    const json_t *method;

    json_array_foreach(
        methods, i,
        method) if (strcmp(json_string_value(method) ? json_string_value(method) : "",
                           "client_secret_basic") == 0) return true;
    return !json_is_array(methods);
}

static ccp_status add_basic(const ccpi_settings *settings, ccpi_headers *headers)
{
    CCPI_CLEANUP(ccpi_buf_wipe) ccpi_buf pair = {.limit = MAX_CREDENTIAL};
    char value[sizeof("Basic ") + CCPI_BASE64_LEN(MAX_CREDENTIAL) + 1] = "Basic ";
    ccp_status status;

    ccpi_uri_encode(ccpi_span_of(settings->oidc_client_id), &pair);
    ccpi_buf_append_text(&pair, ":");
    status = ccpi_uri_encode(ccpi_span_of(settings->oidc_client_secret), &pair);
    if (status != CCP_OK)
        return status;
    ccpi_base64_encode((const unsigned char *)pair.data, pair.len,
                       value + sizeof("Basic ") - 1);
    status = ccpi_headers_set(headers, "authorization", value);
    OPENSSL_cleanse(value, sizeof(value));
    return status;
}

static ccp_status write_redemption(const ccpi_settings *settings, bool by_header,
                                   const ccpi_oidc_exchange *exchange, ccpi_buf *form)
{
    append_field(form, "grant_type", "authorization_code");
    append_field(form, "code", exchange->code);
    append_field(form, "redirect_uri", exchange->redirect_uri);
    append_field(form, "code_verifier", exchange->verifier);
    append_field(form, "client_id", settings->oidc_client_id);
    if (settings->oidc_client_secret && !by_header)
        append_field(form, "client_secret", settings->oidc_client_secret);
    return form->status;
}

/* The provider's own word on why, which is a code and no text of anybody's. */
static ccp_status refuse_code(const json_t *answer, int http_status, ccp_error *error)
{
    const char *why = text_of(answer, "error");
    const size_t plain = strspn(why, "abcdefghijklmnopqrstuvwxyz_");

    return ccpi_fail(error, http_status >= 500 ? CCP_UNAVAILABLE : CCP_DENIED,
                     "the OpenID provider did not take the code (%d%s%.*s)", http_status,
                     plain > 0 ? " " : "", (int)(plain < 40 ? plain : 40), why);
}

ccp_status ccpi_oidc_provider_redeem(ccpi_oidc_provider *provider,
                                     const ccpi_oidc_exchange *exchange, json_t **out,
                                     ccp_error *error)
{
    const ccpi_settings *settings = provider->settings;
    CCPI_CLEANUP(ccpi_headers_wipe) ccpi_headers headers = {.count = 0};
    CCPI_CLEANUP(ccpi_buf_wipe) ccpi_buf form = {.limit = MAX_FORM};
    json_auto_t *metadata = NULL;
    ccpi_http_request request = {
        .method = "POST", .headers = &headers, .timeout_ms = TIMEOUT_MS};
    int http_status = 0;
    ccp_status status = ccpi_oidc_provider_metadata(provider, &metadata, error);
    const bool by_header = settings->oidc_client_secret && takes_basic(metadata);

    *out = NULL;
    if (status != CCP_OK)
        return status;
    status = write_redemption(settings, by_header, exchange, &form);
    if (status == CCP_OK)
        status = ccpi_headers_set(&headers, "content-type",
                                  "application/x-www-form-urlencoded");
    if (status == CCP_OK)
        status = ccpi_headers_set(&headers, "accept", "application/json");
    if (status == CCP_OK && by_header)
        status = add_basic(settings, &headers);
    if (status != CCP_OK)
        return ccpi_fail(error, CCP_DENIED, "the code is too long");
    request.url = text_of(metadata, "token_endpoint");
    request.body = ccpi_buf_span(&form);
    status = send(provider, &request, out, &http_status, error);
    if (status != CCP_OK || http_status == 200)
        return status;
    status = refuse_code(*out, http_status, error);
    json_decref(*out);
    *out = NULL;
    return status;
}

ccp_status ccpi_oidc_provider_userinfo(ccpi_oidc_provider *provider,
                                       const char *access_token, json_t **out,
                                       ccp_error *error)
{
    json_auto_t *metadata = NULL;
    ccp_status status = ccpi_oidc_provider_metadata(provider, &metadata, error);
    const char *url = text_of(metadata, "userinfo_endpoint");

    *out = NULL;
    if (status != CCP_OK)
        return status;
    if (url[0] && access_token && access_token[0])
        return fetch(provider, url, access_token, out, error);
    *out = json_object();
    return *out ? CCP_OK : ccpi_fail(error, CCP_NO_MEMORY, "no memory for claims");
}
