#ifndef CCPI_BASE_JSON_H
#define CCPI_BASE_JSON_H

#include <stdint.h>

#include "base/buf.h"

/*
 * JSON as text. Nothing here turns a value into a C number or a decoded string
 * unless asked: values are extents of the source, so that they can be copied
 * as they were written. Jansson is for our own documents (settings, admin
 * API); this is for other people's, where \u0000, lone surrogates, integers
 * of any size and 1.10 must come out as they went in.
 *
 * Every function checks the whole grammar (RFC 8259, UTF-8 included) of what
 * it is given, never recurses, and borrows the source.
 */

#define CCPI_JSON_MAX_DEPTH 512

typedef enum ccpi_json_type {
    CCPI_JSON_NULL,
    CCPI_JSON_FALSE,
    CCPI_JSON_TRUE,
    CCPI_JSON_NUMBER,
    CCPI_JSON_STRING,
    CCPI_JSON_ARRAY,
    CCPI_JSON_OBJECT
} ccpi_json_type;

/* One member of an object, as it stands in the source. */
typedef struct ccpi_json_member {
    ccpi_span key;   /* between the quotes, still escaped */
    ccpi_span value; /* strings with their quotes */
    ccpi_json_type type;
    ccpi_span whole; /* from the key's quote to the value's last byte */
} ccpi_json_member;

/*
 * One pass over a document whose root is an object: calls visit with each of
 * the root's members, in order; builds nothing. visit may stop the walk by
 * returning something else than CCP_OK, which is passed on.
 * CCP_INVALID: not JSON, or nested too deep, or the root is no object.
 */
ccp_status ccpi_json_walk(ccpi_span text,
                          ccp_status (*visit)(void *context,
                                              const ccpi_json_member *member),
                          void *context, ccp_error *error);

/* A tree of extents. Node 0 is the root. */
typedef struct ccpi_json_node {
    ccpi_span key;  /* when it is an object's member: between the quotes, escaped */
    ccpi_span text; /* the whole value, strings with their quotes */
    uint32_t type;  /* ccpi_json_type */
    uint32_t count; /* of children */
    uint32_t child; /* the first one's index, 0: none */
    uint32_t next;  /* the next sibling's index, 0: none */
} ccpi_json_node;

typedef struct ccpi_json_tree {
    ccpi_json_node *nodes;
    size_t count;
    size_t capacity;
} ccpi_json_tree;

/* At 48 bytes a node; a request of 1 MB has some 20,000. */
#define CCPI_JSON_MAX_NODES ((size_t)1024 * 1024)

/* CCP_INVALID as above; CCP_LIMIT: more nodes than the limit. */
ccp_status ccpi_json_parse(ccpi_span text, ccpi_json_tree *tree, ccp_error *error);
void ccpi_json_clear(ccpi_json_tree *tree);

/* Walking. All take and give NULL for "there is none". */
const ccpi_json_node *ccpi_json_root(const ccpi_json_tree *tree);
const ccpi_json_node *ccpi_json_child(const ccpi_json_tree *tree,
                                      const ccpi_json_node *node);
const ccpi_json_node *ccpi_json_next(const ccpi_json_tree *tree,
                                     const ccpi_json_node *node);
/* The last member of that name (as most parsers do), or NULL. */
const ccpi_json_node *ccpi_json_get(const ccpi_json_tree *tree,
                                    const ccpi_json_node *node, const char *name);
/* The same, if it has that type. */
const ccpi_json_node *ccpi_json_get_typed(const ccpi_json_tree *tree,
                                          const ccpi_json_node *node, const char *name,
                                          ccpi_json_type type);

/* Whether a node is a string with this (decoded) text; false for NULL. */
bool ccpi_json_is_text(const ccpi_json_node *node, const char *text);
/* Whether an escaped text (between quotes) decodes to this one. */
bool ccpi_json_key_is(ccpi_span escaped, const char *text);

/* What stands between a string value's quotes, still escaped. */
ccpi_span ccpi_json_inner(ccpi_span string);

/*
 * Appends the decoded text of an escaped one, as UTF-8; a lone surrogate comes
 * out in its three-byte form (WTF-8), so that nothing is lost. CCP_INVALID: a
 * broken escape.
 */
ccp_status ccpi_json_decode(ccpi_span escaped, ccpi_buf *out);

/* An integer that fits; false for decimals, exponents and larger ones. */
bool ccpi_json_integer(ccpi_span text, int64_t *out);

/*
 * Appends text as a JSON string with its quotes. A surrogate in its three-byte
 * form becomes an escape again; other bytes that are no UTF-8 become U+FFFD.
 */
ccp_status ccpi_json_quote(ccpi_span text, ccpi_buf *out);

#endif
