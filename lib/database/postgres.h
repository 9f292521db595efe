#ifndef CCPI_DATABASE_POSTGRES_H
#define CCPI_DATABASE_POSTGRES_H

#include <libpq-fe.h>

#include "base/buf.h"
#include "database/drivers.h"

/*
 * The parts of the driver for PostgreSQL: how to connect
 * (postgres_connect.c), talk (postgres_talk.c) and hear of changes
 * (postgres_listen.c), and what values look like on the wire
 * (postgres_values.c). postgres.c makes the driver of them.
 */

/* Where the database is, and how to log in: a URL with its gaps filled. */
typedef struct ccpi_pg_place ccpi_pg_place;

ccp_status ccpi_pg_place_new(const ccpi_postgres_options *options, ccpi_pg_place **out,
                             ccp_error *error);
void ccpi_pg_place_free(ccpi_pg_place *place);

/*
 * Connects, within 5 s for each of the host's addresses. When the login is
 * refused, reads the password anew, once. @param out  given; PQfinish()
 */
ccp_status ccpi_pg_connect(ccpi_pg_place *place, PGconn **out, ccp_error *error);

/*
 * Talking: send with libpq's PQsend...(), then take results one by one. Waits
 * end at a deadline, after which the connection must be given up.
 */
#define CCPI_PG_ANSWER_MS 30000

/* The next result, or NULL after the last. @param out  given; PQclear() */
ccp_status ccpi_pg_next(PGconn *connection, int64_t timeout_ms, PGresult **out,
                        ccp_error *error);

bool ccpi_pg_is_failure(const PGresult *result);

/* Statements without parameters or rows, separated by semicolons. */
ccp_status ccpi_pg_script(PGconn *connection, const char *script, ccp_error *error);

/* What a failed result, or with NULL the connection's own trouble, means. */
ccp_status ccpi_pg_fail(const PGconn *connection, const PGresult *result,
                        ccp_error *error);

/* Whether after this failure the connection should not be used again. */
bool ccpi_pg_is_spoilt(const PGconn *connection, const PGresult *result);

/*
 * Values. Numbers, times and bytes go as binary, text and ids as text.
 */
#define CCPI_PG_MAX_VALUES 64

/* One row of parameters as libpq takes them; borrows text and bytes. */
typedef struct ccpi_pg_params {
    const char *values[CCPI_PG_MAX_VALUES];
    int lengths[CCPI_PG_MAX_VALUES];
    int formats[CCPI_PG_MAX_VALUES];
    unsigned char numbers[CCPI_PG_MAX_VALUES][8];
} ccpi_pg_params;

void ccpi_pg_encode(const ccpi_db_value *values, size_t count, ccpi_pg_params *out);

/* The types that parameters are declared with; 0: the server finds out. */
void ccpi_pg_types(const ccpi_db_value *values, size_t count, Oid *out);

/* A row's columns, with room for those whose text has to be made. */
typedef struct ccpi_pg_row {
    ccpi_db_value columns[CCPI_PG_MAX_VALUES];
    char made[CCPI_PG_MAX_VALUES][40];
} ccpi_pg_row;

/* Borrows from the result. CCP_INTERNAL: a type that nobody asked for. */
ccp_status ccpi_pg_decode(const PGresult *result, int row, ccpi_pg_row *out,
                          ccp_error *error);

/* Hears of changes by LISTEN, on a connection of its own. */
typedef struct ccpi_pg_listener ccpi_pg_listener;

ccp_status ccpi_pg_listener_new(ccpi_pg_place *place, const ccp_clock *clock,
                                ccpi_pg_listener **out, ccp_error *error);
void ccpi_pg_listener_free(ccpi_pg_listener *listener);

/*
 * Whether nothing was told since the last call; false too while nothing can be
 * heard. Does not wait, but to connect.
 */
bool ccpi_pg_is_silent(ccpi_pg_listener *listener);

#endif
