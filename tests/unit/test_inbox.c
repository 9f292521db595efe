#include "upstream/inbox.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <poll.h>

static ccpi_inbox inbox;

static void set_up(void)
{
    cr_assert(eq(int, ccpi_inbox_open(&inbox), CCP_OK));
}

static void tear_down(void)
{
    ccpi_inbox_close(&inbox);
}

TestSuite(inbox, .init = set_up, .fini = tear_down);

static bool was_rung(void)
{
    struct pollfd bell = {.fd = inbox.bell, .events = POLLIN};

    return poll(&bell, 1, 0) == 1;
}

Test(inbox, what_is_put_in_comes_out_in_order_and_can_go_in_again)
{
    ccpi_inbox_entry entries[3] = {{0}};

    cr_expect(zero(ptr, ccpi_inbox_take(&inbox)));
    for (int i = 0; i < 3; i++)
        cr_expect(eq(int, ccpi_inbox_put(&inbox, &entries[i]), CCP_OK));
    cr_expect(eq(ptr, ccpi_inbox_take(&inbox), &entries[0]));
    cr_expect(eq(int, ccpi_inbox_put(&inbox, &entries[0]), CCP_OK));
    cr_expect(eq(ptr, ccpi_inbox_take(&inbox), &entries[1]));
    cr_expect(eq(ptr, ccpi_inbox_take(&inbox), &entries[2]));
    cr_expect(eq(ptr, ccpi_inbox_take(&inbox), &entries[0]));
    cr_expect(zero(ptr, ccpi_inbox_take(&inbox)));
}

Test(inbox, an_entry_is_in_it_only_once)
{
    ccpi_inbox_entry entry = {0};

    cr_expect(eq(int, ccpi_inbox_put(&inbox, &entry), CCP_OK));
    cr_expect(eq(int, ccpi_inbox_put(&inbox, &entry), CCP_CONFLICT));
    cr_expect(eq(ptr, ccpi_inbox_take(&inbox), &entry));
    cr_expect(zero(ptr, ccpi_inbox_take(&inbox)));
}

Test(inbox, the_first_entry_rings)
{
    ccpi_inbox_entry entry = {0};

    cr_expect(not(was_rung()));
    ccpi_inbox_put(&inbox, &entry);
    cr_expect(was_rung());
}

Test(inbox, once_shut_it_takes_nothing_and_has_rung)
{
    ccpi_inbox_entry entry = {0};

    ccpi_inbox_shut(&inbox);
    cr_expect(was_rung());
    cr_expect(ccpi_inbox_is_shut(&inbox));
    cr_expect(eq(int, ccpi_inbox_put(&inbox, &entry), CCP_UNAVAILABLE));
}
