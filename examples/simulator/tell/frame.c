#include "tell/frame.h"

#include <stdint.h>
#include <string.h>
#include <zlib.h>

#define TYPE_STRING 7
#define PRELUDE_LEN 8

static void add_u32(sim_buffer *out, uint32_t value)
{
    const unsigned char bytes[4] = {
        (unsigned char)(value >> 24),
        (unsigned char)(value >> 16),
        (unsigned char)(value >> 8),
        (unsigned char)value,
    };

    sim_buffer_add(out, bytes, sizeof(bytes));
}

static void add_crc(sim_buffer *out, size_t begin)
{
    add_u32(out, (uint32_t)crc32(0, (const Bytef *)out->bytes + begin,
                                 (uInt)(out->len - begin)));
}

static void add_header(sim_buffer *out, const sim_frame_header *header)
{
    const size_t len = strlen(header->value);
    const unsigned char value_prefix[3] = {TYPE_STRING, (unsigned char)(len >> 8),
                                           (unsigned char)len};
    const unsigned char name_len = (unsigned char)strlen(header->name);

    sim_buffer_add(out, &name_len, 1);
    sim_buffer_add(out, header->name, name_len);
    sim_buffer_add(out, value_prefix, sizeof(value_prefix));
    sim_buffer_add(out, header->value, len);
}

void sim_frame_add(sim_buffer *out, const sim_frame_header *headers, size_t count,
                   const sim_buffer *payload)
{
    const size_t begin = out->len;
    sim_buffer packed = {0};

    for (size_t i = 0; i < count; i++)
        add_header(&packed, &headers[i]);
    add_u32(out, (uint32_t)(PRELUDE_LEN + 4 + packed.len + payload->len + 4));
    add_u32(out, (uint32_t)packed.len);
    add_crc(out, begin);
    sim_buffer_add(out, packed.bytes, packed.len);
    sim_buffer_add(out, payload->bytes, payload->len);
    add_crc(out, begin);
    sim_buffer_free(&packed);
}
