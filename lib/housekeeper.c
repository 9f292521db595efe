#include "housekeeper.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/fail.h"
#include "base/thread.h"
#include "base/wait.h"
#include "model_refresh.h"
#include "usage/retention.h"

#define MS_PER_S 1000
/* P-9: a change by another process is honoured within a second. */
#define TICK_MS 250
#define HOUR_TICKS (3600 * MS_PER_S / TICK_MS)
#define UNKNOWN_VERSION (-1)
#define US_PER_DAY INT64_C(86400000000)

typedef struct chore {
    void (*run)(ccpi_housekeeper *housekeeper);
    unsigned every; /* ticks */
} chore;

/* A thread, and what it does over and over. */
typedef struct thread_round {
    const char *name;
    ccpi_housekeeper *housekeeper;
    const chore *chores;
    size_t count;
    pthread_t thread;
} thread_round;

#define MAX_ROUNDS 3

struct ccpi_housekeeper {
    ccpi_router *router;
    ccp_aws *aws;
    thread_round rounds[MAX_ROUNDS];
    size_t running;
    pthread_mutex_t lock;
    pthread_cond_t stop;
    bool is_stopping;
    int64_t version;       /* of the store's changes, as last seen */
    int64_t models_due_us; /* monotonic; when they are listed again */
};

/* ---- the chores ---- */

/* CO-5: the admin API of another process may have read the file of prices anew. */
static void follow_prices(const ccpi_router *router)
{
    ccp_error error = {CCP_OK, ""};
    ccpi_log_line line;

    if (ccpi_pricing_follow(router->pricing, &error) == CCP_OK)
        return;
    ccpi_log_start(&line, router->log, CCP_LOG_ERROR, "pricing_rejected", NULL);
    ccpi_log_text(&line, "cause", error.message);
    ccpi_log_end(&line);
}

static void follow_changes(ccpi_housekeeper *housekeeper)
{
    ccpi_router *router = housekeeper->router;
    const ccp_change_store *changes = &router->store->changes;
    int64_t version;

    if (changes->version(changes->self, &version, NULL) != CCP_OK ||
        version == housekeeper->version)
        return;
    ccpi_identities_forget(router->identities);
    ccpi_credentials_forget(router->credentials);
    ccpi_budget_forget(router->budget);
    follow_prices(router);
    if (ccpi_model_table_reload(router->models) == CCP_OK)
        housekeeper->version = version; /* else all of it once more */
}

static void write_uses(ccpi_housekeeper *housekeeper)
{
    ccpi_identities_write_uses(housekeeper->router->identities);
}

/* DM-2: calls wait until somebody has migrated the database. */
static void check_schema(ccpi_housekeeper *housekeeper)
{
    ccpi_router *router = housekeeper->router;
    ccp_schema_status schema;

    if (router->store->schema(router->store->self, &schema, NULL) == CCP_OK)
        atomic_store(&router->is_outdated, schema.version < schema.required);
}

/* AK-5 */
static void expire_keys(ccpi_housekeeper *housekeeper)
{
    ccpi_router *router = housekeeper->router;
    const ccp_access_key_store *keys = &router->store->keys;

    keys->expire(keys->self, router->clock->unix_us(router->clock->self), NULL, NULL);
}

static void sweep_circuits(ccpi_housekeeper *housekeeper)
{
    ccpi_breaker_sweep(housekeeper->router->breaker,
                       ccpi_router_now(housekeeper->router));
}

static void give_memory_back(ccpi_housekeeper *housekeeper)
{
    ccpi_spares_age(&housekeeper->router->bodies);
}

static void renew_aws_credentials(ccpi_housekeeper *housekeeper)
{
    ccp_aws_renew(housekeeper->aws);
}

static void tend_budgets(ccpi_housekeeper *housekeeper)
{
    ccpi_budget_tend(housekeeper->router->budget);
}

static void refresh_models(ccpi_housekeeper *housekeeper)
{
    const ccpi_router *router = housekeeper->router;
    const int64_t every_us = router->settings.model_refresh_us;

    if (every_us == 0 || ccpi_router_now(router) < housekeeper->models_due_us ||
        atomic_load(&router->is_outdated))
        return;
    ccpi_model_refresh_run(router, housekeeper->aws);
    housekeeper->models_due_us = ccpi_router_now(router) + every_us;
}

/* US-7 */
static void prune_usage(ccpi_housekeeper *housekeeper)
{
    const ccpi_router *router = housekeeper->router;
    const ccp_usage_store *usage = &router->store->usage;
    const int64_t now_us = router->clock->unix_us(router->clock->self);
    const ccp_usage_retention keep = {
        .rows_from_us =
            ccpi_usage_kept_from(router->settings.usage_retention_days, now_us),
        .minutes_from_us = now_us - CCP_USAGE_MINUTES_DAYS * US_PER_DAY,
    };

    if (usage->prune)
        usage->prune(usage->self, &keep, NULL);
}

static void prune_sessions(ccpi_housekeeper *housekeeper)
{
    const ccpi_router *router = housekeeper->router;
    const ccp_session_store *sessions = &router->store->sessions;

    if (sessions->prune)
        sessions->prune(sessions->self,
                        router->clock->unix_us(router->clock->self) - US_PER_DAY, NULL);
}

/* What fails is tried again the next time: none of it is worth more than that. */
static const chore usual_chores[] = {
    {follow_changes, 1},
    {tend_budgets, MS_PER_S / TICK_MS},
    {check_schema, 5 * MS_PER_S / TICK_MS},
    {write_uses, 5 * MS_PER_S / TICK_MS},
    {give_memory_back, 5 * MS_PER_S / TICK_MS},
    {expire_keys, 60 * MS_PER_S / TICK_MS},
    {sweep_circuits, 60 * MS_PER_S / TICK_MS},
};

static const chore aws_chores[] = {
    {renew_aws_credentials, 5 * MS_PER_S / TICK_MS},
    {refresh_models, MS_PER_S / TICK_MS},
};

/* Apart, since they may take long. */
static const chore hourly_chores[] = {
    {prune_usage, HOUR_TICKS},
    {prune_sessions, HOUR_TICKS},
};

#define ROUND(name_, chores_)                                                            \
    {                                                                                    \
        .name = (name_), .chores = (chores_),                                            \
        .count = sizeof(chores_) / sizeof((chores_)[0])                                  \
    }

static const thread_round usual_round = ROUND("ccp-housekeeper", usual_chores);
static const thread_round hourly_round = ROUND("ccp-retention", hourly_chores);
static const thread_round aws_round = ROUND("ccp-aws", aws_chores);

/* ---- the threads ---- */

/* true: it is time to end. */
static bool wait_for_tick(ccpi_housekeeper *housekeeper)
{
    const struct timespec tick = ccpi_deadline_in(TICK_MS);
    bool is_stopping;
    bool has_time = true;

    pthread_mutex_lock(&housekeeper->lock);
    while (!housekeeper->is_stopping && has_time)
        has_time = ccpi_wait_until(&housekeeper->stop, &housekeeper->lock, &tick);
    is_stopping = housekeeper->is_stopping;
    pthread_mutex_unlock(&housekeeper->lock);
    return is_stopping;
}

static void *keep_house(void *self)
{
    const thread_round *round = self;

    for (unsigned tick = 0; !wait_for_tick(round->housekeeper); tick++)
        for (size_t i = 0; i < round->count; i++)
            if (tick % round->chores[i].every == 0)
                round->chores[i].run(round->housekeeper);
    return NULL;
}

static ccp_status start(ccpi_housekeeper *housekeeper, const thread_round *plan,
                        ccp_error *error)
{
    thread_round *round = &housekeeper->rounds[housekeeper->running];

    *round = *plan;
    round->housekeeper = housekeeper;
    if (!ccpi_thread_start(&round->thread, round->name, keep_house, round))
        return ccpi_fail(error, CCP_NO_MEMORY, "no thread for the housekeeper");
    housekeeper->running++;
    return CCP_OK;
}

ccp_status ccpi_housekeeper_new(ccpi_router *router, ccp_aws *aws, ccpi_housekeeper **out,
                                ccp_error *error)
{
    ccpi_housekeeper *housekeeper = calloc(1, sizeof(*housekeeper));
    ccp_status status;

    *out = NULL;
    if (!housekeeper || !ccpi_condition_init(&housekeeper->stop)) {
        free(housekeeper);
        return ccpi_fail(error, CCP_NO_MEMORY, "no memory for the housekeeper");
    }
    housekeeper->router = router;
    housekeeper->aws = aws;
    housekeeper->version = UNKNOWN_VERSION;
    check_schema(housekeeper);
    follow_changes(housekeeper);
    pthread_mutex_init(&housekeeper->lock, NULL);
    status = start(housekeeper, &usual_round, error);
    if (status == CCP_OK)
        status = start(housekeeper, &hourly_round, error);
    if (status == CCP_OK && aws)
        status = start(housekeeper, &aws_round, error);
    if (status != CCP_OK) {
        ccpi_housekeeper_free(housekeeper);
        return status;
    }
    *out = housekeeper;
    return CCP_OK;
}

void ccpi_housekeeper_free(ccpi_housekeeper *housekeeper)
{
    if (!housekeeper)
        return;
    pthread_mutex_lock(&housekeeper->lock);
    housekeeper->is_stopping = true;
    pthread_cond_broadcast(&housekeeper->stop);
    pthread_mutex_unlock(&housekeeper->lock);
    for (size_t i = 0; i < housekeeper->running; i++)
        pthread_join(housekeeper->rounds[i].thread, NULL);
    write_uses(housekeeper);
    pthread_cond_destroy(&housekeeper->stop);
    pthread_mutex_destroy(&housekeeper->lock);
    free(housekeeper);
}
