#include "support/data_file.h"

#include <criterion/criterion.h>
#include <stdio.h>

#include "base/encode.h"

#define MAX_FILE ((size_t)16 * 1024 * 1024)
#define STEP 65536

ccpi_buf read_data_file(const char *name)
{
    ccpi_buf content = {.limit = MAX_FILE};
    char path[512];
    size_t got;
    FILE *file;

    snprintf(path, sizeof(path), "%s/%s", CCPT_DATA_DIR, name);
    file = fopen(path, "rb");
    cr_assert(file, "%s can't be opened", path);
    do {
        char *room = ccpi_buf_room(&content, STEP);

        cr_assert(room, "%s is too large", path);
        got = fread(room, 1, STEP, file);
        ccpi_buf_grow(&content, got);
    } while (got > 0);
    fclose(file);
    return content;
}

ccpi_span next_word(ccpi_span *line, char separator)
{
    const char *end = line->len > 0 ? memchr(line->data, separator, line->len) : NULL;
    ccpi_span word = {line->data, end ? (size_t)(end - line->data) : line->len};
    size_t taken = end ? word.len + 1 : word.len;

    line->data += taken;
    line->len -= taken;
    return word;
}

bool next_line(ccpi_span *text, ccpi_span *line)
{
    if (text->len == 0)
        return false;
    *line = next_word(text, '\n');
    return true;
}

ccpi_buf unescaped_bytes(ccpi_span text)
{
    ccpi_buf bytes = {.limit = MAX_FILE};

    for (size_t i = 0; i < text.len; i++) {
        unsigned char byte = (unsigned char)text.data[i];

        if (byte == '\\') {
            cr_assert(i + 4 <= text.len && text.data[i + 1] == 'x' &&
                      ccpi_hex_decode((ccpi_span){text.data + i + 2, 2}, &byte));
            i += 3;
        }
        cr_assert(ccpi_buf_append(&bytes, &byte, 1) == CCP_OK);
    }
    return bytes;
}
