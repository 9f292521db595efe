#include "routing/model_table.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

typedef struct mapping {
    char claude[CCPI_MODEL_ID_MAX + 1];
    char bedrock[CCPI_MODEL_ID_MAX + 1];
    int64_t created_at_us;
} mapping;

/* One reading of the store. */
typedef struct reading {
    mapping *mappings;
    ccpi_model_pair *pairs; /* into them */
    size_t count;
    size_t capacity;
    ccp_status status;
} reading;

struct ccpi_model_table {
    const ccp_model_store *store;
    pthread_rwlock_t lock;
    bool was_read;
    reading current;
    ccpi_model_map environment;
};

ccp_status ccpi_model_table_new(const ccp_model_store *store, ccpi_model_table **out)
{
    ccpi_model_table *table = calloc(1, sizeof(*table));

    *out = table;
    if (!table)
        return CCP_NO_MEMORY;
    table->store = store;
    pthread_rwlock_init(&table->lock, NULL);
    return CCP_OK;
}

static void clear(reading *r)
{
    free(r->mappings);
    free(r->pairs);
    *r = (reading){.count = 0};
}

void ccpi_model_table_free(ccpi_model_table *table)
{
    if (!table)
        return;
    clear(&table->current);
    pthread_rwlock_destroy(&table->lock);
    free(table);
}

static bool make_room(reading *r)
{
    const size_t capacity = r->capacity > 0 ? r->capacity * 2 : 32;
    mapping *grown;

    if (r->count < r->capacity)
        return true;
    r->status = r->count < CCPI_MODEL_TABLE_MAX ? CCP_OK : CCP_LIMIT;
    if (r->status != CCP_OK)
        return false;
    grown = realloc(r->mappings, capacity * sizeof(*grown));
    if (!grown) {
        r->status = CCP_NO_MEMORY;
        return false;
    }
    r->mappings = grown;
    r->capacity = capacity;
    return true;
}

static bool add(void *context, const ccp_model_mapping *found)
{
    reading *r = context;
    mapping *m;

    if (!found->is_active)
        return true;
    if (!make_room(r))
        return false;
    m = &r->mappings[r->count++];
    memcpy(m->claude, found->claude_model, sizeof(m->claude));
    memcpy(m->bedrock, found->bedrock_model, sizeof(m->bedrock));
    m->created_at_us = found->created_at_us;
    return true;
}

/* Once nothing moves any more. */
static void point(reading *r)
{
    r->pairs = calloc(r->count + 1, sizeof(*r->pairs));
    if (!r->pairs) {
        r->status = CCP_NO_MEMORY;
        return;
    }
    for (size_t i = 0; i < r->count; i++)
        r->pairs[i] = (ccpi_model_pair){r->mappings[i].claude, r->mappings[i].bedrock};
}

ccp_status ccpi_model_table_reload(ccpi_model_table *table)
{
    reading fresh = {.count = 0};
    reading old;
    ccp_status status = table->store->list(table->store->self, add, &fresh, NULL);

    if (status == CCP_OK && fresh.status == CCP_OK)
        point(&fresh);
    if (status == CCP_OK)
        status = fresh.status;
    if (status != CCP_OK) {
        clear(&fresh);
        return status;
    }
    pthread_rwlock_wrlock(&table->lock);
    old = table->current;
    table->current = fresh;
    table->was_read = true;
    pthread_rwlock_unlock(&table->lock);
    clear(&old);
    return CCP_OK;
}

void ccpi_model_table_set_environment(ccpi_model_table *table, ccpi_model_map map)
{
    pthread_rwlock_wrlock(&table->lock);
    table->environment = map;
    pthread_rwlock_unlock(&table->lock);
}

/* Under the lock. */
static ccpi_model_map map_of(const ccpi_model_table *table)
{
    return table->was_read ? (ccpi_model_map){table->current.pairs, table->current.count}
                           : ccpi_model_initial_map();
}

ccp_status ccpi_model_table_choose(ccpi_model_table *table, const char *name,
                                   const ccpi_model_rules *rules, ccpi_model_choice *out,
                                   ccp_error *error)
{
    ccpi_model_rules all = *rules;
    ccp_status status;

    pthread_rwlock_rdlock(&table->lock);
    all.table = map_of(table);
    all.environment = table->environment;
    status = ccpi_model_choose(name, &all, out, error);
    pthread_rwlock_unlock(&table->lock);
    return status;
}

/* Under the lock. */
static ccp_status copy_names(const ccpi_model_table *table, ccpi_model_list *out)
{
    const ccpi_model_map map = map_of(table);

    out->models = calloc(map.count + 1, sizeof(*out->models));
    if (!out->models)
        return CCP_NO_MEMORY;
    for (size_t i = 0; i < map.count; i++) {
        ccpi_listed_model *model = &out->models[out->count++];

        memcpy(model->name, map.pairs[i].claude, strlen(map.pairs[i].claude));
        model->created_at_us =
            table->was_read ? table->current.mappings[i].created_at_us : 0;
    }
    return CCP_OK;
}

ccp_status ccpi_model_table_list(ccpi_model_table *table, ccpi_model_list *out)
{
    ccp_status status;

    *out = (ccpi_model_list){.count = 0};
    pthread_rwlock_rdlock(&table->lock);
    status = copy_names(table, out);
    pthread_rwlock_unlock(&table->lock);
    return status;
}
