#include "aws/xml.h"

/* The rest behind this text; data is NULL when it is not there. */
static ccpi_span behind(ccpi_span text, const char *mark)
{
    const size_t len = strlen(mark);
    const char *found = text.len > 0 ? memmem(text.data, text.len, mark, len) : NULL;

    if (!found)
        return (ccpi_span){NULL, 0};
    found += len;
    return (ccpi_span){found, text.len - (size_t)(found - text.data)};
}

ccpi_span ccpi_xml_text(ccpi_span xml, const char *element)
{
    const size_t len = strlen(element);
    ccpi_span rest = xml;

    while ((rest = behind(rest, "<")).data) {
        const char *end;

        if (!ccpi_span_starts(rest, element) || rest.len == len || rest.data[len] != '>')
            continue;
        rest = (ccpi_span){rest.data + len + 1, rest.len - len - 1};
        end = rest.len > 0 ? memchr(rest.data, '<', rest.len) : NULL;
        if (!end)
            break;
        rest.len = (size_t)(end - rest.data);
        return rest.len > 0 && memchr(rest.data, '&', rest.len) ? (ccpi_span){NULL, 0}
                                                                : rest;
    }
    return (ccpi_span){NULL, 0};
}
