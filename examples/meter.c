/*
 * Passes a stream of the Messages API through, and says what it cost:
 *
 *     curl -N ... | meter claude-sonnet-5-5 [bedrock]
 *
 * The stream goes to standard output as it came; tokens and dollars are printed
 * on standard error.
 */
#include <ccproxy/meter.h>
#include <ccproxy/pricing.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int pass_through(ccp_meter *meter)
{
    char bytes[4096];
    ssize_t len;

    while ((len = read(STDIN_FILENO, bytes, sizeof(bytes))) > 0) {
        if (fwrite(bytes, 1, (size_t)len, stdout) != (size_t)len || fflush(stdout) != 0)
            return EXIT_FAILURE;
        if (ccp_meter_feed(meter, bytes, (size_t)len) != CCP_OK)
            return EXIT_FAILURE;
    }
    return len < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

static void print_cost(const ccp_pricing *pricing, const ccp_meter_reading *reading,
                       const char *model, const char *provider)
{
    ccp_usage_record record = {.tokens = reading->tokens};
    char dollars[CCP_MONEY_TEXT_SIZE];
    const ccp_tokens *tokens = &record.tokens;

    snprintf(record.provider, sizeof(record.provider), "%s", provider);
    snprintf(record.model, sizeof(record.model), "%s", model);
    snprintf(record.served_model, sizeof(record.served_model), "%s", model);
    ccp_pricing_apply(pricing, &record);
    ccp_money_write(record.total_cost_micro, dollars);
    fprintf(stderr, "input %lld, output %lld, cache read %lld, cache write %lld: $%s%s\n",
            (long long)tokens->input, (long long)tokens->output,
            (long long)tokens->cache_read,
            (long long)tokens->cache_write_5m + (long long)tokens->cache_write_1h,
            dollars, record.price_is_estimated ? " (price estimated)" : "");
}

int main(int argc, char **argv)
{
    const char *provider = argc > 2 ? argv[2] : "plan";
    ccp_pricing *pricing = NULL;
    ccp_meter *meter = NULL;
    ccp_error error = {.message = "no memory"};
    int code = EXIT_FAILURE;

    if (argc < 2) {
        fprintf(stderr, "usage: meter MODEL [plan|bedrock] < stream\n");
        return 2;
    }
    if (ccp_pricing_new(NULL, &pricing, &error) == CCP_OK &&
        ccp_meter_new(&meter) == CCP_OK) {
        code = pass_through(meter);
        const ccp_meter_reading reading = ccp_meter_read(meter);
        print_cost(pricing, &reading, argv[1], provider);
    } else {
        fprintf(stderr, "%s\n", error.message);
    }
    ccp_meter_free(meter);
    ccp_pricing_free(pricing);
    return code;
}
