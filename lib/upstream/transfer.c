#include "upstream/transfer.h"

#include "base/fail.h"
#include "base/json.h"
#include "upstream/relay.h"

void ccpi_transfer_result_clear(ccpi_transfer_result *result)
{
    ccpi_headers_clear(&result->headers);
    ccpi_buf_clear(&result->body);
    *result = (ccpi_transfer_result){0};
}

static ccp_status skip_member(void *context, const ccpi_json_member *member)
{
    (void)context, (void)member;
    return CCP_OK;
}

/* In the worker, since a large body takes its time to check. */
static void check_json(const ccpi_transfer_options *options, ccpi_transfer_result *result)
{
    if (!options->must_be_json || options->is_stream || result->is_committed ||
        result->ending != CCPI_ENDED_WELL)
        return;
    if (ccpi_json_walk(ccpi_buf_span(&result->body), skip_member, NULL, NULL) == CCP_OK)
        return;
    result->ending = CCPI_ENDED_MALFORMED;
    ccpi_fail(&result->error, CCP_PROTOCOL, "a success that is no JSON");
}

static ccp_status run(const ccpi_transfer_options *options, ccpi_transfer_result *result,
                      ccp_error *error)
{
    ccpi_loop *loop = ccpi_engine_pick_loop(options->engine);
    const ccpi_outlet_bell no_bell = {0};
    ccpi_relay *relay;
    ccp_status status;

    status = ccpi_relay_new(options, result, loop, &relay);
    if (status != CCP_OK)
        return ccpi_fail(error, status, "no memory for a transfer");

    status = ccpi_loop_hand_in(loop, relay);
    if (status == CCP_OK)
        ccpi_relay_wait(relay);
    ccpi_outlet_set_bell(options->outlet, &no_bell);
    ccpi_relay_release(relay);
    if (status != CCP_OK)
        return ccpi_fail(error, status, "the engine has stopped");
    check_json(options, result);
    return CCP_OK;
}

ccp_status ccpi_transfer_run(const ccpi_transfer_options *options,
                             ccpi_transfer_result *result, ccp_error *error)
{
    ccp_status status;

    *result = (ccpi_transfer_result){0};
    status = run(options, result, error);
    if (options->reader)
        result->failed_as = options->reader->failed_as;
    ccpi_reader_free(options->reader);
    return status;
}
