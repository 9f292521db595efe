#include "ccproxy/bedrock_test.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "proxy.h"
#include "routing/trial.h"

/* A proxy's parts without its threads, but for the engine. */
static void drop(ccp_proxy **proxy)
{
    if (*proxy)
        ccpi_proxy_dismantle(*proxy);
    free(*proxy);
}

ccp_status ccp_bedrock_test_run(const ccp_proxy_options *options,
                                const ccp_access_key *key, const char *model,
                                ccp_bedrock_test *out, ccp_error *error)
{
    CCPI_CLEANUP(drop) ccp_proxy *proxy = calloc(1, sizeof(*proxy));
    ccp_status status;

    *out = (ccp_bedrock_test){.is_ok = false};
    if (!proxy)
        return ccpi_fail(error, CCP_NO_MEMORY, "no memory for a test of Bedrock");
    status = ccpi_proxy_build_upstreams(proxy, options, error);
    if (status == CCP_OK)
        ccpi_model_table_reload(proxy->router.models);
    return status == CCP_OK ? ccpi_trial_run(&proxy->router, key, model, out, error)
                            : status;
}
