#include "bedrock/names.h"

#include <openssl/evp.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/encode.h"
#include "base/json.h"

/* 128 bits of SHA-256: nobody finds two texts that share them. */
#define DIGEST_LEN 16
#define DIGEST_TEXT_LEN CCPI_BASE64URL_LEN(DIGEST_LEN)
#define KEPT_MAX (CCPI_NAME_MAX - 1 - DIGEST_TEXT_LEN)

#define FIRST_NAMES 32

/* A legal name may look like one of ours; it takes intent to do so more often. */
#define MAX_SALTS 8

static bool is_name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '_' || c == '-';
}

bool ccpi_name_is_legal(ccpi_span text)
{
    if (text.len == 0 || text.len > CCPI_NAME_MAX)
        return false;
    for (size_t i = 0; i < text.len; i++)
        if (!is_name_char(text.data[i]))
            return false;
    return true;
}

static ccp_status digest(ccpi_span text, char *out)
{
    unsigned char bytes[EVP_MAX_MD_SIZE];

    if (EVP_Digest(text.data, text.len, bytes, NULL, EVP_sha256(), NULL) != 1)
        return CCP_NO_MEMORY;
    ccpi_base64url_encode(bytes, DIGEST_LEN, out);
    return CCP_OK;
}

ccp_status ccpi_name_make_legal(ccpi_span text, unsigned salt, ccpi_legal_name *out)
{
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf decoded = {.limit = SIZE_MAX};
    size_t kept, named;

    ccpi_json_decode(text, &decoded);
    named = decoded.len;
    if (salt > 0)
        ccpi_buf_append_format(&decoded, "#%u", salt);
    if (decoded.status != CCP_OK)
        return decoded.status;

    kept = named < KEPT_MAX ? named : KEPT_MAX;
    for (size_t i = 0; i < kept; i++)
        if (is_name_char(decoded.data[i]))
            out->text[i] = decoded.data[i];
        else
            out->text[i] = '_';
    out->text[kept] = '_';
    return digest(ccpi_buf_span(&decoded), out->text + kept + 1);
}

void ccpi_names_clear(ccpi_names *names)
{
    free(names->items);
    free(names->texts);
    *names = (ccpi_names){0};
}

static int compare(const void *left, const void *right)
{
    ccpi_span a = ((const ccpi_name *)left)->client;
    ccpi_span b = ((const ccpi_name *)right)->client;
    size_t len = a.len < b.len ? a.len : b.len;
    int order = len > 0 ? memcmp(a.data, b.data, len) : 0;

    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

static void drop_duplicates(ccpi_names *names)
{
    size_t kept = 0;

    for (size_t i = 0; i < names->count; i++)
        if (kept == 0 || compare(&names->items[kept - 1], &names->items[i]) != 0)
            names->items[kept++] = names->items[i];
    names->count = kept;
}

static void sort_out(ccpi_names *names)
{
    if (names->count > 0)
        qsort(names->items, names->count, sizeof(*names->items), compare);
    drop_duplicates(names);
}

/* A history calls few tools many times, so duplicates go before there is more room. */
static ccp_status make_room(ccpi_names *names)
{
    size_t capacity = names->capacity > 0 ? names->capacity * 2 : FIRST_NAMES;
    ccpi_name *items;

    if (names->count < names->capacity)
        return CCP_OK;
    sort_out(names);
    if (names->count < names->capacity / 2)
        return CCP_OK;
    items = realloc(names->items, capacity * sizeof(*items));
    if (!items)
        return CCP_NO_MEMORY;
    names->items = items;
    names->capacity = capacity;
    return CCP_OK;
}

ccp_status ccpi_names_add(ccpi_names *names, ccpi_span client)
{
    ccp_status status = make_room(names);

    if (status == CCP_OK)
        names->items[names->count++] = (ccpi_name){.client = client};
    return status;
}

static ccp_status settle_one(const ccpi_names *names, ccpi_name *name)
{
    ccp_status status = CCP_OK;

    if (ccpi_name_is_legal(name->client)) {
        memcpy(name->sent.text, name->client.data, name->client.len);
        return CCP_OK;
    }
    for (unsigned salt = 0; salt < MAX_SALTS && status == CCP_OK; salt++) {
        status = ccpi_name_make_legal(name->client, salt, &name->sent);
        if (!ccpi_names_find(names, ccpi_span_of(name->sent.text)))
            break;
    }
    return status;
}

ccp_status ccpi_names_settle(ccpi_names *names)
{
    sort_out(names);
    for (size_t i = 0; i < names->count; i++) {
        ccp_status status = settle_one(names, &names->items[i]);

        if (status != CCP_OK)
            return status;
    }
    return CCP_OK;
}

ccpi_name *ccpi_names_find(const ccpi_names *names, ccpi_span client)
{
    const ccpi_name wanted = {.client = client};

    if (names->count == 0)
        return NULL;
    return bsearch(&wanted, names->items, names->count, sizeof(*names->items), compare);
}

/* Bytes of all names that had to be changed. */
static size_t changed_length(const ccpi_names *names)
{
    size_t len = 0;

    for (size_t i = 0; i < names->count; i++)
        if (!ccpi_span_is(names->items[i].client, names->items[i].sent.text))
            len += names->items[i].client.len;
    return len;
}

ccp_status ccpi_names_copy_changed(const ccpi_names *names, ccpi_names *out)
{
    const size_t len = changed_length(names);
    char *at;

    *out = (ccpi_names){0};
    if (len == 0)
        return CCP_OK;
    out->texts = malloc(len);
    out->items = calloc(names->count, sizeof(*out->items));
    if (!out->texts || !out->items) {
        ccpi_names_clear(out);
        return CCP_NO_MEMORY;
    }
    at = out->texts;
    for (size_t i = 0; i < names->count; i++) {
        const ccpi_name *name = &names->items[i];

        if (ccpi_span_is(name->client, name->sent.text))
            continue;
        memcpy(at, name->client.data, name->client.len);
        out->items[out->count] = *name;
        out->items[out->count++].client.data = at;
        at += name->client.len;
    }
    return CCP_OK;
}

ccpi_span ccpi_names_restore(const ccpi_names *names, ccpi_span sent)
{
    for (size_t i = 0; names && i < names->count; i++)
        if (ccpi_span_is(sent, names->items[i].sent.text))
            return names->items[i].client;
    return sent;
}
