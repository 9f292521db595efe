#include "security/jwt.h"

#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/encode.h"
#include "base/fail.h"

#define LEAST_RSA_BITS 2048
#define MAX_NUMBER 1024 /* bytes of a modulus: 8192 bits */
#define P256_LEN 32
#define P256_POINT_LEN (1 + 2 * P256_LEN)

typedef enum algorithm { RS256, ES256, ALGORITHMS } algorithm;

static const struct {
    const char *name;
    const char *key_type; /* kty */
} algorithms[ALGORITHMS] = {[RS256] = {"RS256", "RSA"}, [ES256] = {"ES256", "EC"}};

/* A token's three parts, and what its header says. */
typedef struct parts {
    ccpi_span header, payload, signature;
    ccpi_span signed_part;
    json_t *head;
    algorithm algorithm;
} parts;

static void clear_parts(parts *of)
{
    json_decref(of->head);
}

static ccp_status refuse(ccp_error *error, const char *why)
{
    return ccpi_fail(error, CCP_DENIED, "the signed token %s", why);
}

/* ---- the token ---- */

static bool split(ccpi_span token, parts *out)
{
    const char *end = token.data + token.len;
    const char *first = memchr(token.data, '.', token.len);
    const char *second = first ? memchr(first + 1, '.', (size_t)(end - first - 1)) : NULL;

    if (!second)
        return false;
    out->header = (ccpi_span){token.data, (size_t)(first - token.data)};
    out->payload = (ccpi_span){first + 1, (size_t)(second - first - 1)};
    out->signature = (ccpi_span){second + 1, (size_t)(end - second - 1)};
    out->signed_part = (ccpi_span){token.data, (size_t)(second - token.data)};
    return true;
}

static json_t *decode_object(ccpi_span text)
{
    unsigned char bytes[CCPI_JWT_MAX_LEN];
    size_t len = 0;
    json_t *object = NULL;

    if (text.len < sizeof(bytes) && ccpi_base64url_decode(text, bytes, &len))
        object = json_loadb((const char *)bytes, len, JSON_REJECT_DUPLICATES, NULL);
    if (json_is_object(object))
        return object;
    json_decref(object);
    return NULL;
}

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text ? text : "";
}

static ccp_status read_parts(ccpi_span token, parts *out, ccp_error *error)
{
    if (token.len == 0 || token.len > CCPI_JWT_MAX_LEN || !split(token, out))
        return refuse(error, "is none");
    out->head = decode_object(out->header);
    if (!out->head || json_object_get(out->head, "crit"))
        return refuse(error, "has a header that is not understood");
    for (int i = 0; i < ALGORITHMS; i++)
        if (strcmp(text_of(out->head, "alg"), algorithms[i].name) == 0) {
            out->algorithm = (algorithm)i;
            return CCP_OK;
        }
    return refuse(error, "is signed with another algorithm than RS256 or ES256");
}

/* ---- the key ---- */

static bool fits(const parts *of, const json_t *key)
{
    const char *wanted = text_of(of->head, "kid");
    const char *use = text_of(key, "use");
    const char *alg = text_of(key, "alg");

    return strcmp(text_of(key, "kty"), algorithms[of->algorithm].key_type) == 0 &&
           (!wanted[0] || strcmp(text_of(key, "kid"), wanted) == 0) &&
           (!use[0] || strcmp(use, "sig") == 0) &&
           (!alg[0] || strcmp(alg, algorithms[of->algorithm].name) == 0);
}

static const json_t *find_key(const parts *of, const json_t *keys)
{
    size_t i;
    const json_t *key;

    json_array_foreach(json_object_get(keys, "keys"), i,
                       key) if (fits(of, key)) return key;
    return NULL;
}

static bool number_of(const json_t *key, const char *name, unsigned char *out,
                      size_t *len)
{
    const ccpi_span text = ccpi_span_of(text_of(key, name));

    return text.len > 0 && CCPI_BASE64_MAX_BYTES(text.len) <= MAX_NUMBER &&
           ccpi_base64url_decode(text, out, len) && *len > 0;
}

static EVP_PKEY *make_key(const char *type, OSSL_PARAM_BLD *build)
{
    OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(build);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    EVP_PKEY *key = NULL;

    if (params && context && EVP_PKEY_fromdata_init(context) == 1)
        (void)EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, params);
    EVP_PKEY_CTX_free(context);
    OSSL_PARAM_free(params);
    return key;
}

static EVP_PKEY *rsa_key(const json_t *jwk)
{
    unsigned char bytes[MAX_NUMBER];
    size_t len = 0;
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    BIGNUM *n = NULL, *e = NULL;
    EVP_PKEY *key = NULL;

    if (number_of(jwk, "n", bytes, &len))
        n = BN_bin2bn(bytes, (int)len, NULL);
    if (number_of(jwk, "e", bytes, &len))
        e = BN_bin2bn(bytes, (int)len, NULL);
    if (build && n && e && BN_num_bits(n) >= LEAST_RSA_BITS &&
        OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n) == 1 &&
        OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, e) == 1)
        key = make_key("RSA", build);
    BN_free(n);
    BN_free(e);
    OSSL_PARAM_BLD_free(build);
    return key;
}

/* RFC 7518, section 6.2.1: both coordinates have the full length. */
static EVP_PKEY *ec_key(const json_t *jwk)
{
    unsigned char x[MAX_NUMBER], y[MAX_NUMBER], point[P256_POINT_LEN] = {4};
    size_t x_len = 0, y_len = 0;
    OSSL_PARAM_BLD *build;
    EVP_PKEY *key = NULL;

    if (strcmp(text_of(jwk, "crv"), "P-256") != 0 || !number_of(jwk, "x", x, &x_len) ||
        !number_of(jwk, "y", y, &y_len) || x_len != P256_LEN || y_len != P256_LEN)
        return NULL;
    memcpy(point + 1, x, P256_LEN);
    memcpy(point + 1 + P256_LEN, y, P256_LEN);
    build = OSSL_PARAM_BLD_new();
    if (build &&
        OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1",
                                        0) == 1 &&
        OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point,
                                         sizeof(point)) == 1)
        key = make_key("EC", build);
    OSSL_PARAM_BLD_free(build);
    return key;
}

/* ---- the signature ---- */

/* RFC 7518, section 3.4: two numbers of 32 bytes; OpenSSL wants them in DER. */
static int der_of(const unsigned char *raw, size_t len, unsigned char **out)
{
    ECDSA_SIG *signature = ECDSA_SIG_new();
    BIGNUM *r = NULL, *s = NULL;
    int der_len = -1;

    *out = NULL;
    if (signature && len == 2 * P256_LEN) {
        r = BN_bin2bn(raw, P256_LEN, NULL);
        s = BN_bin2bn(raw + P256_LEN, P256_LEN, NULL);
    }
    if (r && s && ECDSA_SIG_set0(signature, r, s) == 1) {
        r = s = NULL;
        der_len = i2d_ECDSA_SIG(signature, out);
    }
    BN_free(r);
    BN_free(s);
    ECDSA_SIG_free(signature);
    return der_len;
}

static bool is_right(EVP_PKEY *key, ccpi_span text, const unsigned char *signature,
                     size_t len)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    const bool result =
        context && EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, key) == 1 &&
        EVP_DigestVerify(context, signature, len, (const unsigned char *)text.data,
                         text.len) == 1;

    EVP_MD_CTX_free(context);
    return result;
}

static bool is_signed_by(const parts *of, EVP_PKEY *key)
{
    unsigned char raw[MAX_NUMBER];
    unsigned char *der = NULL;
    size_t len = 0;
    int der_len;
    bool result;

    if (CCPI_BASE64_MAX_BYTES(of->signature.len) > sizeof(raw) ||
        !ccpi_base64url_decode(of->signature, raw, &len))
        return false;
    if (of->algorithm == RS256)
        return is_right(key, of->signed_part, raw, len);
    der_len = der_of(raw, len, &der);
    result = der_len > 0 && is_right(key, of->signed_part, der, (size_t)der_len);
    OPENSSL_free(der);
    return result;
}

ccp_status ccpi_jwt_verify(ccpi_span token, const json_t *keys, json_t **claims,
                           ccp_error *error)
{
    CCPI_CLEANUP(clear_parts) parts of = {.head = NULL};
    const json_t *jwk;
    EVP_PKEY *key;
    bool is_valid;
    ccp_status status = read_parts(token, &of, error);

    *claims = NULL;
    if (status != CCP_OK)
        return status;
    jwk = find_key(&of, keys);
    if (!jwk)
        return ccpi_fail(error, CCP_NOT_FOUND, "the signed token names an unknown key");
    key = of.algorithm == RS256 ? rsa_key(jwk) : ec_key(jwk);
    is_valid = key && is_signed_by(&of, key);
    EVP_PKEY_free(key);
    if (!is_valid)
        return refuse(error, "is not signed by the key that it names");
    *claims = decode_object(of.payload);
    return *claims ? CCP_OK : refuse(error, "has no claims");
}
