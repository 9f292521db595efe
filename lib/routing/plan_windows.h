#ifndef CCPI_ROUTING_PLAN_WINDOWS_H
#define CCPI_ROUTING_PLAN_WINDOWS_H

#include "ccproxy/store.h"
#include "provider/plan_window.h"

/*
 * The newest Plan window of each access key (OB-6), of the keys used last: so
 * many, in memory alone. Any thread.
 */
#define CCPI_PLAN_WINDOWS_MOST 10000

typedef struct ccpi_plan_windows ccpi_plan_windows;

typedef struct ccpi_key_window {
    ccp_id access_key_id;
    ccp_id user_id;
    ccp_key_prefix prefix;
    ccpi_plan_window window;
} ccpi_key_window;

/* CCP_NO_MEMORY only. @param out  given; ccpi_plan_windows_free() */
ccp_status ccpi_plan_windows_new(ccpi_plan_windows **out);
void ccpi_plan_windows_free(ccpi_plan_windows *windows);

/* What one of the Plan's answers says, if anything. Never fails, never waits for long. */
void ccpi_plan_windows_note(ccpi_plan_windows *windows, const ccp_access_key *key,
                            const ccpi_headers *answer, int64_t now_us);

/* false: nothing is known of this key. */
bool ccpi_plan_windows_find(ccpi_plan_windows *windows, const ccp_id *access_key_id,
                            ccpi_plan_window *out);

/* Those noted last first; false of visit ends it. It may not use the windows. */
void ccpi_plan_windows_list(ccpi_plan_windows *windows,
                            bool (*visit)(void *context, const ccpi_key_window *window),
                            void *context);

#endif
