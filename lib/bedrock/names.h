#ifndef CCPI_BEDROCK_NAMES_H
#define CCPI_BEDROCK_NAMES_H

#include "base/span.h"
#include "ccproxy/error.h"

/*
 * Bedrock takes 1 to 64 of the characters a-z A-Z 0-9 _ - as a tool's name and
 * as the id of a tool's call. What has another form is sent as what can be
 * kept of it and a digest, always the same for the same text, and two names
 * never become one.
 */
#define CCPI_NAME_MAX 64

typedef struct ccpi_legal_name {
    char text[CCPI_NAME_MAX + 1];
} ccpi_legal_name;

/* Texts are what stands between a JSON string's quotes, still escaped. */
bool ccpi_name_is_legal(ccpi_span text);

/* Another salt gives another name for the same text. CCP_NO_MEMORY only. */
ccp_status ccpi_name_make_legal(ccpi_span text, unsigned salt, ccpi_legal_name *out);

/* The names of one request's tools, each beside the name that is sent. */
typedef struct ccpi_name {
    ccpi_span client; /* borrowed from the client's request */
    ccpi_legal_name sent;
    bool is_defined; /* free for the caller's use: its definition was written */
} ccpi_name;

/* Made by zeroed memory: add all names, settle, then look up. */
typedef struct ccpi_names {
    ccpi_name *items;
    size_t count;
    size_t capacity;
    char *texts; /* of a copy: owned */
} ccpi_names;

void ccpi_names_clear(ccpi_names *names);
ccp_status ccpi_names_add(ccpi_names *names, ccpi_span client);
ccp_status ccpi_names_settle(ccpi_names *names);

/* NULL: it was not added. */
ccpi_name *ccpi_names_find(const ccpi_names *names, ccpi_span client);

/* A copy of those names that are sent in another form, for reading the answer. */
ccp_status ccpi_names_copy_changed(const ccpi_names *names, ccpi_names *out);

/* The client's name for one that was sent; the same text if it is not ours. */
ccpi_span ccpi_names_restore(const ccpi_names *names, ccpi_span sent);

#endif
