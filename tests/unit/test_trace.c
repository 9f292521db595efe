#include "routing/trace.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>

static ccpi_traces *traces;

static void open_memory(void)
{
    cr_assert(eq(int, ccpi_traces_new(&traces), CCP_OK));
}

static void close_memory(void)
{
    ccpi_traces_free(traces);
}

TestSuite(trace, .init = open_memory, .fini = close_memory);

static void keep(const char *kind, int number, int http_status)
{
    ccpi_trace trace = {.http_status = http_status, .try_count = 1};

    snprintf(trace.request_id, sizeof(trace.request_id), "%s-%d", kind, number);
    ccpi_traces_keep(traces, &trace);
}

static bool is_known(const char *kind, int number)
{
    char id[CCPI_REQUEST_ID_LEN + 1];
    ccpi_trace found;

    snprintf(id, sizeof(id), "%s-%d", kind, number);
    return ccpi_traces_find(traces, id, &found) && strcmp(found.request_id, id) == 0;
}

Test(trace, the_last_ones_are_known_and_older_ones_make_room)
{
    for (int i = 0; i < CCPI_TRACES_PLAIN; i++)
        keep("well", i, 200);
    cr_expect(is_known("well", 0));
    keep("well", CCPI_TRACES_PLAIN, 200);
    cr_expect(not(is_known("well", 0)));
    cr_expect(is_known("well", 1));
    cr_expect(is_known("well", CCPI_TRACES_PLAIN));
}

Test(trace, what_went_well_never_pushes_out_what_failed)
{
    keep("failed", 0, 503);
    for (int i = 0; i < 2 * CCPI_TRACES_PLAIN; i++)
        keep("well", i, 200);
    cr_expect(is_known("failed", 0));
    for (int i = 1; i <= CCPI_TRACES_REMARKABLE; i++)
        keep("failed", i, 503);
    cr_expect(not(is_known("failed", 0)));
}

Test(trace, an_empty_or_unknown_id_finds_nothing)
{
    ccpi_trace found;

    cr_expect(not(ccpi_traces_find(traces, "", &found)));
    cr_expect(not(ccpi_traces_find(traces, "req_0", &found)));
}
