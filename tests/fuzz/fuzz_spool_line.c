#include "fuzz/fuzz.h"

#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include "usage/spool_line.h"

#define MOST 4096

/* What reads as a record reads the same once it is written again. */
static void check(ccpi_span line)
{
    ccp_usage_record record, again;
    char first[CCPI_SPOOL_LINE_MAX], second[CCPI_SPOOL_LINE_MAX];
    size_t len;

    if (!ccpi_spool_line_read(line, &record))
        return;
    len = ccpi_spool_line_write(&record, first);
    must(ccpi_spool_line_read((ccpi_span){first, len - 1}, &again));
    must(ccpi_spool_line_write(&again, second) == len);
    must(memcmp(first, second, len) == 0);
}

/* The input once as a line, and once as fields behind a checksum that is right. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char line[MOST + 32];
    int head;

    check((ccpi_span){(const char *)data, size});
    if (size > MOST)
        return 0;
    head = snprintf(line, sizeof(line), "1 %08lx ", crc32(0, data, (unsigned)size));
    memcpy(line + head, data, size);
    check((ccpi_span){line, (size_t)head + size});
    return 0;
}
