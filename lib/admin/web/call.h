#ifndef CCPI_ADMIN_WEB_CALL_H
#define CCPI_ADMIN_WEB_CALL_H

#include <jansson.h>

#include "admin/admin.h"
#include "admin/web/api.h"
#include "base/headers.h"
#include "ccproxy/proxy.h"
#include "routing/request_id.h"
#include "security/address.h"

/*
 * One call of the admin API: what was asked, by whom, and what is answered. It
 * lives and dies with its request; each step (api.c) and each handler takes it
 * alone, and returns CCP_OK or a failure, with the message in call->error. What
 * a failure is to the client stands in one table (answer.c); where that is not
 * right, ccpi_api_call_refuse() says something else.
 */

/* The errors of AD-1. */
typedef enum ccpi_code {
    CCPI_CODE_NONE = 0,
    CCPI_CODE_VALIDATION_ERROR,
    CCPI_CODE_NO_ACCESS_KEYS,
    CCPI_CODE_MISSING_BEDROCK_KEYS,
    CCPI_CODE_UNAUTHORIZED,
    CCPI_CODE_FORBIDDEN,
    CCPI_CODE_NOT_FOUND,
    CCPI_CODE_METHOD_NOT_ALLOWED,
    CCPI_CODE_CONFLICT,
    CCPI_CODE_INVALID_STATE,
    CCPI_CODE_KEY_LIMIT_REACHED,
    CCPI_CODE_TOO_LARGE,
    CCPI_CODE_RATE_LIMITED,
    CCPI_CODE_INTERNAL,
    CCPI_CODE_UNAVAILABLE,
    CCPI_CODES
} ccpi_code;

typedef enum ccpi_caller_kind {
    CCPI_CALLER_NOBODY = 0,
    CCPI_CALLER_SESSION, /* an administrator who has signed in */
    CCPI_CALLER_TOKEN    /* a program */
} ccpi_caller_kind;

typedef struct ccpi_caller {
    ccpi_caller_kind kind;
    ccp_id id; /* of the session or token */
    char name[sizeof(((ccp_audit_entry *)NULL)->actor)];
    bool may_write;
    int64_t expires_at_us; /* 0: never */
} ccpi_caller;

/* The longest thing that a path names: a session of the client. */
#define CCPI_API_MAX_PARAMETER 128

typedef struct ccpi_route ccpi_route;

typedef struct ccpi_api_call {
    ccpi_api *api;
    const ccp_request *request;
    const ccp_sink *sink;
    char request_id[CCPI_REQUEST_ID_LEN + 1];
    ccpi_headers headers;
    ccpi_address address;
    char address_text[CCPI_ADDRESS_TEXT];
    bool is_secure; /* the user's side speaks HTTPS */
    bool body_was_read;

    const ccpi_route *route;
    char parameter[CCPI_API_MAX_PARAMETER + 1]; /* of the path, or "" */
    ccp_id id;                                  /* the same, where it is a UUID */
    ccpi_caller caller;
    json_t *body;    /* an object, or NULL */
    char *detail;    /* of the body, for the audit log; or NULL */
    ccp_admin admin; /* the operations, as done by the caller */

    ccp_error error;
    ccpi_code refusal;
    int status;
    json_t *answer;     /* NULL: text, or nothing */
    ccpi_buf text;      /* of another type than JSON, or JSON that is written already */
    const char *type;   /* of the text */
    ccpi_headers extra; /* of the answer */
    bool has_begun;     /* the head was sent: the answer can only go on, or break */
} ccpi_api_call;

/* Copies the request's facts. The rest of the call is zero. */
ccp_status ccpi_api_call_open(ccpi_api_call *call, ccpi_api *api,
                              const ccp_request *request, const ccp_sink *sink);
void ccpi_api_call_close(ccpi_api_call *call);

int64_t ccpi_api_call_now(const ccpi_api_call *call);

/* Reads the body, which must be an object where it is not empty. */
ccp_status ccpi_api_call_read_body(ccpi_api_call *call);

/* The value of a request header, or NULL. */
const char *ccpi_api_call_header(const ccpi_api_call *call, const char *name);

/*
 * Answers. They return CCP_OK unless memory ran out, so that a handler ends
 * with one. The object is taken; NULL is a lack of memory.
 */
ccp_status ccpi_api_call_answer(ccpi_api_call *call, int status, json_t *object);
ccp_status ccpi_api_call_answer_nothing(ccpi_api_call *call);

/*
 * An answer of any length: its head now, then bytes as they come; the end is sent
 * when the handler returns CCP_OK. CCP_UNAVAILABLE: the client has gone.
 */
ccp_status ccpi_api_call_begin(ccpi_api_call *call, const char *type);
ccp_status ccpi_api_call_push(ccpi_api_call *call, ccpi_span bytes);

/* Of the answer, also of an error. */
ccp_status ccpi_api_call_add_header(ccpi_api_call *call, const char *name,
                                    const char *value);
ccp_status ccpi_api_call_add_number(ccpi_api_call *call, const char *name, int64_t value);

/* Returns a failure: return ccpi_api_call_refuse(...). */
ccp_status ccpi_api_call_refuse(ccpi_api_call *call, ccpi_code code, const char *format,
                                ...) __attribute__((format(printf, 3, 4)));

/* Sends the answer, or the error of a step that failed. */
void ccpi_api_call_send(ccpi_api_call *call, ccp_status status);

#endif
