#include "routing/slots.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <pthread.h>

#define LONG (INT64_C(60) * 1000000)

static const ccp_id alice = {"11111111-1111-4111-8111-111111111111"};
static const ccp_id bob = {"22222222-2222-4222-8222-222222222222"};

static ccpi_slots *make(size_t most, size_t most_per_key, int64_t wait_us)
{
    const ccpi_slots_options options = {most, most_per_key, wait_us};
    ccpi_slots *slots;

    cr_assert(eq(int, ccpi_slots_new(&options, &slots), CCP_OK));
    return slots;
}

Test(slots, one_too_many_is_refused_until_another_ends)
{
    ccpi_slots *slots = make(2, 0, 0);

    cr_expect(ccpi_slots_take(slots));
    cr_expect(ccpi_slots_take(slots));
    cr_expect(not(ccpi_slots_take(slots)));
    cr_expect(eq(sz, ccpi_slots_taken(slots), 2));
    ccpi_slots_give(slots);
    cr_expect(ccpi_slots_take(slots));
    ccpi_slots_free(slots);
}

Test(slots, a_key_that_has_all_of_its_own_waits_and_then_is_refused)
{
    ccpi_slots *slots = make(10, 1, 1000);

    cr_expect(eq(int, ccpi_slots_take_of_key(slots, &alice), CCP_OK));
    cr_expect(eq(int, ccpi_slots_take_of_key(slots, &alice), CCP_TIMEOUT));
    cr_expect(eq(int, ccpi_slots_take_of_key(slots, &bob), CCP_OK), "another is free");
    ccpi_slots_give_of_key(slots, &alice);
    cr_expect(eq(int, ccpi_slots_take_of_key(slots, &alice), CCP_OK));
    ccpi_slots_give_of_key(slots, &alice);
    ccpi_slots_give_of_key(slots, &bob);
    ccpi_slots_free(slots);
}

typedef struct taker {
    ccpi_slots *slots;
    ccp_status status;
    pthread_t thread;
} taker;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t has_finished = PTHREAD_COND_INITIALIZER;
static int finished;

static void *take(void *self)
{
    taker *t = self;

    t->status = ccpi_slots_take_of_key(t->slots, &alice);
    pthread_mutex_lock(&lock);
    finished++;
    pthread_cond_signal(&has_finished);
    pthread_mutex_unlock(&lock);
    return NULL;
}

static void start(taker *t, ccpi_slots *slots)
{
    t->slots = slots;
    cr_assert(eq(int, pthread_create(&t->thread, NULL, take, t), 0));
}

static void wait_until_finished(int count)
{
    pthread_mutex_lock(&lock);
    while (finished < count)
        pthread_cond_wait(&has_finished, &lock);
    pthread_mutex_unlock(&lock);
}

Test(slots, who_waits_gets_what_another_gives_back)
{
    ccpi_slots *slots = make(10, 1, LONG);
    taker waiting;

    ccpi_slots_take_of_key(slots, &alice);
    start(&waiting, slots);
    ccpi_slots_give_of_key(slots, &alice);
    pthread_join(waiting.thread, NULL);
    cr_expect(eq(int, waiting.status, CCP_OK));
    ccpi_slots_give_of_key(slots, &alice);
    ccpi_slots_free(slots);
}

Test(slots, as_many_may_wait_as_may_be_under_way)
{
    ccpi_slots *slots = make(10, 1, LONG);
    taker takers[3];
    int got[CCP_INTERNAL + 1] = {0};

    ccpi_slots_take_of_key(slots, &alice);
    for (int i = 0; i < 3; i++)
        start(&takers[i], slots);
    wait_until_finished(2); /* whichever waits, the others are refused */
    ccpi_slots_give_of_key(slots, &alice);
    for (int i = 0; i < 3; i++) {
        pthread_join(takers[i].thread, NULL);
        got[takers[i].status]++;
    }
    cr_expect(eq(int, got[CCP_OK], 1));
    cr_expect(eq(int, got[CCP_LIMIT], 2));
    ccpi_slots_give_of_key(slots, &alice);
    ccpi_slots_free(slots);
}

Test(slots, closing_ends_all_waiting)
{
    ccpi_slots *slots = make(10, 1, LONG);
    taker waiting;

    ccpi_slots_take_of_key(slots, &alice);
    start(&waiting, slots);
    ccpi_slots_close(slots);
    pthread_join(waiting.thread, NULL);
    cr_expect(eq(int, waiting.status, CCP_UNAVAILABLE));
    ccpi_slots_give_of_key(slots, &alice);
    ccpi_slots_free(slots);
}
