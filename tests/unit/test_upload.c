#include "upstream/upload.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

static ccpi_outgoing outgoing = {
    .pieces = {CCPI_SPAN("one"), {"", 0}, CCPI_SPAN("two"), CCPI_SPAN("3"), {"", 0}},
    .piece_count = 5,
};

/* All bytes, read so many at a time. */
static void read_in_steps(ccpi_upload *upload, size_t step, char *into)
{
    size_t len;

    while ((len = ccpi_upload_read(upload, into, step)) > 0) {
        cr_assert(le(sz, len, step));
        into += len;
    }
    *into = '\0';
}

Test(upload, pieces_come_out_joined_however_few_bytes_are_read_at_a_time)
{
    for (size_t step = 1; step <= 8; step++) {
        ccpi_upload upload = {.outgoing = &outgoing};
        char text[16];

        read_in_steps(&upload, step, text);
        cr_expect(eq(str, text, "onetwo3"));
        cr_expect(ccpi_upload_is_done(&upload));
    }
}

Test(upload, it_is_done_with_the_last_byte_and_not_before)
{
    ccpi_upload upload = {.outgoing = &outgoing};
    char text[16];

    cr_expect(not(ccpi_upload_is_done(&upload)));
    ccpi_upload_read(&upload, text, 6);
    cr_expect(not(ccpi_upload_is_done(&upload)));
    ccpi_upload_read(&upload, text, 1);
    cr_expect(ccpi_upload_is_done(&upload));
}

Test(upload, it_can_be_wound_back_to_any_byte)
{
    for (int64_t place = 0; place <= 7; place++) {
        ccpi_upload upload = {.outgoing = &outgoing};
        char text[16];

        ccpi_upload_read(&upload, text, 5);
        cr_assert(ccpi_upload_seek(&upload, place));
        read_in_steps(&upload, 2, text);
        cr_expect(eq(str, text, (char *)&"onetwo3"[place]));
    }
}

Test(upload, no_place_outside_of_it_is_found)
{
    ccpi_upload upload = {.outgoing = &outgoing};

    cr_expect(not(ccpi_upload_seek(&upload, 8)));
    cr_expect(not(ccpi_upload_seek(&upload, -1)));
}

Test(upload, forgotten_bytes_are_over)
{
    ccpi_upload upload = {0};
    char text[16];

    cr_expect(zero(sz, ccpi_upload_read(&upload, text, sizeof(text))));
    cr_expect(ccpi_upload_is_done(&upload));
    cr_expect(not(ccpi_upload_seek(&upload, 0)));
}
