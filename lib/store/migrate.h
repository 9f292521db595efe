#ifndef CCPI_STORE_MIGRATE_H
#define CCPI_STORE_MIGRATE_H

#include "ccproxy/store.h"
#include "database/db.h"

/*
 * The schema's steps (DM-2): numbered SQL, compiled in, each applied once, in
 * one transaction, and noted with its checksum. Steps that the database has
 * beyond ours are a newer program's, and left alone.
 */
typedef struct ccpi_migration {
    int version;
    const char *name;
    const char *driver; /* NULL: the same text for every database */
    const char *sql;
    const char *checksum; /* SHA-256 of the text, in hex */
} ccpi_migration;

/* Ordered by version, ended by version 0. Made from migrations/ by the build. */
extern const ccpi_migration ccpi_migrations[];

ccp_status ccpi_migrate(ccpi_db *db, const ccpi_migration *migrations,
                        const ccp_clock *clock, ccp_error *error);

ccp_status ccpi_schema_read(ccpi_db *db, const ccpi_migration *migrations,
                            ccp_schema_status *out, ccp_error *error);

ccp_status ccpi_schema_list(ccpi_db *db, const ccpi_migration *migrations,
                            bool (*visit)(void *context, const ccp_migration *migration),
                            void *context, ccp_error *error);

#endif
