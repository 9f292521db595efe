#ifndef CCPI_UPSTREAM_CALL_H
#define CCPI_UPSTREAM_CALL_H

#include <curl/curl.h>

#include "upstream/engine.h"
#include "upstream/outgoing.h"
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

/* curl's callbacks, as its documentation has them. */
typedef struct ccpi_call_hooks {
    curl_write_callback header;
    curl_write_callback body;
    curl_read_callback read;
    void *self; /* also the call's CURLOPT_PRIVATE */
} ccpi_call_hooks;

typedef struct ccpi_call_options {
    const ccpi_engine_options *engine;
    const ccpi_outgoing *outgoing; /* borrowed until ccpi_call_forget_body() */
    int64_t connect_ms;
    int64_t upload_ms; /* sent bytes that stay unanswered so long break the connection */
    ccpi_call_hooks hooks;
} ccpi_call_options;

/* CCP_NO_MEMORY only. */
ccp_status ccpi_call_open(ccpi_call *call, const ccpi_call_options *options);

/* Not while it is in a multi. Wipes the headers. */
void ccpi_call_close(ccpi_call *call);

/* The request was sent: its bytes won't be asked for again. */
void ccpi_call_forget_body(ccpi_call *call);

#endif
