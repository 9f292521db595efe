#include "refusal.h"

#include <stdio.h>

/* "req_" and 24 hexadecimal digits (PX-4). */
#define ID_RANDOM_LEN 12
#define ID_LEN (4 + 2 * ID_RANDOM_LEN)

#define BODY_MAX 512

/* The statuses that come up here, and the Anthropic API's names for them. */
typedef struct refusal_row {
    int status;
    const char *reason;
    const char *type;
} refusal_row;

static const refusal_row refusals[] = {
    {400, "Bad Request", "invalid_request_error"},
    {413, "Content Too Large", "request_too_large"},
    {500, "Internal Server Error", "api_error"},
    {503, "Service Unavailable", "overloaded_error"},
    {505, "HTTP Version Not Supported", "invalid_request_error"},
};

static const refusal_row *refusal_of(int status)
{
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        if (refusals[i].status == status)
            return &refusals[i];
    }
    return &refusals[0];
}

static void make_id(const ccp_random *random, char id[ID_LEN + 1])
{
    unsigned char bytes[ID_RANDOM_LEN] = {0};
    char *at = id + snprintf(id, ID_LEN + 1, "req_");

    /* Without randomness the id is of zeros: better than no answer. */
    random->fill(random->self, bytes, sizeof(bytes));
    for (size_t i = 0; i < sizeof(bytes); i++)
        at += snprintf(at, 3, "%02x", bytes[i]);
}

size_t app_refusal_write(const ccp_random *random, int status, const char *message,
                         char out[APP_REFUSAL_TEXT_MAX])
{
    const refusal_row *refusal = refusal_of(status);
    char id[ID_LEN + 1];
    char body[BODY_MAX];
    int body_len;
    int len;

    make_id(random, id);
    body_len = snprintf(body, sizeof(body),
                        "{\"type\":\"error\",\"error\":{\"type\":\"%s\","
                        "\"message\":\"%.200s\"},\"request_id\":\"%s\"}",
                        refusal->type, message, id);
    len = snprintf(out, APP_REFUSAL_TEXT_MAX,
                   "HTTP/1.1 %d %s\r\n"
                   "content-type: application/json\r\n"
                   "content-length: %d\r\n"
                   "x-ccproxy-request-id: %s\r\n"
                   "x-ccproxy-provider: none\r\n"
                   "%s"
                   "connection: close\r\n\r\n%s",
                   refusal->status, refusal->reason, body_len, id,
                   status == 503 ? "retry-after: 1\r\n" : "", body);
    return (size_t)len;
}
