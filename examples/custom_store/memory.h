#ifndef EXAMPLE_CUSTOM_STORE_MEMORY_H
#define EXAMPLE_CUSTOM_STORE_MEMORY_H

#include <ccproxy/store.h>
#include <pthread.h>

#define MAX_ROWS 100

/* Usage that stays in memory: a table of one's own behind one noun of the store. */
typedef struct memory {
    pthread_mutex_t lock; /* the recorder writes while requests ask for budgets */
    ccp_usage_record rows[MAX_ROWS];
    size_t count;
} memory;

ccp_usage_store memory_table(memory *m);

#endif
