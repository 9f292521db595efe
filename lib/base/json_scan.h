#ifndef CCPI_BASE_JSON_SCAN_H
#define CCPI_BASE_JSON_SCAN_H

#include "base/json.h"

/*
 * Reads JSON token by token and checks the whole grammar on the way: what
 * ccpi_json_walk() and ccpi_json_parse() stand on. Of fixed size: the nesting
 * is a row of bits, not a recursion.
 */
typedef enum ccpi_json_token_kind {
    CCPI_JSON_SCALAR, /* a whole value: a string, a number or a word */
    CCPI_JSON_OPEN,   /* an object or array begins; depth counts it already */
    CCPI_JSON_CLOSE,  /* it ends; depth counts it no longer */
    CCPI_JSON_END     /* the document is over, and well-formed */
} ccpi_json_token_kind;

typedef struct ccpi_json_token {
    ccpi_json_token_kind kind;
    ccpi_json_type type;
    ccpi_span key;  /* of an object's member, between the quotes; else data is NULL */
    ccpi_span text; /* of the scalar, or the bracket */
} ccpi_json_token;

typedef struct ccpi_json_scan {
    const char *start;
    const char *at;
    const char *end;
    size_t depth;        /* of open objects and arrays */
    bool is_past_root;   /* the root has begun */
    bool is_behind_open; /* nothing stands yet in the innermost open one */
    unsigned char objects[CCPI_JSON_MAX_DEPTH / 8]; /* a bit a level: it is an object */
} ccpi_json_scan;

void ccpi_json_scan_init(ccpi_json_scan *scan, ccpi_span text);

/* CCP_INVALID: not JSON, or nested too deep; the message gives the offset. */
ccp_status ccpi_json_scan_next(ccpi_json_scan *scan, ccpi_json_token *token,
                               ccp_error *error);

#endif
