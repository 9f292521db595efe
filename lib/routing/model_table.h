#ifndef CCPI_ROUTING_MODEL_TABLE_H
#define CCPI_ROUTING_MODEL_TABLE_H

#include "bedrock/models.h"
#include "ccproxy/store.h"
#include "routing/model_list.h"

/*
 * The store's active model mappings, kept in memory for BR-2. Before the first
 * reading the initial ones serve. Any thread.
 */
typedef struct ccpi_model_table ccpi_model_table;

#define CCPI_MODEL_TABLE_MAX 10000

/* CCP_NO_MEMORY only. The store is borrowed. @param out  given; ..._free() */
ccp_status ccpi_model_table_new(const ccp_model_store *store, ccpi_model_table **out);
void ccpi_model_table_free(ccpi_model_table *table);

/* Reads the mappings anew; when that fails, those that were known stay. */
ccp_status ccpi_model_table_reload(ccpi_model_table *table);

/* What the settings map; borrowed until another one is set. */
void ccpi_model_table_set_environment(ccpi_model_table *table, ccpi_model_map map);

/* As ccpi_model_choose(), with these maps in place of those in the rules. */
ccp_status ccpi_model_table_choose(ccpi_model_table *table, const char *name,
                                   const ccpi_model_rules *rules, ccpi_model_choice *out,
                                   ccp_error *error);

/* The names that are mapped. CCP_NO_MEMORY only. @param out  given; ..._clear() */
ccp_status ccpi_model_table_list(ccpi_model_table *table, ccpi_model_list *out);

#endif
