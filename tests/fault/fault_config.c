#include "ccproxy/config.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/settings.h"
#include "support/failing_malloc.h"

static const char *const environment[] = {
    "CCPROXY_PLAN_API_KEY=sk-ant-1", "CCPROXY_UNKNOWN=1",
    "CCPROXY_BEDROCK_MODEL_MAPPING={\"a\":\"b\"}", "AWS_REGION=eu-west-1", NULL};

static const char json[] = "{\"usage_limit_messages\":[\"a\",\"b, c\"],"
                           "\"db_host\":\"h\\u0065re\",\"max_streams\":5}";

static char path[] = "/tmp/fault_config.XXXXXX";

static ccp_status use(ccp_config *config, ccp_config **copy)
{
    ccp_status status = ccp_config_load_environment(config, environment, NULL);

    if (status == CCP_OK)
        status = ccp_config_load_file(config, path, NULL);
    if (status == CCP_OK)
        status = ccp_config_set(config, "trusted-proxies", "10.0.0.0/8,::1", NULL);
    if (status == CCP_OK)
        status = ccp_config_check(config, NULL, NULL, NULL);
    if (status == CCP_OK)
        status = ccpi_config_copy(config, copy, NULL);
    return status;
}

Test(fault_config, running_out_of_memory_is_told_wherever_it_happens)
{
    int descriptor = mkstemp(path);
    ccp_status status;
    int nth = 0;

    cr_assert(eq(int, (int)write(descriptor, json, strlen(json)), (int)strlen(json)));
    close(descriptor);
    do {
        ccp_config *config = NULL, *copy = NULL;

        fail_allocation(nth++);
        status = ccp_config_new(&config, NULL);
        if (status == CCP_OK)
            status = use(config, &copy);
        if (allocation_failed())
            cr_assert(eq(int, status, CCP_NO_MEMORY), "at allocation %d", nth - 1);
        fail_no_allocation();
        ccp_config_free(copy);
        ccp_config_free(config);
    } while (status == CCP_NO_MEMORY);

    unlink(path);
    cr_expect(eq(int, status, CCP_OK));
    cr_expect(gt(int, nth, 200), "only %d allocations were made to fail", nth);
}
