#include "config/shape.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "base/span.h"

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

#define HOST_CHARACTERS LOWER UPPER DIGITS ".-"
#define MAX_HOST_LEN 253 /* RFC 1035, section 2.3.4, without the final dot */
#define MAX_PORT 65535

typedef struct url {
    bool is_https;
    bool has_path;
    char host[MAX_HOST_LEN + 1]; /* an IPv6 address without its brackets */
} url;

static bool is_visible_ascii(const char *text)
{
    for (; *text; text++)
        if (*text < '!' || *text > '~')
            return false;
    return true;
}

static bool is_number_up_to(const char *text, size_t len, long most)
{
    if (len == 0 || len > 5 || strspn(text, DIGITS) < len)
        return false;
    return strtol(text, NULL, 10) <= most;
}

static bool is_ip(const char *text)
{
    unsigned char address[sizeof(struct in6_addr)];

    return inet_pton(AF_INET, text, address) == 1 ||
           inet_pton(AF_INET6, text, address) == 1;
}

static bool keep_host(const char *from, size_t len, char host[MAX_HOST_LEN + 1])
{
    if (len == 0 || len > MAX_HOST_LEN)
        return false;
    memcpy(host, from, len);
    host[len] = '\0';
    return true;
}

/* "host", "host:port" or "[address]:port", up to end; *port NULL: none is given. */
static bool split_authority(const char *at, const char *end, char host[MAX_HOST_LEN + 1],
                            const char **port)
{
    const char *host_end;

    *port = NULL;
    if (*at == '[') {
        at++;
        host_end = memchr(at, ']', (size_t)(end - at));
        if (!host_end || !keep_host(at, (size_t)(host_end - at), host) || !is_ip(host))
            return false;
        host_end++;
    } else {
        host_end = at + strspn(at, HOST_CHARACTERS);
        if (host_end > end || !keep_host(at, (size_t)(host_end - at), host))
            return false;
    }
    if (host_end == end)
        return true;
    *port = host_end + 1;
    return *host_end == ':' && is_number_up_to(*port, (size_t)(end - *port), MAX_PORT);
}

/* No user, query or fragment: a setting names a place, and we build the rest. */
static bool parse_url(const char *text, url *out)
{
    const char *authority, *end, *port;

    if (!is_visible_ascii(text) || strpbrk(text, "?#\\\"<>"))
        return false;
    out->is_https = strncmp(text, "https://", 8) == 0;
    if (!out->is_https && strncmp(text, "http://", 7) != 0)
        return false;
    authority = text + (out->is_https ? 8 : 7);
    end = authority + strcspn(authority, "/");
    out->has_path = *end == '/';
    return split_authority(authority, end, out->host, &port);
}

static bool is_loopback(const char *host)
{
    struct in_addr address;

    if (inet_pton(AF_INET, host, &address) == 1)
        return ntohl(address.s_addr) >> 24 == 127;
    return strcmp(host, "localhost") == 0 || strcmp(host, "::1") == 0;
}

/* Of ECS, EKS and EC2 (SE-7), also over IPv6: they speak no TLS. */
static bool is_aws_metadata(const char *host)
{
    static const char *const hosts[] = {"169.254.170.2", "169.254.170.23",
                                        "169.254.169.254", "fd00:ec2::23",
                                        "fd00:ec2::254"};

    for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++)
        if (strcmp(host, hosts[i]) == 0)
            return true;
    return false;
}

static bool is_any_url(const char *text)
{
    url parsed;

    return parse_url(text, &parsed);
}

static bool is_upstream_url(const char *text)
{
    url parsed;

    if (!parse_url(text, &parsed))
        return false;
    return parsed.is_https || is_loopback(parsed.host) || is_aws_metadata(parsed.host);
}

static bool is_origin(const char *text)
{
    url parsed;

    return strcmp(text, "*") == 0 || (parse_url(text, &parsed) && !parsed.has_path);
}

/* Port 0 lets the system choose one. */
static bool is_listen(const char *text)
{
    char host[MAX_HOST_LEN + 1];
    const char *port;

    return split_authority(text, text + strlen(text), host, &port) && port && is_ip(host);
}

static bool is_cidr(const char *text)
{
    char host[MAX_HOST_LEN + 1];
    size_t len = strcspn(text, "/");
    const char *bits = text + len + 1;

    if (!keep_host(text, len, host) || !is_ip(host))
        return false;
    return text[len] == '\0' ||
           is_number_up_to(bits, strlen(bits), strchr(host, ':') ? 128 : 32);
}

static bool is_database_url(const char *text)
{
    ccpi_span url_text = ccpi_span_of(text);

    return (ccpi_span_starts(url_text, "sqlite:") && url_text.len > strlen("sqlite:")) ||
           ccpi_span_starts(url_text, "postgresql://") ||
           ccpi_span_starts(url_text, "postgres://");
}

/* ^[a-z]{2}(-[a-z]+)+-\d$ */
static bool is_region(const char *text)
{
    size_t parts = 0;

    if (strspn(text, LOWER) != 2)
        return false;
    for (text += 2; text[0] == '-' && strspn(text + 1, LOWER) > 0; parts++)
        text += 1 + strspn(text + 1, LOWER);
    return parts > 0 && text[0] == '-' && strspn(text + 1, DIGITS) == 1 &&
           text[2] == '\0';
}

/* ^[A-Za-z0-9][A-Za-z0-9.:/_-]{0,127}$ */
static bool is_model_id(const char *text)
{
    size_t len = strlen(text);

    return len <= 128 && strspn(text, LOWER UPPER DIGITS) > 0 &&
           strspn(text, LOWER UPPER DIGITS ".:/_-") == len;
}

static bool is_geo_prefix(const char *text)
{
    return *text != '-' && *text && text[strspn(text, LOWER "-")] == '\0';
}

/* The form of a name in the IANA database; whether it exists is the calendar's matter. */
static bool is_zone(const char *text)
{
    return *text != '/' && !strstr(text, "..") &&
           text[strspn(text, LOWER UPPER DIGITS "/_+-")] == '\0';
}

static bool is_password_hash(const char *text)
{
    static const char *const marks[] = {"$scrypt$", "$2a$", "$2b$", "$2y$"};

    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
        if (strncmp(text, marks[i], strlen(marks[i])) == 0)
            return true;
    return false;
}

const ccpi_shape ccpi_shape_listen = {is_listen,
                                      "address and port such as 127.0.0.1:8000"};
const ccpi_shape ccpi_shape_cidr = {is_cidr, "address range such as 10.0.0.0/8"};
const ccpi_shape ccpi_shape_origin = {is_origin, "origin such as https://example.com"};
const ccpi_shape ccpi_shape_any_url = {is_any_url, "http:// or https:// address"};
const ccpi_shape ccpi_shape_upstream_url = {
    is_upstream_url, "https:// address (http:// is for loopback alone)"};
const ccpi_shape ccpi_shape_database_url = {is_database_url,
                                            "sqlite:PATH or postgresql:// address"};
const ccpi_shape ccpi_shape_region = {is_region, "AWS region such as us-east-1"};
const ccpi_shape ccpi_shape_model_id = {is_model_id, "model id"};
const ccpi_shape ccpi_shape_geo_prefix = {is_geo_prefix,
                                          "geography such as global, us or auto"};
const ccpi_shape ccpi_shape_zone = {is_zone, "time zone such as Europe/Berlin"};
const ccpi_shape ccpi_shape_header_value = {is_visible_ascii,
                                            "text of visible ASCII characters"};
const ccpi_shape ccpi_shape_password_hash = {
    is_password_hash, "password hash (see the command hash-password)"};
