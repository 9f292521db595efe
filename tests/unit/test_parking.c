#include "upstream/parking.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <pthread.h>

#define ROUNDS 10000

Test(parking, nobody_who_wakes_means_the_time_runs_out)
{
    ccpi_parking parking = {0};

    cr_expect(not(ccpi_parking_wait(&parking, 10)));
}

Test(parking, a_wake_before_the_wait_is_not_lost_and_several_count_as_one)
{
    ccpi_parking parking = {0};

    ccpi_parking_wake(&parking);
    ccpi_parking_wake(&parking);
    cr_expect(ccpi_parking_wait(&parking, CCPI_PARK_FOR_EVER));
    cr_expect(not(ccpi_parking_wait(&parking, 1)));
}

typedef struct two_sides {
    ccpi_parking here;
    ccpi_parking there;
} two_sides;

static void *answer(void *self)
{
    two_sides *sides = self;

    for (int i = 0; i < ROUNDS; i++) {
        ccpi_parking_wait(&sides->there, CCPI_PARK_FOR_EVER);
        ccpi_parking_wake(&sides->here);
    }
    return NULL;
}

Test(parking, two_threads_wake_each_other_without_losing_one, .timeout = 30)
{
    two_sides sides = {0};
    pthread_t other;
    int woken = 0;

    cr_assert(zero(int, pthread_create(&other, NULL, answer, &sides)));
    for (int i = 0; i < ROUNDS; i++) {
        ccpi_parking_wake(&sides.there);
        woken += ccpi_parking_wait(&sides.here, CCPI_PARK_FOR_EVER);
    }
    pthread_join(other, NULL);
    cr_expect(eq(int, woken, ROUNDS));
}
