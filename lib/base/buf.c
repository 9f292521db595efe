#include "base/buf.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/encode.h"

#define SMALLEST 256

void ccpi_buf_clear(ccpi_buf *buf)
{
    free(buf->data);
    *buf = (ccpi_buf){.limit = buf->limit};
}

void ccpi_buf_wipe(ccpi_buf *buf)
{
    if (buf->data)
        explicit_bzero(buf->data, buf->capacity);
    ccpi_buf_clear(buf);
}

void ccpi_buf_reset(ccpi_buf *buf)
{
    buf->len = 0;
    buf->status = CCP_OK;
    if (buf->data)
        buf->data[0] = '\0';
}

static size_t capacity_for(const ccpi_buf *buf, size_t len)
{
    size_t capacity = buf->capacity < SMALLEST ? SMALLEST : buf->capacity;

    while (capacity < len + 1 && capacity <= SIZE_MAX / 2)
        capacity *= 2;
    if (capacity > buf->limit + 1 && buf->limit < SIZE_MAX)
        capacity = buf->limit + 1;
    return capacity;
}

char *ccpi_buf_room(ccpi_buf *buf, size_t len)
{
    size_t capacity;
    char *data;

    if (buf->status != CCP_OK)
        return NULL;
    if (len > buf->limit || buf->len > buf->limit - len) {
        buf->status = CCP_LIMIT;
        return NULL;
    }
    if (buf->len + len < buf->capacity)
        return buf->data + buf->len;

    capacity = capacity_for(buf, buf->len + len);
    data = realloc(buf->data, capacity);
    if (!data) {
        buf->status = CCP_NO_MEMORY;
        return NULL;
    }
    buf->data = data;
    buf->capacity = capacity;
    return data + buf->len;
}

void ccpi_buf_grow(ccpi_buf *buf, size_t len)
{
    buf->len += len;
    if (buf->data)
        buf->data[buf->len] = '\0';
}

ccp_status ccpi_buf_append(ccpi_buf *buf, const void *data, size_t len)
{
    char *room = ccpi_buf_room(buf, len);

    if (!room)
        return buf->status;
    if (len > 0)
        memcpy(room, data, len);
    ccpi_buf_grow(buf, len);
    return CCP_OK;
}

ccp_status ccpi_buf_append_span(ccpi_buf *buf, ccpi_span span)
{
    return ccpi_buf_append(buf, span.data, span.len);
}

ccp_status ccpi_buf_append_text(ccpi_buf *buf, const char *text)
{
    return ccpi_buf_append(buf, text, strlen(text));
}

ccp_status ccpi_buf_append_char(ccpi_buf *buf, char c)
{
    return ccpi_buf_append(buf, &c, 1);
}

ccp_status ccpi_buf_append_number(ccpi_buf *buf, int64_t number)
{
    char text[CCPI_DECIMAL_SIZE];

    return ccpi_buf_append(buf, text, ccpi_decimal_encode(number, text));
}

ccp_status ccpi_buf_append_format(ccpi_buf *buf, const char *format, ...)
{
    va_list args;
    char *room;
    int len;

    va_start(args, format);
    len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (len < 0)
        return buf->status = CCP_INTERNAL;

    room = ccpi_buf_room(buf, (size_t)len);
    if (!room)
        return buf->status;
    va_start(args, format);
    vsnprintf(room, (size_t)len + 1, format, args);
    va_end(args);
    ccpi_buf_grow(buf, (size_t)len);
    return CCP_OK;
}

void ccpi_buf_consume(ccpi_buf *buf, size_t len)
{
    if (len == 0)
        return;
    buf->len -= len;
    memmove(buf->data, buf->data + len, buf->len);
    buf->data[buf->len] = '\0';
}

void ccpi_buf_cut(ccpi_buf *buf, size_t len)
{
    if (len >= buf->len)
        return;
    buf->len = len;
    buf->data[len] = '\0';
}
