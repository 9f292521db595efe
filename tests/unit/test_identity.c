#include "routing/identity.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <pthread.h>
#include <stdio.h>

#define SECOND INT64_C(1000000)
#define KEY "ak_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"
#define OTHER_KEY "ak_ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopq"

/* One database row, and what was asked of it. Its unix time is its monotonic time. */
typedef struct scene {
    int64_t now;
    ccp_status status; /* other than CCP_OK: the database can't be reached */
    ccp_identity row;
    ccp_key_hash hash;
    int asked;
    int rehashed;
    int touched;
    pthread_mutex_t lock;
    pthread_cond_t may_answer;
    bool holds_back;
} scene;

static scene s;
static ccp_key_hasher *hasher;
static ccp_key_hasher *former;
static ccpi_identities *identities;

static ccp_status identify(void *self, const ccp_key_hash *hash, ccp_identity *out,
                           ccp_error *error)
{
    ccp_status status = s.status;

    (void)self, (void)error;
    pthread_mutex_lock(&s.lock);
    s.asked++;
    while (s.holds_back)
        pthread_cond_wait(&s.may_answer, &s.lock);
    *out = s.row;
    if (status == CCP_OK && !ccp_key_hash_equal(hash, &s.hash))
        status = CCP_NOT_FOUND;
    pthread_mutex_unlock(&s.lock);
    return status;
}

static ccp_status rehash(void *self, const ccp_id *id, const ccp_key_hash *hash,
                         ccp_error *error)
{
    (void)self, (void)id, (void)error;
    s.rehashed++;
    s.hash = *hash;
    return CCP_OK;
}

static ccp_status touch(void *self, const ccp_id *id, int64_t used_at, ccp_error *error)
{
    (void)self, (void)id, (void)used_at, (void)error;
    s.touched++;
    return CCP_OK;
}

static int64_t now_us(void *self)
{
    (void)self;
    return s.now;
}

static const ccp_access_key_store store = {
    .identify = identify, .rehash = rehash, .touch = touch};
static const ccp_clock test_clock = {.unix_us = now_us, .monotonic_us = now_us};

static ccp_key_hash hash_of(const ccp_key_hasher *by, const char *text)
{
    ccp_key key;
    ccp_key_hash hash;

    cr_assert(eq(int, ccp_key_parse(text, &key, NULL), CCP_OK));
    cr_assert(eq(int, ccp_key_hasher_hash(by, &key, &hash, NULL), CCP_OK));
    return hash;
}

static void make(void)
{
    ccpi_identities_options options = {.store = &store,
                                       .clock = &test_clock,
                                       .ttl_us = 60 * SECOND,
                                       .stale_us = 600 * SECOND};

    cr_assert(
        eq(int, ccp_key_hasher_new("0123456789abcdef0123456789abcdef", 32, &hasher, NULL),
           CCP_OK));
    cr_assert(eq(
        int, ccp_key_hasher_new("former secret, former secret, ...", 33, &former, NULL),
        CCP_OK));
    options.hasher = hasher;
    options.previous = former;
    cr_assert(eq(int, ccpi_identities_new(&options, &identities), CCP_OK));
    s = (scene){.now = 1000 * SECOND,
                .hash = hash_of(hasher, KEY),
                .row.key.id.text = "11111111-1111-4111-8111-111111111111",
                .lock = PTHREAD_MUTEX_INITIALIZER,
                .may_answer = PTHREAD_COND_INITIALIZER};
}

static void drop(void)
{
    ccpi_identities_free(identities);
    ccp_key_hasher_free(hasher);
    ccp_key_hasher_free(former);
}

TestSuite(identity, .init = make, .fini = drop);

static ccpi_who find(const char *key)
{
    ccp_identity identity;

    return ccpi_identities_find(identities, ccpi_span_of(key), &identity);
}

#define EXPECT_WHO(key, expected) cr_expect(eq(int, find(key), CCPI_WHO_##expected))

Test(identity, an_accepted_key_is_kept_for_its_time_ak_7)
{
    EXPECT_WHO(KEY, ACCEPTED);
    s.now += 60 * SECOND - 1;
    EXPECT_WHO(KEY, ACCEPTED);
    cr_expect(eq(int, s.asked, 1));
    s.now += 1;
    EXPECT_WHO(KEY, ACCEPTED);
    cr_expect(eq(int, s.asked, 2));
}

Test(identity, a_rejected_key_is_kept_for_ten_seconds_ak_7)
{
    EXPECT_WHO(OTHER_KEY, REJECTED);
    s.now += 10 * SECOND - 1;
    EXPECT_WHO(OTHER_KEY, REJECTED);
    cr_expect(eq(int, s.asked, 2)); /* by each of the two secrets */
    s.now += 1;
    EXPECT_WHO(OTHER_KEY, REJECTED);
    cr_expect(eq(int, s.asked, 4));
}

Test(identity, all_states_that_are_not_accepted_look_alike_ak_4)
{
    s.row.key.status = CCP_ACCESS_KEY_REVOKED;
    EXPECT_WHO(KEY, REJECTED);
    ccpi_identities_forget(identities);
    s.row.key.status = CCP_ACCESS_KEY_ROTATING;
    s.row.key.rotation_expires_at_us = s.now;
    EXPECT_WHO(KEY, REJECTED);
    ccpi_identities_forget(identities);
    s.row.key.status = CCP_ACCESS_KEY_ACTIVE;
    s.row.user_status = CCP_USER_INACTIVE;
    EXPECT_WHO(KEY, REJECTED);
    ccpi_identities_forget(identities);
    s.row.user_status = CCP_USER_DELETED;
    EXPECT_WHO(KEY, REJECTED);
}

Test(identity, a_text_that_is_no_key_is_rejected_like_any_other_ak_4)
{
    static const char *const texts[] = {
        "",         "ak_",
        "ak_short", "sk-ant-something",
        KEY "x",    "ak_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNO%51",
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
        EXPECT_WHO(texts[i], REJECTED);
    cr_expect(gt(int, s.asked, 0), "the store is asked all the same");
}

Test(identity, a_rotating_key_is_not_kept_beyond_its_end_ak_7)
{
    s.row.key.status = CCP_ACCESS_KEY_ROTATING;
    s.row.key.rotation_expires_at_us = s.now + 30 * SECOND;
    EXPECT_WHO(KEY, ACCEPTED);
    s.now += 30 * SECOND;
    s.status = CCP_UNAVAILABLE;
    EXPECT_WHO(KEY, UNKNOWN);
    s.status = CCP_OK;
    EXPECT_WHO(KEY, REJECTED);
}

Test(identity, without_the_store_known_keys_are_served_ten_minutes_more_ak_10)
{
    EXPECT_WHO(KEY, ACCEPTED);
    s.status = CCP_UNAVAILABLE;
    s.now += 60 * SECOND;
    EXPECT_WHO(KEY, ACCEPTED);
    s.now += 600 * SECOND - 1;
    EXPECT_WHO(KEY, ACCEPTED);
    s.now += 1;
    EXPECT_WHO(KEY, UNKNOWN);
}

Test(identity, a_store_that_does_not_answer_is_left_alone_for_a_moment)
{
    EXPECT_WHO(KEY, ACCEPTED);
    s.status = CCP_UNAVAILABLE;
    s.now += 100 * SECOND;
    for (int i = 0; i < 5; i++)
        EXPECT_WHO(KEY, ACCEPTED);
    cr_expect(eq(int, s.asked, 2));
}

Test(identity, without_the_store_an_unknown_key_is_not_called_wrong_ak_10)
{
    s.status = CCP_UNAVAILABLE;
    EXPECT_WHO(KEY, UNKNOWN);
    EXPECT_WHO("ak_short", UNKNOWN);
}

Test(identity, a_change_in_the_store_is_followed_at_once_ak_7)
{
    EXPECT_WHO(KEY, ACCEPTED);
    s.row.key.status = CCP_ACCESS_KEY_REVOKED;
    ccpi_identities_forget(identities);
    EXPECT_WHO(KEY, REJECTED);
}

Test(identity, a_key_of_the_former_secret_is_found_and_gets_its_new_hash_se_2)
{
    const ccp_key_hash now = hash_of(hasher, KEY);

    s.hash = hash_of(former, KEY);
    EXPECT_WHO(KEY, ACCEPTED);
    cr_expect(eq(int, s.rehashed, 1));
    cr_expect(ccp_key_hash_equal(&s.hash, &now));
}

static void *find_in_thread(void *who)
{
    *(ccpi_who *)who = find(KEY);
    return NULL;
}

Test(identity, requests_that_come_together_ask_the_store_once)
{
    pthread_t threads[16];
    ccpi_who who[16];

    s.holds_back = true;
    for (int i = 0; i < 16; i++)
        cr_assert(eq(int, pthread_create(&threads[i], NULL, find_in_thread, &who[i]), 0));
    pthread_mutex_lock(&s.lock);
    s.holds_back = false;
    pthread_cond_broadcast(&s.may_answer);
    pthread_mutex_unlock(&s.lock);
    for (int i = 0; i < 16; i++) {
        pthread_join(threads[i], NULL);
        cr_expect(eq(int, who[i], CCPI_WHO_ACCEPTED));
    }
    cr_expect(eq(int, s.asked, 1));
}

Test(identity, a_use_is_written_once_a_minute_ak_11)
{
    for (int i = 0; i < 5; i++)
        ccpi_identities_note_use(identities, &s.row.key.id);
    cr_expect(eq(int, s.touched, 0), "nothing is written on a request's path");
    ccpi_identities_write_uses(identities);
    cr_expect(eq(int, s.touched, 1));
    s.now += 60 * SECOND;
    ccpi_identities_note_use(identities, &s.row.key.id);
    ccpi_identities_write_uses(identities);
    cr_expect(eq(int, s.touched, 2));
}
