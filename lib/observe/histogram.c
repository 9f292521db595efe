#include "observe/histogram.h"

#define US_PER_S 1000000.0

static const double bounds[] = {
    0.0001,  0.000112, 0.000125, 0.00014, 0.00016, 0.00018, 0.0002,  0.000225, 0.00025,
    0.00028, 0.00032,  0.00036,  0.0004,  0.00045, 0.0005,  0.00056, 0.00063,  0.00071,
    0.0008,  0.0009,   0.001,    0.00112, 0.00125, 0.0014,  0.0016,  0.0018,   0.002,
    0.00225, 0.0025,   0.0028,   0.0032,  0.0036,  0.004,   0.0045,  0.005,    0.0056,
    0.0063,  0.0071,   0.008,    0.009,   0.01,    0.0112,  0.0125,  0.014,    0.016,
    0.018,   0.02,     0.0225,   0.025,   0.028,   0.032,   0.036,   0.04,     0.045,
    0.05,    0.056,    0.063,    0.071,   0.08,    0.09,    0.1,     0.112,    0.125,
    0.14,    0.16,     0.18,     0.2,     0.225,   0.25,    0.28,    0.32,     0.36,
    0.4,     0.45,     0.5,      0.56,    0.63,    0.71,    0.8,     0.9,      1.0,
    1.12,    1.25,     1.4,      1.6,     1.8,     2.0,     2.25,    2.5,      2.8,
    3.2,     3.6,      4.0,      4.5,     5.0,     5.6,     6.3,     7.1,      8.0,
    9.0,     10.0,     11.2,     12.5,    14.0,    16.0,    18.0,    20.0,     22.5,
    25.0,    28.0,     32.0,     36.0,    40.0,    45.0,    50.0,    56.0,     63.0,
    71.0,    80.0,     90.0,     100.0,   112.0,   125.0,   140.0,   160.0,    180.0,
    200.0,   225.0,    250.0,    280.0,   320.0,   360.0,   400.0,   450.0,    500.0,
    560.0,   600.0,
};

_Static_assert(sizeof(bounds) / sizeof(*bounds) == CCPI_HISTOGRAM_BOUNDS,
               "as many bounds as the header says");

const double *ccpi_histogram_bounds(void)
{
    return bounds;
}

/* The first bucket whose bound is not below the value. */
static size_t bucket_of(double seconds)
{
    size_t low = 0;
    size_t high = CCPI_HISTOGRAM_BOUNDS;

    while (low < high) {
        const size_t middle = (low + high) / 2;

        if (bounds[middle] < seconds)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void ccpi_histogram_add(ccpi_histogram *histogram, int64_t us)
{
    if (us < 0)
        return;
    histogram->count++;
    histogram->sum_us += (uint64_t)us;
    histogram->buckets[bucket_of((double)us / US_PER_S)]++;
}
