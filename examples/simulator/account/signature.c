#include "account/signature.h"

#include <ctype.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "account/keys.h"

#define ALGORITHM "AWS4-HMAC-SHA256"
#define MAX_SKEW_S 300
#define MAX_PARAMETERS 32
#define DIGEST_LEN 32

/* The parts of the authorization header; texts end where the next part begins. */
typedef struct claim {
    char key_id[128];
    char date[16];
    char region[32];
    char service[32];
    char end[16];
    char signed_headers[1024]; /* "host;x-amz-date" */
    char signature[80];
} claim;

static bool refuse(sim_signature_fault *fault, const char *exception, const char *format,
                   ...) __attribute__((format(printf, 3, 4)));

static bool refuse(sim_signature_fault *fault, const char *exception, const char *format,
                   ...)
{
    va_list arguments;

    fault->exception = exception;
    va_start(arguments, format);
    vsnprintf(fault->message, sizeof(fault->message), format, arguments);
    va_end(arguments);
    return false;
}

bool sim_is_signed(const sim_request *request)
{
    const char *value = sim_request_header(request, "authorization");

    return value && strncmp(value, ALGORITHM, strlen(ALGORITHM)) == 0;
}

/* ---- what the request claims ---- */

/* The value of NAME=value in the header, which a comma or its end ends. */
static bool read_part(const char *header, const char *name, char *out, size_t size)
{
    const char *at = strstr(header, name);

    if (!at)
        return false;
    at += strlen(name);
    return snprintf(out, size, "%.*s", (int)strcspn(at, ", "), at) < (int)size;
}

static bool read_claim(const sim_request *request, claim *out, sim_signature_fault *fault)
{
    const char *header = sim_request_header(request, "authorization");
    char scope[256];

    *out = (claim){.key_id = ""};
    if (!read_part(header, "Credential=", scope, sizeof(scope)) ||
        sscanf(scope, "%127[^/]/%15[^/]/%31[^/]/%31[^/]/%15s", out->key_id, out->date,
               out->region, out->service, out->end) != 5)
        return refuse(fault, "IncompleteSignatureException",
                      "Authorization header requires 'Credential' parameter.");
    if (!read_part(header, "SignedHeaders=", out->signed_headers,
                   sizeof(out->signed_headers)))
        return refuse(fault, "IncompleteSignatureException",
                      "Authorization header requires 'SignedHeaders' parameter.");
    if (!read_part(header, "Signature=", out->signature, sizeof(out->signature)))
        return refuse(fault, "IncompleteSignatureException",
                      "Authorization header requires 'Signature' parameter.");
    return true;
}

static bool check_scope(const claim *claimed, const char *const *services,
                        sim_signature_fault *fault)
{
    for (size_t i = 0; services[i]; i++)
        if (strcmp(claimed->service, services[i]) == 0 &&
            strcmp(claimed->end, "aws4_request") == 0)
            return true;
    return refuse(fault, "InvalidSignatureException",
                  "Credential should be scoped to correct service: '%s'.", services[0]);
}

static bool check_date(const sim_request *request, const claim *claimed,
                       sim_signature_fault *fault)
{
    const char *date = sim_request_header(request, "x-amz-date");
    struct tm parts = {0};
    time_t then;

    if (!date || !strptime(date, "%Y%m%dT%H%M%SZ", &parts))
        return refuse(fault, "IncompleteSignatureException",
                      "Authorization header requires existence of either a 'X-Amz-Date' "
                      "or a 'Date' header.");
    if (strncmp(date, claimed->date, 8) != 0)
        return refuse(fault, "InvalidSignatureException",
                      "Date in Credential scope does not match YYYYMMDD from ISO-8601 "
                      "version of date from HTTP");
    then = timegm(&parts);
    if (llabs((long long)(time(NULL) - then)) > MAX_SKEW_S)
        return refuse(fault, "InvalidSignatureException",
                      "Signature expired: %s is not within 5 min. of now", date);
    return true;
}

static bool check_key(const sim_request *request, const claim *claimed, sim_aws_key *key,
                      sim_signature_fault *fault)
{
    const char *token = sim_request_header(request, "x-amz-security-token");

    if (!sim_aws_keys_find(claimed->key_id, key) ||
        strcmp(token ? token : "", key->token) != 0)
        return refuse(fault, "UnrecognizedClientException",
                      "The security token included in the request is invalid.");
    if (key->is_expired)
        return refuse(fault, "ExpiredTokenException",
                      "The security token included in the request is expired");
    return true;
}

/* ---- the canonical request ---- */

static void add_encoded(sim_buffer *out, const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        const unsigned char byte = (unsigned char)bytes[i];

        if (isalnum(byte) || strchr("-._~", byte))
            sim_buffer_add(out, &byte, 1);
        else
            sim_buffer_print(out, "%%%02X", byte);
    }
}

/* Every segment of the path as it was sent, encoded once more: this is not S3. */
static void add_path(sim_buffer *out, const char *path)
{
    while (*path) {
        const size_t len = strcspn(path, "/");

        add_encoded(out, path, len);
        path += len;
        if (*path == '/') {
            sim_buffer_add(out, "/", 1);
            path++;
        }
    }
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* name=value, both decoded and encoded anew. */
static char *canonical_parameter(const char *text, size_t len)
{
    const char *equals = memchr(text, '=', len);
    const size_t name_len = equals ? (size_t)(equals - text) : len;
    sim_buffer decoded = {0};
    sim_buffer out = {0};

    sim_buffer_add_decoded(&decoded, text, name_len);
    add_encoded(&out, decoded.bytes, decoded.len);
    sim_buffer_add(&out, "=", 1);
    decoded.len = 0;
    if (equals)
        sim_buffer_add_decoded(&decoded, equals + 1, len - name_len - 1);
    add_encoded(&out, decoded.bytes, decoded.len);
    sim_buffer_free(&decoded);
    return out.bytes;
}

static void add_query(sim_buffer *out, const char *query)
{
    char *parameters[MAX_PARAMETERS];
    size_t count = 0;

    while (query && *query && count < MAX_PARAMETERS) {
        const size_t len = strcspn(query, "&");

        if (len > 0)
            parameters[count++] = canonical_parameter(query, len);
        query += len + (query[len] ? 1 : 0);
    }
    qsort(parameters, count, sizeof(*parameters), compare_texts);
    for (size_t i = 0; i < count; i++) {
        sim_buffer_print(out, "%s%s", i > 0 ? "&" : "", parameters[i]);
        free(parameters[i]);
    }
}

/* A value without blanks around it, and with one where there are several. */
static void add_trimmed(sim_buffer *out, const char *value)
{
    value += strspn(value, " \t");
    while (*value) {
        const size_t len = strcspn(value, " \t");

        sim_buffer_add(out, value, len);
        value += len;
        value += strspn(value, " \t");
        if (*value)
            sim_buffer_add(out, " ", 1);
    }
}

/* One signed header, all its lines. False: it is not there. */
static bool add_header(sim_buffer *out, const sim_request *request, const char *name)
{
    bool is_first = true;

    sim_buffer_print(out, "%s:", name);
    for (size_t i = 0; i < request->header_count; i++) {
        if (strcasecmp(request->headers[i].name, name) != 0)
            continue;
        if (!is_first)
            sim_buffer_add(out, ",", 1);
        add_trimmed(out, request->headers[i].value);
        is_first = false;
    }
    sim_buffer_add(out, "\n", 1);
    return !is_first;
}

static bool add_headers(sim_buffer *out, const sim_request *request, const claim *claimed)
{
    char list[sizeof(claimed->signed_headers)];
    char *rest = list;
    const char *name;
    bool good = true;

    snprintf(list, sizeof(list), "%s", claimed->signed_headers);
    while ((name = strsep(&rest, ";")))
        good = add_header(out, request, name) && good;
    return good;
}

/* Whether a header is in the list of signed ones. */
static bool is_listed(const claim *claimed, const char *name)
{
    const size_t len = strlen(name);
    const char *at = claimed->signed_headers;

    while (*at) {
        const size_t part = strcspn(at, ";");

        if (part == len && strncasecmp(at, name, len) == 0)
            return true;
        at += part + (at[part] ? 1 : 0);
    }
    return false;
}

/* Host, and whatever AWS itself reads, must not be left unsigned. */
static const char *unsigned_header(const sim_request *request, const claim *claimed)
{
    if (!is_listed(claimed, "host"))
        return "host";
    for (size_t i = 0; i < request->header_count; i++)
        if (strncasecmp(request->headers[i].name, "x-amz-", 6) == 0 &&
            !is_listed(claimed, request->headers[i].name))
            return request->headers[i].name;
    return NULL;
}

/* ---- the signature ---- */

typedef struct mac {
    unsigned char bytes[EVP_MAX_MD_SIZE];
} mac;

static mac hmac(const void *key, size_t key_len, const char *text)
{
    mac out = {{0}};
    unsigned int len = sizeof(out.bytes);

    HMAC(EVP_sha256(), key, (int)key_len, (const unsigned char *)text, strlen(text),
         out.bytes, &len);
    return out;
}

static void sign(const claim *claimed, const sim_aws_key *key, const char *text,
                 char out[2 * DIGEST_LEN + 1])
{
    char first[sizeof(key->secret) + 4];
    mac step;

    snprintf(first, sizeof(first), "AWS4%s", key->secret);
    step = hmac(first, strlen(first), claimed->date);
    step = hmac(step.bytes, DIGEST_LEN, claimed->region);
    step = hmac(step.bytes, DIGEST_LEN, claimed->service);
    step = hmac(step.bytes, DIGEST_LEN, "aws4_request");
    step = hmac(step.bytes, DIGEST_LEN, text);
    for (size_t i = 0; i < DIGEST_LEN; i++)
        snprintf(out + 2 * i, 3, "%02x", step.bytes[i]);
}

static bool check_signature(const sim_request *request, const claim *claimed,
                            const sim_aws_key *key, sim_signature_fault *fault)
{
    const sim_digest body = sim_digest_of(request->body.bytes, request->body.len);
    const char *said = sim_request_header(request, "x-amz-content-sha256");
    sim_buffer canonical = {0};
    sim_buffer to_sign = {0};
    char expected[2 * DIGEST_LEN + 1];
    bool good;

    sim_buffer_print(&canonical, "%s\n", request->method);
    add_path(&canonical, request->path);
    sim_buffer_add_text(&canonical, "\n");
    add_query(&canonical, request->query);
    sim_buffer_add_text(&canonical, "\n");
    good = add_headers(&canonical, request, claimed);
    sim_buffer_print(&canonical, "\n%s\n%s", claimed->signed_headers, body.hex);
    sim_buffer_print(&to_sign, ALGORITHM "\n%s\n%s/%s/%s/aws4_request\n%s",
                     sim_request_header(request, "x-amz-date"), claimed->date,
                     claimed->region, claimed->service,
                     sim_digest_of(canonical.bytes, canonical.len).hex);
    sign(claimed, key, to_sign.bytes, expected);
    good = good && (!said || strcmp(said, body.hex) == 0) &&
           strcmp(expected, claimed->signature) == 0;
    sim_buffer_free(&canonical);
    sim_buffer_free(&to_sign);
    if (good)
        return true;
    return refuse(
        fault, "InvalidSignatureException",
        "The request signature we calculated does not match the signature you "
        "provided. Check your AWS Secret Access Key and signing method. Consult "
        "the service documentation for details.");
}

bool sim_signature_check(const sim_request *request, const char *const *services,
                         sim_signature_fault *fault)
{
    claim claimed;
    sim_aws_key key;
    const char *missing;

    if (!read_claim(request, &claimed, fault) ||
        !check_scope(&claimed, services, fault) ||
        !check_date(request, &claimed, fault) ||
        !check_key(request, &claimed, &key, fault))
        return false;
    missing = unsigned_header(request, &claimed);
    if (missing)
        return refuse(fault, "InvalidSignatureException",
                      "'%.64s' must be a signed header", missing);
    return check_signature(request, &claimed, &key, fault);
}
