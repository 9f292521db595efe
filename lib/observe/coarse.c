#include "observe/coarse.h"

static const double bounds[] = {0.001, 0.0025, 0.005, 0.01,  0.025, 0.05,
                                0.1,   0.25,   0.5,   1.0,   2.5,   5.0,
                                10.0,  25.0,   50.0,  100.0, 250.0, 600.0};

_Static_assert(sizeof(bounds) / sizeof(*bounds) == CCPI_COARSE_BOUNDS,
               "as many bounds as the header says");

const double *ccpi_coarse_bounds(void)
{
    return bounds;
}

ccpi_coarse ccpi_coarse_of(const ccp_metric_histogram *histogram)
{
    ccpi_coarse coarse = {{0}};
    size_t at = 0;

    for (size_t i = 0; i < histogram->bucket_count; i++) {
        const bool has_bound = i + 1 < histogram->bucket_count;

        while (at < CCPI_COARSE_BOUNDS &&
               (!has_bound || histogram->bounds[i] > bounds[at]))
            at++;
        coarse.buckets[at] += histogram->buckets[i];
    }
    return coarse;
}
