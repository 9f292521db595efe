#include "ccproxy/seams.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>
#include <time.h>

Test(seams, the_system_gives_other_bytes_each_time)
{
    const ccp_random *random = ccp_system_random();
    unsigned char first[32] = {0}, second[32] = {0};

    cr_assert(eq(int, random->fill(random->self, first, sizeof(first)), CCP_OK));
    cr_assert(eq(int, random->fill(random->self, second, sizeof(second)), CCP_OK));
    cr_expect(ne(int, memcmp(first, second, sizeof(first)), 0));
}

Test(seams, more_random_bytes_than_one_system_call_gives_are_all_filled)
{
    /* getrandom(2): over 256 bytes may come in parts. */
    static unsigned char bytes[1 << 20];
    const ccp_random *random = ccp_system_random();
    size_t zeros = 0;

    cr_assert(eq(int, random->fill(random->self, bytes, sizeof(bytes)), CCP_OK));
    for (size_t i = 0; i < sizeof(bytes); i++)
        zeros += bytes[i] == 0;
    /* 4096 are expected, with a standard deviation of 64. */
    cr_expect(gt(sz, zeros, 3000));
    cr_expect(lt(sz, zeros, 5200));
}

Test(seams, the_clocks_tell_microseconds)
{
    const ccp_clock *clock = ccp_system_clock();
    int64_t earlier = clock->monotonic_us(clock->self);
    int64_t difference = clock->unix_us(clock->self) - (int64_t)time(NULL) * 1000000;

    cr_expect(gt(i64, difference, -2000000));
    cr_expect(lt(i64, difference, 2000000));
    cr_expect(ge(i64, clock->monotonic_us(clock->self), earlier));
}
