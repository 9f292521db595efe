#include "admin/oidc/oidc.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "admin/oidc/provider.h"
#include "base/cleanup.h"
#include "base/fail.h"
#include "base/uri.h"

#define US_PER_S INT64_C(1000000)
#define SKEW_S 60 /* between the provider's clock and ours */

struct ccpi_oidc {
    const ccpi_settings *settings;
    const ccp_clock *clock;
    const ccp_random *random;
    ccpi_oidc_state_key key;
    ccpi_oidc_provider *provider;
};

CCPI_DEFINE_FREEP(ccpi_oidc)

ccp_status ccpi_oidc_new(const ccpi_oidc_options *options, ccpi_oidc **out,
                         ccp_error *error)
{
    const ccpi_oidc_provider_options provider = {options->settings, options->clock};
    CCPI_CLEANUP(ccpi_oidc_freep) ccpi_oidc *oidc = calloc(1, sizeof(*oidc));
    ccp_status status;

    *out = NULL;
    if (!oidc)
        return ccpi_fail(error, CCP_NO_MEMORY, "no memory for OpenID sign-ins");
    oidc->settings = options->settings;
    oidc->clock = options->clock;
    oidc->random = options->random;
    status = ccpi_oidc_state_key_derive(
        ccpi_span_of(options->settings->key_hasher_secret), &oidc->key, error);
    if (status == CCP_OK)
        status = ccpi_oidc_provider_new(&provider, &oidc->provider, error);
    if (status != CCP_OK)
        return status;
    *out = oidc;
    oidc = NULL;
    return CCP_OK;
}

void ccpi_oidc_free(ccpi_oidc *oidc)
{
    if (!oidc)
        return;
    ccpi_oidc_provider_free(oidc->provider);
    OPENSSL_cleanse(oidc, sizeof(*oidc));
    free(oidc);
}

static int64_t now_s(const ccpi_oidc *oidc)
{
    return oidc->clock->unix_us(oidc->clock->self) / US_PER_S;
}

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text ? text : "";
}

/* Whether an array of texts, or a text alone, has this one. */
static bool has_text(const json_t *value, const char *text)
{
    size_t i;
    const json_t *item;

    if (json_is_string(value))
        return strcmp(json_string_value(value), text) == 0;
    json_array_foreach(value, i,
                       item) if (json_is_string(item) &&
                                 strcmp(json_string_value(item), text) == 0) return true;
    return false;
}

/* ---- to the provider ---- */

static void append_parameter(ccpi_buf *url, const char *name, const char *value)
{
    ccpi_buf_append_format(url, "%c%s=", strchr(url->data, '?') ? '&' : '?', name);
    ccpi_uri_encode(ccpi_span_of(value), url);
}

/* Groups are a scope of their own with some providers, and an error with others. */
static const char *scope_for(const ccpi_oidc *oidc, const json_t *metadata)
{
    const bool wants_groups =
        oidc->settings->oidc_allowed_groups.count > 0 &&
        has_text(json_object_get(metadata, "scopes_supported"), "groups");

    return wants_groups ? "openid email profile groups" : "openid email profile";
}

static ccp_status write_url(const ccpi_oidc *oidc, const json_t *metadata,
                            const ccpi_oidc_state *state, const char *redirect_uri,
                            ccpi_buf *url)
{
    char challenge[CCPI_OIDC_SECRET_LEN + 1];

    ccpi_oidc_challenge(state, challenge);
    if (ccpi_buf_append_text(url, text_of(metadata, "authorization_endpoint")) != CCP_OK)
        return url->status;
    append_parameter(url, "response_type", "code");
    append_parameter(url, "client_id", oidc->settings->oidc_client_id);
    append_parameter(url, "redirect_uri", redirect_uri);
    append_parameter(url, "scope", scope_for(oidc, metadata));
    append_parameter(url, "state", state->state);
    append_parameter(url, "nonce", state->nonce);
    append_parameter(url, "code_challenge", challenge);
    append_parameter(url, "code_challenge_method", "S256");
    return url->status;
}

ccp_status ccpi_oidc_begin(ccpi_oidc *oidc, const char *redirect_uri, ccpi_buf *url,
                           ccpi_buf *cookie, ccp_error *error)
{
    json_auto_t *metadata = NULL;
    ccpi_oidc_state state;
    ccp_status status = ccpi_oidc_provider_metadata(oidc->provider, &metadata, error);

    if (status == CCP_OK)
        status = ccpi_oidc_state_new(oidc->random, now_s(oidc), &state, error);
    if (status != CCP_OK)
        return status;
    status = write_url(oidc, metadata, &state, redirect_uri, url);
    if (status == CCP_OK)
        status = ccpi_oidc_state_write(&oidc->key, &state, cookie);
    return status == CCP_OK ? CCP_OK
                            : ccpi_fail(error, status, "no memory for a sign-in's URL");
}

/* ---- and back ---- */

static ccp_status check_return(const ccpi_oidc *oidc, const ccpi_oidc_return *with,
                               ccpi_oidc_state *state, ccp_error *error)
{
    if (!ccpi_oidc_state_read(&oidc->key, with->cookie, now_s(oidc), state))
        return ccpi_fail(error, CCP_INVALID,
                         "this browser began no sign-in, or too long ago: start again");
    if (strlen(with->state) != CCPI_OIDC_SECRET_LEN ||
        CRYPTO_memcmp(with->state, state->state, CCPI_OIDC_SECRET_LEN) != 0)
        return ccpi_fail(error, CCP_INVALID,
                         "the state is not that of this browser's sign-in: start again");
    if (with->issuer[0] && strcmp(with->issuer, oidc->settings->oidc_issuer) != 0)
        return ccpi_fail(error, CCP_DENIED, "the answer comes from another issuer");
    return CCP_OK;
}

/* OpenID Connect Core 1.0, section 3.1.3.7. */
static const char *flaw_of(const ccpi_oidc *oidc, const json_t *claims, const char *nonce)
{
    const ccpi_settings *settings = oidc->settings;
    const json_t *audience = json_object_get(claims, "aud");
    const char *party = text_of(claims, "azp");
    const json_t *not_before = json_object_get(claims, "nbf");

    if (strcmp(text_of(claims, "iss"), settings->oidc_issuer) != 0)
        return "is of another issuer";
    if (!has_text(audience, settings->oidc_client_id))
        return "is for another client";
    if (json_array_size(audience) > 1 && !party[0])
        return "is for several clients and names none";
    if (party[0] && strcmp(party, settings->oidc_client_id) != 0)
        return "was asked for by another client";
    if (json_number_value(json_object_get(claims, "exp")) + SKEW_S <= (double)now_s(oidc))
        return "is over";
    if (not_before && json_number_value(not_before) - SKEW_S > (double)now_s(oidc))
        return "is not valid yet";
    if (strcmp(text_of(claims, "nonce"), nonce) != 0)
        return "is of another sign-in";
    return text_of(claims, "sub")[0] ? NULL : "names nobody";
}

static ccp_status read_claims(const ccpi_oidc *oidc, const json_t *answer,
                              const char *nonce, json_t **out, ccp_error *error)
{
    const char *token = text_of(answer, "id_token");
    const char *flaw;
    ccp_status status =
        ccpi_oidc_provider_verify(oidc->provider, ccpi_span_of(token), out, error);

    if (status != CCP_OK)
        return status;
    flaw = flaw_of(oidc, *out, nonce);
    return flaw ? ccpi_fail(error, CCP_DENIED, "the provider's id_token %s", flaw)
                : CCP_OK;
}

/* Section 5.3.2: what is said of another subject is nothing. */
static ccp_status add_userinfo(const ccpi_oidc *oidc, const json_t *answer,
                               json_t *claims, ccp_error *error)
{
    json_auto_t *more = NULL;
    ccp_status status = ccpi_oidc_provider_userinfo(
        oidc->provider, text_of(answer, "access_token"), &more, error);

    if (status != CCP_OK)
        return status;
    if (strcmp(text_of(more, "sub"), text_of(claims, "sub")) != 0)
        return CCP_OK;
    /* What the signed token says stands. */
    return json_object_update_missing(claims, more) == 0
               ? CCP_OK
               : ccpi_fail(error, CCP_NO_MEMORY, "no memory for claims");
}

/* ---- who may ---- */

static const char *verified_email(const json_t *claims)
{
    const json_t *verified = json_object_get(claims, "email_verified");
    const char *said = json_string_value(verified); /* some send a text */

    return json_is_true(verified) || (said && strcmp(said, "true") == 0)
               ? text_of(claims, "email")
               : "";
}

static bool is_allowed(const ccpi_settings *settings, const json_t *claims)
{
    const ccpi_texts *groups = &settings->oidc_allowed_groups;
    const ccpi_texts *emails = &settings->oidc_allowed_emails;
    const json_t *own = json_object_get(claims, "groups");
    const char *email = verified_email(claims);

    for (size_t i = 0; i < groups->count; i++)
        if (has_text(own, groups->items[i]))
            return true;
    for (size_t i = 0; i < emails->count && email[0]; i++)
        if (strcasecmp(email, emails->items[i]) == 0)
            return true;
    return false;
}

static ccp_status admit(const ccpi_oidc *oidc, const json_t *claims, ccpi_oidc_user *out,
                        ccp_error *error)
{
    const char *email = verified_email(claims);

    snprintf(out->name, sizeof(out->name), "%s%s",
             email[0] ? "" : "oidc:", email[0] ? email : text_of(claims, "sub"));
    for (char *at = out->name; *at; at++)
        if ((unsigned char)*at < ' ' || *at == 0x7f)
            *at = '?';
    return is_allowed(oidc->settings, claims)
               ? CCP_OK
               : ccpi_fail(error, CCP_DENIED,
                           "the provider knows who this is, but neither group nor "
                           "verified address is allowed here");
}

ccp_status ccpi_oidc_finish(ccpi_oidc *oidc, const ccpi_oidc_return *with,
                            ccpi_oidc_user *out, ccp_error *error)
{
    json_auto_t *answer = NULL;
    json_auto_t *claims = NULL;
    ccpi_oidc_state state;
    ccpi_oidc_exchange exchange = {.code = with->code,
                                   .redirect_uri = with->redirect_uri};
    ccp_status status = check_return(oidc, with, &state, error);

    *out = (ccpi_oidc_user){.name = ""};
    if (status != CCP_OK)
        return status;
    exchange.verifier = state.verifier;
    status = ccpi_oidc_provider_redeem(oidc->provider, &exchange, &answer, error);
    if (status == CCP_OK)
        status = read_claims(oidc, answer, state.nonce, &claims, error);
    if (status == CCP_OK)
        status = add_userinfo(oidc, answer, claims, error);
    return status == CCP_OK ? admit(oidc, claims, out, error) : status;
}
