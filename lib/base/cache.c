#include "base/cache.h"

#include <assert.h>
#include <pthread.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#define SMALLEST_TABLE 16

/* One value, in two lists: its bucket's, and that of all by their last use. */
typedef struct cache_entry {
    struct cache_entry *next_in_bucket;
    struct cache_entry *newer;
    struct cache_entry *older;
    ccpi_cache_life life;
    alignas(max_align_t) unsigned char bytes[]; /* the value, then the key */
} cache_entry;

struct ccpi_cache {
    pthread_mutex_t lock;
    ccpi_cache_options options;
    uint64_t ticket;
    size_t count;
    size_t bucket_mask;
    cache_entry *newest;
    cache_entry *oldest;
    cache_entry *buckets[];
};

ccp_status ccpi_cache_new(const ccpi_cache_options *options, ccpi_cache **out)
{
    size_t buckets = SMALLEST_TABLE;
    ccpi_cache *cache;

    assert(options->max_entries > 0);
    while (buckets < options->max_entries)
        buckets *= 2;
    *out = NULL;
    cache = calloc(1, sizeof(*cache) + buckets * sizeof(cache_entry *));
    if (!cache)
        return CCP_NO_MEMORY;
    if (pthread_mutex_init(&cache->lock, NULL) != 0) {
        free(cache);
        return CCP_NO_MEMORY;
    }
    cache->options = *options;
    cache->bucket_mask = buckets - 1;
    *out = cache;
    return CCP_OK;
}

/* FNV-1a. http://www.isthe.com/chongo/tech/comp/fnv/ */
static uint64_t hash_of(const void *key, size_t len)
{
    const unsigned char *bytes = key;
    uint64_t hash = UINT64_C(0xcbf29ce484222325);

    for (size_t i = 0; i < len; i++)
        hash = (hash ^ bytes[i]) * UINT64_C(0x100000001b3);
    return hash ^ (hash >> 32);
}

static unsigned char *key_of(const ccpi_cache *cache, cache_entry *entry)
{
    return entry->bytes + cache->options.value_size;
}

/* What points at the key's entry, or at NULL where it would be. */
static cache_entry **find(ccpi_cache *cache, const void *key)
{
    size_t key_size = cache->options.key_size;
    cache_entry **place = &cache->buckets[hash_of(key, key_size) & cache->bucket_mask];

    while (*place && memcmp(key_of(cache, *place), key, key_size) != 0)
        place = &(*place)->next_in_bucket;
    return place;
}

static void leave_order(ccpi_cache *cache, cache_entry *entry)
{
    if (entry->newer)
        entry->newer->older = entry->older;
    else
        cache->newest = entry->older;
    if (entry->older)
        entry->older->newer = entry->newer;
    else
        cache->oldest = entry->newer;
}

static void become_newest(ccpi_cache *cache, cache_entry *entry)
{
    entry->newer = NULL;
    entry->older = cache->newest;
    if (cache->newest)
        cache->newest->newer = entry;
    else
        cache->oldest = entry;
    cache->newest = entry;
}

static void discard(ccpi_cache *cache, cache_entry *entry)
{
    if (cache->options.is_secret)
        explicit_bzero(entry->bytes, cache->options.value_size);
    free(entry);
}

static void remove_at(ccpi_cache *cache, cache_entry **place)
{
    cache_entry *entry = *place;

    if (!entry)
        return;
    *place = entry->next_in_bucket;
    leave_order(cache, entry);
    cache->count--;
    discard(cache, entry);
}

void ccpi_cache_free(ccpi_cache *cache)
{
    if (!cache)
        return;
    while (cache->newest) {
        cache_entry *entry = cache->newest;

        cache->newest = entry->older;
        discard(cache, entry);
    }
    pthread_mutex_destroy(&cache->lock);
    free(cache);
}

static ccpi_cache_answer look_up(ccpi_cache *cache, const void *key, int64_t now_us,
                                 void *value)
{
    cache_entry **place = find(cache, key);
    cache_entry *entry = *place;

    if (!entry)
        return CCPI_CACHE_MISS;
    if (now_us >= entry->life.fresh_until_us && now_us >= entry->life.kept_until_us) {
        remove_at(cache, place);
        return CCPI_CACHE_MISS;
    }
    leave_order(cache, entry);
    become_newest(cache, entry);
    memcpy(value, entry->bytes, cache->options.value_size);
    return now_us < entry->life.fresh_until_us ? CCPI_CACHE_FRESH : CCPI_CACHE_STALE;
}

ccpi_cache_answer ccpi_cache_get(ccpi_cache *cache, const void *key, int64_t now_us,
                                 void *value)
{
    ccpi_cache_answer answer;

    pthread_mutex_lock(&cache->lock);
    answer = look_up(cache, key, now_us, value);
    pthread_mutex_unlock(&cache->lock);
    return answer;
}

uint64_t ccpi_cache_ticket(ccpi_cache *cache)
{
    uint64_t ticket;

    pthread_mutex_lock(&cache->lock);
    ticket = cache->ticket;
    pthread_mutex_unlock(&cache->lock);
    return ticket;
}

/* Links a new entry in for a key that has none; makes room for it first. */
static cache_entry *add_entry(ccpi_cache *cache, const void *key)
{
    const ccpi_cache_options *options = &cache->options;
    cache_entry *entry;
    cache_entry **place;

    entry = malloc(sizeof(*entry) + options->key_size + options->value_size);
    if (!entry)
        return NULL;
    if (cache->count >= options->max_entries)
        remove_at(cache, find(cache, key_of(cache, cache->oldest)));
    memcpy(key_of(cache, entry), key, options->key_size);
    place = find(cache, key);
    entry->next_in_bucket = NULL;
    *place = entry;
    become_newest(cache, entry);
    cache->count++;
    return entry;
}

static ccp_status keep(ccpi_cache *cache, const void *key, const void *value,
                       ccpi_cache_life life)
{
    cache_entry *entry = *find(cache, key);

    if (entry) {
        leave_order(cache, entry);
        become_newest(cache, entry);
    } else {
        entry = add_entry(cache, key);
    }
    if (!entry)
        return CCP_NO_MEMORY;
    entry->life = life;
    memcpy(entry->bytes, value, cache->options.value_size);
    return CCP_OK;
}

ccp_status ccpi_cache_put(ccpi_cache *cache, const void *key, const void *value,
                          ccpi_cache_life life, uint64_t ticket)
{
    ccp_status status = CCP_CONFLICT;

    pthread_mutex_lock(&cache->lock);
    if (ticket == cache->ticket)
        status = keep(cache, key, value, life);
    pthread_mutex_unlock(&cache->lock);
    return status;
}

void ccpi_cache_drop(ccpi_cache *cache, const void *key)
{
    pthread_mutex_lock(&cache->lock);
    cache->ticket++;
    remove_at(cache, find(cache, key));
    pthread_mutex_unlock(&cache->lock);
}

void ccpi_cache_drop_if(ccpi_cache *cache,
                        bool (*is_meant)(void *context, const void *value), void *context)
{
    cache_entry *older;

    pthread_mutex_lock(&cache->lock);
    cache->ticket++;
    for (cache_entry *entry = cache->newest; entry; entry = older) {
        older = entry->older;
        if (is_meant(context, entry->bytes))
            remove_at(cache, find(cache, key_of(cache, entry)));
    }
    pthread_mutex_unlock(&cache->lock);
}

static bool is_any(void *context, const void *value)
{
    (void)context, (void)value;
    return true;
}

void ccpi_cache_drop_all(ccpi_cache *cache)
{
    ccpi_cache_drop_if(cache, is_any, NULL);
}

void ccpi_cache_each(ccpi_cache *cache, bool (*visit)(void *context, const void *value),
                     void *context)
{
    bool goes_on = true;

    pthread_mutex_lock(&cache->lock);
    for (cache_entry *entry = cache->newest; entry && goes_on; entry = entry->older)
        goes_on = visit(context, entry->bytes);
    pthread_mutex_unlock(&cache->lock);
}

size_t ccpi_cache_count(ccpi_cache *cache)
{
    size_t count;

    pthread_mutex_lock(&cache->lock);
    count = cache->count;
    pthread_mutex_unlock(&cache->lock);
    return count;
}
