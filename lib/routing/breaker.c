#include "routing/breaker.h"

#include <pthread.h>
#include <stdlib.h>

#define BUCKETS 1024 /* a power of two */
#define IDLE_US (INT64_C(3600) * 1000000)

typedef struct circuit {
    struct circuit *next; /* in its bucket */
    ccp_id key;
    ccpi_circuit_state state;
    ccpi_circuit_state before_probe; /* OPEN or COOLING, while HALF_OPEN */
    uint64_t generation;             /* rises with every change of state */
    ccpi_class reason;
    int64_t changed_at_us;
    int64_t until_us; /* the next probe's time, when not closed */
    int64_t touched_us;
    int failures;
    int64_t failed_at_us[]; /* the latest ones up to the threshold, oldest first */
} circuit;

struct ccpi_breaker {
    ccpi_breaker_options options;
    pthread_mutex_t lock;
    size_t count;
    circuit *buckets[BUCKETS];
};

const char *ccpi_circuit_state_name(ccpi_circuit_state state)
{
    static const char *const names[] = {"closed", "open", "half_open", "cooling"};

    return names[state];
}

ccp_status ccpi_breaker_new(const ccpi_breaker_options *options, ccpi_breaker **out)
{
    ccpi_breaker *breaker = calloc(1, sizeof(*breaker));

    *out = NULL;
    if (!breaker)
        return CCP_NO_MEMORY;

    breaker->options = *options;
    if (breaker->options.failure_threshold < 1)
        breaker->options.failure_threshold = 1;
    if (breaker->options.failure_threshold > CCPI_BREAKER_MAX_THRESHOLD)
        breaker->options.failure_threshold = CCPI_BREAKER_MAX_THRESHOLD;
    pthread_mutex_init(&breaker->lock, NULL);
    *out = breaker;
    return CCP_OK;
}

void ccpi_breaker_free(ccpi_breaker *breaker)
{
    if (!breaker)
        return;

    for (size_t i = 0; i < BUCKETS; i++) {
        while (breaker->buckets[i]) {
            circuit *gone = breaker->buckets[i];

            breaker->buckets[i] = gone->next;
            free(gone);
        }
    }
    pthread_mutex_destroy(&breaker->lock);
    free(breaker);
}

/* FNV-1a. Ids are made by us, so nobody can aim them at one bucket. */
static size_t bucket_of(const ccp_id *key)
{
    uint32_t hash = 2166136261u;

    for (const char *at = key->text; *at; at++)
        hash = (hash ^ (unsigned char)*at) * 16777619u;
    return hash & (BUCKETS - 1);
}

/* Where the pointer to this key's circuit stands, or where a new one would. */
static circuit **slot_of(ccpi_breaker *breaker, const ccp_id *key)
{
    circuit **slot = &breaker->buckets[bucket_of(key)];

    while (*slot && strcmp((*slot)->key.text, key->text) != 0)
        slot = &(*slot)->next;
    return slot;
}

static void drop(ccpi_breaker *breaker, circuit **slot)
{
    circuit *gone = *slot;

    *slot = gone->next;
    free(gone);
    breaker->count--;
}

static void sweep(ccpi_breaker *breaker, int64_t now_us)
{
    for (size_t i = 0; i < BUCKETS; i++) {
        circuit **slot = &breaker->buckets[i];

        while (*slot) {
            const circuit *c = *slot;
            bool is_waiting = c->state != CCPI_CIRCUIT_CLOSED && c->until_us > now_us;

            if (now_us - c->touched_us > IDLE_US && !is_waiting &&
                c->state != CCPI_CIRCUIT_HALF_OPEN)
                drop(breaker, slot);
            else
                slot = &(*slot)->next;
        }
    }
}

/* Makes room by force: the circuit that was left alone longest. */
static void drop_oldest(ccpi_breaker *breaker)
{
    circuit **oldest = NULL;

    for (size_t i = 0; i < BUCKETS; i++)
        for (circuit **slot = &breaker->buckets[i]; *slot; slot = &(*slot)->next)
            if (!oldest || (*slot)->touched_us < (*oldest)->touched_us)
                oldest = slot;
    if (oldest)
        drop(breaker, oldest);
}

/* NULL: no memory. The key then simply has no circuit yet. */
static circuit *make(ccpi_breaker *breaker, const ccp_id *key, int64_t now_us)
{
    circuit *made;
    circuit **slot;

    if (breaker->count >= CCPI_BREAKER_MAX_CIRCUITS)
        sweep(breaker, now_us);
    if (breaker->count >= CCPI_BREAKER_MAX_CIRCUITS)
        drop_oldest(breaker);
    made = calloc(1, sizeof(*made) + sizeof(*made->failed_at_us) *
                                         (size_t)breaker->options.failure_threshold);
    if (!made)
        return NULL;

    made->key = *key;
    slot = slot_of(breaker, key);
    made->next = *slot;
    *slot = made;
    breaker->count++;
    return made;
}

static void enter(circuit *c, ccpi_circuit_state state, int64_t now_us, int64_t until_us)
{
    c->state = state;
    c->generation++;
    c->changed_at_us = now_us;
    c->until_us = until_us;
}

static void close_circuit(circuit *c, int64_t now_us)
{
    c->failures = 0;
    c->reason = CCPI_CLASS_NONE;
    enter(c, CCPI_CIRCUIT_CLOSED, now_us, 0);
}

static void open_circuit(ccpi_breaker *breaker, circuit *c, ccpi_class reason,
                         int64_t now_us)
{
    c->reason = reason;
    enter(c, CCPI_CIRCUIT_OPEN, now_us, now_us + breaker->options.reset_us);
}

static void cool(ccpi_breaker *breaker, circuit *c, const ccpi_report *report,
                 int64_t now_us)
{
    int64_t cool_for_us = report->cool_for_us;

    if (cool_for_us > breaker->options.reset_us)
        cool_for_us = breaker->options.reset_us;
    c->reason = report->reason;
    enter(c, CCPI_CIRCUIT_COOLING, now_us, now_us + cool_for_us);
}

/* Opens when the first and the last of the wanted number lie within the window. */
static void count_failure(ccpi_breaker *breaker, circuit *c, ccpi_class reason,
                          int64_t now_us)
{
    int threshold = breaker->options.failure_threshold;

    if (c->failures > 0 && c->failures == threshold) {
        memmove(c->failed_at_us, c->failed_at_us + 1,
                sizeof(*c->failed_at_us) * (size_t)(threshold - 1));
        c->failures--;
    }
    c->failed_at_us[c->failures++] = now_us;
    c->reason = reason;
    if (c->failures == threshold &&
        now_us - c->failed_at_us[0] <= breaker->options.failure_window_us)
        open_circuit(breaker, c, reason, now_us);
}

static bool is_due(const circuit *c, int64_t now_us)
{
    return (c->state == CCPI_CIRCUIT_OPEN || c->state == CCPI_CIRCUIT_COOLING) &&
           now_us >= c->until_us;
}

/* The state that requests other than the probe are told. */
static ccpi_circuit_state state_for_others(const circuit *c)
{
    return c->state == CCPI_CIRCUIT_HALF_OPEN ? c->before_probe : c->state;
}

ccpi_pass ccpi_breaker_ask(ccpi_breaker *breaker, const ccp_id *access_key_id,
                           int64_t now_us, ccpi_circuit_change *change)
{
    ccpi_pass pass = {.state = CCPI_CIRCUIT_CLOSED};
    circuit *c;

    *change = (ccpi_circuit_change){0};
    pthread_mutex_lock(&breaker->lock);
    c = *slot_of(breaker, access_key_id);
    if (c) {
        c->touched_us = now_us;
        if (is_due(c, now_us)) {
            c->before_probe = c->state;
            *change = (ccpi_circuit_change){c->state, CCPI_CIRCUIT_HALF_OPEN, c->reason};
            enter(c, CCPI_CIRCUIT_HALF_OPEN, now_us, c->until_us);
            pass.state = CCPI_CIRCUIT_HALF_OPEN;
        } else {
            pass.state = state_for_others(c);
            if (pass.state != CCPI_CIRCUIT_CLOSED && c->until_us > now_us)
                pass.wait_us = c->until_us - now_us;
        }
        pass.generation = c->generation;
    }
    pthread_mutex_unlock(&breaker->lock);
    return pass;
}

ccpi_circuit_state ccpi_breaker_peek(ccpi_breaker *breaker, const ccp_id *access_key_id,
                                     int64_t now_us)
{
    ccpi_circuit_state state = CCPI_CIRCUIT_CLOSED;
    const circuit *c;

    pthread_mutex_lock(&breaker->lock);
    c = *slot_of(breaker, access_key_id);
    if (c)
        state = is_due(c, now_us) ? CCPI_CIRCUIT_HALF_OPEN : state_for_others(c);
    pthread_mutex_unlock(&breaker->lock);
    return state;
}

static void settle_probe(ccpi_breaker *breaker, circuit *c, const ccpi_report *report,
                         int64_t now_us)
{
    bool was_open = c->before_probe == CCPI_CIRCUIT_OPEN;

    if (report->verdict == CCPI_VERDICT_NONE) {
        enter(c, c->before_probe, now_us, now_us);
    } else if (was_open) {
        open_circuit(breaker, c, report->reason, now_us);
    } else if (report->verdict == CCPI_VERDICT_LIMITED) {
        cool(breaker, c, report, now_us);
    } else {
        /* The limit is over, but the Plan fails in another way: its first failure. */
        close_circuit(c, now_us);
        count_failure(breaker, c, report->reason, now_us);
    }
}

/* What a request that was let through, because it had no other way, found out. */
static void settle_forced(ccpi_breaker *breaker, circuit *c, const ccpi_report *report,
                          int64_t now_us)
{
    int64_t until_us = c->until_us;

    if (c->state != CCPI_CIRCUIT_COOLING || report->verdict != CCPI_VERDICT_LIMITED)
        return;
    cool(breaker, c, report, now_us);
    if (c->until_us < until_us)
        c->until_us = until_us;
}

static void settle(ccpi_breaker *breaker, circuit *c, const ccpi_pass *pass,
                   const ccpi_report *report, int64_t now_us)
{
    bool is_late = pass->generation != c->generation;

    if (report->verdict == CCPI_VERDICT_SUCCESS) {
        /* A success of before the trouble began says nothing of it. */
        if (pass->state != CCPI_CIRCUIT_CLOSED && c->state != CCPI_CIRCUIT_CLOSED)
            close_circuit(c, now_us);
        else if (c->state == CCPI_CIRCUIT_CLOSED)
            c->failures = 0;
        return;
    }
    if (is_late)
        return;
    if (pass->state == CCPI_CIRCUIT_HALF_OPEN)
        settle_probe(breaker, c, report, now_us);
    else if (pass->state != CCPI_CIRCUIT_CLOSED)
        settle_forced(breaker, c, report, now_us);
    else if (report->verdict == CCPI_VERDICT_FAILURE)
        count_failure(breaker, c, report->reason, now_us);
    else if (report->verdict == CCPI_VERDICT_LIMITED && report->cool_for_us > 0)
        cool(breaker, c, report, now_us);
}

ccpi_circuit_change ccpi_breaker_report(ccpi_breaker *breaker,
                                        const ccp_id *access_key_id,
                                        const ccpi_pass *pass, const ccpi_report *report,
                                        int64_t now_us)
{
    bool is_trouble = report->verdict == CCPI_VERDICT_FAILURE ||
                      report->verdict == CCPI_VERDICT_LIMITED;
    ccpi_circuit_change change = {0};
    circuit *c;

    pthread_mutex_lock(&breaker->lock);
    c = *slot_of(breaker, access_key_id);
    if (!c && is_trouble && pass->generation == 0)
        c = make(breaker, access_key_id, now_us);
    if (c) {
        change.from = c->state;
        c->touched_us = now_us;
        settle(breaker, c, pass, report, now_us);
        change.to = c->state;
        change.reason = report->reason;
    }
    pthread_mutex_unlock(&breaker->lock);
    return change;
}

size_t ccpi_breaker_open(ccpi_breaker *breaker, int64_t now_us)
{
    size_t count = 0;

    pthread_mutex_lock(&breaker->lock);
    for (size_t i = 0; i < BUCKETS; i++)
        for (const circuit *c = breaker->buckets[i]; c; c = c->next)
            count += c->state == CCPI_CIRCUIT_HALF_OPEN ||
                     (c->state == CCPI_CIRCUIT_OPEN && c->until_us > now_us);
    pthread_mutex_unlock(&breaker->lock);
    return count;
}

void ccpi_breaker_sweep(ccpi_breaker *breaker, int64_t now_us)
{
    pthread_mutex_lock(&breaker->lock);
    sweep(breaker, now_us);
    pthread_mutex_unlock(&breaker->lock);
}

ccp_status ccpi_breaker_reset(ccpi_breaker *breaker, const ccp_id *access_key_id)
{
    ccp_status status = CCP_NOT_FOUND;
    circuit **slot;

    pthread_mutex_lock(&breaker->lock);
    slot = slot_of(breaker, access_key_id);
    if (*slot) {
        drop(breaker, slot);
        status = CCP_OK;
    }
    pthread_mutex_unlock(&breaker->lock);
    return status;
}

size_t ccpi_breaker_list(ccpi_breaker *breaker, int64_t now_us, ccpi_circuit *out,
                         size_t size)
{
    size_t count = 0;

    pthread_mutex_lock(&breaker->lock);
    sweep(breaker, now_us);
    for (size_t i = 0; i < BUCKETS; i++) {
        for (const circuit *c = breaker->buckets[i]; c; c = c->next, count++) {
            if (count >= size)
                continue;
            out[count] = (ccpi_circuit){.access_key_id = c->key,
                                        .state = c->state,
                                        .failures = c->failures,
                                        .changed_at_us = c->changed_at_us,
                                        .next_probe_at_us = c->until_us,
                                        .reason = c->reason};
        }
    }
    pthread_mutex_unlock(&breaker->lock);
    return count;
}
