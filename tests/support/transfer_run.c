#include "support/transfer_run.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

attempt run;

void open_attempt(client_kind kind, upstream_handler handler)
{
    attempt_open(&run, kind, handler, &run);
    attempt_post(&run, "{}", 2);
}

void run_attempt(client_kind kind, upstream_handler handler)
{
    open_attempt(kind, handler);
    attempt_run(&run);
    attempt_finish(&run);
    cr_assert(eq(int, run.status, CCP_OK));
}

void expect_client_got(const char *body)
{
    cr_assert(not(zero(sz, run.body.len)));
    cr_expect(eq(str, run.body.data, (char *)body));
}
