#include "aws/sources/fetch.h"

#include "base/fail.h"

static ccp_status ask_once(const ccpi_aws_place *place, const ccpi_fetch *fetch,
                           const ccpi_retry *retry, ccpi_http_answer *answer,
                           ccp_error *error)
{
    ccpi_http_request request = fetch->request;
    ccp_error reason = {0};
    ccp_status status;

    ccpi_http_answer_clear(answer);
    request.timeout_ms = ccpi_retry_attempt_ms(retry);
    status = place->http->exchange(place->http->self, &request, answer, &reason);
    if (status != CCP_OK)
        return ccpi_fail(error, status, "%s: %s", fetch->what, reason.message);
    if (answer->status == 200)
        return CCP_OK;
    status =
        answer->status >= 500 || answer->status == 429 ? CCP_UNAVAILABLE : CCP_DENIED;
    return ccpi_fail(error, status, "%s: answered with status %d", fetch->what,
                     answer->status);
}

ccp_status ccpi_fetch_run(const ccpi_aws_place *place, const ccpi_fetch *fetch,
                          ccpi_http_answer *answer, ccp_error *error)
{
    ccpi_retry retry = ccpi_retry_begin(fetch->policy, place->clock, place->random);
    ccp_status status;

    do {
        status = ask_once(place, fetch, &retry, answer, error);
    } while ((status == CCP_UNAVAILABLE || status == CCP_TIMEOUT) &&
             ccpi_retry_again(&retry));
    return status;
}
