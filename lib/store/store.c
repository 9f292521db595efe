#include "store/store.h"

#include <stdlib.h>

#include "base/fail.h"
#include "base/utf8.h"
#include "database/drivers.h"
#include "store/migrate.h"

#define SQLITE_SCHEME "sqlite:"

static bool starts_with(const char *text, const char *beginning)
{
    return strncmp(text, beginning, strlen(beginning)) == 0;
}

static ccp_status schema(void *self, ccp_schema_status *out, ccp_error *error)
{
    const ccpi_store *store = self;

    return ccpi_schema_read(store->db, ccpi_migrations, out, error);
}

static ccp_status migrations(void *self,
                             bool (*visit)(void *context, const ccp_migration *migration),
                             void *context, ccp_error *error)
{
    const ccpi_store *store = self;

    return ccpi_schema_list(store->db, ccpi_migrations, visit, context, error);
}

static ccp_status migrate(void *self, ccp_error *error)
{
    const ccpi_store *store = self;

    return ccpi_migrate(store->db, ccpi_migrations, store->clock, error);
}

static void close_store(void *self)
{
    ccpi_store *store = self;

    ccpi_db_close(store->db);
    ccpi_zone_free(store->zone);
    pthread_mutex_destroy(&store->lock);
    free(store);
}

static bool is_postgres(const char *url)
{
    return starts_with(url, "postgresql://") || starts_with(url, "postgres://");
}

#ifdef CCPI_HAVE_POSTGRES
static ccp_status open_postgres(const ccp_store_options *options, ccpi_db **out,
                                ccp_error *error)
{
    const ccpi_postgres_options there = {
        .url = options->url,
        .sslmode = options->sslmode,
        .ca_file = options->ca_file,
        .pool_size = options->pool_size,
        .clock = options->clock,
        .read_password = options->read_password,
        .self = options->password_self,
    };

    return ccpi_postgres_open(&there, out, error);
}
#else
static ccp_status open_postgres(const ccp_store_options *options, ccpi_db **out,
                                ccp_error *error)
{
    (void)options, (void)out;
    return ccpi_fail(error, CCP_INVALID, "this build knows nothing of PostgreSQL");
}
#endif

#ifdef CCPI_HAVE_SQLITE
static ccp_status open_sqlite(const ccp_store_options *options, ccpi_db **out,
                              ccp_error *error)
{
    return ccpi_sqlite_open(options->url + strlen(SQLITE_SCHEME), options->clock, out,
                            error);
}
#else
static ccp_status open_sqlite(const ccp_store_options *options, ccpi_db **out,
                              ccp_error *error)
{
    (void)options, (void)out;
    return ccpi_fail(error, CCP_INVALID, "this build knows nothing of SQLite");
}
#endif

/* The URL stays out of the message: it may hold a password. */
static ccp_status open_database(const ccp_store_options *options, ccpi_db **out,
                                ccp_error *error)
{
    const char *url = options->url ? options->url : "";

    if (is_postgres(url))
        return open_postgres(options, out, error);
    if (starts_with(url, SQLITE_SCHEME))
        return open_sqlite(options, out, error);
    return ccpi_fail(error, CCP_INVALID,
                     "a database URL starts with " SQLITE_SCHEME " or postgresql://");
}

static void fill_table(ccpi_store *store)
{
    store->table.schema = schema;
    store->table.migrations = migrations;
    store->table.migrate = migrate;
    store->table.close = close_store;
    store->table.self = store;
    ccpi_store_fill_users(store);
    ccpi_store_fill_keys(store);
    ccpi_store_fill_models(store);
    ccpi_store_fill_usage(store);
    ccpi_store_fill_reports(store);
    ccpi_store_fill_changes(store);
    ccpi_store_fill_sessions(store);
    ccpi_store_fill_tokens(store);
    ccpi_store_fill_audit(store);
}

ccp_status ccp_store_open(const ccp_store_options *options, ccp_store **out,
                          ccp_error *error)
{
    const char *zone = options->report_timezone;
    const ccp_clock *clock = options->clock ? options->clock : ccp_system_clock();
    ccp_store_options complete = *options;
    ccpi_store *store = calloc(1, sizeof(*store));
    ccp_status status;

    *out = NULL;
    if (!store || pthread_mutex_init(&store->lock, NULL) != 0) {
        free(store);
        return ccpi_fail(error, CCP_NO_MEMORY, "no memory for a store");
    }
    store->clock = complete.clock = clock;
    store->random = options->random ? options->random : ccp_system_random();
    status = ccpi_zone_new(zone ? zone : "UTC", &store->zone, error);
    if (status == CCP_OK)
        status = open_database(&complete, &store->db, error);
    if (status != CCP_OK) {
        close_store(store);
        return status;
    }
    fill_table(store);
    *out = &store->table;
    return CCP_OK;
}

void ccp_store_close(ccp_store *store)
{
    if (store && store->close)
        store->close(store->self);
}

int64_t ccpi_store_now(const ccpi_store *store)
{
    return store->clock->unix_us(store->clock->self);
}

ccp_status ccpi_store_new_id(const ccpi_store *store, ccp_id *out, ccp_error *error)
{
    return ccp_id_new(store->random, out, error);
}

bool ccpi_store_fits(const char *text, size_t most)
{
    const unsigned char *at = (const unsigned char *)text;
    const unsigned char *end = at + strlen(text);
    size_t count = 0;

    while (at < end) {
        const size_t len = ccpi_utf8_sequence(at, end);

        if (len == 0 || ++count > most)
            return false;
        at += len;
    }
    return true;
}
