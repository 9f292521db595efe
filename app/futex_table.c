#include "futex_table.h"

#include <sys/prctl.h>

/* linux/prctl.h of 6.16 */
#ifndef PR_FUTEX_HASH
#define PR_FUTEX_HASH 78
#define PR_FUTEX_HASH_SET_SLOTS 1
#endif

/* At 64 bytes each. */
#define BUCKETS 1024UL

void app_futex_table_enlarge(void)
{
    prctl(PR_FUTEX_HASH, PR_FUTEX_HASH_SET_SLOTS, BUCKETS, 0UL);
}
