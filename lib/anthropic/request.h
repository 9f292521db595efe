#ifndef CCPI_ANTHROPIC_REQUEST_H
#define CCPI_ANTHROPIC_REQUEST_H

#include "base/buf.h"
#include "base/json.h"

/*
 * What routing needs to know of a Messages request, found in one pass over the
 * client's bytes. The bytes stay as they are; no tree is built.
 */
#define CCPI_LOOK_MAX_MEMBERS 64

typedef struct ccpi_look {
    ccpi_span body;      /* borrowed: all of it */
    char model[256 + 1]; /* decoded; longer names are refused */
    bool is_stream;
    bool has_max_tokens;
    int64_t max_tokens; /* 0 when there is none, or it is no integer */
    /* The root's members in their order, for splicing. */
    ccpi_json_member members[CCPI_LOOK_MAX_MEMBERS];
    size_t member_count;
} ccpi_look;

/*
 * CCP_INVALID: not a Messages request (PX-3); error then holds a sentence that
 * may be shown to the client: it names a field or an offset, and no content.
 * Members beyond CCPI_LOOK_MAX_MEMBERS are checked as JSON but not kept.
 */
ccp_status ccpi_look_at(ccpi_span body, ccpi_look *out, ccp_error *error);

/* The member of that name, or NULL. */
const ccpi_json_member *ccpi_look_member(const ccpi_look *look, const char *name);

#endif
