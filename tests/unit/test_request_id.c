#include "routing/request_id.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

static int64_t now_us;

static int64_t tell_time(void *self)
{
    (void)self;
    return now_us;
}

static ccp_status fill_with(void *self, unsigned char *bytes, size_t len)
{
    memset(bytes, *(const unsigned char *)self, len);
    return CCP_OK;
}

static ccp_status fail(void *self, unsigned char *bytes, size_t len)
{
    (void)self, (void)bytes, (void)len;
    return CCP_UNAVAILABLE;
}

static const ccp_clock a_clock = {.unix_us = tell_time, .monotonic_us = tell_time};

static void make(int64_t at_us, unsigned char chance, char *out)
{
    const ccp_random random = {.fill = fill_with, .self = &chance};

    now_us = at_us;
    cr_assert(eq(int, ccpi_request_id_make(&a_clock, &random, out), CCP_OK));
}

/* printf %x 1772366400123 */
Test(request_id, it_is_the_time_in_milliseconds_and_chance)
{
    char id[CCPI_REQUEST_ID_LEN + 1];

    make(INT64_C(1772366400123456), 0xab, id);
    cr_expect(eq(str, id, "req_019ca9450a7babababababab"));
}

Test(request_id, later_ones_stand_behind)
{
    char earlier[CCPI_REQUEST_ID_LEN + 1], later[CCPI_REQUEST_ID_LEN + 1];

    make(INT64_C(1772366400123000), 0xff, earlier);
    make(INT64_C(1772366400124000), 0x00, later);
    cr_expect(lt(int, strcmp(earlier, later), 0));
}

Test(request_id, there_is_none_without_chance)
{
    char id[CCPI_REQUEST_ID_LEN + 1];
    const ccp_random random = {.fill = fail};

    cr_expect(eq(int, ccpi_request_id_make(&a_clock, &random, id), CCP_UNAVAILABLE));
}
