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

#endif
