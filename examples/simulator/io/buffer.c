#include "io/buffer.h"

#include <ctype.h>
#include <openssl/evp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *sim_alloc(size_t size)
{
    void *memory = calloc(1, size ? size : 1);

    if (!memory) {
        fputs("simulator: no memory\n", stderr);
        exit(1);
    }
    return memory;
}

char *sim_copy(const char *bytes, size_t len)
{
    char *copy = sim_alloc(len + 1);

    memcpy(copy, bytes, len);
    return copy;
}

static void make_room(sim_buffer *buffer, size_t more)
{
    size_t capacity = buffer->capacity ? buffer->capacity : 256;
    char *bytes;

    if (buffer->len + more < buffer->capacity)
        return;
    while (capacity <= buffer->len + more)
        capacity *= 2;
    bytes = realloc(buffer->bytes, capacity);
    if (!bytes) {
        fputs("simulator: no memory\n", stderr);
        exit(1);
    }
    buffer->bytes = bytes;
    buffer->capacity = capacity;
}

void sim_buffer_add(sim_buffer *buffer, const void *bytes, size_t len)
{
    make_room(buffer, len);
    if (len > 0)
        memcpy(buffer->bytes + buffer->len, bytes, len);
    buffer->len += len;
    buffer->bytes[buffer->len] = '\0';
}

void sim_buffer_add_text(sim_buffer *buffer, const char *text)
{
    sim_buffer_add(buffer, text, strlen(text));
}

void sim_buffer_print(sim_buffer *buffer, const char *format, ...)
{
    va_list arguments;
    int len;

    va_start(arguments, format);
    len = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (len < 0)
        return;
    make_room(buffer, (size_t)len);
    va_start(arguments, format);
    vsnprintf(buffer->bytes + buffer->len, (size_t)len + 1, format, arguments);
    va_end(arguments);
    buffer->len += (size_t)len;
}

void sim_buffer_add_base64(sim_buffer *buffer, const void *bytes, size_t len)
{
    make_room(buffer, (len + 2) / 3 * 4);
    buffer->len += (size_t)EVP_EncodeBlock((unsigned char *)buffer->bytes + buffer->len,
                                           bytes, (int)len);
}

int sim_buffer_add_unbase64(sim_buffer *buffer, const char *text)
{
    const size_t len = strlen(text);
    size_t padding = 0;
    int decoded;

    if (len % 4 != 0)
        return -1;
    while (padding < 2 && padding < len && text[len - 1 - padding] == '=')
        padding++;
    make_room(buffer, len);
    decoded = EVP_DecodeBlock((unsigned char *)buffer->bytes + buffer->len,
                              (const unsigned char *)text, (int)len);
    if (decoded < 0)
        return -1;
    buffer->len += (size_t)decoded - padding;
    buffer->bytes[buffer->len] = '\0';
    return 0;
}

static void add_escaped(sim_buffer *buffer, unsigned char byte)
{
    if (byte == '"' || byte == '\\')
        sim_buffer_print(buffer, "\\%c", byte);
    else if (byte == '\n')
        sim_buffer_add(buffer, "\\n", 2);
    else
        sim_buffer_print(buffer, "\\u%04x", byte);
}

void sim_buffer_add_quoted(sim_buffer *buffer, const char *text, size_t len)
{
    size_t plain = 0; /* where the run of bytes that stay as they are begins */

    sim_buffer_add(buffer, "\"", 1);
    for (size_t i = 0; i < len; i++) {
        const unsigned char byte = (unsigned char)text[i];

        if (byte >= 0x20 && byte != '"' && byte != '\\')
            continue;
        sim_buffer_add(buffer, text + plain, i - plain);
        add_escaped(buffer, byte);
        plain = i + 1;
    }
    sim_buffer_add(buffer, text + plain, len - plain);
    sim_buffer_add(buffer, "\"", 1);
}

void sim_buffer_add_decoded(sim_buffer *buffer, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        char byte = text[i];

        if (byte == '%' && i + 2 < len && isxdigit((unsigned char)text[i + 1]) &&
            isxdigit((unsigned char)text[i + 2])) {
            const char hex[3] = {text[i + 1], text[i + 2], '\0'};

            byte = (char)strtoul(hex, NULL, 16);
            i += 2;
        }
        sim_buffer_add(buffer, &byte, 1);
    }
}

void sim_buffer_shift(sim_buffer *buffer, size_t len)
{
    if (len == 0)
        return;
    memmove(buffer->bytes, buffer->bytes + len, buffer->len - len + 1);
    buffer->len -= len;
}

void sim_buffer_free(sim_buffer *buffer)
{
    free(buffer->bytes);
    *buffer = (sim_buffer){0};
}

sim_digest sim_digest_of(const void *bytes, size_t len)
{
    unsigned char raw[EVP_MAX_MD_SIZE];
    unsigned int raw_len = 0;
    sim_digest digest = {0};

    if (!EVP_Digest(bytes, len, raw, &raw_len, EVP_sha256(), NULL))
        return digest;
    for (unsigned int i = 0; i < raw_len && i < 32; i++)
        snprintf(digest.hex + (size_t)i * 2, 3, "%02x", raw[i]);
    return digest;
}
