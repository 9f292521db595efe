/**
 * @file ccproxy/proxy.h
 *
 * The proxy itself: built from a configuration and a store, it answers HTTP
 * requests that somebody else has parsed, into a sink that somebody else has
 * opened. It listens on nothing.
 *
 * ccp_proxy_handle() is called by as many threads as there are requests at a
 * time; each call returns when its answer is over, or was taken over by a thread
 * of the library's (see ccp_sink).
 */
#ifndef CCPROXY_PROXY_H
#define CCPROXY_PROXY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "ccproxy/config.h"
#include "ccproxy/decls.h"
#include "ccproxy/error.h"
#include "ccproxy/metrics.h"
#include "ccproxy/seams.h"
#include "ccproxy/store.h"

CCP_BEGIN_DECLS

typedef struct ccp_header {
    const char *name;
    const char *value;
} ccp_header;

/** Why read_body() gives no bytes, beside 0 for a body that is over. @{ */
#define CCP_BODY_LOST (-1)      /**< the client left or was too slow */
#define CCP_BODY_MALFORMED (-2) /**< where its parts end can't be understood */
/** @} */

/** One request. All of it is borrowed until ccp_proxy_handle() returns. */
typedef struct ccp_request {
    const char *method;
    const char *path;         /**< as sent: not decoded, no query */
    const char *query;        /**< what follows the '?', or NULL */
    const char *peer_address; /**< of the TCP peer, as text without a port */
    const ccp_header *headers;
    size_t header_count;
    int64_t content_length; /**< -1 when it is not known beforehand */
    /**
     * Reads body bytes, waiting for some. 0: the body is over. CCP_BODY_LOST,
     * CCP_BODY_MALFORMED: there will be no more, and the connection must end.
     */
    ssize_t (*read_body)(void *self, void *into, size_t len);
    void *self;
} ccp_request;

/** The start of an answer. */
typedef struct ccp_response_head {
    int status;
    const ccp_header *headers; /**< without length, encoding or connection headers */
    size_t header_count;
    int64_t content_length; /**< -1: the length is not known; use chunks */
    bool close;             /**< this connection must not be used again */
} ccp_response_head;

/**
 * A plain TCP socket on which the library may write an HTTP/1.1 answer itself,
 * head and chunks, without blocking. This is the fast way: one thread serves
 * the streams of all sockets.
 */
typedef struct ccp_socket {
    int descriptor;
    bool may_chunk;  /**< the client speaks HTTP/1.1 */
    bool keep_alive; /**< say so in the head */
} ccp_socket;

/** A plain TCP socket that its former owner has given up for good. */
typedef struct ccp_given_socket {
    int descriptor;
    bool may_chunk; /**< the client speaks HTTP/1.1 */
    /** Called once, at the end, from any thread, before ccp_proxy_free() returns. */
    void (*close)(void *self, int descriptor);
    void *self;
} ccp_given_socket;

/**
 * Where an answer goes. Functions are called only from the thread that is in
 * ccp_proxy_handle(), so they may block, but have their own deadline.
 */
typedef struct ccp_sink {
    void *self;
    ccp_status (*head)(void *self, const ccp_response_head *head);
    /** Called for HEAD, too: a sink then leaves the body out. */
    ccp_status (*write)(void *self, const void *bytes, size_t len);
    /** The answer is complete. Not called when it is broken off. */
    ccp_status (*end)(void *self);
    /** Whether the client has left; cheap, it is asked several times a second. */
    bool (*is_gone)(void *self);
    /**
     * Lends the socket beneath; then no other function of the sink is called. Not
     * asked for HEAD.
     * NULL, or false: there is none to lend.
     */
    bool (*lend_socket)(void *self, ccp_socket *out);
    /** The answer was broken off or the body not read: close when handle() returns. */
    void (*must_close)(void *self);
    /**
     * Gives the lent socket away, so that a thread of the library's goes on with
     * an answer that may take minutes, and the caller's is free: handle() returns
     * at once, and nothing of request and sink is used any more. Asked at most
     * once, when the request was read and nothing answered. The answer will be
     * the connection's last. NULL, or false: the caller's thread waits for the end.
     */
    bool (*give_socket)(void *self, ccp_given_socket *out);
} ccp_sink;

typedef struct ccp_proxy ccp_proxy;

typedef struct ccp_proxy_options {
    const ccp_config *config;       /**< copied */
    ccp_store *store;               /**< borrowed until ccp_proxy_free() */
    const ccp_clock *clock;         /**< NULL: the system's */
    const ccp_random *random;       /**< NULL: the system's */
    const ccp_log_sink *log;        /**< NULL: no log */
    const ccp_metric_sink *metrics; /**< NULL: only where the settings say; copied */
} ccp_proxy_options;

/**
 * Builds a proxy and starts its threads: the engine, the recorder (which first
 * replays what a former process left in the spool) and the housekeeper.
 *
 * @param out  given to the caller; free it with ccp_proxy_free()
 */
ccp_status ccp_proxy_new(const ccp_proxy_options *options, ccp_proxy **out,
                         ccp_error *error);

/** Answers one request into the sink. What goes wrong is said there and in the log. */
void ccp_proxy_handle(ccp_proxy *proxy, const ccp_request *request, const ccp_sink *sink);

/** What the proxy knows of a request that the program around it answers itself. */
typedef struct ccp_visitor {
    char request_id[32]; /**< a new one, for the answer */
    bool may_administer; /**< comes from where the settings let administrators be */
    bool is_secure;      /**< HTTPS is what the user's side speaks */
    bool has_provider;   /**< administrators may sign in at an OpenID provider */
} ccp_visitor;

/** Looks at one, such as one for an admin page. Its body stays unread. */
ccp_status ccp_proxy_see(ccp_proxy *proxy, const ccp_request *request, ccp_visitor *out);

/**
 * Takes new values of the settings that need no restart (those that
 * ccp_config_visit() calls reloadable), while requests go on: prices, model
 * mappings, the level of the log, secrets. The others stay as they were. On
 * failure all of them do; the log says so too. Reads the file of prices.
 *
 * @param config  checked
 */
ccp_status ccp_proxy_reload(ccp_proxy *proxy, const ccp_config *config, ccp_error *error);

/** Not ready any more, but goes on serving. For a balancer to notice. */
void ccp_proxy_drain(ccp_proxy *proxy);

/** Requests that are being answered now. */
size_t ccp_proxy_active(const ccp_proxy *proxy);

/**
 * Ends what still runs (their clients see a broken stream), drains the usage
 * spool into the store for at most 10 s, and frees everything. No thread may be
 * in ccp_proxy_handle() 5 s later. NULL is allowed.
 */
void ccp_proxy_free(ccp_proxy *proxy);

CCP_END_DECLS

#endif
