#include "commands/ids.h"

#include <stdlib.h>

#define FIRST_CAPACITY 64

bool app_ids_add(app_ids *ids, const ccp_id *id)
{
    if (ids->count == ids->capacity) {
        const size_t capacity = ids->capacity ? 2 * ids->capacity : FIRST_CAPACITY;
        ccp_id *items = realloc(ids->items, capacity * sizeof(*items));

        if (!items) {
            ids->has_failed = true;
            return false;
        }
        ids->items = items;
        ids->capacity = capacity;
    }
    ids->items[ids->count++] = *id;
    return true;
}

ccp_status app_ids_status(const app_ids *ids)
{
    return ids->has_failed ? CCP_NO_MEMORY : CCP_OK;
}

void app_ids_clear(app_ids *ids)
{
    free(ids->items);
    *ids = (app_ids){0};
}
