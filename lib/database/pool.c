#include "database/pool.h"

#include "base/fail.h"
#include "base/wait.h"

#define US_PER_MS 1000

ccp_status ccpi_pool_init(ccpi_pool *pool, const ccpi_pool_limits *limits,
                          const ccpi_pool_source *source, const ccp_clock *clock)
{
    *pool = (ccpi_pool){.limits = *limits, .source = *source, .clock = clock};
    if (pool->limits.kept == 0)
        pool->limits.kept = pool->limits.most;

    if (pthread_mutex_init(&pool->lock, NULL) != 0)
        return CCP_NO_MEMORY;
    if (ccpi_condition_init(&pool->given_back))
        return CCP_OK;

    pthread_mutex_destroy(&pool->lock);
    return CCP_NO_MEMORY;
}

void ccpi_pool_clear(ccpi_pool *pool)
{
    while (pool->idle) {
        ccpi_pool_item *item = pool->idle;

        pool->idle = item->next;
        pool->source.discard(pool->source.self, item);
    }
    pthread_cond_destroy(&pool->given_back);
    pthread_mutex_destroy(&pool->lock);
}

static bool is_too_old(const ccpi_pool *pool, const ccpi_pool_item *item)
{
    int64_t age_us = pool->clock->monotonic_us(pool->clock->self) - item->made_at_us;

    return pool->limits.recycle_after_ms > 0 &&
           age_us > pool->limits.recycle_after_ms * US_PER_MS;
}

/* With the lock held. */
static void forget(ccpi_pool *pool)
{
    pool->made--;
    pthread_cond_signal(&pool->given_back);
}

static void give_up(ccpi_pool *pool, ccpi_pool_item *item)
{
    pool->source.discard(pool->source.self, item);
    pthread_mutex_lock(&pool->lock);
    forget(pool);
    pthread_mutex_unlock(&pool->lock);
}

static ccp_status make(ccpi_pool *pool, ccpi_pool_item **out, ccp_error *error)
{
    ccp_status status = pool->source.make(pool->source.self, out, error);

    if (status != CCP_OK) {
        pthread_mutex_lock(&pool->lock);
        forget(pool);
        pthread_mutex_unlock(&pool->lock);
        return status;
    }
    (*out)->made_at_us = pool->clock->monotonic_us(pool->clock->self);
    return CCP_OK;
}

/* Gives an idle item, or NULL and the right to make one, or false. */
static bool reserve(ccpi_pool *pool, const struct timespec *deadline,
                    ccpi_pool_item **out)
{
    bool reserved = true;

    pthread_mutex_lock(&pool->lock);
    while (!pool->idle && pool->made >= pool->limits.most && reserved)
        reserved = ccpi_wait_until(&pool->given_back, &pool->lock, deadline);

    *out = pool->idle;
    if (pool->idle) {
        pool->idle = pool->idle->next;
        pool->idle_count--;
        reserved = true;
    } else if (pool->made < pool->limits.most) {
        pool->made++;
        reserved = true;
    }
    pthread_mutex_unlock(&pool->lock);
    return reserved;
}

ccp_status ccpi_pool_acquire(ccpi_pool *pool, ccpi_pool_item **out, ccp_error *error)
{
    const struct timespec deadline = ccpi_deadline_in(pool->limits.acquire_ms);

    while (reserve(pool, &deadline, out)) {
        if (!*out)
            return make(pool, out, error);
        if (!is_too_old(pool, *out) && pool->source.is_usable(pool->source.self, *out))
            return CCP_OK;
        give_up(pool, *out);
    }
    return ccpi_fail(error, CCP_UNAVAILABLE,
                     "all %d database connections have been in use for %lld ms",
                     pool->limits.most, (long long)pool->limits.acquire_ms);
}

void ccpi_pool_release(ccpi_pool *pool, ccpi_pool_item *item)
{
    bool is_kept;

    pthread_mutex_lock(&pool->lock);
    is_kept = !item->is_broken && pool->idle_count < pool->limits.kept;
    if (is_kept) {
        item->next = pool->idle;
        pool->idle = item;
        pool->idle_count++;
        pthread_cond_signal(&pool->given_back);
    }
    pthread_mutex_unlock(&pool->lock);
    if (!is_kept)
        give_up(pool, item);
}
