#include "tell/reply.h"

#include <string.h>

#define GZIP_WINDOW (15 + 16)

static const struct {
    int status;
    const char *reason;
} REASONS[] = {
    {200, "OK"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {402, "Payment Required"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {413, "Payload Too Large"},
    {424, "Failed Dependency"},
    {429, "Too Many Requests"},
    {500, "Internal Server Error"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
};

static const char *reason_of(int status)
{
    for (size_t i = 0; i < sizeof(REASONS) / sizeof(REASONS[0]); i++)
        if (REASONS[i].status == status)
            return REASONS[i].reason;
    return "Unknown";
}

/* A header of the script has one value, or a list of them. */
static void add_scripted_headers(sim_buffer *out, json_t *headers)
{
    const char *name;
    json_t *value;

    json_object_foreach(headers, name, value)
    {
        json_t *one;
        size_t i;

        if (json_is_string(value))
            sim_buffer_print(out, "%s: %s\r\n", name, json_string_value(value));
        json_array_foreach(value, i, one)
            sim_buffer_print(out, "%s: %s\r\n", name, json_string_value(one));
    }
}

bool sim_reply_head(sim_reply *reply, int status, const char *content_type,
                    const char *headers, int64_t length)
{
    sim_buffer *wire = &reply->wire;

    reply->is_zipped = reply->answer->gzip &&
                       deflateInit2(&reply->zip, Z_DEFAULT_COMPRESSION, Z_DEFLATED,
                                    GZIP_WINDOW, 8, Z_DEFAULT_STRATEGY) == Z_OK;
    reply->chunked = length < 0 || reply->is_zipped;
    wire->len = 0;
    sim_buffer_print(wire, "HTTP/1.1 %d %s\r\ncontent-type: %s\r\n%s", status,
                     reason_of(status), content_type, headers);
    add_scripted_headers(wire, reply->answer->headers);
    if (reply->is_zipped)
        sim_buffer_add_text(wire, "content-encoding: gzip\r\n");
    if (reply->chunked)
        sim_buffer_add_text(wire, "transfer-encoding: chunked\r\n\r\n");
    else
        sim_buffer_print(wire, "content-length: %lld\r\n\r\n", (long long)length);
    return sim_send(reply->connection, wire->bytes, wire->len);
}

bool sim_reply_break(sim_reply *reply)
{
    const sim_fault *fault = &reply->answer->fault;

    if (fault->deed == SIM_STALL)
        return sim_wait(reply->connection, fault->ms);
    reply->broken = true;
    if (fault->deed == SIM_END && reply->chunked)
        return sim_send(reply->connection, "0\r\n\r\n", 5) && false;
    sim_cut(reply->connection, fault->deed == SIM_RESET);
    return false;
}

static bool send_piece(sim_reply *reply, const char *bytes, size_t len)
{
    if (len == 0)
        return true;
    reply->body_bytes += (int64_t)len;
    if (!reply->chunked)
        return sim_send(reply->connection, bytes, len);
    reply->wire.len = 0;
    sim_buffer_print(&reply->wire, "%zx\r\n", len);
    sim_buffer_add(&reply->wire, bytes, len);
    sim_buffer_add(&reply->wire, "\r\n", 2);
    return sim_send(reply->connection, reply->wire.bytes, reply->wire.len);
}

static bool send_trickling(sim_reply *reply, const char *bytes, size_t len)
{
    if (!reply->answer->trickle)
        return send_piece(reply, bytes, len);
    for (size_t i = 0; i < len; i++)
        if (!send_piece(reply, bytes + i, 1))
            return false;
    return true;
}

/* Sends what stands before the byte of the fault, commits it, sends the rest. */
static bool send_faulty(sim_reply *reply, const char *bytes, size_t len)
{
    const int64_t before = reply->answer->fault.at_byte - reply->body_bytes;

    if (reply->answer->fault.at_byte < 0 || before < 0 || before >= (int64_t)len)
        return send_trickling(reply, bytes, len);
    return send_trickling(reply, bytes, (size_t)before) && sim_reply_break(reply) &&
           send_trickling(reply, bytes + before, len - (size_t)before);
}

static bool send_zipped(sim_reply *reply, const void *bytes, size_t len, int flush)
{
    char out[4096];

    reply->zip.next_in = (Bytef *)bytes;
    reply->zip.avail_in = (uInt)len;
    reply->zipped.len = 0;
    do {
        reply->zip.next_out = (Bytef *)out;
        reply->zip.avail_out = sizeof(out);
        deflate(&reply->zip, flush);
        sim_buffer_add(&reply->zipped, out, sizeof(out) - reply->zip.avail_out);
    } while (reply->zip.avail_out == 0);
    return send_faulty(reply, reply->zipped.bytes, reply->zipped.len);
}

bool sim_reply_body(sim_reply *reply, const void *bytes, size_t len)
{
    if (reply->is_zipped)
        return send_zipped(reply, bytes, len, Z_SYNC_FLUSH);
    return send_faulty(reply, bytes, len);
}

bool sim_reply_end(sim_reply *reply)
{
    if (reply->is_zipped && !send_zipped(reply, "", 0, Z_FINISH))
        return false;
    return !reply->chunked || sim_send(reply->connection, "0\r\n\r\n", 5);
}

void sim_reply_clear(sim_reply *reply)
{
    if (reply->is_zipped)
        deflateEnd(&reply->zip);
    sim_buffer_free(&reply->zipped);
    sim_buffer_free(&reply->wire);
}
