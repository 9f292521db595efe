#include "fuzz/fuzz.h"

#include <string.h>

#include "ccproxy/mask.h"

/* A key of the form of AK-1, and the part of it that nobody may see. */
#define KEY "ak_Zy9xWvTSRQPONMLKJIHGFEDCBAzyxwvutsrqponm_-9"
#define HIDDEN "TSRQPONMLKJIHGFEDCBAzyxwvutsrqponm_-9"

static int holds(const char *text, size_t len, const char *part)
{
    return memmem(text, len, part, strlen(part)) != NULL;
}

/* Masking again finds nothing that masking has left. */
static void check_twice(char *text, size_t len)
{
    char *again = malloc(len + 1);

    must(again != NULL);
    memcpy(again, text, len);
    must(ccp_mask(again, len) == len);
    must(memcmp(again, text, len) == 0);
    free(again);
}

/* Whatever stands around a key, the key is hidden. */
static void check_surrounded(const uint8_t *data, size_t before, size_t size)
{
    const size_t key_len = sizeof(KEY) - 1;
    char *text = malloc(size + key_len);
    size_t len;

    must(text != NULL);
    memcpy(text, data, before);
    memcpy(text + before, KEY, key_len);
    memcpy(text + before + key_len, data + before, size - before);
    len = ccp_mask(text, size + key_len);
    must(len <= size + key_len);
    must(holds((const char *)data, size, HIDDEN) || !holds(text, len, HIDDEN));
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    size_t len;

    must(text != NULL);
    memcpy(text, data, size);
    len = ccp_mask(text, size);
    must(len <= size);
    check_twice(text, len);
    free(text);
    if (size > 0) {
        check_surrounded(data, 0, size);
        check_surrounded(data, data[0] % size, size);
        check_surrounded(data, size, size);
    }
    return 0;
}
