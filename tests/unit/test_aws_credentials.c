/* How AWS credentials are kept and renewed, from a real endpoint on loopback. */
#include "aws/credentials.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>

#include "support/aws_endpoint.h"

#define SECOND INT64_C(1000000)
#define MINUTE (60 * SECOND)

/* Hands out keys that are named after the request's number. */
typedef struct issuer {
    _Atomic int status;       /* of the answer */
    _Atomic bool is_blocking; /* wait for the semaphore before answering */
    _Atomic int life_s;
    sem_t arrived, answer;
} issuer;

static issuer source;
static aws_endpoint here;
static ccpi_aws_credentials *credentials;

static void issue(upstream_connection *connection, const upstream_request *request,
                  void *context)
{
    char id[16], end[32];
    issuer *issuer = context;
    const time_t expiry =
        (time_t)(atomic_load(&here.now_us) / SECOND) + atomic_load(&issuer->life_s);
    struct tm parts;

    if (atomic_load(&issuer->is_blocking)) {
        sem_post(&issuer->arrived);
        sem_wait(&issuer->answer);
    }
    snprintf(id, sizeof(id), "key-%d", request->nth);
    strftime(end, sizeof(end), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&expiry, &parts));
    if (atomic_load(&issuer->status) == 200)
        aws_answer_keys(connection, id, end);
    else
        upstream_answer(connection, atomic_load(&issuer->status), "text/plain", "");
}

static void open_credentials(void)
{
    atomic_init(&source.status, 200);
    atomic_init(&source.is_blocking, false);
    atomic_init(&source.life_s, 3600);
    sem_init(&source.arrived, 0, 0);
    sem_init(&source.answer, 0, 0);
    aws_endpoint_open(&here, issue, &source);
    aws_endpoint_point(&here, "AWS_CONTAINER_CREDENTIALS_FULL_URI", "/");
    cr_assert(eq(int, ccpi_aws_credentials_new(&here.place, &credentials, NULL), CCP_OK));
}

static void close_credentials(void)
{
    ccpi_aws_credentials_free(credentials);
    aws_endpoint_close(&here);
    sem_destroy(&source.arrived);
    sem_destroy(&source.answer);
}

TestSuite(aws_credentials, .init = open_credentials, .fini = close_credentials,
          .timeout = 30);

static void pass(int64_t us)
{
    atomic_fetch_add(&here.now_us, us);
}

static void expect_key(const char *id)
{
    ccpi_aws_keys keys = {.access_key_id = ""};
    ccp_error error = {0};

    cr_assert(eq(int, ccpi_aws_credentials_get(credentials, &keys, &error), CCP_OK), "%s",
              error.message);
    cr_expect(eq(str, keys.access_key_id, (char *)id));
}

static ccp_status get_status(void)
{
    ccpi_aws_keys keys;

    return ccpi_aws_credentials_get(credentials, &keys, NULL);
}

Test(aws_credentials, the_environment_goes_before_the_container)
{
    aws_endpoint_set(&here, "AWS_ACCESS_KEY_ID", AWS_EXAMPLE_ID);
    aws_endpoint_set(&here, "AWS_SECRET_ACCESS_KEY", AWS_EXAMPLE_SECRET);
    expect_key(AWS_EXAMPLE_ID);
    cr_expect(eq(int, upstream_requests(here.server), 0));
}

Test(aws_credentials, a_source_that_is_set_up_badly_ends_the_search)
{
    ccpi_aws_keys keys;
    ccp_error error = {0};

    aws_endpoint_set(&here, "AWS_ACCESS_KEY_ID", AWS_EXAMPLE_ID);
    cr_expect(eq(int, ccpi_aws_credentials_get(credentials, &keys, &error), CCP_INVALID));
    cr_expect(not(zero(ptr, strstr(error.message, "secret access key"))), "%s",
              error.message);
    cr_expect(eq(int, upstream_requests(here.server), 0));
}

Test(aws_credentials, keys_are_kept_until_a_quarter_of_an_hour_before_their_end)
{
    expect_key("key-0");
    pass(44 * MINUTE);
    ccpi_aws_credentials_renew(credentials);
    expect_key("key-0");
    pass(2 * MINUTE);
    ccpi_aws_credentials_renew(credentials);
    expect_key("key-1");
    cr_expect(eq(int, upstream_requests(here.server), 2));
}

Test(aws_credentials, without_housekeeping_the_first_who_needs_them_renews_in_time)
{
    expect_key("key-0");
    pass(46 * MINUTE);
    expect_key("key-0");
    pass(7 * MINUTE);
    expect_key("key-1");
}

Test(aws_credentials, nobody_waits_for_a_renewal_while_the_old_ones_are_good)
{
    pthread_t housekeeper;

    expect_key("key-0");
    pass(50 * MINUTE);
    atomic_store(&source.is_blocking, true);
    pthread_create(&housekeeper, NULL,
                   (void *(*)(void *))(void (*)(void))ccpi_aws_credentials_renew,
                   credentials);
    sem_wait(&source.arrived);
    pass(9 * MINUTE);
    expect_key("key-0");
    atomic_store(&source.is_blocking, false);
    sem_post(&source.answer);
    pthread_join(housekeeper, NULL);
    expect_key("key-1");
}

Test(aws_credentials, when_renewal_fails_the_old_ones_serve_to_their_end)
{
    expect_key("key-0");
    atomic_store(&source.status, 403);
    for (int i = 0; i < 59; i++) {
        pass(MINUTE);
        ccpi_aws_credentials_renew(credentials);
        expect_key("key-0");
    }
    pass(MINUTE);
    cr_expect(eq(int, get_status(), CCP_DENIED));
    atomic_store(&source.status, 200);
    pass(MINUTE);
    cr_expect(eq(int, get_status(), CCP_OK));
}

Test(aws_credentials, after_a_failure_the_same_answer_comes_at_once_for_a_while)
{
    int asked;

    atomic_store(&source.status, 403);
    cr_expect(eq(int, get_status(), CCP_DENIED));
    asked = upstream_requests(here.server);
    for (int i = 0; i < 100; i++)
        cr_expect(eq(int, get_status(), CCP_DENIED));
    cr_expect(eq(int, upstream_requests(here.server), asked));

    atomic_store(&source.status, 200);
    pass(2 * SECOND);
    cr_expect(eq(int, get_status(), CCP_OK));
}

Test(aws_credentials, pauses_grow_to_half_a_minute)
{
    int asked;

    atomic_store(&source.status, 403);
    for (int i = 0; i < 10; i++) {
        pass(MINUTE);
        ccpi_aws_credentials_renew(credentials);
    }
    asked = upstream_requests(here.server);
    pass(30 * SECOND);
    ccpi_aws_credentials_renew(credentials);
    cr_expect(eq(int, upstream_requests(here.server), asked));
    pass(3 * SECOND);
    ccpi_aws_credentials_renew(credentials);
    cr_expect(eq(int, upstream_requests(here.server), asked + 1));
}

static void *get_one(void *context)
{
    (void)context;
    expect_key("key-0");
    return NULL;
}

Test(aws_credentials, many_who_need_the_first_ones_load_them_once)
{
    pthread_t threads[8];

    atomic_store(&source.is_blocking, true);
    for (size_t i = 0; i < 8; i++)
        pthread_create(&threads[i], NULL, get_one, NULL);
    sem_wait(&source.arrived);
    atomic_store(&source.is_blocking, false);
    sem_post(&source.answer);
    for (size_t i = 0; i < 8; i++)
        pthread_join(threads[i], NULL);
    cr_expect(eq(int, upstream_requests(here.server), 1));
}

static ccpi_aws_keys current(void)
{
    ccpi_aws_keys keys;

    cr_assert(eq(int, ccpi_aws_credentials_get(credentials, &keys, NULL), CCP_OK));
    return keys;
}

Test(aws_credentials, keys_that_aws_refuses_are_replaced_unless_they_are_new)
{
    const ccpi_aws_keys first = current();

    ccpi_aws_credentials_doubt(credentials, &first);
    expect_key("key-0");
    pass(MINUTE);
    ccpi_aws_credentials_doubt(credentials, &first);
    expect_key("key-1");
    pass(MINUTE);
    ccpi_aws_credentials_doubt(credentials, &first);
    expect_key("key-1");
}

Test(aws_credentials, keys_that_are_over_when_they_come_are_none)
{
    atomic_store(&source.life_s, 0);
    cr_expect(eq(int, get_status(), CCP_UNAVAILABLE));
}

Test(aws_credentials, keys_of_a_short_life_are_replaced_before_they_can_not_be_used)
{
    atomic_store(&source.life_s, 20);
    expect_key("key-0");
    pass(9 * SECOND);
    expect_key("key-0");
    for (int second = 9; second < 40; second++) {
        ccpi_aws_keys keys = {.access_key_id = ""};

        pass(SECOND);
        cr_assert(eq(int, ccpi_aws_credentials_get(credentials, &keys, NULL), CCP_OK));
        cr_expect(ne(str, keys.access_key_id, (char *)""), "after %d s", second);
    }
    cr_expect(upstream_requests(here.server) >= 2);
}
