#ifndef CCPI_USAGE_RETENTION_H
#define CCPI_USAGE_RETENTION_H

#include <stdint.h>

/*
 * From when on rows of usage are kept, of a setting in days; 0: for ever. Budgets
 * count the rows of the month, which in some zone began up to 32 days ago: those
 * stay, whatever the setting.
 */
static inline int64_t ccpi_usage_kept_from(int64_t days, int64_t now_us)
{
    const int64_t us_per_day = INT64_C(86400000000);
    const int64_t least = 32;

    if (days <= 0)
        return 0;
    return now_us - (days < least ? least : days) * us_per_day;
}

#endif
