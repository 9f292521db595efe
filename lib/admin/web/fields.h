#ifndef CCPI_ADMIN_WEB_FIELDS_H
#define CCPI_ADMIN_WEB_FIELDS_H

#include "admin/web/call.h"

/*
 * Reads the fields of a call's body, or of its query, into the handler's
 * variables, by a table. What stands in no row is a mistake (AD-1).
 */
typedef enum ccpi_field_kind {
    CCPI_TAKES_TEXT,    /* char *; without control characters but line ends and tabs */
    CCPI_TAKES_MONEY,   /* int64_t *; a decimal text or a number; null: CCP_NO_BUDGET */
    CCPI_TAKES_INTEGER, /* int64_t * */
    CCPI_TAKES_FLAG,    /* bool * */
    CCPI_TAKES_TIME     /* int64_t *; RFC 3339; null: 0 */
} ccpi_field_kind;

typedef struct ccpi_field {
    const char *name;
    ccpi_field_kind kind;
    void *out;   /* untouched when the field is missing */
    size_t size; /* of a text, its NUL included */
    bool is_required;
    bool may_be_null; /* a text becomes empty */
    bool *was_given;  /* or NULL */
} ccpi_field;

/* A text that fills an array. */
#define CCPI_TEXT_FIELD(field_name, array)                                               \
    .name = (field_name), .kind = CCPI_TAKES_TEXT, .out = (array), .size = sizeof(array)

/* CCP_INVALID: the message names the field. */
ccp_status ccpi_fields_read(ccpi_api_call *call, const ccpi_field *fields, size_t count);

/* The same of the query, whose fields are texts; an empty one counts as missing. */
ccp_status ccpi_query_read(ccpi_api_call *call, const ccpi_field *fields, size_t count);

#endif
