#include "memory.h"

#include <string.h>

static bool has(const memory *m, const char *request_id)
{
    for (size_t i = 0; i < m->count; i++)
        if (strcmp(m->rows[i].request_id, request_id) == 0)
            return true;
    return false;
}

/* A batch may come twice: what stands already is passed over. */
static ccp_status add(void *self, const ccp_usage_record *records, size_t count,
                      size_t *inserted, ccp_error *error)
{
    memory *m = self;
    size_t before;

    (void)error;
    pthread_mutex_lock(&m->lock);
    before = m->count;
    for (size_t i = 0; i < count && m->count < MAX_ROWS; i++)
        if (!has(m, records[i].request_id))
            m->rows[m->count++] = records[i];
    if (inserted)
        *inserted = m->count - before;
    pthread_mutex_unlock(&m->lock);
    return CCP_OK;
}

static bool counts(const ccp_usage_record *row, const ccp_id *user_id,
                   const ccp_period *period)
{
    return strcmp(row->user_id, user_id->text) == 0 &&
           strcmp(row->provider, "bedrock") == 0 &&
           row->created_at_us >= period->start_us && row->created_at_us < period->end_us;
}

static ccp_status bedrock_cost(void *self, const ccp_id *user_id,
                               const ccp_period *period, int64_t *cost_micro,
                               ccp_error *error)
{
    memory *m = self;

    (void)error;
    *cost_micro = 0;
    pthread_mutex_lock(&m->lock);
    for (size_t i = 0; i < m->count; i++)
        if (counts(&m->rows[i], user_id, period))
            *cost_micro += m->rows[i].total_cost_micro;
    pthread_mutex_unlock(&m->lock);
    return CCP_OK;
}

static ccp_status recent(void *self, size_t limit,
                         bool (*visit)(void *context, const ccp_usage_record *record),
                         void *context, ccp_error *error)
{
    memory *m = self;

    (void)error;
    pthread_mutex_lock(&m->lock);
    for (size_t i = m->count; i > 0 && limit > 0; i--, limit--)
        if (!visit(context, &m->rows[i - 1]))
            break;
    pthread_mutex_unlock(&m->lock);
    return CCP_OK;
}

static ccp_status prune(void *self, const ccp_usage_retention *keep, ccp_error *error)
{
    (void)self, (void)keep, (void)error; /* what is kept is bounded anyway */
    return CCP_OK;
}

ccp_usage_store memory_table(memory *m)
{
    pthread_mutex_init(&m->lock, NULL);
    return (ccp_usage_store){.add = add,
                             .bedrock_cost = bedrock_cost,
                             .recent = recent,
                             .prune = prune,
                             .self = m};
}
