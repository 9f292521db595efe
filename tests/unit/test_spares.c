#include "base/spares.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>

#define LARGE ((size_t)1000 * 1000)

static ccpi_spares spares;

static void set_up(void)
{
    ccpi_spares_init(&spares);
}

static void tear_down(void)
{
    ccpi_spares_clear(&spares);
}

TestSuite(spares, .init = set_up, .fini = tear_down);

static ccpi_buf full_buffer(size_t len)
{
    ccpi_buf buf = {.limit = len};

    cr_assert(eq(int, ccpi_spares_make_room(&spares, &buf, len), CCP_OK));
    cr_assert(gt(sz, buf.capacity, len));
    memset(buf.data, 'x', len);
    ccpi_buf_grow(&buf, len);
    return buf;
}

Test(spares, a_large_buffer_gets_the_memory_of_the_one_before_it)
{
    ccpi_buf first = full_buffer(LARGE), second;
    void *memory = first.data;

    ccpi_spares_take(&spares, &first);
    cr_expect(zero(ptr, first.data));
    second = full_buffer(LARGE + 5000);
    cr_expect(eq(ptr, second.data, memory));
    ccpi_spares_take(&spares, &second);
}

Test(spares, a_block_goes_to_one_buffer_at_a_time)
{
    ccpi_buf first = full_buffer(LARGE), second, third;

    ccpi_spares_take(&spares, &first);
    second = full_buffer(LARGE);
    third = full_buffer(LARGE);
    cr_expect(ne(ptr, second.data, third.data));
    ccpi_spares_take(&spares, &second);
    ccpi_spares_take(&spares, &third);
}

Test(spares, a_block_that_is_too_small_is_left_for_others)
{
    ccpi_buf small = full_buffer(CCPI_SPARES_LEAST_BYTES), large;
    void *memory = small.data;

    ccpi_spares_take(&spares, &small);
    large = full_buffer(LARGE);
    cr_expect(ne(ptr, large.data, memory));
    ccpi_spares_take(&spares, &large);
    cr_expect(eq(sz, spares.count, 2));
}

Test(spares, only_a_few_are_kept_and_none_that_is_small_or_huge)
{
    static const size_t not_kept[] = {1, CCPI_SPARES_LEAST_BYTES / 2,
                                      CCPI_SPARES_MOST_BYTES + 1};
    ccpi_buf bufs[CCPI_SPARES_MOST + 1];

    for (size_t i = 0; i < sizeof(not_kept) / sizeof(not_kept[0]); i++) {
        ccpi_buf buf = full_buffer(not_kept[i]);

        ccpi_spares_take(&spares, &buf);
        cr_expect(zero(sz, spares.count), "of %zu bytes", not_kept[i]);
    }
    for (size_t i = 0; i <= CCPI_SPARES_MOST; i++)
        bufs[i] = full_buffer(LARGE);
    for (size_t i = 0; i <= CCPI_SPARES_MOST; i++)
        ccpi_spares_take(&spares, &bufs[i]);
    cr_expect(eq(sz, spares.count, CCPI_SPARES_MOST));
}

Test(spares, what_nobody_needs_goes_back_at_the_second_look)
{
    ccpi_buf first = full_buffer(LARGE), second = full_buffer(LARGE);

    ccpi_spares_take(&spares, &first);
    ccpi_spares_take(&spares, &second);
    ccpi_spares_age(&spares);
    cr_expect(eq(sz, spares.count, 2), "they have just come");

    first = full_buffer(LARGE);
    ccpi_spares_take(&spares, &first);
    ccpi_spares_age(&spares);
    cr_expect(eq(sz, spares.count, 1), "one was enough meanwhile");
    ccpi_spares_age(&spares);
    cr_expect(zero(sz, spares.count));
}

Test(spares, a_buffer_takes_no_more_than_its_limit)
{
    ccpi_buf buf = {.limit = LARGE};

    cr_expect(eq(int, ccpi_spares_make_room(&spares, &buf, LARGE + 1), CCP_LIMIT));
}
