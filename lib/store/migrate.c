#include "store/migrate.h"

#include <stdlib.h>

#include "base/fail.h"

#define CHECKSUM_LEN 64

/* Both databases take these types: to SQLite they are names without meaning. */
#define MAKE_TABLE                                                                       \
    "CREATE TABLE IF NOT EXISTS schema_migrations ("                                     \
    " version INTEGER PRIMARY KEY, name VARCHAR(255) NOT NULL,"                          \
    " checksum VARCHAR(64) NOT NULL, applied_at TIMESTAMPTZ NOT NULL)"

/* One step on its way into the database. */
typedef struct step {
    const ccpi_migration *migration;
    const ccp_clock *clock;
} step;

static bool is_for(const ccpi_migration *migration, const ccpi_db_driver *driver)
{
    return !migration->driver || strcmp(migration->driver, driver->name) == 0;
}

static bool take_checksum(void *context, const ccpi_db_value *columns)
{
    ccpi_db_get_text(&columns[0], context, CHECKSUM_LEN + 1);
    return false;
}

static ccp_status note(ccpi_db_session *session, const step *of, ccp_error *error)
{
    const ccpi_db_statement statement = {
        .sql = "INSERT INTO schema_migrations (version, name, checksum, applied_at)"
               " VALUES ($1, $2, $3, $4)",
        CCPI_DB_WITH(ccpi_db_integer(of->migration->version),
                     ccpi_db_text(of->migration->name),
                     ccpi_db_text(of->migration->checksum),
                     ccpi_db_time(of->clock->unix_us(of->clock->self))),
    };

    return ccpi_db_run(session, &statement, NULL, error);
}

/* Takes the lock, then gives the checksum with which the step stands there, or "". */
static ccp_status read_checksum(ccpi_db_session *session, int version,
                                char checksum[CHECKSUM_LEN + 1], ccp_error *error)
{
    const ccpi_db_statement query = {
        .sql = "SELECT checksum FROM schema_migrations WHERE version = $1",
        CCPI_DB_WITH(ccpi_db_integer(version)),
        .visit = take_checksum,
        .context = checksum,
    };
    const char *lock = session->driver->lock_schema;
    ccp_status status = CCP_OK;

    checksum[0] = '\0';
    if (lock)
        status = session->driver->run_script(session, lock, error);
    if (status == CCP_OK)
        status =
            ccpi_db_run(session, &(ccpi_db_statement){.sql = MAKE_TABLE}, NULL, error);
    if (status == CCP_OK)
        status = ccpi_db_run(session, &query, NULL, error);
    return status;
}

static ccp_status apply(ccpi_db_session *session, void *context, ccp_error *error)
{
    const step *of = context;
    const ccpi_migration *migration = of->migration;
    char checksum[CHECKSUM_LEN + 1];
    ccp_status status = read_checksum(session, migration->version, checksum, error);

    if (status != CCP_OK)
        return status;
    if (strcmp(checksum, migration->checksum) == 0)
        return CCP_OK;
    if (checksum[0] != '\0')
        return ccpi_fail(
            error, CCP_CONFLICT,
            "migration %04d_%s of the database is not the one of this program",
            migration->version, migration->name);

    status = session->driver->run_script(session, migration->sql, error);
    return status == CCP_OK ? note(session, of, error) : status;
}

ccp_status ccpi_migrate(ccpi_db *db, const ccpi_migration *migrations,
                        const ccp_clock *clock, ccp_error *error)
{
    ccp_status status = CCP_OK;

    for (const ccpi_migration *each = migrations; each->version && status == CCP_OK;
         each++)
        if (is_for(each, ccpi_db_driver_of(db)))
            status = ccpi_db_write(db, apply, &(step){each, clock}, error);
    return status;
}

static bool found_one(void *context, const ccpi_db_value *columns)
{
    (void)columns;
    *(bool *)context = true;
    return false;
}

static ccp_status has_schema(ccpi_db *db, bool *out, ccp_error *error)
{
    const ccpi_db_statement query = {
        .sql = ccpi_db_driver_of(db)->has_table,
        CCPI_DB_WITH(ccpi_db_text("schema_migrations")),
        .visit = found_one,
        .context = out,
    };

    *out = false;
    return ccpi_db_read(db, &query, error);
}

static bool take_version(void *context, const ccpi_db_value *columns)
{
    *(int *)context = (int)ccpi_db_get_integer(&columns[0]);
    return false;
}

ccp_status ccpi_schema_read(ccpi_db *db, const ccpi_migration *migrations,
                            ccp_schema_status *out, ccp_error *error)
{
    const ccpi_db_statement query = {
        .sql = "SELECT max(version) FROM schema_migrations",
        .visit = take_version,
        .context = &out->version,
    };
    bool is_there;
    ccp_status status;

    *out = (ccp_schema_status){0};
    for (const ccpi_migration *each = migrations; each->version; each++)
        if (is_for(each, ccpi_db_driver_of(db)))
            out->required = each->version;

    status = has_schema(db, &is_there, error);
    if (status != CCP_OK || !is_there)
        return status;
    return ccpi_db_read(db, &query, error);
}

static bool take_time(void *context, const ccpi_db_value *columns)
{
    *(int64_t *)context = ccpi_db_get_integer(&columns[0]);
    return false;
}

static ccp_status read_time(ccpi_db *db, int version, int64_t *out, ccp_error *error)
{
    const ccpi_db_statement query = {
        .sql = "SELECT applied_at FROM schema_migrations WHERE version = $1",
        CCPI_DB_WITH(ccpi_db_integer(version)),
        .visit = take_time,
        .context = out,
    };

    return ccpi_db_read(db, &query, error);
}

ccp_status ccpi_schema_list(ccpi_db *db, const ccpi_migration *migrations,
                            bool (*visit)(void *context, const ccp_migration *migration),
                            void *context, ccp_error *error)
{
    bool is_there;
    ccp_status status = has_schema(db, &is_there, error);

    for (const ccpi_migration *each = migrations; each->version && status == CCP_OK;
         each++) {
        ccp_migration shown = {.version = each->version, .name = each->name};

        if (!is_for(each, ccpi_db_driver_of(db)))
            continue;
        if (is_there)
            status = read_time(db, each->version, &shown.applied_at_us, error);
        if (status == CCP_OK && !visit(context, &shown))
            break;
    }
    return status;
}
