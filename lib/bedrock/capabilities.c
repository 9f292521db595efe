#include "bedrock/capabilities.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Betas that were taken; a hint only, so the oldest are written over. */
#define MAX_TAKEN 512

typedef struct taken {
    char model_id[CCPI_MODEL_ID_MAX + 1];
    char region[CCPI_CAPABILITY_REGION_MAX + 1];
    char beta[CCPI_EDIT_NAME_MAX + 1];
    ccpi_bedrock_api api;
    int64_t expires_at_us;
} taken;

struct ccpi_capabilities {
    const ccp_clock *clock;
    int64_t ttl_us;
    pthread_mutex_t lock;
    /* Beneath here: with the lock held. */
    uint64_t last_id;
    size_t count; /* of refused, in the order in which they were learned */
    ccpi_capability refused[CCPI_CAPABILITIES_MAX];
    size_t next_taken;
    taken taken[MAX_TAKEN];
};

const char *ccpi_bedrock_api_name(ccpi_bedrock_api api)
{
    static const char *const names[] = {
        [CCPI_BEDROCK_CONVERSE] = "converse",
        [CCPI_BEDROCK_INVOKE] = "invoke",
        [CCPI_BEDROCK_MESSAGES] = "messages",
    };

    return names[api];
}

ccp_status ccpi_capabilities_new(const ccp_clock *clock, int64_t ttl_us,
                                 ccpi_capabilities **out)
{
    ccpi_capabilities *memory = calloc(1, sizeof(*memory));

    *out = memory;
    if (!memory)
        return CCP_NO_MEMORY;
    memory->clock = clock;
    memory->ttl_us = ttl_us;
    pthread_mutex_init(&memory->lock, NULL);
    return CCP_OK;
}

void ccpi_capabilities_free(ccpi_capabilities *memory)
{
    if (!memory)
        return;
    pthread_mutex_destroy(&memory->lock);
    free(memory);
}

static int64_t now(const ccpi_capabilities *memory)
{
    return memory->clock->unix_us(memory->clock->self);
}

static void drop_at(ccpi_capabilities *memory, size_t index)
{
    ccpi_capability *const at = &memory->refused[index];

    memory->count--;
    memmove(at, at + 1, (memory->count - index) * sizeof(*at));
}

static void drop_expired(ccpi_capabilities *memory)
{
    const int64_t now_us = now(memory);

    for (size_t i = memory->count; i-- > 0;)
        if (memory->refused[i].expires_at_us <= now_us)
            drop_at(memory, i);
}

static ccpi_capability *enter(ccpi_capabilities *memory, uint64_t id)
{
    pthread_mutex_lock(&memory->lock);
    drop_expired(memory);
    for (size_t i = 0; i < memory->count; i++)
        if (memory->refused[i].id == id)
            return &memory->refused[i];
    return NULL;
}

static void leave(ccpi_capabilities *memory)
{
    pthread_mutex_unlock(&memory->lock);
}

/* ---- administration ---- */

size_t ccpi_capabilities_list(ccpi_capabilities *memory, ccpi_capability *out,
                              size_t most)
{
    size_t listed = 0;

    enter(memory, 0);
    for (size_t i = memory->count; i-- > 0 && listed < most;)
        out[listed++] = memory->refused[i];
    leave(memory);
    return listed;
}

size_t ccpi_capabilities_count(ccpi_capabilities *memory)
{
    size_t count;

    enter(memory, 0);
    count = memory->count;
    leave(memory);
    return count;
}

bool ccpi_capabilities_get(ccpi_capabilities *memory, uint64_t id, ccpi_capability *out)
{
    const ccpi_capability *found = enter(memory, id);

    if (found)
        *out = *found;
    leave(memory);
    return found != NULL;
}

bool ccpi_capabilities_set_expiry(ccpi_capabilities *memory, uint64_t id,
                                  int64_t expires_at_us)
{
    ccpi_capability *found = enter(memory, id);

    if (found)
        found->expires_at_us = expires_at_us;
    leave(memory);
    return found != NULL;
}

bool ccpi_capabilities_remove(ccpi_capabilities *memory, uint64_t id)
{
    const ccpi_capability *found = enter(memory, id);

    if (found)
        drop_at(memory, (size_t)(found - memory->refused));
    leave(memory);
    return found != NULL;
}

/* ---- requests ---- */

static bool is_there(const ccpi_capability *known, const ccpi_capability_place *place)
{
    return known->api == place->api && strcmp(known->model_id, place->model_id) == 0 &&
           strcmp(known->region, place->region) == 0;
}

void ccpi_capabilities_recall(ccpi_capabilities *memory,
                              const ccpi_capability_place *place, ccpi_edits *edits)
{
    enter(memory, 0);
    for (size_t i = 0; i < memory->count; i++) {
        const ccpi_capability *known = &memory->refused[i];

        if (!is_there(known, place))
            continue;
        if (known->field[0])
            ccpi_edits_add(edits, CCPI_EDIT_FIELD, known->field, CCPI_EDIT_KNOWN);
        if (known->beta[0])
            ccpi_edits_add(edits, CCPI_EDIT_BETA, known->beta, CCPI_EDIT_KNOWN);
    }
    leave(memory);
}

static ccpi_capability *make_room(ccpi_capabilities *memory)
{
    size_t first = 0;

    if (memory->count == CCPI_CAPABILITIES_MAX) {
        for (size_t i = 1; i < memory->count; i++)
            if (memory->refused[i].expires_at_us < memory->refused[first].expires_at_us)
                first = i;
        drop_at(memory, first);
    }
    return &memory->refused[memory->count++];
}

static void set_name(ccpi_capability *known, const ccpi_edit *edit)
{
    char *const name = edit->kind == CCPI_EDIT_FIELD ? known->field : known->beta;

    snprintf(name, CCPI_EDIT_NAME_MAX + 1, "%s", edit->name);
}

static bool is_known(const ccpi_capabilities *memory, const ccpi_capability *wanted)
{
    for (size_t i = 0; i < memory->count; i++) {
        const ccpi_capability *known = &memory->refused[i];

        if (known->api == wanted->api && strcmp(known->model_id, wanted->model_id) == 0 &&
            strcmp(known->region, wanted->region) == 0 &&
            strcmp(known->field, wanted->field) == 0 &&
            strcmp(known->beta, wanted->beta) == 0)
            return true;
    }
    return false;
}

/* The edit, and those behind it that are its pair. */
static void keep(ccpi_capabilities *memory, const ccpi_capability_place *place,
                 const ccpi_edits *edits, size_t index)
{
    const int64_t now_us = now(memory);
    ccpi_capability wanted = {.api = place->api,
                              .learned_at_us = now_us,
                              .expires_at_us = now_us + memory->ttl_us};

    snprintf(wanted.model_id, sizeof(wanted.model_id), "%s", place->model_id);
    snprintf(wanted.region, sizeof(wanted.region), "%s", place->region);
    set_name(&wanted, &edits->items[index]);
    for (size_t i = index + 1;
         i < edits->count && edits->items[i].nature == CCPI_EDIT_PAIRED; i++)
        set_name(&wanted, &edits->items[i]);
    if (is_known(memory, &wanted))
        return;
    wanted.id = ++memory->last_id;
    *make_room(memory) = wanted;
}

static size_t count_guesses(const ccpi_edits *edits)
{
    size_t count = 0;

    for (size_t i = 0; i < edits->count; i++)
        count += edits->items[i].nature == CCPI_EDIT_GUESS;
    return count;
}

static taken *find_taken(ccpi_capabilities *memory, const ccpi_capability_place *place,
                         ccpi_span beta)
{
    for (size_t i = 0; i < MAX_TAKEN; i++) {
        taken *const known = &memory->taken[i];

        if (known->api == place->api && ccpi_span_is(beta, known->beta) &&
            strcmp(known->model_id, place->model_id) == 0 &&
            strcmp(known->region, place->region) == 0)
            return known;
    }
    return NULL;
}

static void keep_taken(ccpi_capabilities *memory, const ccpi_capability_place *place,
                       ccpi_span beta)
{
    taken *known = find_taken(memory, place, beta);

    if (!known) {
        known = &memory->taken[memory->next_taken];
        memory->next_taken = (memory->next_taken + 1) % MAX_TAKEN;
        known->api = place->api;
        snprintf(known->model_id, sizeof(known->model_id), "%s", place->model_id);
        snprintf(known->region, sizeof(known->region), "%s", place->region);
        snprintf(known->beta, sizeof(known->beta), "%.*s", (int)beta.len, beta.data);
    }
    known->expires_at_us = now(memory) + memory->ttl_us;
}

void ccpi_capabilities_learn(ccpi_capabilities *memory,
                             const ccpi_capability_place *place, const ccpi_edits *edits,
                             const ccpi_betas *accepted)
{
    const bool is_found = count_guesses(edits) == 1;

    enter(memory, 0);
    for (size_t i = 0; i < edits->count; i++) {
        const ccpi_edit *edit = &edits->items[i];

        /* Signatures are one conversation's, and no property of the model. */
        if (edit->kind != CCPI_EDIT_THINKING &&
            (edit->nature == CCPI_EDIT_NAMED ||
             (edit->nature == CCPI_EDIT_GUESS && is_found)))
            keep(memory, place, edits, i);
    }
    for (size_t i = 0; i < accepted->count; i++)
        keep_taken(memory, place, accepted->items[i]);
    leave(memory);
}

size_t ccpi_capabilities_sort(ccpi_capabilities *memory,
                              const ccpi_capability_place *place, ccpi_betas *betas)
{
    ccpi_betas known = {.count = 0};
    size_t open = 0;

    enter(memory, 0);
    for (size_t i = 0; i < betas->count; i++) {
        const taken *found = find_taken(memory, place, betas->items[i]);

        if (found && found->expires_at_us > now(memory))
            known.items[known.count++] = betas->items[i];
        else
            betas->items[open++] = betas->items[i];
    }
    leave(memory);
    for (size_t i = 0; i < known.count; i++)
        betas->items[open + i] = known.items[i];
    return open;
}
