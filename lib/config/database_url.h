#ifndef CCPI_CONFIG_DATABASE_URL_H
#define CCPI_CONFIG_DATABASE_URL_H

#include "base/buf.h"
#include "config/settings.h"

/*
 * Writes the database's URL where no setting gives it whole: of PostgreSQL when
 * db_host is set, else of a SQLite file in data_dir. sslmode NULL: nobody has
 * chosen; then it is verify-full for other hosts than this one, and left open for
 * this one (SE-10). CCP_NO_MEMORY, CCP_LIMIT.
 */
ccp_status ccpi_database_url_write(const ccpi_settings *settings, const char *sslmode,
                                   ccpi_buf *out);

/* Writes a URL that was given whole, with what db_sslmode says if it is PostgreSQL's. */
ccp_status ccpi_database_url_add_sslmode(const char *url, const char *sslmode,
                                         ccpi_buf *out);

#endif
