/* What only PostgreSQL can do and suffer: logins, lost connections, other clients. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <libpq-fe.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "contract/scene.h"

TestSuite(postgres, .init = scene_open, .fini = scene_close);

#define ADA "a0000000-0000-4000-8000-000000000000"
#define BOB "b0000000-0000-4000-8000-000000000000"

static PGconn *connect_raw(void)
{
    PGconn *raw = PQconnectdb(on.url);

    cr_assert(eq(int, PQstatus(raw), CONNECTION_OK), "%s", PQerrorMessage(raw));
    return raw;
}

static void execute(PGconn *raw, const char *sql)
{
    PGresult *result = PQexec(raw, sql);
    const ExecStatusType status = PQresultStatus(result);

    cr_assert(status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK, "%s: %s", sql,
              PQerrorMessage(raw));
    PQclear(result);
}

static void execute_alone(const char *sql)
{
    PGconn *raw = connect_raw();

    execute(raw, sql);
    PQfinish(raw);
}

static ccp_status identify(ccp_store *store)
{
    const ccp_key_hash hash = {"00"};
    ccp_identity who;

    return store->keys.identify(store->keys.self, &hash, &who, NULL);
}

static ccp_status create_user(ccp_error *error)
{
    ccp_user user = {.name = "Ada", .monthly_budget_micro = CCP_NO_BUDGET};

    return on.store->users.create(on.store->users.self, &user, error);
}

/* A store with other options on the scene's server, that has used it once. */
static ccp_status try_store(ccp_store_options options, ccp_error *error)
{
    ccp_schema_status schema;
    ccp_store *store;
    ccp_status status;

    options.clock = ccp_system_clock();
    options.random = ccp_system_random();
    status = ccp_store_open(&options, &store, error);
    if (status == CCP_OK)
        status = store->schema(store->self, &schema, error);
    ccp_store_close(store);
    return status;
}

static const char end_all_others[] =
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()";

/* DM-3: checked before use */
Test(postgres, connections_that_the_server_ended_are_replaced_unseen)
{
    cr_assert(eq(int, identify(on.store), CCP_NOT_FOUND));
    execute_alone(end_all_others);
    cr_expect(eq(int, identify(on.store), CCP_NOT_FOUND));
    cr_expect(eq(int, create_user(NULL), CCP_OK));
}

static bool end_the_connection(void *context, const ccp_user *user)
{
    (void)user;
    if (++*(int *)context == 1)
        execute_alone(end_all_others);
    return true;
}

Test(postgres, a_connection_that_is_lost_in_use_harms_that_use_alone)
{
    int count = 0;

    create_user(NULL);
    create_user(NULL);
    on.store->users.list(on.store->users.self, end_the_connection, &count, NULL);
    cr_expect(eq(int, identify(on.store), CCP_NOT_FOUND));
}

static bool reaches(ccp_store *store, int64_t expected)
{
    const struct timespec pause = {.tv_nsec = 5000000};
    int64_t version = 0;

    for (int i = 0; i < 1000 && version < expected; i++) {
        on.now_us += SCENE_SECOND; /* so that lost connections are made again */
        store->changes.version(store->changes.self, &version, NULL);
        nanosleep(&pause, NULL);
    }
    return version >= expected;
}

Test(postgres, changes_are_heard_again_after_the_listening_connection_was_lost)
{
    ccp_store *second = scene_open_second();
    ccp_user user = scene_user(NULL);

    cr_assert(reaches(second, scene_version()));
    execute_alone(end_all_others);
    on.store->users.update(on.store->users.self, &user, NULL);
    cr_expect(reaches(second, scene_version()));
    on.store->users.update(on.store->users.self, &user, NULL);
    cr_expect(reaches(second, scene_version()));
    ccp_store_close(second);
}

/* AK-7 */
Test(postgres, a_change_is_told_on_the_channel)
{
    PGconn *raw = connect_raw();
    ccp_user user = scene_user(NULL);
    PGnotify *told;

    execute(raw, "LISTEN ccproxy_invalidate");
    on.store->users.update(on.store->users.self, &user, NULL);
    execute(raw, "SELECT 1");
    told = PQnotifies(raw);
    cr_assert(told != NULL);
    cr_expect(eq(str, told->relname, "ccproxy_invalidate"));
    cr_expect(eq(i64, atoll(told->extra), scene_version()));
    PQfreemem(told);
    PQfinish(raw);
}

static void add_usage(ccp_store *store, const char *request_id, int64_t created_at_us)
{
    ccp_usage_record record = {.created_at_us = created_at_us,
                               .user_id = ADA,
                               .access_key_id = ADA,
                               .provider = "plan"};
    ccp_error error = {0};
    ccp_status status;

    strcpy(record.request_id, request_id);
    status = store->usage.add(store->usage.self, &record, 1, NULL, &error);
    cr_assert(eq(int, status, CCP_OK), "%s", error.message);
}

Test(postgres, usage_is_partitioned_by_month_of_utc)
{
    add_usage(on.store, "req_1", INT64_C(1772323199999999)); /* 2026-02-28 23:59:59.9 */
    add_usage(on.store, "req_2", INT64_C(1772323200000000)); /* 2026-03-01 00:00:00 */
    add_usage(on.store, "req_3", INT64_C(1772366400000000));
    cr_expect(eq(i64, scene_number("SELECT count(*) FROM token_usage_202602"), 1));
    cr_expect(eq(i64, scene_number("SELECT count(*) FROM token_usage_202603"), 2));
}

static void prune(int64_t rows_from_us)
{
    const ccp_usage_retention keep = {.rows_from_us = rows_from_us};
    ccp_error error = {0};

    cr_assert(eq(int, on.store->usage.prune(on.store->usage.self, &keep, &error), CCP_OK),
              "%s", error.message);
}

static int64_t count_partitions(void)
{
    return scene_number("SELECT count(*) FROM pg_inherits"
                        " WHERE inhparent = 'token_usage'::regclass");
}

/* US-7 */
Test(postgres, retention_drops_months_that_are_over_whole)
{
    add_usage(on.store, "req_1", INT64_C(1772323199999999)); /* 2026-02-28 23:59:59.9 */
    add_usage(on.store, "req_2", INT64_C(1772323200000000)); /* 2026-03-01 00:00:00 */
    prune(INT64_C(1772323199999999));
    cr_expect(eq(i64, count_partitions(), 2));
    prune(INT64_C(1772323200000001)); /* March has begun, and is kept whole */
    cr_expect(eq(i64, count_partitions(), 1));
    cr_expect(eq(i64, scene_number("SELECT count(*) FROM token_usage"), 1));
    add_usage(on.store, "req_1", INT64_C(1772323199999999)); /* late, from a spool */
    cr_expect(eq(i64, count_partitions(), 2));
}

typedef struct writer {
    ccp_store *store;
    int number;
    int failures;
} writer;

static void *write_usage(void *context)
{
    writer *of = context;
    static ccp_usage_record empty;

    for (int batch = 0; batch < 10; batch++) {
        ccp_usage_record records[40];

        for (int i = 0; i < 40; i++) {
            records[i] = empty;
            /* In opposite orders, with other months too. */
            records[i].created_at_us =
                SCENE_START_US + (of->number % 2 ? i : 40 - i) * INT64_C(86400000000);
            strcpy(records[i].user_id, (i + of->number) % 2 ? ADA : BOB);
            strcpy(records[i].access_key_id, ADA);
            strcpy(records[i].provider, "plan");
            snprintf(records[i].request_id, sizeof(records[i].request_id), "req_%d_%d_%d",
                     of->number, batch, i);
        }
        of->failures += of->store->usage.add(of->store->usage.self, records, 40, NULL,
                                             NULL) != CCP_OK;
    }
    return NULL;
}

Test(postgres, several_processes_add_usage_without_a_deadlock)
{
    enum { WRITERS = 4 };
    pthread_t threads[WRITERS];
    writer writers[WRITERS];

    for (int i = 0; i < WRITERS; i++) {
        writers[i] = (writer){.store = scene_open_second(), .number = i};
        cr_assert(zero(int, pthread_create(&threads[i], NULL, write_usage, &writers[i])));
    }
    for (int i = 0; i < WRITERS; i++) {
        pthread_join(threads[i], NULL);
        ccp_store_close(writers[i].store);
        cr_expect(eq(int, writers[i].failures, 0));
    }
    cr_expect(eq(i64,
                 scene_number("SELECT CAST(sum(requests) AS bigint) FROM usage_aggregates"
                              " WHERE bucket_type = 'month'"),
                 WRITERS * 400));
}

Test(postgres, a_lock_that_others_hold_is_waited_for_5_seconds)
{
    PGconn *raw = connect_raw();
    ccp_error error = {0};

    execute(raw, "BEGIN; LOCK TABLE users IN EXCLUSIVE MODE");
    cr_expect(eq(int, create_user(&error), CCP_UNAVAILABLE));
    cr_expect(strstr(error.message, "lock timeout") != NULL, "%s", error.message);
    execute(raw, "COMMIT");
    cr_expect(eq(int, create_user(&error), CCP_OK));
    PQfinish(raw);
}

static ccp_status read_right_password(void *self, char *password, size_t size,
                                      ccp_error *error)
{
    (void)error;
    ++*(int *)self;
    snprintf(password, size, "correct horse");
    return CCP_OK;
}

/* The role "locked" needs a password: see with_postgres.sh. */
static void url_of_locked(char *url, size_t size)
{
    const char *address = strchr(on.url, '@');

    execute_alone("DO $$ BEGIN CREATE ROLE locked LOGIN PASSWORD 'correct horse';"
                  " EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;"
                  " END $$; GRANT SELECT ON schema_migrations TO locked");
    snprintf(url, size, "postgresql://locked:wrong-secret%s", address);
}

/* DM-3 */
Test(postgres, a_password_that_is_refused_is_read_again)
{
    char url[512];
    int reads = 0;
    ccp_error error = {0};

    url_of_locked(url, sizeof(url));
    cr_expect(eq(int,
                 try_store((ccp_store_options){.url = url,
                                               .read_password = read_right_password,
                                               .password_self = &reads},
                           &error),
                 CCP_OK),
              "%s", error.message);
    cr_expect(eq(int, reads, 1));
}

Test(postgres, a_login_that_is_refused_is_said_without_the_password)
{
    char url[512];
    ccp_error error = {0};

    url_of_locked(url, sizeof(url));
    cr_expect(
        eq(int, try_store((ccp_store_options){.url = url}, &error), CCP_UNAVAILABLE));
    cr_expect(strstr(error.message, "password authentication failed") != NULL, "%s",
              error.message);
    cr_expect(zero(ptr, strstr(error.message, "secret")));
    cr_expect(zero(ptr, strchr(error.message, '\n')));
}

/* SE-10. 0.0.0.0 reaches this host by a name that nothing proves; the server has no TLS.
 */
Test(postgres, a_host_that_is_not_this_one_must_prove_itself)
{
    char url[512];
    ccp_error error = {0};
    const char *port = strrchr(on.url, ':');

    snprintf(url, sizeof(url), "postgresql://ccproxy@0.0.0.0%s", port);
    cr_expect(
        eq(int, try_store((ccp_store_options){.url = url}, &error), CCP_UNAVAILABLE));
    cr_expect(strstr(error.message, "SSL") != NULL, "%s", error.message);
    cr_expect(eq(int,
                 try_store((ccp_store_options){.url = url, .sslmode = "disable"}, &error),
                 CCP_OK),
              "%s", error.message);
    strcat(url, "?sslmode=disable");
    cr_expect(
        eq(int,
           try_store((ccp_store_options){.url = url, .sslmode = "verify-full"}, &error),
           CCP_OK),
        "%s", error.message);
}

Test(postgres, a_server_that_is_not_there_is_said)
{
    ccp_error error = {0};

    cr_expect(
        eq(int,
           try_store((ccp_store_options){.url = "postgresql://u:secret@127.0.0.1:1/x"},
                     &error),
           CCP_UNAVAILABLE));
    cr_expect(strstr(error.message, "refused") != NULL, "%s", error.message);
    cr_expect(zero(ptr, strstr(error.message, "secret")));
}

Test(postgres, a_server_that_says_nothing_is_given_up)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof(address);
    const int listener = socket(AF_INET, SOCK_STREAM, 0);
    char url[128];
    time_t start = time(NULL);

    cr_assert(zero(int, bind(listener, (struct sockaddr *)&address, len)));
    cr_assert(zero(int, listen(listener, 1)));
    cr_assert(zero(int, getsockname(listener, (struct sockaddr *)&address, &len)));
    snprintf(url, sizeof(url), "postgresql://u@127.0.0.1:%d/x", ntohs(address.sin_port));
    cr_expect(eq(int, try_store((ccp_store_options){.url = url}, NULL), CCP_UNAVAILABLE));
    cr_expect(lt(i64, time(NULL) - start, 12));
    close(listener);
}

Test(postgres, what_is_no_url_is_refused_and_not_repeated)
{
    ccp_error error = {0};

    cr_expect(eq(
        int,
        try_store((ccp_store_options){.url = "postgresql://u:secret@h:port/x"}, &error),
        CCP_UNAVAILABLE));
    cr_expect(eq(
        int,
        try_store((ccp_store_options){.url = "postgresql://u:secret@h/x?y=%zz"}, &error),
        CCP_INVALID));
    cr_expect(zero(ptr, strstr(error.message, "secret")));
}

/* SQL that differs each time fills the cache of prepared statements and leaves it. */
Test(postgres, more_statements_than_are_kept_prepared_do_no_harm)
{
    for (int i = 0; i < 400; i++) {
        char sql[64];

        snprintf(sql, sizeof(sql), "SELECT %d", i);
        cr_assert(eq(i64, scene_number(sql), i));
    }
    cr_expect(le(i64, scene_number("SELECT count(*) FROM pg_prepared_statements"), 129));
}
