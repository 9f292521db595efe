#ifndef CCP_APP_COMMANDS_IDS_H
#define CCP_APP_COMMANDS_IDS_H

#include <stdbool.h>
#include <stddef.h>

#include "ccproxy/store.h"

/* Ids that a listing gives, kept until the listing is over. Made by zeroed memory. */
typedef struct app_ids {
    ccp_id *items;
    size_t count;
    size_t capacity;
    bool has_failed;
} app_ids;

/* False: no memory; so may be returned by a visitor. */
bool app_ids_add(app_ids *ids, const ccp_id *id);

ccp_status app_ids_status(const app_ids *ids);

void app_ids_clear(app_ids *ids);

#endif
