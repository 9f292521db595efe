#include "answer.h"

/* The request's target as it was sent: what the server hands out later is decoded. */
static void *begin(void *self, const char *target, struct MHD_Connection *connection)
{
    (void)connection;
    return answer_new(self, target);
}

/* Called with the head, then with each part of the body, then once more. */
/* NOLINTNEXTLINE(readability-function-size): the server's own form of a handler */
static enum MHD_Result serve(void *self, struct MHD_Connection *connection,
                             const char *url, const char *method, const char *version,
                             const char *bytes, size_t *len, void **context)
{
    answer *a = *context;
    const size_t got = *len;

    (void)self, (void)url, (void)version;
    *len = 0;
    if (!a || !a->path)
        return MHD_NO;
    if (a->request.method)
        return got > 0 ? answer_keep(a, bytes, got) : answer_begin(a, connection);
    a->request.method = method;
    MHD_get_connection_values(connection, MHD_HEADER_KIND, answer_add_header, a);
    return MHD_YES;
}

static void end(void *self, struct MHD_Connection *connection, void **context,
                enum MHD_RequestTerminationCode code)
{
    (void)self, (void)connection, (void)code;
    if (*context)
        answer_free(*context);
}

struct MHD_Daemon *http_start(ccp_proxy *proxy, unsigned short port)
{
    return MHD_start_daemon(MHD_USE_THREAD_PER_CONNECTION |
                                MHD_USE_INTERNAL_POLLING_THREAD,
                            port, NULL, NULL, serve, NULL, MHD_OPTION_URI_LOG_CALLBACK,
                            begin, proxy, MHD_OPTION_NOTIFY_COMPLETED, end, NULL,
                            MHD_OPTION_LISTENING_ADDRESS_REUSE, 1u, MHD_OPTION_END);
}
