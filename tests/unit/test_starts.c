#include "upstream/starts.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#define COUNT 5

/* The seat stands first in a relay, and all that is looked at. */
static ccpi_seat seats[COUNT];

static ccpi_relay *relay(int i)
{
    return (ccpi_relay *)&seats[i];
}

Test(starts, who_came_first_starts_first)
{
    ccpi_starts starts = {0};

    cr_expect(zero(ptr, ccpi_starts_take(&starts)));
    for (int i = 0; i < 3; i++)
        ccpi_starts_put(&starts, relay(i));
    cr_expect(eq(ptr, ccpi_starts_take(&starts), relay(0)));
    ccpi_starts_put(&starts, relay(3));
    for (int i = 1; i <= 3; i++)
        cr_expect(eq(ptr, ccpi_starts_take(&starts), relay(i)));
    cr_expect(zero(ptr, ccpi_starts_take(&starts)));

    ccpi_starts_put(&starts, relay(4));
    cr_expect(eq(ptr, ccpi_starts_take(&starts), relay(4)));
    cr_expect(zero(ptr, ccpi_starts_take(&starts)));
}

Test(starts, a_busy_loop_starts_fewer_and_never_none)
{
    cr_expect(gt(int, ccpi_starts_allowed(0), ccpi_starts_allowed(256)));
    cr_expect(gt(int, ccpi_starts_allowed(256), 0));
}
