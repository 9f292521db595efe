#ifndef CCP_APP_FUTEX_TABLE_H
#define CCP_APP_FUTEX_TABLE_H

/*
 * Since Linux 6.16 a process has a table of its own for the threads that wait
 * at futexes, with four buckets a core: too few here, where all idle workers
 * wait at one place, in one bucket, and whoever shares it walks past them all.
 */

/* Makes the table larger. An older kernel has a large one for all: no harm. */
void app_futex_table_enlarge(void);

#endif
