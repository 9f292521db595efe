#include "provider/bedrock_readers.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/fail.h"
#include "base/json.h"
#include "bedrock/native/answer.h"
#include "bedrock/native/renamed.h"
#include "bedrock/response.h"
#include "bedrock/stream.h"
#include "provider/bedrock_request.h"

/* More than any model can say in one answer. */
#define MAX_ANSWER (64u * 1024 * 1024)
#define MAX_COUNT 4096

static ccp_status give(ccpi_reader *reader, ccp_status status, ccpi_reader **out)
{
    *out = NULL;
    if (status != CCP_OK) {
        ccpi_reader_free(reader);
        return status;
    }
    *out = reader;
    return CCP_OK;
}

typedef struct stream_reader {
    ccpi_reader base;
    ccpi_converse_stream *stream;
} stream_reader;

static ccp_status feed_stream(ccpi_reader *reader, ccpi_span chunk, ccpi_buf *client,
                              ccp_error *error)
{
    ccpi_converse_stream *stream = ((stream_reader *)reader)->stream;
    ccp_status status = ccpi_converse_stream_feed(stream, chunk, client, error);
    ccpi_bedrock_fault fault;

    if (ccpi_converse_stream_fault(stream, &fault))
        reader->failed_as = (int)ccpi_bedrock_class_of(fault);
    return status;
}

static ccp_status finish_stream(ccpi_reader *reader, ccpi_buf *client, ccp_error *error)
{
    return ccpi_converse_stream_finish(((stream_reader *)reader)->stream, client, error);
}

static void free_stream(ccpi_reader *reader)
{
    ccpi_converse_stream_free(((stream_reader *)reader)->stream);
    free(reader);
}

ccp_status ccpi_bedrock_open_stream(const ccpi_answer_options *options, ccpi_reader **out)
{
    stream_reader *reader = calloc(1, sizeof(*reader));

    *out = NULL;
    if (!reader)
        return CCP_NO_MEMORY;
    reader->base =
        (ccpi_reader){.feed = feed_stream, .finish = finish_stream, .free = free_stream};
    return give(&reader->base, ccpi_converse_stream_new(options, &reader->stream), out);
}

typedef struct chunks_reader {
    ccpi_reader base;
    ccpi_chunks *chunks;
} chunks_reader;

static ccp_status feed_chunks(ccpi_reader *reader, ccpi_span chunk, ccpi_buf *client,
                              ccp_error *error)
{
    ccpi_chunks *chunks = ((chunks_reader *)reader)->chunks;
    ccp_status status = ccpi_chunks_feed(chunks, chunk, client, error);
    ccpi_bedrock_fault fault;

    if (ccpi_chunks_fault(chunks, &fault))
        reader->failed_as = (int)ccpi_bedrock_class_of(fault);
    return status;
}

static ccp_status finish_chunks(ccpi_reader *reader, ccpi_buf *client, ccp_error *error)
{
    return ccpi_chunks_finish(((chunks_reader *)reader)->chunks, client, error);
}

static ccpi_span counted_chunks(const ccpi_reader *reader)
{
    return ccpi_chunks_counted(((const chunks_reader *)reader)->chunks);
}

static void free_chunks(ccpi_reader *reader)
{
    ccpi_chunks_free(((chunks_reader *)reader)->chunks);
    free(reader);
}

ccp_status ccpi_bedrock_open_chunks(const ccpi_answer_options *options, ccpi_reader **out)
{
    chunks_reader *reader = calloc(1, sizeof(*reader));

    *out = NULL;
    if (!reader)
        return CCP_NO_MEMORY;
    reader->base = (ccpi_reader){.feed = feed_chunks,
                                 .finish = finish_chunks,
                                 .free = free_chunks,
                                 .counted = counted_chunks};
    return give(&reader->base, ccpi_chunks_new(options, &reader->chunks), out);
}

typedef struct events_reader {
    ccpi_reader base;
    ccpi_renamed renamed;
} events_reader;

static ccp_status feed_events(ccpi_reader *reader, ccpi_span chunk, ccpi_buf *client,
                              ccp_error *error)
{
    ccp_status status =
        ccpi_renamed_feed(&((events_reader *)reader)->renamed, chunk, client);

    return status == CCP_OK
               ? CCP_OK
               : ccpi_fail(error, status, "no room for an event of Bedrock's");
}

static ccp_status finish_events(ccpi_reader *reader, ccpi_buf *client, ccp_error *error)
{
    ccp_status status = ccpi_renamed_finish(&((events_reader *)reader)->renamed, client);

    return status == CCP_OK
               ? CCP_OK
               : ccpi_fail(error, status, "no room for an event of Bedrock's");
}

static void free_events(ccpi_reader *reader)
{
    ccpi_renamed_clear(&((events_reader *)reader)->renamed);
    free(reader);
}

ccp_status ccpi_bedrock_open_events(const ccpi_answer_options *options, ccpi_reader **out)
{
    events_reader *reader = calloc(1, sizeof(*reader));

    *out = NULL;
    if (!reader)
        return CCP_NO_MEMORY;
    reader->base =
        (ccpi_reader){.feed = feed_events, .finish = finish_events, .free = free_events};
    return give(&reader->base, ccpi_renamed_init(&reader->renamed, options->model), out);
}

/* Gathers a whole answer, then converts it. */
typedef struct whole_reader {
    ccpi_reader base;
    ccpi_buf answer;
    char *request_id;
    char *model;
    ccpi_names names;
} whole_reader;

static ccp_status feed_whole(ccpi_reader *reader, ccpi_span chunk, ccpi_buf *client,
                             ccp_error *error)
{
    whole_reader *whole = (whole_reader *)reader;
    ccp_status status = ccpi_buf_append_span(&whole->answer, chunk);

    (void)client;
    if (status != CCP_OK)
        return ccpi_fail(error, status, "Bedrock's answer does not fit");
    return CCP_OK;
}

static ccp_status finish_whole(ccpi_reader *reader, ccpi_buf *client, ccp_error *error)
{
    whole_reader *whole = (whole_reader *)reader;
    const ccpi_answer_options options = {
        .request_id = whole->request_id,
        .model = whole->model,
        .names = &whole->names,
    };

    return ccpi_converse_response(ccpi_buf_span(&whole->answer), &options, client, error);
}

static ccp_status finish_native(ccpi_reader *reader, ccpi_buf *client, ccp_error *error)
{
    const whole_reader *whole = (const whole_reader *)reader;

    return ccpi_native_response(ccpi_buf_span(&whole->answer), whole->model, client,
                                error);
}

static void free_whole(ccpi_reader *reader)
{
    whole_reader *whole = (whole_reader *)reader;

    ccpi_buf_clear(&whole->answer);
    ccpi_names_clear(&whole->names);
    free(whole->request_id);
    free(whole->model);
    free(whole);
}

static ccp_status open_whole(const ccpi_answer_options *options, ccpi_reader kind,
                             ccpi_reader **out)
{
    whole_reader *whole = calloc(1, sizeof(*whole));
    ccp_status status = CCP_OK;

    *out = NULL;
    if (!whole)
        return CCP_NO_MEMORY;
    whole->base = kind;
    whole->answer.limit = MAX_ANSWER;
    whole->request_id = strdup(options->request_id);
    whole->model = strdup(options->model);
    if (options->names)
        status = ccpi_names_copy_changed(options->names, &whole->names);
    if (!whole->request_id || !whole->model)
        status = CCP_NO_MEMORY;
    return give(&whole->base, status, out);
}

ccp_status ccpi_bedrock_open_whole(const ccpi_answer_options *options, ccpi_reader **out)
{
    const ccpi_reader kind = {
        .feed = feed_whole, .finish = finish_whole, .free = free_whole};

    return open_whole(options, kind, out);
}

ccp_status ccpi_bedrock_open_native(const ccpi_answer_options *options, ccpi_reader **out)
{
    const ccpi_reader kind = {
        .feed = feed_whole, .finish = finish_native, .free = free_whole};

    return open_whole(options, kind, out);
}

typedef struct count_reader {
    ccpi_reader base;
    ccpi_buf answer;
} count_reader;

static ccp_status feed_count(ccpi_reader *reader, ccpi_span chunk, ccpi_buf *client,
                             ccp_error *error)
{
    ccp_status status = ccpi_buf_append_span(&((count_reader *)reader)->answer, chunk);

    (void)client;
    if (status != CCP_OK)
        return ccpi_fail(error, status == CCP_LIMIT ? CCP_PROTOCOL : status,
                         "Bedrock's token count does not fit");
    return CCP_OK;
}

static ccp_status find_count(void *context, const ccpi_json_member *member)
{
    if (ccpi_json_key_is(member->key, "inputTokens"))
        ccpi_json_integer(member->value, context);
    return CCP_OK;
}

static ccp_status finish_count(ccpi_reader *reader, ccpi_buf *client, ccp_error *error)
{
    const ccpi_buf *answer = &((count_reader *)reader)->answer;
    int64_t count = -1;

    if (ccpi_json_walk(ccpi_buf_span(answer), find_count, &count, NULL) != CCP_OK ||
        count < 0)
        return ccpi_fail(error, CCP_PROTOCOL, "Bedrock's answer holds no token count");
    return ccpi_buf_append_format(client, "{\"input_tokens\":%" PRId64 "}", count);
}

static void free_count(ccpi_reader *reader)
{
    ccpi_buf_clear(&((count_reader *)reader)->answer);
    free(reader);
}

ccp_status ccpi_bedrock_open_count(ccpi_reader **out)
{
    count_reader *reader = calloc(1, sizeof(*reader));

    *out = NULL;
    if (!reader)
        return CCP_NO_MEMORY;
    reader->base =
        (ccpi_reader){.feed = feed_count, .finish = finish_count, .free = free_count};
    reader->answer.limit = MAX_COUNT;
    *out = &reader->base;
    return CCP_OK;
}
