#include "routing/head.h"

#include <strings.h>

/* Of one connection (RFC 9110, section 7.6.1), or made anew by our own server. */
static const char *const stopped_names[] = {
    "connection",
    "keep-alive",
    "proxy-connection",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "content-length",
    "content-encoding",
    "set-cookie",
    "set-cookie2",
    "server",
    "alt-svc",
    "strict-transport-security",
};
static const char *const stopped_prefixes[] = {"access-control-", "x-ccproxy-"};

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static bool is_stopped(const char *name)
{
    for (size_t i = 0; i < COUNT(stopped_names); i++)
        if (ccpi_header_name_is(name, stopped_names[i]))
            return true;
    for (size_t i = 0; i < COUNT(stopped_prefixes); i++)
        if (ccpi_header_name_starts(name, stopped_prefixes[i]))
            return true;
    return false;
}

/* Whether a comma-separated list has the name, without case. */
static bool has_word(const char *list, const char *name)
{
    const size_t len = strlen(name);

    while (*list) {
        list += strspn(list, ", \t");
        size_t word = strcspn(list, ", \t");

        if (word == len && strncasecmp(list, name, len) == 0)
            return true;
        list += word;
    }
    return false;
}

/* Connection names further fields that are of this connection alone. */
static bool is_of_connection(const ccpi_headers *headers, const char *name)
{
    for (size_t i = 0; i < headers->count; i++)
        if (ccpi_header_name_is(headers->fields[i].name, "connection") &&
            has_word(headers->fields[i].value, name))
            return true;
    return false;
}

ccp_status ccpi_head_relay(const ccpi_headers *upstream, ccpi_headers *client)
{
    ccp_status status = CCP_OK;

    for (size_t i = 0; i < upstream->count && status == CCP_OK; i++) {
        const ccpi_header *field = &upstream->fields[i];

        if (!is_stopped(field->name) && !is_of_connection(upstream, field->name))
            status = ccpi_headers_add(client, ccpi_span_of(field->name),
                                      ccpi_span_of(field->value));
    }
    return status;
}

ccp_status ccpi_head_make_stream(ccpi_headers *client)
{
    const char *type = ccpi_headers_get(client, "content-type");
    ccp_status status = CCP_OK;

    if (!type || strncasecmp(type, "text/event-stream", 17) != 0)
        status = ccpi_headers_set(client, "content-type", "text/event-stream");
    if (status == CCP_OK)
        status = ccpi_headers_set(client, "cache-control", "no-cache");
    if (status == CCP_OK)
        status = ccpi_headers_set(client, "x-accel-buffering", "no");
    return status;
}

/* What to say to this origin: "*", itself, or NULL for nothing. */
static const char *allowed_for(const ccpi_origins *allowed, const char *origin)
{
    for (size_t i = 0; i < allowed->count; i++) {
        if (strcmp(allowed->items[i], "*") == 0)
            return "*";
        if (strcasecmp(allowed->items[i], origin) == 0)
            return origin;
    }
    return NULL;
}

ccp_status ccpi_head_allow_origin(const ccpi_origins *allowed, const char *origin,
                                  ccpi_headers *client)
{
    const char *told = origin ? allowed_for(allowed, origin) : NULL;
    ccp_status status;

    if (!told)
        return CCP_OK;
    status = ccpi_headers_set(client, "access-control-allow-origin", told);
    if (status == CCP_OK && *told != '*')
        status = ccpi_headers_add(client, CCPI_SPAN("vary"), CCPI_SPAN("origin"));
    if (status == CCP_OK)
        status = ccpi_headers_set(client, "access-control-expose-headers", "*");
    return status;
}

ccp_status ccpi_head_guard(bool is_secure, ccpi_headers *client)
{
    static const char *const guards[][2] = {
        {"content-security-policy", "default-src 'none'; frame-ancestors 'none'"},
        {"x-content-type-options", "nosniff"},
        {"referrer-policy", "no-referrer"},
        {"cache-control", "no-store"},
    };
    ccp_status status = CCP_OK;

    for (size_t i = 0; i < sizeof(guards) / sizeof(*guards) && status == CCP_OK; i++)
        status = ccpi_headers_set(client, guards[i][0], guards[i][1]);
    if (status == CCP_OK && is_secure)
        status =
            ccpi_headers_set(client, "strict-transport-security", "max-age=31536000");
    return status;
}
