#ifndef CCPI_UPSTREAM_CALL_H
#define CCPI_UPSTREAM_CALL_H

#include <curl/curl.h>

#include "upstream/engine.h"
#include "upstream/outgoing.h"
#include "upstream/transfer.h"
#include "upstream/upload.h"

/*
 * One HTTP request as curl is told to make it: every option in one place.
 * Adds no header of its own but host and content-length, follows nothing, uses
 * no proxy, and speaks TLS 1.2 or newer.
 */
typedef struct ccpi_call {
    CURL *easy;
    ccpi_upload upload;
    void *fields; /* curl's header list and its text, in one block */
    size_t fields_len;
} ccpi_call;

/* Handles of former calls, with what all calls of an engine share already set. */
#define CCPI_CALL_MAX_IDLE 64

typedef struct ccpi_call_pool {
    const ccpi_engine_options *engine;
    const char *system_ca_file; /* curl's own, once it was asked for */
    CURL *idle[CCPI_CALL_MAX_IDLE];
    size_t count;
} ccpi_call_pool;

void ccpi_call_pool_clear(ccpi_call_pool *pool);

/* curl's callbacks, as its documentation has them. */
typedef struct ccpi_call_hooks {
    curl_write_callback header;
    curl_write_callback body;
    curl_read_callback read;      /* of bodies that go in pieces */
    curl_prereq_callback connect; /* there is a connection to send the request on */
    void *self;                   /* also the call's CURLOPT_PRIVATE */
} ccpi_call_hooks;

typedef struct ccpi_call_options {
    ccpi_call_pool *pool;
    const ccpi_outgoing *outgoing; /* borrowed until ccpi_call_forget_body() */
    int64_t connect_ms;
    int64_t upload_ms; /* sent bytes that stay unanswered so long break the connection */
    ccpi_call_hooks hooks;
} ccpi_call_options;

/* CCP_NO_MEMORY only. */
ccp_status ccpi_call_open(ccpi_call *call, const ccpi_call_options *options);

/* Not while it is in a multi. Wipes the headers and gives the handle back. */
void ccpi_call_close(ccpi_call *call, ccpi_call_pool *pool);

/* Whether the body goes out with the head, without being read. */
bool ccpi_call_sends_at_once(const ccpi_outgoing *outgoing);

/* From now on a lost connection is replaced by a new one, not by a pooled one. */
void ccpi_call_use_fresh_connection(ccpi_call *call);

/* For a stream that may last: a large body has gone, and with it its buffer may. */
void ccpi_call_drop_buffers(ccpi_call *call);

/*
 * Whether the upstream at the other end of a socket is provably there (BR-10): it
 * acknowledged something lately, be it a keep-alive probe.
 */
bool ccpi_call_is_alive(curl_socket_t socket);

/* What curl's reason for a failure means to a transfer. */
ccpi_ending ccpi_call_ending(CURLcode code);

/* The request was sent: its bytes won't be asked for again. */
void ccpi_call_forget_body(ccpi_call *call);

#endif
