#include "routing/front.h"

#include "base/uri.h"

#define KEY_MARK "/ak/"

/* Where a row's path may stand. */
enum { PLAIN = 1, KEYED = 2, BOTH = PLAIN | KEYED };

typedef struct row {
    const char *path; /* "*" at its end: one more segment; "**": any number of them */
    unsigned forms;
    const char *methods;
    ccpi_target target;
    bool allows_cors;
} row;

static const row rows[] = {
    {"/v1/messages", BOTH, "POST", CCPI_TARGET_MESSAGES, true},
    {"/v1/messages/count_tokens", BOTH, "POST", CCPI_TARGET_COUNT_TOKENS, true},
    {"/v1/models", BOTH, "GET", CCPI_TARGET_MODELS, true},
    {"/v1/models/*", BOTH, "GET", CCPI_TARGET_MODELS, true},
    {"/usage", KEYED, "GET, HEAD", CCPI_TARGET_USAGE, true},
    {"", KEYED, "HEAD", CCPI_TARGET_PROBE, true},
    {"/api/hello", BOTH, "HEAD", CCPI_TARGET_PROBE, true},
    {"/", PLAIN, "GET, HEAD", CCPI_TARGET_HOME, false},
    {"/health", PLAIN, "GET, HEAD", CCPI_TARGET_HEALTH, false},
    {"/ready", PLAIN, "GET, HEAD", CCPI_TARGET_READY, false},
    {"/metrics", PLAIN, "GET, HEAD", CCPI_TARGET_METRICS, false},
    {"/admin/**", PLAIN, "", CCPI_TARGET_ADMIN, false},
};

static bool is_path(const row *r, const char *path)
{
    size_t len = strlen(r->path);

    if (len == 0 || r->path[len - 1] != '*')
        return strcmp(path, r->path) == 0;
    if (r->path[len - 2] == '*')
        return strncmp(path, r->path, len - 2) == 0;
    return strncmp(path, r->path, len - 1) == 0 &&
           ccpi_uri_is_segment(ccpi_span_of(path + len - 1));
}

static bool has_method(const char *methods, const char *method)
{
    size_t len = strlen(method);

    while (*methods) {
        size_t word = strcspn(methods, ",");

        if (word == len && memcmp(methods, method, len) == 0)
            return true;
        methods += word;
        methods += strspn(methods, ", ");
    }
    return false;
}

ccpi_front ccpi_front_match(const char *method, const char *path)
{
    ccpi_front front = {.path = path};
    unsigned form = PLAIN;

    if (strncmp(path, KEY_MARK, sizeof(KEY_MARK) - 1) == 0) {
        const char *key = path + sizeof(KEY_MARK) - 1;

        form = KEYED;
        front.has_key = true;
        front.key = (ccpi_span){key, strcspn(key, "/")};
        front.path = key + front.key.len;
        if (front.key.len == 0)
            return front;
    }
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        const row *r = &rows[i];

        if ((r->forms & form) == 0 || !is_path(r, front.path))
            continue;
        front.target = r->target;
        front.methods = r->methods;
        front.allows_cors = r->allows_cors;
        front.allows_method = has_method(r->methods, method);
        break;
    }
    return front;
}
