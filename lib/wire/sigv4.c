#include "wire/sigv4.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/encode.h"
#include "base/fail.h"
#include "base/uri.h"

#define ALGORITHM "AWS4-HMAC-SHA256"
#define DIGEST_LEN 32
#define DATE_LEN 8 /* of a time's text: 20150830 in 20150830T123600Z */
#define MAX_TEXT ((size_t)512 * 1024)

/* A header or a parameter. */
typedef struct signed_pair {
    ccpi_span name;
    ccpi_span value;
} signed_pair;

/* Those to be signed, in the order of signing. */
typedef struct signed_pairs {
    signed_pair items[CCPI_SIGV4_MAX_SIGNED];
    size_t count;
} signed_pairs;

/* The parts of the URL that are signed, as they are sent. */
typedef struct url_parts {
    ccpi_span host;
    ccpi_span path;
    ccpi_span query;
} url_parts;

typedef struct signature_work {
    const ccpi_sigv4_request *request;
    url_parts url;
    char time[DATE_LEN + sizeof("T123600Z")];
    signed_pairs headers;
    signed_pairs parameters;
    ccpi_buf scope; /* date/region/service/aws4_request */
    ccpi_buf names; /* of the signed headers, with ";" between them */
    ccpi_buf text;  /* first the canonical request, then the string to sign */
} signature_work;

ccp_status ccpi_sigv4_hash_body(const ccpi_span *pieces, size_t count,
                                ccpi_sigv4_hash *out, ccp_error *error)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool is_good = context && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1;
    unsigned char digest[DIGEST_LEN];

    for (size_t i = 0; is_good && i < count; i++)
        is_good = EVP_DigestUpdate(context, pieces[i].data, pieces[i].len) == 1;
    is_good = is_good && EVP_DigestFinal_ex(context, digest, NULL) == 1;
    EVP_MD_CTX_free(context);
    if (!is_good)
        return ccpi_fail(error, CCP_INTERNAL, "SHA-256 failed");
    ccpi_hex_encode(digest, DIGEST_LEN, out->hex);
    return CCP_OK;
}

static bool take_prefix(ccpi_span *text, const char *prefix)
{
    size_t len = strlen(prefix);

    if (!ccpi_span_starts(*text, prefix))
        return false;
    text->data += len;
    text->len -= len;
    return true;
}

/* Takes what stands before the first of some characters. */
static ccpi_span take_until(ccpi_span *text, const char *stops)
{
    ccpi_span head = {text->data, 0};

    while (head.len < text->len && !strchr(stops, head.data[head.len]))
        head.len++;
    text->data += head.len;
    text->len -= head.len;
    return head;
}

/* HTTP clients leave the scheme's own port out of the host header. */
static ccpi_span without_port(ccpi_span host, const char *port)
{
    size_t len = strlen(port);

    if (host.len > len && memcmp(host.data + host.len - len, port, len) == 0)
        host.len -= len;
    return host;
}

static bool split_url(const char *url, url_parts *out)
{
    ccpi_span rest = ccpi_span_of(url);
    const char *port = ccpi_span_starts(rest, "https://") ? ":443" : ":80";

    if (!take_prefix(&rest, "https://") && !take_prefix(&rest, "http://"))
        return false;
    out->host = without_port(take_until(&rest, "/?#"), port);
    out->path = take_until(&rest, "?#");
    if (out->path.len == 0)
        out->path = CCPI_SPAN("/");
    out->query = take_prefix(&rest, "?") ? take_until(&rest, "#") : (ccpi_span){NULL, 0};
    return out->host.len > 0 && rest.len == 0;
}

typedef int (*pair_order)(const signed_pair *a, const signed_pair *b);

/* Puts a pair behind all that do not come after it; false: there is no room. */
static bool add_pair(signed_pairs *pairs, signed_pair pair, pair_order order)
{
    size_t place = pairs->count;

    if (place == CCPI_SIGV4_MAX_SIGNED)
        return false;
    for (; place > 0 && order(&pairs->items[place - 1], &pair) > 0; place--)
        pairs->items[place] = pairs->items[place - 1];
    pairs->items[place] = pair;
    pairs->count++;
    return true;
}

static int compare_spans(ccpi_span a, ccpi_span b)
{
    size_t len = a.len < b.len ? a.len : b.len;
    int order = len > 0 ? memcmp(a.data, b.data, len) : 0;

    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

static int by_name_and_value(const signed_pair *a, const signed_pair *b)
{
    int order = compare_spans(a->name, b->name);

    return order != 0 ? order : compare_spans(a->value, b->value);
}

static char lower(char c)
{
    if (c >= 'A' && c <= 'Z')
        return (char)(c - 'A' + 'a');
    return c;
}

static int by_lower_name(const signed_pair *a, const signed_pair *b)
{
    size_t len = a->name.len < b->name.len ? a->name.len : b->name.len;

    for (size_t i = 0; i < len; i++) {
        int order = lower(a->name.data[i]) - lower(b->name.data[i]);

        if (order != 0)
            return order;
    }
    return (a->name.len > b->name.len) - (a->name.len < b->name.len);
}

/* What proxies may change on the way, such as user-agent, stays unsigned. */
static bool is_signed(const char *name)
{
    return ccpi_header_name_is(name, "content-type") ||
           ccpi_header_name_starts(name, "x-amz-");
}

static bool collect_headers(const ccpi_headers *headers, signature_work *signing)
{
    signed_pair host = {CCPI_SPAN("host"), signing->url.host};
    bool has_room = add_pair(&signing->headers, host, by_lower_name);

    for (size_t i = 0; i < headers->count && has_room; i++) {
        const ccpi_header *field = &headers->fields[i];
        signed_pair pair = {ccpi_span_of(field->name), ccpi_span_of(field->value)};

        if (is_signed(field->name))
            has_room = add_pair(&signing->headers, pair, by_lower_name);
    }
    return has_room;
}

static bool collect_parameters(signature_work *signing)
{
    ccpi_span rest = signing->url.query;
    signed_pair pair;

    while (ccpi_uri_query_next(&rest, &pair.name, &pair.value))
        if (!add_pair(&signing->parameters, pair, by_name_and_value))
            return false;
    return true;
}

/* Encodes what is encoded already a second time, but for the slashes. */
static void write_path(signature_work *signing)
{
    ccpi_span rest = signing->url.path;

    while (rest.len > 0) {
        ccpi_uri_encode(take_until(&rest, "/"), &signing->text);
        if (take_prefix(&rest, "/"))
            ccpi_buf_append_char(&signing->text, '/');
    }
    ccpi_buf_append_char(&signing->text, '\n');
}

/* Names and values are encoded in the URL as the signature wants them. */
static void write_query(signature_work *signing)
{
    for (size_t i = 0; i < signing->parameters.count; i++) {
        const signed_pair *pair = &signing->parameters.items[i];

        if (i > 0)
            ccpi_buf_append_char(&signing->text, '&');
        ccpi_buf_append_span(&signing->text, pair->name);
        ccpi_buf_append_char(&signing->text, '=');
        ccpi_buf_append_span(&signing->text, pair->value);
    }
    ccpi_buf_append_char(&signing->text, '\n');
}

static void write_lower(ccpi_span name, ccpi_buf *out)
{
    for (size_t i = 0; i < name.len; i++)
        ccpi_buf_append_char(out, lower(name.data[i]));
}

/* Several blanks become one. */
static void write_value(ccpi_span value, ccpi_buf *out)
{
    bool was_blank = false;

    for (size_t i = 0; i < value.len; i++) {
        bool is_blank = value.data[i] == ' ' || value.data[i] == '\t';

        if (!is_blank)
            ccpi_buf_append_char(out, value.data[i]);
        else if (!was_blank)
            ccpi_buf_append_char(out, ' ');
        was_blank = is_blank;
    }
}

/* A line a name; values of one name stand in one line, in their order. */
static void write_headers(signature_work *signing)
{
    const signed_pairs *headers = &signing->headers;

    for (size_t i = 0; i < headers->count; i++) {
        const signed_pair *pair = &headers->items[i];

        if (i > 0 && by_lower_name(pair - 1, pair) == 0) {
            ccpi_buf_append_char(&signing->text, ',');
        } else {
            ccpi_buf_append_text(&signing->text, i > 0 ? "\n" : "");
            ccpi_buf_append_text(&signing->names, i > 0 ? ";" : "");
            write_lower(pair->name, &signing->text);
            write_lower(pair->name, &signing->names);
            ccpi_buf_append_char(&signing->text, ':');
        }
        write_value(pair->value, &signing->text);
    }
    ccpi_buf_append_text(&signing->text, "\n\n");
}

static ccp_status hash_text(signature_work *signing, ccpi_sigv4_hash *out,
                            ccp_error *error)
{
    ccpi_span text = ccpi_buf_span(&signing->text);

    if (signing->text.status != CCP_OK || signing->names.status != CCP_OK)
        return ccpi_fail(error, CCP_NO_MEMORY, "no memory for an AWS signature");
    return ccpi_sigv4_hash_body(&text, 1, out, error);
}

static ccp_status write_string_to_sign(signature_work *signing, ccp_error *error)
{
    const ccpi_sigv4_request *request = signing->request;
    ccpi_sigv4_hash hash;
    ccp_status status;

    ccpi_buf_append_format(&signing->text, "%s\n", request->method);
    write_path(signing);
    write_query(signing);
    write_headers(signing);
    ccpi_buf_append_span(&signing->text, ccpi_buf_span(&signing->names));
    ccpi_buf_append_format(&signing->text, "\n%s", request->body.hex);
    status = hash_text(signing, &hash, error);
    if (status != CCP_OK)
        return status;

    ccpi_buf_append_format(&signing->scope, "%.*s/%s/%s/aws4_request", DATE_LEN,
                           signing->time, request->region, request->service);
    ccpi_buf_reset(&signing->text);
    ccpi_buf_append_format(&signing->text, ALGORITHM "\n%s\n", signing->time);
    ccpi_buf_append_span(&signing->text, ccpi_buf_span(&signing->scope));
    ccpi_buf_append_format(&signing->text, "\n%s", hash.hex);
    return CCP_OK;
}

/* Replaces a key by the text's code under it, which is the next key. */
static bool chain(unsigned char key[DIGEST_LEN], ccpi_span text)
{
    unsigned char next[DIGEST_LEN];
    bool is_good = HMAC(EVP_sha256(), key, DIGEST_LEN, (const unsigned char *)text.data,
                        text.len, next, NULL) != NULL;

    memcpy(key, next, DIGEST_LEN);
    OPENSSL_cleanse(next, DIGEST_LEN);
    return is_good;
}

static ccp_status make_signature(signature_work *signing, ccpi_sigv4_hash *out,
                                 ccp_error *error)
{
    const ccpi_sigv4_request *request = signing->request;
    CCPI_CLEANUP(ccpi_buf_wipe) ccpi_buf secret = {.limit = MAX_TEXT};
    unsigned char key[DIGEST_LEN];
    bool is_good;

    ccpi_buf_append_format(&secret, "AWS4%s", request->credentials->secret_access_key);
    if (secret.status != CCP_OK || signing->text.status != CCP_OK ||
        signing->scope.status != CCP_OK)
        return ccpi_fail(error, CCP_NO_MEMORY, "no memory for an AWS signature");

    is_good = HMAC(EVP_sha256(), secret.data, (int)secret.len,
                   (const unsigned char *)signing->time, DATE_LEN, key, NULL) &&
              chain(key, ccpi_span_of(request->region)) &&
              chain(key, ccpi_span_of(request->service)) &&
              chain(key, CCPI_SPAN("aws4_request")) &&
              chain(key, ccpi_buf_span(&signing->text));
    ccpi_hex_encode(key, DIGEST_LEN, out->hex);
    OPENSSL_cleanse(key, DIGEST_LEN);
    return is_good ? CCP_OK : ccpi_fail(error, CCP_INTERNAL, "HMAC-SHA256 failed");
}

static ccp_status set_header(ccpi_headers *headers, const char *name, const char *value,
                             ccp_error *error)
{
    ccp_status status = ccpi_headers_set(headers, name, value);

    return status == CCP_OK ? CCP_OK : ccpi_fail(error, status, "%s can't be set", name);
}

static ccp_status set_inputs(const signature_work *signing, ccpi_headers *headers,
                             ccp_error *error)
{
    const char *token = signing->request->credentials->session_token;
    ccp_status status = set_header(headers, "x-amz-date", signing->time, error);

    if (status == CCP_OK)
        status = set_header(headers, "x-amz-content-sha256", signing->request->body.hex,
                            error);
    if (status == CCP_OK && token)
        status = set_header(headers, "x-amz-security-token", token, error);
    return status;
}

static ccp_status set_authorization(const signature_work *signing,
                                    const ccpi_sigv4_hash *hash, ccpi_headers *headers,
                                    ccp_error *error)
{
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf value = {.limit = MAX_TEXT};

    ccpi_buf_append_format(&value,
                           ALGORITHM " Credential=%s/%s, SignedHeaders=%s, Signature=%s",
                           signing->request->credentials->access_key_id,
                           signing->scope.data, signing->names.data, hash->hex);
    if (value.status != CCP_OK)
        return ccpi_fail(error, CCP_NO_MEMORY, "no memory for an AWS signature");
    return set_header(headers, "authorization", value.data, error);
}

static ccp_status sign(signature_work *signing, ccpi_headers *headers, ccp_error *error)
{
    ccpi_sigv4_hash signature;
    ccp_status status = set_inputs(signing, headers, error);

    if (status != CCP_OK)
        return status;
    if (!collect_headers(headers, signing) || !collect_parameters(signing))
        return ccpi_fail(error, CCP_LIMIT, "too many headers or parameters to be signed");
    status = write_string_to_sign(signing, error);
    if (status == CCP_OK)
        status = make_signature(signing, &signature, error);
    return status == CCP_OK ? set_authorization(signing, &signature, headers, error)
                            : status;
}

static bool print_time(int64_t unix_seconds, char *out, size_t size)
{
    time_t seconds = (time_t)unix_seconds;
    struct tm parts;

    return gmtime_r(&seconds, &parts) &&
           strftime(out, size, "%Y%m%dT%H%M%SZ", &parts) == size - 1;
}

ccp_status ccpi_sigv4_sign(const ccpi_sigv4_request *request, ccpi_headers *headers,
                           ccp_error *error)
{
    signature_work signing = {.request = request};
    ccp_status status;

    if (!split_url(request->url, &signing.url))
        return ccpi_fail(error, CCP_INVALID, "not an absolute URL to be signed");
    if (!print_time(request->unix_seconds, signing.time, sizeof(signing.time)))
        return ccpi_fail(error, CCP_INVALID, "not a time of this calendar");

    signing.scope.limit = signing.names.limit = signing.text.limit = MAX_TEXT;
    status = sign(&signing, headers, error);
    ccpi_buf_clear(&signing.scope);
    ccpi_buf_clear(&signing.names);
    ccpi_buf_wipe(&signing.text);
    return status;
}
