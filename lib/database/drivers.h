#ifndef CCPI_DATABASE_DRIVERS_H
#define CCPI_DATABASE_DRIVERS_H

#include "database/db.h"

/*
 * Opens a database in a file, which is made (mode 0600) when it is not there;
 * the folder must be. Any process on this machine may use it at the same time.
 *
 * CCP_INVALID: no path of a file. CCP_UNAVAILABLE: it can't be opened or is no
 * database. @param out  given; ccpi_db_close()
 */
ccp_status ccpi_sqlite_open(const char *path, const ccp_clock *clock, ccpi_db **out,
                            ccp_error *error);

typedef struct ccpi_postgres_options {
    const char *url; /* postgresql://..., as libpq takes it */
    /* For what the URL does not say. */
    const char *sslmode; /* NULL: verify-full, but for a host that is this one */
    const char *ca_file; /* NULL: the system's bundle */
    int pool_size;       /* 0: 10 */
    const ccp_clock *clock;
    /* Asked for the password again when it was refused; may be NULL. */
    ccp_status (*read_password)(void *self, char *password, size_t size,
                                ccp_error *error);
    void *self;
} ccpi_postgres_options;

/*
 * Opens a database on a PostgreSQL server, connecting only when it is used.
 *
 * CCP_INVALID: no such URL. @param out  given; ccpi_db_close()
 */
ccp_status ccpi_postgres_open(const ccpi_postgres_options *options, ccpi_db **out,
                              ccp_error *error);

#endif
