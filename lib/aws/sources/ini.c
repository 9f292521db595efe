#include "aws/sources/ini.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static ccpi_span trim(ccpi_span text)
{
    while (text.len > 0 && is_blank(text.data[text.len - 1]))
        text.len--;
    while (text.len > 0 && is_blank(*text.data))
        text.data++, text.len--;
    return text;
}

static ccpi_span take_line(ccpi_span *text)
{
    const char *end = memchr(text->data, '\n', text->len);
    const ccpi_span line = {text->data, end ? (size_t)(end - text->data) : text->len};
    const size_t taken = line.len + (end ? 1 : 0);

    text->data += taken;
    text->len -= taken;
    return line;
}

/* "[name]", with anything behind it. */
static bool is_section(ccpi_span line, ccpi_span *name)
{
    const char *end = memchr(line.data, ']', line.len);

    if (*line.data != '[' || !end)
        return false;
    *name = trim((ccpi_span){line.data + 1, (size_t)(end - line.data) - 1});
    return true;
}

/* A comment behind a value begins with a blank and a mark. */
static ccpi_span without_comment(ccpi_span value)
{
    for (size_t i = 1; i < value.len; i++)
        if ((value.data[i] == '#' || value.data[i] == ';') && is_blank(value.data[i - 1]))
            value.len = i - 1;
    return trim(value);
}

static bool is_property(ccpi_span line, ccpi_span *key, ccpi_span *value)
{
    const char *equals = memchr(line.data, '=', line.len);

    if (!equals || strchr("#;", *line.data) || is_blank(*line.data))
        return false;
    *key = trim((ccpi_span){line.data, (size_t)(equals - line.data)});
    *value = (ccpi_span){equals + 1, line.len - (size_t)(equals + 1 - line.data)};
    *value = without_comment(*value);
    return key->len > 0;
}

void ccpi_ini_walk(ccpi_span text,
                   void (*visit)(void *context, ccpi_span section, ccpi_span key,
                                 ccpi_span value),
                   void *context)
{
    ccpi_span section = {NULL, 0};

    while (text.len > 0) {
        const ccpi_span line = take_line(&text);
        ccpi_span key, value;

        if (line.len == 0 || is_section(line, &section))
            continue;
        if (section.data && is_property(line, &key, &value))
            visit(context, section, key, value);
    }
}
