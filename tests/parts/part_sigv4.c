/*
 * The signature that AWS's documentation gives for this request:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 * signs other headers than we do, so the expected one is botocore's:
 *   SigV4Auth(Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
 *             "bedrock", "us-east-1") with the header x-amz-content-sha256
 * see tests/data/sigv4 for many more.
 */
#include <ccproxy/sigv4.h>
#include <string.h>

#include "check.h"

static const ccp_sigv4_request REQUEST = {
    .access_key_id = "AKIDEXAMPLE",
    .secret_access_key = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
    .region = "us-east-1",
    .service = "bedrock",
    .unix_seconds = 1440938160,
    .method = "POST",
    .url = "https://bedrock-runtime.us-east-1.amazonaws.com/model/a%3A0/converse",
    .content_type = "application/json",
    .body = {"{}", 2},
};

int main(void)
{
    ccp_sigv4_request request = REQUEST;
    ccp_sigv4_headers headers;

    CHECK(ccp_sigv4_sign(&request, &headers, NULL) == CCP_OK);
    CHECK(strcmp(headers.x_amz_date, "20150830T123600Z") == 0);
    CHECK(strcmp(headers.x_amz_content_sha256,
                 "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a") ==
          0);
    CHECK(strstr(headers.authorization,
                 "Credential=AKIDEXAMPLE/20150830/us-east-1/bedrock/aws4_request"));
    CHECK(strstr(headers.authorization, "Signature=" SIGNATURE));

    request.url = "not a url";
    CHECK(ccp_sigv4_sign(&request, &headers, NULL) == CCP_INVALID);
    return 0;
}
