#include "base/uri.h"

#include "base/encode.h"

static bool is_unreserved(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           c == '-' || c == '.' || c == '_' || c == '~';
}

ccp_status ccpi_uri_encode(ccpi_span text, ccpi_buf *out)
{
    for (size_t i = 0; i < text.len; i++) {
        if (is_unreserved(text.data[i]))
            ccpi_buf_append_char(out, text.data[i]);
        else
            ccpi_buf_append_format(out, "%%%02X", (unsigned char)text.data[i]);
    }
    return out->status;
}

/* Decodes the %XX that text starts with. */
static bool decode_percent(ccpi_span text, char *out)
{
    return text.len >= 3 && text.data[0] == '%' &&
           ccpi_hex_decode((ccpi_span){text.data + 1, 2}, (unsigned char *)out);
}

static ccpi_span skip(ccpi_span text, size_t len)
{
    return (ccpi_span){text.data + len, text.len - len};
}

ccp_status ccpi_uri_query_decode(ccpi_span text, ccpi_buf *out)
{
    while (text.len > 0) {
        bool is_encoded = *text.data == '%';
        char c = *text.data;

        if (is_encoded && !decode_percent(text, &c))
            return CCP_INVALID;
        if (*text.data == '+')
            c = ' ';
        ccpi_buf_append_char(out, c);
        text = skip(text, is_encoded ? 3 : 1);
    }
    return out->status;
}

/* What stands before the first such character; the rest stays, without it. */
static ccpi_span cut(ccpi_span *text, char c)
{
    const char *found = memchr(text->data, c, text->len);
    ccpi_span head = *text;

    if (!found) {
        *text = (ccpi_span){NULL, 0};
        return head;
    }
    head.len = (size_t)(found - text->data);
    *text = skip(*text, head.len + 1);
    return head;
}

bool ccpi_uri_query_next(ccpi_span *query, ccpi_span *name, ccpi_span *value)
{
    while (query->len > 0) {
        ccpi_span pair = cut(query, '&');

        if (pair.len == 0)
            continue;
        *name = cut(&pair, '=');
        *value = pair;
        return true;
    }
    return false;
}

/* RFC 3986, section 3.3: pchar without the percent-encodings. */
static bool is_segment_char(char c)
{
    return is_unreserved(c) || (c != '\0' && strchr("!$&'()*+,;=:@", c));
}

bool ccpi_uri_is_segment(ccpi_span text)
{
    bool only_dots = true;
    size_t characters = 0;

    while (text.len > 0) {
        char c = *text.data;
        bool is_encoded = c == '%';

        if (is_encoded ? !decode_percent(text, &c) : !is_segment_char(c))
            return false;
        only_dots = only_dots && c == '.';
        characters++;
        text = skip(text, is_encoded ? 3 : 1);
    }
    return characters > 0 && !(only_dots && characters <= 2);
}
