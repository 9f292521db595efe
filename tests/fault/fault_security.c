#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ccproxy/envelope.h"
#include "ccproxy/password.h"
#include "ccproxy/secret_file.h"
#include "security/token.h"
#include "support/failing_malloc.h"

/* Runs an act until none of its allocations fails; each failure must be told. */
static void expect_told(ccp_status (*act)(void), int least)
{
    ccp_status status;
    int nth = 0;

    do {
        fail_allocation(nth++);
        status = act();
        if (allocation_failed())
            cr_assert(eq(int, status, CCP_NO_MEMORY), "at allocation %d", nth - 1);
        fail_no_allocation();
    } while (status == CCP_NO_MEMORY);
    cr_expect(eq(int, status, CCP_OK));
    cr_expect(gt(int, nth, least), "no allocation was made to fail");
}

static ccp_status make_envelope(void)
{
    static const unsigned char master[CCP_MASTER_KEY_LEN] = {1};
    ccp_envelope *envelope;
    ccp_status status = ccp_envelope_new_local(master, master, NULL, &envelope, NULL);

    ccp_envelope_free(envelope);
    return status;
}

Test(fault_security, an_envelope_is_made_whole_or_not_at_all)
{
    expect_told(make_envelope, 1);
}

static ccp_status sign_and_verify(void)
{
    const ccpi_token_key key = {{1}};
    ccpi_token_claims claims = {"admin", "id", 1, 2}, found;
    ccpi_buf token = {.limit = CCPI_TOKEN_MAX_LEN};
    ccp_status status = ccpi_token_sign(&key, &claims, &token, NULL);

    if (status == CCP_OK)
        status = ccpi_token_verify(&key, ccpi_buf_span(&token), 1, &found, NULL);
    ccpi_buf_clear(&token);
    return status;
}

Test(fault_security, a_token_is_signed_and_read_or_the_lack_is_told)
{
    expect_told(sign_and_verify, 4);
}

#ifdef __GLIBC__

static ccp_status verify_bcrypt(void)
{
    return ccp_password_verify(
        "$2b$10$eYBYGtICLkpgmxW5XMYzFuhtcTTME6E2zmrQ4Wm90.8CvYe7fkY.S", "correct horse",
        13, NULL);
}

Test(fault_security, a_password_is_not_refused_for_lack_of_memory)
{
    expect_told(verify_bcrypt, 1);
}

#endif

static char path[64];

static ccp_status read_secret(void)
{
    ccp_secret_text secret;

    return ccp_secret_file_read(path, &secret, NULL);
}

Test(fault_security, a_secret_file_is_read_or_the_lack_is_told)
{
    const ccp_secret_text secret = {"secret"};

    snprintf(path, sizeof(path), "/tmp/fault_security.%ld", (long)getpid());
    cr_assert(eq(int, ccp_secret_file_create(path, &secret, NULL), CCP_OK));
    expect_told(read_secret, 1);
    unlink(path);
}
