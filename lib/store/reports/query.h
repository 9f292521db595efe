#ifndef CCPI_STORE_REPORTS_QUERY_H
#define CCPI_STORE_REPORTS_QUERY_H

#include "base/buf.h"
#include "store/reports/tiling.h"
#include "store/store.h"

/* Parts that the queries of reports are put together from. */

#define CCPI_SQL_VALUES 64
#define CCPI_SUMS 13

/* SQL and its parameters; what does not fit shows in sql.status. */
typedef struct ccpi_sql {
    ccpi_buf sql; /* made with a limit, see ccpi_sql_of() */
    ccpi_db_value values[CCPI_SQL_VALUES];
    size_t count;
} ccpi_sql;

/* Empty; to be ended by ccpi_sql_clear(). */
ccpi_sql ccpi_sql_of(const char *sql);
void ccpi_sql_clear(ccpi_sql *query);

/* The number of the value among the parameters, as in "$1". */
size_t ccpi_sql_bind(ccpi_sql *query, ccpi_db_value value);
/* Appends text in which each ? stands for the value. */
void ccpi_sql_add(ccpi_sql *query, const char *sql, ccpi_db_value value);

/* Runs it; has no rows when its memory failed. */
ccp_status ccpi_sql_read(ccpi_db *db, const ccpi_sql *query, ccpi_db_visitor visit,
                         void *context, ccp_error *error);

/* ", CAST(coalesce(sum(requests), 0) AS BIGINT), ..." */
void ccpi_sql_add_sums(ccpi_sql *query);
/* The same over rows of usage instead of stored sums. */
void ccpi_sql_add_row_sums(ccpi_sql *query);
/* And what they gave. */
ccp_usage_sums ccpi_sql_take_sums(const ccpi_db_value *columns);
void ccpi_sums_add(ccp_usage_sums *to, const ccp_usage_sums *more);

/* Users of one query: with the other parameters not too many. */
#define CCPI_SQL_USERS 20

/* What is read from the tiles of a range. */
typedef struct ccpi_tiles_want {
    const ccpi_tiling *tiling;
    const ccp_usage_range *range;
    const char *part;     /* a column of the sums, or NULL; read as "part" */
    const char *row_part; /* the same of rows */
    bool is_by_owner;     /* the part is a user or an access key */
    const ccp_id *users;  /* when not NULL, in place of the range's */
    size_t user_count;
    bool has_shown; /* also read as "shown", where a bucket begins */
    bool has_model; /* also read as "priced", the priced model */
} ccpi_tiles_want;

/*
 * " FROM usage_aggregates WHERE ...": the tile's time, without the range's conditions.
 * Sums of all have no owners.
 */
void ccpi_sql_add_tile(ccpi_sql *query, const ccpi_tile *tile, bool of_all);

/* A subquery that gives the tiles' sums, under their names, and what is wanted beside. */
void ccpi_sql_add_tiles(ccpi_sql *query, const ccpi_store *store,
                        const ccpi_tiles_want *want);

/* As rows name the priced model. */
#define CCPI_ROW_MODEL "coalesce(nullif(pricing_model_id, ''), served_model)"

#endif
