/*
 * Translates between the Messages API and Amazon Bedrock's Converse, without
 * any network:
 *
 *     convert request MODEL_ID           < messages-request.json
 *     convert count MODEL_ID             < messages-request.json
 *     convert estimate MODEL_ID          < messages-request.json
 *     convert response MODEL_ID REQUEST  < converse-answer.json
 *     convert stream MODEL_ID REQUEST    < converse-stream.bin
 *
 * REQUEST is the file of the request that is answered; it may be left out.
 */
#include <ccproxy/converse.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct bytes {
    char *data; /* followed by a NUL */
    size_t len;
} bytes;

static bytes read_all(FILE *file)
{
    bytes all = {malloc(1), 0};
    size_t room = 0, got;

    do {
        if (all.len == room)
            room = room * 2 + 65536;
        all.data = realloc(all.data, room + 1);
        if (!all.data)
            exit(EXIT_FAILURE);
        got = fread(all.data + all.len, 1, room - all.len, file);
        all.len += got;
    } while (got > 0);
    all.data[all.len] = '\0';
    return all;
}

static void print_events(void *context, const char *events, size_t len)
{
    (void)context;
    fwrite(events, 1, len, stdout);
}

static ccp_status convert_stream(bytes in, const ccp_converse_facts *facts,
                                 ccp_error *error)
{
    ccp_converse_stream *stream;
    ccp_status status =
        ccp_converse_stream_new(facts, print_events, NULL, &stream, error);

    if (status == CCP_OK)
        status = ccp_converse_stream_feed(stream, in.data, in.len, error);
    if (status == CCP_OK)
        status = ccp_converse_stream_finish(stream, error);
    ccp_converse_stream_free(stream);
    return status;
}

int main(int argc, char **argv)
{
    const char *what = argc > 2 ? argv[1] : "help";
    FILE *request = argc > 3 ? fopen(argv[3], "rb") : NULL;
    ccp_converse_facts facts = {.anthropic_beta = getenv("ANTHROPIC_BETA")};
    ccp_error error = {.status = CCP_INVALID, .message = "see the head of convert.c"};
    ccp_status status = CCP_INVALID;
    bytes in = read_all(stdin);
    char *out = NULL;

    facts.model_id = argc > 2 ? argv[2] : "";
    facts.request = request ? read_all(request).data : NULL;
    if (strcmp(what, "request") == 0)
        status = ccp_converse_request(in.data, &facts, &out, &error);
    else if (strcmp(what, "count") == 0)
        status = ccp_converse_count_request(in.data, &facts, &out, &error);
    else if (strcmp(what, "response") == 0)
        status = ccp_converse_response(in.data, &facts, &out, &error);
    else if (strcmp(what, "stream") == 0)
        status = convert_stream(in, &facts, &error);
    else if (strcmp(what, "estimate") == 0)
        status = printf("%lld\n", (long long)ccp_estimate_input_tokens(in.data)) < 0;

    if (out)
        puts(out);
    if (status != CCP_OK)
        fprintf(stderr, "%s: %s\n", ccp_status_name(status), error.message);
    free(out);
    free(in.data);
    free((char *)facts.request);
    return status == CCP_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
