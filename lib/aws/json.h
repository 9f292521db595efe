#ifndef CCPI_AWS_JSON_H
#define CCPI_AWS_JSON_H

#include "aws/call.h"
#include "base/json.h"

/*
 * Operations of AWS's JSON protocol: {"Name":"text",...} out, an object back.
 * Everything here may be secret, so nothing leaves an outgrown copy behind.
 * https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html
 */
#define CCPI_AWS_JSON "application/x-amz-json-1.1"

/* An operation's answer, as it came and taken apart. Zeroed: none. */
typedef struct ccpi_aws_reply {
    ccpi_http_answer answer;
    ccpi_json_tree tree; /* of the answer's body */
} ccpi_aws_reply;

void ccpi_aws_reply_clear(ccpi_aws_reply *reply);

/* As ccpi_aws_call_run(), and CCP_PROTOCOL: a success that is no JSON object. */
ccp_status ccpi_aws_ask(ccp_aws *aws, const ccpi_aws_call *call, ccpi_aws_reply *out,
                        ccp_error *error);

/*
 * Appends a text member, decoded. CCP_NOT_FOUND: it is no text, or not there;
 * CCP_LIMIT, CCP_NO_MEMORY.
 */
ccp_status ccpi_aws_reply_text(const ccpi_aws_reply *reply, const char *name,
                               ccpi_buf *out);

/* The same of a text that is bytes in base64. CCP_PROTOCOL: it is none. */
ccp_status ccpi_aws_reply_bytes(const ccpi_aws_reply *reply, const char *name,
                                ccpi_buf *out);

#endif
