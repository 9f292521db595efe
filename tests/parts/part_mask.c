/* No secret stays in a text, whatever stands around it. */
#include <ccproxy/mask.h>
#include <string.h>

#include "check.h"

static void check_masked(const char *text, const char *secret, const char *kept)
{
    char copy[256];
    size_t len;

    CHECK(strlen(text) < sizeof(copy));
    strcpy(copy, text);
    len = ccp_mask(copy, strlen(copy));
    CHECK(len <= strlen(text));
    copy[len] = '\0';
    CHECK(!strstr(copy, secret));
    CHECK(strstr(copy, kept));
}

int main(void)
{
    check_masked("GET /ak/ak_ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopq/v1",
                 "GHIJKLMNOP", "ak_ABCDEF***");
    check_masked("authorization: Bearer abc.def-ghi, next", "abc.def", " next");
    check_masked("{\"key\":\"sk-ant-api03-xyz\"}", "api03", "\"}");
    check_masked("ABSKQmVkcm9ja0FQSUtleS0=", "QmVkcm9j", "ABSK");
    CHECK(ccp_mask(NULL, 0) == 0);
    return 0;
}
