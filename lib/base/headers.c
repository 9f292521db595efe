#include "base/headers.h"

#include <stdint.h>
#include <stdlib.h>

#define FIRST_FIELDS 16

/*
 * RFC 9110, section 5.6.2: what a token, such as a field's name, is made of. A
 * bit for each character, in words of 64: "!#$%&'*+-.^_`|~", digits and letters.
 */
static const uint64_t token[4] = {UINT64_C(0x03FF6CFA00000000),
                                  UINT64_C(0x57FFFFFFC7FFFFFE)};

static bool is_token(ccpi_span name)
{
    for (size_t i = 0; i < name.len; i++) {
        const unsigned char c = (unsigned char)name.data[i];

        if (((token[c / 64] >> (c % 64)) & 1) == 0)
            return false;
    }
    return name.len > 0;
}

/* RFC 9110, section 5.5: visible characters, blanks, tabs and bytes from 80 up. */
static bool is_value(ccpi_span value)
{
    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = (unsigned char)value.data[i];

        if ((c < 0x20 && c != '\t') || c == 0x7F)
            return false;
    }
    return true;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static ccpi_span trim(ccpi_span value)
{
    while (value.len > 0 && is_blank(value.data[value.len - 1]))
        value.len--;
    while (value.len > 0 && is_blank(value.data[0])) {
        value.data++;
        value.len--;
    }
    return value;
}

static void free_field(ccpi_header *field)
{
    free((char *)field->name);
}

void ccpi_headers_clear(ccpi_headers *headers)
{
    for (size_t i = 0; i < headers->count; i++)
        free_field(&headers->fields[i]);
    free(headers->fields);
    *headers = (ccpi_headers){0};
}

void ccpi_headers_wipe(ccpi_headers *headers)
{
    for (size_t i = 0; i < headers->count; i++) {
        /* The list owns its copies, const only for its readers. */
        char *value = (char *)headers->fields[i].value;

        explicit_bzero(value, strlen(value));
    }
    ccpi_headers_clear(headers);
}

static ccp_status make_room(ccpi_headers *headers)
{
    size_t capacity = headers->capacity > 0 ? headers->capacity * 2 : FIRST_FIELDS;
    ccpi_header *fields;

    if (headers->count < headers->capacity)
        return CCP_OK;
    if (headers->count >= CCPI_HEADERS_MAX_COUNT)
        return CCP_LIMIT;
    fields = realloc(headers->fields, capacity * sizeof(*fields));
    if (!fields)
        return CCP_NO_MEMORY;
    headers->fields = fields;
    headers->capacity = capacity;
    return CCP_OK;
}

/* One block holds both texts; it begins with the name. */
static ccp_status make_field(ccpi_span name, ccpi_span value, ccpi_header *out)
{
    char *text = malloc(name.len + 1 + value.len + 1);

    if (!text)
        return CCP_NO_MEMORY;
    memcpy(text, name.data, name.len);
    text[name.len] = '\0';
    out->name = text;
    text += name.len + 1;
    if (value.len > 0)
        memcpy(text, value.data, value.len);
    text[value.len] = '\0';
    out->value = text;
    return CCP_OK;
}

ccp_status ccpi_headers_add(ccpi_headers *headers, ccpi_span name, ccpi_span value)
{
    size_t room = CCPI_HEADERS_MAX_BYTES - headers->bytes;
    ccp_status status;

    value = trim(value);
    if (!is_token(name) || !is_value(value))
        return CCP_INVALID;
    if (name.len > room || value.len > room - name.len)
        return CCP_LIMIT;

    status = make_room(headers);
    if (status == CCP_OK)
        status = make_field(name, value, &headers->fields[headers->count]);
    if (status != CCP_OK)
        return status;
    headers->count++;
    headers->bytes += name.len + value.len;
    return CCP_OK;
}

/* Removes all of that name but the last `keep` fields of the list. */
static void remove_before(ccpi_headers *headers, const char *name, size_t keep)
{
    size_t checked = headers->count - keep;
    size_t kept = 0;

    for (size_t i = 0; i < headers->count; i++) {
        ccpi_header *field = &headers->fields[i];

        if (i >= checked || !ccpi_header_name_is(field->name, name)) {
            headers->fields[kept++] = *field;
            continue;
        }
        headers->bytes -= strlen(field->name) + strlen(field->value);
        free_field(field);
    }
    headers->count = kept;
}

ccp_status ccpi_headers_set(ccpi_headers *headers, const char *name, const char *value)
{
    ccp_status status =
        ccpi_headers_add(headers, ccpi_span_of(name), ccpi_span_of(value));

    if (status == CCP_OK)
        remove_before(headers, name, 1);
    return status;
}

void ccpi_headers_remove(ccpi_headers *headers, const char *name)
{
    remove_before(headers, name, 0);
}

const char *ccpi_headers_get(const ccpi_headers *headers, const char *name)
{
    for (size_t i = 0; i < headers->count; i++)
        if (ccpi_header_name_is(headers->fields[i].name, name))
            return headers->fields[i].value;
    return NULL;
}

/* Not tolower(), which follows the process's locale. */
static char lower(char c)
{
    if (c >= 'A' && c <= 'Z')
        return (char)(c - 'A' + 'a');
    return c;
}

/* Where two names begin to differ, without case. */
static size_t common_length(const char *a, const char *b)
{
    size_t len = 0;

    while (a[len] != '\0' && lower(a[len]) == lower(b[len]))
        len++;
    return len;
}

bool ccpi_header_name_starts(const char *name, const char *prefix)
{
    return prefix[common_length(name, prefix)] == '\0';
}

bool ccpi_header_name_is(const char *name, const char *other)
{
    size_t len = common_length(name, other);

    return name[len] == '\0' && other[len] == '\0';
}
