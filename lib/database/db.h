#ifndef CCPI_DATABASE_DB_H
#define CCPI_DATABASE_DB_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"
#include "ccproxy/error.h"
#include "ccproxy/seams.h"
#include "database/pool.h"

/*
 * What the store asks of a database, so that one SQL text serves all: a driver
 * knows how to connect and to run statements; ccpi_db keeps connections in
 * pools and runs transactions. SQL is written in what SQLite and PostgreSQL
 * have in common, parameters as $1, $2.
 *
 * Drivers map their errors: unreachable, busy beyond the deadline, read-only,
 * full or damaged is CCP_UNAVAILABLE; a uniqueness or reference that is broken
 * is CCP_CONFLICT; a value that the schema refuses is CCP_INVALID. Messages
 * name tables and columns, never values.
 */

typedef enum ccpi_db_type {
    CCPI_DB_INTEGER,
    CCPI_DB_BOOLEAN, /* integer is 0 or 1 */
    CCPI_DB_TIME,    /* integer is Unix microseconds */
    CCPI_DB_TEXT,
    CCPI_DB_ID, /* a UUID as 36 characters */
    CCPI_DB_BYTES
} ccpi_db_type;

/* A parameter or a column. Bytes are borrowed; text of a parameter ends with a NUL. */
typedef struct ccpi_db_value {
    ccpi_db_type type;
    bool is_null;
    int64_t integer;
    ccpi_span bytes;
} ccpi_db_value;

ccpi_db_value ccpi_db_integer(int64_t value);
ccpi_db_value ccpi_db_boolean(bool value);
ccpi_db_value ccpi_db_time(int64_t unix_us);
ccpi_db_value ccpi_db_text(const char *text);
ccpi_db_value ccpi_db_optional_text(const char *text); /* "": NULL */
ccpi_db_value ccpi_db_id(const char *id);
ccpi_db_value ccpi_db_bytes(const void *bytes, size_t len);

/* Of a column: 0 for NULL. */
int64_t ccpi_db_get_integer(const ccpi_db_value *column);
/* Copies a text column, cut to size, NULL as "". */
void ccpi_db_get_text(const ccpi_db_value *column, char *out, size_t size);

/* Takes one row, whose columns are borrowed; false: no more are wanted. */
typedef bool (*ccpi_db_visitor)(void *context, const ccpi_db_value *columns);

typedef struct ccpi_db_statement {
    const char *sql;
    const ccpi_db_value *values;
    size_t count;
    ccpi_db_visitor visit; /* NULL: rows are passed over */
    void *context;
} ccpi_db_statement;

/* The parameters of a statement, in its initializer. */
#define CCPI_DB_WITH(...)                                                                \
    .values = (const ccpi_db_value[]){__VA_ARGS__},                                      \
    .count = sizeof((const ccpi_db_value[]){__VA_ARGS__}) / sizeof(ccpi_db_value)

/* What is to be done with a connection decides on which one is lent. */
typedef enum ccpi_db_access { CCPI_DB_READ, CCPI_DB_WRITE } ccpi_db_access;

typedef struct ccpi_db_session ccpi_db_session;

typedef struct ccpi_db_driver {
    const char *name;      /* as in the names of its migrations */
    const char *has_table; /* a query that gives a row when the table $1 exists */
    /* A script run first in a migration, so that only one process migrates; or NULL. */
    const char *lock_schema;

    ccp_status (*connect)(void *self, ccpi_db_access access, ccpi_db_session **out,
                          ccp_error *error);
    void (*disconnect)(ccpi_db_session *session);
    /* Whether an idle connection can be lent; asked before each use. */
    bool (*is_usable)(ccpi_db_session *session);

    ccp_status (*begin)(ccpi_db_session *session, ccp_error *error);
    ccp_status (*commit)(ccpi_db_session *session, ccp_error *error);
    /* Can't fail: a connection that can't roll back is not usable any more. */
    void (*rollback)(ccpi_db_session *session);

    /* Keeps statements prepared. changed: rows inserted, updated or deleted. */
    ccp_status (*run)(ccpi_db_session *session, const ccpi_db_statement *statement,
                      int64_t *changed, ccp_error *error);
    /* Once for each of so many rows of statement->count values; changed: by each. */
    ccp_status (*run_rows)(ccpi_db_session *session, const ccpi_db_statement *statement,
                           size_t rows, int64_t *changed, ccp_error *error);
    /* Several statements without parameters. */
    ccp_status (*run_script)(ccpi_db_session *session, const char *script,
                             ccp_error *error);

    /* A statement that makes room for usage of the month of the time $1; or NULL. */
    const char *make_usage_month;
    /* A statement that drops the months that ended before the time $1; or NULL: rows
     * are deleted. */
    const char *drop_usage_months;
    /* The beginning of the minute of the column created_at, as SQL. */
    const char *minute_of_usage;
    /* Whether no other process has told of a change since the last call; or NULL. */
    bool (*is_silent)(void *self);

    void (*close)(void *self); /* after the last session */
    void *self;
} ccpi_db_driver;

/* Stands first in each driver's own session. */
struct ccpi_db_session {
    ccpi_pool_item pooled;
    const ccpi_db_driver *driver;
};

typedef struct ccpi_db ccpi_db;

typedef struct ccpi_db_options {
    ccpi_db_driver driver; /* taken; closed on failure too */
    const ccp_clock *clock;
    ccpi_pool_limits readers;
    /* With most = 0 writers are lent by the readers' pool. */
    ccpi_pool_limits writers;
} ccpi_db_options;

/* Connects to nothing yet. @param out  given; ccpi_db_close() */
ccp_status ccpi_db_open_take(const ccpi_db_options *options, ccpi_db **out,
                             ccp_error *error);
void ccpi_db_close(ccpi_db *db);

const ccpi_db_driver *ccpi_db_driver_of(const ccpi_db *db);

/* One query outside any transaction. Its visitor may not use the database. */
ccp_status ccpi_db_read(ccpi_db *db, const ccpi_db_statement *statement,
                        ccp_error *error);

/* One transaction: committed when work returns CCP_OK, else rolled back. */
typedef ccp_status (*ccpi_db_work)(ccpi_db_session *session, void *context,
                                   ccp_error *error);
ccp_status ccpi_db_write(ccpi_db *db, ccpi_db_work work, void *context, ccp_error *error);

/*
 * The same, of work that uses a database: what it reads and writes through the one
 * that it is given, and before it returns, is all of that one transaction.
 */
typedef ccp_status (*ccpi_db_work_within)(ccpi_db *within, void *context,
                                          ccp_error *error);
ccp_status ccpi_db_write_within(ccpi_db *db, ccpi_db_work_within work, void *context,
                                ccp_error *error);

/* Within a transaction. changed may be NULL. */
ccp_status ccpi_db_run(ccpi_db_session *session, const ccpi_db_statement *statement,
                       int64_t *changed, ccp_error *error);
ccp_status ccpi_db_run_rows(ccpi_db_session *session, const ccpi_db_statement *statement,
                            size_t rows, int64_t *changed, ccp_error *error);

#endif
