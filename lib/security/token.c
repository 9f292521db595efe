#include "security/token.h"

#include <inttypes.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/cleanup.h"
#include "base/encode.h"
#include "base/fail.h"
#include "base/json.h"
#include "security/hkdf.h"

#define PURPOSE CCPI_SPAN("ccproxy admin session")
#define TYPE "admin_session"
#define HEADER "{\"alg\":\"HS256\",\"typ\":\"JWT\"}"

#define MAC_LEN 32
#define MAC_TEXT_LEN CCPI_BASE64URL_LEN(MAC_LEN)

/* Claims are a fraction of a token; names may need escapes. */
#define MAX_CLAIMS_LEN 1400

ccp_status ccpi_token_key_derive(ccpi_span secret, ccpi_token_key *out, ccp_error *error)
{
    const ccpi_hkdf_input input = {.secret = secret, .info = PURPOSE};

    return ccpi_hkdf_sha256(&input, out->bytes, sizeof(out->bytes), error);
}

static bool compute_mac(const ccpi_token_key *key, ccpi_span text,
                        unsigned char mac[MAC_LEN])
{
    return HMAC(EVP_sha256(), key->bytes, sizeof(key->bytes),
                (const unsigned char *)text.data, text.len, mac, NULL) != NULL;
}

static void append_base64url(ccpi_span bytes, ccpi_buf *out)
{
    size_t len = CCPI_BASE64URL_LEN(bytes.len);
    char *room = ccpi_buf_room(out, len);

    if (!room)
        return;
    ccpi_base64url_encode((const unsigned char *)bytes.data, bytes.len, room);
    ccpi_buf_grow(out, len);
}

static void write_claims(const ccpi_token_claims *claims, ccpi_buf *out)
{
    ccpi_buf_append_text(out, "{\"sub\":");
    ccpi_json_quote(ccpi_span_of(claims->subject), out);
    ccpi_buf_append_format(out, ",\"iat\":%" PRId64 ",\"exp\":%" PRId64 ",\"jti\":",
                           claims->issued_at, claims->expires_at);
    ccpi_json_quote(ccpi_span_of(claims->id), out);
    ccpi_buf_append_text(out, ",\"type\":\"" TYPE "\"}");
}

ccp_status ccpi_token_sign(const ccpi_token_key *key, const ccpi_token_claims *claims,
                           ccpi_buf *out, ccp_error *error)
{
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf json = {.limit = MAX_CLAIMS_LEN};
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf token = {.limit = CCPI_TOKEN_MAX_LEN};
    unsigned char mac[MAC_LEN];

    write_claims(claims, &json);
    if (json.status != CCP_OK)
        return ccpi_fail(error, json.status, "no room for a token's claims");
    append_base64url(CCPI_SPAN(HEADER), &token);
    ccpi_buf_append_char(&token, '.');
    append_base64url(ccpi_buf_span(&json), &token);
    if (token.status == CCP_OK && !compute_mac(key, ccpi_buf_span(&token), mac))
        return ccpi_fail(error, CCP_INTERNAL, "HMAC-SHA256 failed");
    ccpi_buf_append_char(&token, '.');
    append_base64url((ccpi_span){(const char *)mac, sizeof(mac)}, &token);
    if (token.status == CCP_OK)
        ccpi_buf_append_span(out, ccpi_buf_span(&token));
    if (token.status != CCP_OK || out->status != CCP_OK)
        return ccpi_fail(error, token.status != CCP_OK ? token.status : out->status,
                         "no room for a token");
    return CCP_OK;
}

/* The three parts; what is signed is the first two with the dot between them. */
typedef struct token_parts {
    ccpi_span header, claims, mac, is_signed;
} token_parts;

static bool split(ccpi_span token, token_parts *out)
{
    const char *first = memchr(token.data, '.', token.len);
    const char *end = token.data + token.len;
    const char *second = first ? memchr(first + 1, '.', (size_t)(end - first - 1)) : NULL;

    if (!second)
        return false;
    *out = (token_parts){
        .header = {token.data, (size_t)(first - token.data)},
        .claims = {first + 1, (size_t)(second - first - 1)},
        .mac = {second + 1, (size_t)(end - second - 1)},
        .is_signed = {token.data, (size_t)(second - token.data)},
    };
    return true;
}

static bool has_our_mac(const ccpi_token_key *key, const token_parts *parts)
{
    unsigned char given[CCPI_BASE64_MAX_BYTES(MAC_TEXT_LEN)];
    unsigned char ours[MAC_LEN];
    size_t len;

    return parts->mac.len == MAC_TEXT_LEN &&
           ccpi_base64url_decode(parts->mac, given, &len) && len == MAC_LEN &&
           compute_mac(key, parts->is_signed, ours) &&
           CRYPTO_memcmp(given, ours, MAC_LEN) == 0;
}

/* Decodes a part and parses it; *bytes must outlive the tree. */
static ccp_status read_part(ccpi_span part, ccpi_buf *bytes, ccpi_json_tree *tree)
{
    char *room = ccpi_buf_room(bytes, CCPI_BASE64_MAX_BYTES(part.len));
    size_t len;

    if (!room)
        return bytes->status;
    if (!ccpi_base64url_decode(part, (unsigned char *)room, &len))
        return CCP_INVALID;
    ccpi_buf_grow(bytes, len);
    return ccpi_json_parse(ccpi_buf_span(bytes), tree, NULL);
}

static bool has_text(const ccpi_json_tree *tree, const char *name, const char *text)
{
    return ccpi_json_is_text(ccpi_json_get(tree, ccpi_json_root(tree), name), text);
}

/* A signature is worth nothing before it is known which algorithm it is of. */
static ccp_status check_header(ccpi_span header)
{
    CCPI_CLEANUP(ccpi_json_clear) ccpi_json_tree tree = {0};
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf bytes = {.limit = CCPI_TOKEN_MAX_LEN};
    ccp_status status = read_part(header, &bytes, &tree);

    if (status != CCP_OK)
        return status;
    if (!has_text(&tree, "alg", "HS256") ||
        ccpi_json_get(&tree, ccpi_json_root(&tree), "crit"))
        return CCP_INVALID;
    return CCP_OK;
}

/* Into out, by way of a buffer whose memory serves all of a token's texts. */
static bool get_text(const ccpi_json_tree *tree, const char *name, ccpi_buf *by_way_of,
                     char *out, size_t size)
{
    const ccpi_json_node *node =
        ccpi_json_get_typed(tree, ccpi_json_root(tree), name, CCPI_JSON_STRING);

    ccpi_buf_reset(by_way_of);
    if (!node || ccpi_json_decode(ccpi_json_inner(node->text), by_way_of) != CCP_OK ||
        by_way_of->len == 0 || by_way_of->len >= size ||
        memchr(by_way_of->data, '\0', by_way_of->len))
        return false;
    memcpy(out, by_way_of->data, by_way_of->len + 1);
    return true;
}

static bool get_seconds(const ccpi_json_tree *tree, const char *name, int64_t *out)
{
    const ccpi_json_node *node =
        ccpi_json_get_typed(tree, ccpi_json_root(tree), name, CCPI_JSON_NUMBER);

    return node && ccpi_json_integer(node->text, out);
}

static ccp_status read_claims(ccpi_span claims, ccpi_token_claims *out)
{
    CCPI_CLEANUP(ccpi_json_clear) ccpi_json_tree tree = {0};
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf bytes = {.limit = CCPI_TOKEN_MAX_LEN};
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf text = {.limit = CCPI_TOKEN_MAX_LEN};
    ccp_status status = read_part(claims, &bytes, &tree);

    if (status != CCP_OK)
        return status;
    if (!has_text(&tree, "type", TYPE) ||
        !get_text(&tree, "sub", &text, out->subject, sizeof(out->subject)) ||
        !get_text(&tree, "jti", &text, out->id, sizeof(out->id)) ||
        !get_seconds(&tree, "iat", &out->issued_at) ||
        !get_seconds(&tree, "exp", &out->expires_at))
        return text.status == CCP_NO_MEMORY ? CCP_NO_MEMORY : CCP_INVALID;
    return CCP_OK;
}

ccp_status ccpi_token_verify(const ccpi_token_key *key, ccpi_span token,
                             int64_t unix_seconds, ccpi_token_claims *out,
                             ccp_error *error)
{
    ccpi_token_claims claims = {.subject = ""};
    ccp_status status;
    token_parts parts;

    if (token.len == 0 || token.len > CCPI_TOKEN_MAX_LEN || !split(token, &parts) ||
        !has_our_mac(key, &parts))
        return ccpi_fail(error, CCP_DENIED, "not a token of ours");
    status = check_header(parts.header);
    if (status == CCP_OK)
        status = read_claims(parts.claims, &claims);
    if (status == CCP_NO_MEMORY)
        return ccpi_fail(error, status, "no memory to read a token");
    if (status != CCP_OK)
        return ccpi_fail(error, CCP_DENIED, "not a session's token");
    if (unix_seconds >= claims.expires_at)
        return ccpi_fail(error, CCP_DENIED, "the session is over");
    *out = claims;
    return CCP_OK;
}
