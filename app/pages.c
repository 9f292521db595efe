#include "pages.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "assets.h"

#define HERE "/ui"
#define BELOW HERE "/"
#define FILES BELOW "a/"
#define SHELL "index.html"
#define SIGN_IN BELOW "signin.json"
#define KEYED "/ak/"
#define USAGE "/usage"
#define USAGE_FILE "usage.html"

#define FOR_EVER "public, max-age=31536000, immutable"
#define NO_STORE "no-store"
#define MAX_HEADERS 16

/* One page or file on its way out. */
typedef struct reply {
    const ccp_request *request;
    const ccp_sink *sink;
    ccp_visitor visitor;
    ccp_header headers[MAX_HEADERS];
    size_t header_count;
} reply;

/* Paths of pages; "*" at the end stands for one segment. Others get the page that says
 * so. */
static const char *const pages[] = {
    BELOW,          BELOW "login",    BELOW "users",      BELOW "users/*",
    BELOW "models", BELOW "requests", BELOW "requests/*", BELOW "status",
    BELOW "audit",  BELOW "settings",
};

/* ---- what was asked ---- */

static const char *header_of(const ccp_request *request, const char *name)
{
    for (size_t i = 0; i < request->header_count; i++)
        if (strcasecmp(request->headers[i].name, name) == 0)
            return request->headers[i].value;
    return NULL;
}

/* RFC 9110, section 12.4.2: a weight of nothing but zeros refuses. */
static bool is_refused(const char *parameters, size_t len)
{
    const char *weight = memmem(parameters, len, "q=", 2);

    if (!weight)
        return false;
    weight += 2;
    return strspn(weight, "0.") == strcspn(weight, ",; \t");
}

bool app_pages_accepts(const char *header, const char *name)
{
    const size_t name_len = strlen(name);

    while (header && *header) {
        const size_t len = strcspn(header, ",");
        const size_t word = strcspn(header, ",; \t");

        if (word == name_len && strncasecmp(header, name, word) == 0)
            return !is_refused(header + word, len - word);
        header += len;
        header += strspn(header, ", \t");
    }
    return false;
}

static bool is_head(const ccp_request *request)
{
    return strcmp(request->method, "HEAD") == 0;
}

static bool is_read(const ccp_request *request)
{
    return strcmp(request->method, "GET") == 0 || is_head(request);
}

/* ---- answers ---- */

static void add(reply *to, const char *name, const char *value)
{
    if (to->header_count < MAX_HEADERS)
        to->headers[to->header_count++] = (ccp_header){name, value};
}

/* SE-8, PX-4 */
static void add_guards(reply *to, const char *policy)
{
    add(to, "content-security-policy", policy);
    add(to, "x-content-type-options", "nosniff");
    add(to, "referrer-policy", "no-referrer");
    add(to, "cross-origin-opener-policy", "same-origin");
    add(to, "cross-origin-resource-policy", "same-origin");
    if (to->visitor.is_secure)
        add(to, "strict-transport-security", "max-age=31536000");
    add(to, "x-ccproxy-request-id", to->visitor.request_id);
    add(to, "x-ccproxy-provider", "none");
}

static void send(const reply *to, int status, const void *bytes, size_t len)
{
    const ccp_sink *sink = to->sink;
    const ccp_response_head head = {.status = status,
                                    .headers = to->headers,
                                    .header_count = to->header_count,
                                    .content_length = (int64_t)len,
                                    .close = to->request->content_length != 0};
    const bool has_body = status != 304 && !is_head(to->request) && len > 0;

    if (sink->head(sink->self, &head) != CCP_OK ||
        (has_body && sink->write(sink->self, bytes, len) != CCP_OK) ||
        sink->end(sink->self) != CCP_OK)
        sink->must_close(sink->self);
}

static void send_typed(reply *to, int status, const char *type, const char *text)
{
    add(to, "content-type", type);
    add(to, "cache-control", NO_STORE);
    add_guards(to, "default-src 'none'; frame-ancestors 'none'");
    send(to, status, text, strlen(text));
}

static void send_text(reply *to, int status, const char *text)
{
    send_typed(to, status, "text/plain; charset=utf-8", text);
}

/* What the page that nobody has signed in on yet must know. */
static void send_signs_in(reply *to)
{
    send_typed(to, 200, "application/json",
               to->visitor.has_provider ? "{\"provider\":true}" : "{\"provider\":false}");
}

static void send_elsewhere(reply *to, const char *location)
{
    add(to, "location", location);
    add(to, "vary", "accept");
    send_text(to, 302, "");
}

static const app_asset_form *choose_form(const reply *to, const app_asset *asset)
{
    static const char *const names[APP_ASSET_ENCODINGS] = {NULL, "gzip", "br"};
    const char *accepted = header_of(to->request, "accept-encoding");

    for (size_t i = APP_ASSET_ENCODINGS - 1; i > APP_ASSET_PLAIN; i--)
        if (asset->forms[i].bytes && app_pages_accepts(accepted, names[i]))
            return &asset->forms[i];
    return &asset->forms[APP_ASSET_PLAIN];
}

static void add_encoding(reply *to, const app_asset *asset, const app_asset_form *form)
{
    if (form == &asset->forms[APP_ASSET_GZIP])
        add(to, "content-encoding", "gzip");
    if (form == &asset->forms[APP_ASSET_BROTLI])
        add(to, "content-encoding", "br");
}

static void send_asset(reply *to, int status, const app_asset *asset, const char *caching)
{
    const app_asset_form *form = choose_form(to, asset);
    const char *known = header_of(to->request, "if-none-match");

    add(to, "content-type", asset->type);
    add(to, "cache-control", caching);
    add(to, "etag", form->etag);
    add(to, "vary", "accept, accept-encoding");
    add_encoding(to, asset, form);
    add_guards(to, asset->policy);
    if (status == 200 && known && strstr(known, form->etag))
        status = 304;
    send(to, status, form->bytes, form->len);
}

/* ---- which one ---- */

static const app_asset *find_asset(const char *path)
{
    for (const app_asset *asset = app_assets; asset->path; asset++)
        if (strcmp(asset->path, path) == 0)
            return asset;
    return NULL;
}

static bool is_page(const char *path)
{
    for (size_t i = 0; i < sizeof(pages) / sizeof(*pages); i++) {
        const size_t len = strcspn(pages[i], "*");

        if (!pages[i][len] && strcmp(path, pages[i]) == 0)
            return true;
        if (pages[i][len] && strncmp(path, pages[i], len) == 0 && path[len] &&
            !strchr(path + len, '/'))
            return true;
    }
    return false;
}

/* Behind FILES stand the version and the file's path. */
static const app_asset *find_file(const char *path)
{
    const size_t len = strlen(app_assets_version);

    if (strncmp(path, app_assets_version, len) != 0 || path[len] != '/')
        return NULL;
    return find_asset(path + len + 1);
}

static void send_admin_page(reply *to)
{
    const char *path = to->request->path;
    const app_asset *file = NULL;

    if (!to->visitor.may_administer)
        send_text(to, 403, "The admin pages can't be used from this address.\n");
    else if (strcmp(path, HERE) == 0)
        send_elsewhere(to, BELOW);
    else if (strcmp(path, SIGN_IN) == 0)
        send_signs_in(to);
    else if (strncmp(path, FILES, sizeof(FILES) - 1) != 0)
        send_asset(to, is_page(path) ? 200 : 404, find_asset(SHELL), NO_STORE);
    else if ((file = find_file(path + sizeof(FILES) - 1)))
        send_asset(to, 200, file, FOR_EVER);
    else
        send_text(to, 404, "There is nothing at this path.\n");
}

typedef enum page_kind {
    NO_PAGE,
    HOME,
    ADMIN_PAGE,
    USAGE_PAGE,
} page_kind;

static bool is_usage(const char *path)
{
    const char *key = path + sizeof(KEYED) - 1;

    return strncmp(path, KEYED, sizeof(KEYED) - 1) == 0 && *key != '/' &&
           strcmp(key + strcspn(key, "/"), USAGE) == 0;
}

/* A program is answered by the proxy itself at the paths that both may ask. */
static page_kind kind_of(const ccp_request *request)
{
    const char *path = request->path;

    if (strcmp(path, HERE) == 0 || strncmp(path, BELOW, sizeof(BELOW) - 1) == 0)
        return ADMIN_PAGE;
    if (!is_read(request) ||
        !app_pages_accepts(header_of(request, "accept"), "text/html"))
        return NO_PAGE;
    if (strcmp(path, "/") == 0)
        return HOME;
    return is_usage(path) ? USAGE_PAGE : NO_PAGE;
}

bool app_pages_answer(ccp_proxy *proxy, const ccp_request *request, const ccp_sink *sink)
{
    const page_kind kind = kind_of(request);
    reply to = {.request = request, .sink = sink};

    /* What is wrong with a request is the proxy's to say. */
    if (kind == NO_PAGE || ccp_proxy_see(proxy, request, &to.visitor) != CCP_OK)
        return false;
    if (!is_read(request)) {
        add(&to, "allow", "GET, HEAD");
        send_text(&to, 405, "Pages can only be read.\n");
    } else if (kind == HOME) {
        send_elsewhere(&to, BELOW);
    } else if (kind == USAGE_PAGE) {
        send_asset(&to, 200, find_asset(USAGE_FILE), NO_STORE);
    } else {
        send_admin_page(&to);
    }
    return true;
}
