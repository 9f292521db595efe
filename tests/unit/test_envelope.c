#include "ccproxy/envelope.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <jansson.h>
#include <string.h>

#include "base/encode.h"

#define CONTEXT "0b0e6bd0-0000-4000-8000-000000000001"
#define SECRET "ABSK-a-bedrock-key"

/* Made by tests/data/security/make.py with Python's cryptography. */
#define VECTOR CCPT_DATA_DIR "/security/envelope.json"

static unsigned char master[CCP_MASTER_KEY_LEN], other_master[CCP_MASTER_KEY_LEN];
static ccp_envelope *envelope;
static unsigned char blob[CCP_SEALED_MAX];
static ccp_room sealed;
static char opened[CCP_SECRET_MAX + 1];
static ccp_room room;

static void set_up(void)
{
    for (size_t i = 0; i < sizeof(master); i++) {
        master[i] = (unsigned char)i;
        other_master[i] = (unsigned char)(i + 1);
    }
    cr_assert(
        eq(int, ccp_envelope_new_local(master, NULL, NULL, &envelope, NULL), CCP_OK));
    sealed = (ccp_room){.data = blob, .size = sizeof(blob)};
    room = (ccp_room){.data = opened, .size = sizeof(opened)};
}

static void tear_down(void)
{
    ccp_envelope_free(envelope);
}

TestSuite(envelope, .init = set_up, .fini = tear_down);

static void seal(const char *context, const void *secret, size_t len)
{
    cr_assert(
        eq(int,
           ccp_envelope_seal(envelope, context, (ccp_bytes){secret, len}, &sealed, NULL),
           CCP_OK));
}

static ccp_status open_with(const ccp_envelope *with, const char *context)
{
    return ccp_envelope_open(with, context, (ccp_bytes){blob, sealed.len}, &room, NULL);
}

Test(envelope, what_was_sealed_opens_again)
{
    seal(CONTEXT, SECRET, strlen(SECRET));
    cr_assert(eq(int, open_with(envelope, CONTEXT), CCP_OK));
    cr_expect(eq(sz, room.len, strlen(SECRET)));
    cr_expect(zero(int, memcmp(opened, SECRET, room.len)));
    cr_expect(zero(ptr, memmem(blob, sealed.len, SECRET, strlen(SECRET))));
}

/* Hands out the vector's random bytes, in order. */
typedef struct script {
    unsigned char bytes[64];
    size_t used;
} script;

static ccp_status play(void *self, unsigned char *bytes, size_t len)
{
    script *script = self;

    cr_assert(le(sz, script->used + len, sizeof(script->bytes)));
    memcpy(bytes, script->bytes + script->used, len);
    script->used += len;
    return CCP_OK;
}

static const char *text_of(const json_t *vector, const char *name)
{
    return json_string_value(json_object_get(vector, name));
}

Test(envelope, a_blob_is_what_another_library_makes_of_the_same_bytes)
{
    json_t *vector = json_load_file(VECTOR, 0, NULL);
    script script = {.used = 0};
    const ccp_random scripted = {.fill = play, .self = &script};
    ccp_envelope *ours;
    char hex[2 * 512 + 1];

    cr_assert(ne(ptr, vector, NULL));
    cr_assert(ccpi_hex_decode(ccpi_span_of(text_of(vector, "random")), script.bytes));
    cr_assert(ccpi_hex_decode(ccpi_span_of(text_of(vector, "master")), master));
    cr_assert(
        eq(int, ccp_envelope_new_local(master, NULL, &scripted, &ours, NULL), CCP_OK));
    cr_assert(eq(int,
                 ccp_envelope_seal(ours, text_of(vector, "context"),
                                   (ccp_bytes){text_of(vector, "secret"),
                                               strlen(text_of(vector, "secret"))},
                                   &sealed, NULL),
                 CCP_OK));
    ccpi_hex_encode(blob, sealed.len, hex);
    cr_expect(eq(str, hex, (char *)text_of(vector, "blob")));
    cr_expect(eq(int, open_with(ours, text_of(vector, "context")), CCP_OK));
    ccp_envelope_free(ours);
    json_decref(vector);
}

Test(envelope, the_same_secret_never_looks_the_same)
{
    unsigned char first[CCP_SEALED_MAX];
    size_t len;

    seal(CONTEXT, SECRET, strlen(SECRET));
    len = sealed.len;
    memcpy(first, blob, len);
    seal(CONTEXT, SECRET, strlen(SECRET));
    cr_expect(eq(sz, sealed.len, len));
    cr_expect(ne(int, memcmp(first + 12, blob + 12, len - 12), 0));
}

Test(envelope, a_blob_copied_to_another_context_does_not_open)
{
    seal(CONTEXT, SECRET, strlen(SECRET));
    cr_expect(
        eq(int, open_with(envelope, "0b0e6bd0-0000-4000-8000-000000000002"), CCP_DENIED));
    cr_expect(zero(sz, room.len));
    cr_expect(zero(ptr, memmem(opened, sizeof(opened), "ABSK", 4)));
}

Test(envelope, no_bit_of_a_blob_may_change)
{
    seal(CONTEXT, SECRET, strlen(SECRET));
    for (size_t bit = 0; bit < sealed.len * 8; bit++) {
        blob[bit / 8] ^= (unsigned char)(1 << bit % 8);
        cr_assert(ne(int, open_with(envelope, CONTEXT), CCP_OK), "bit %zu", bit);
        blob[bit / 8] ^= (unsigned char)(1 << bit % 8);
    }
    cr_expect(eq(int, open_with(envelope, CONTEXT), CCP_OK));
}

Test(envelope, no_part_of_a_blob_opens)
{
    size_t whole;

    seal(CONTEXT, SECRET, strlen(SECRET));
    whole = sealed.len;
    for (sealed.len = 0; sealed.len < whole; sealed.len++)
        cr_assert(ne(int, open_with(envelope, CONTEXT), CCP_OK), "%zu bytes", sealed.len);
    sealed.len = whole + 1;
    cr_expect(eq(int, open_with(envelope, CONTEXT), CCP_DENIED));
}

Test(envelope, another_master_key_is_denied)
{
    ccp_envelope *other;

    seal(CONTEXT, SECRET, strlen(SECRET));
    cr_assert(
        eq(int, ccp_envelope_new_local(other_master, NULL, NULL, &other, NULL), CCP_OK));
    cr_expect(eq(int, open_with(other, CONTEXT), CCP_DENIED));
    ccp_envelope_free(other);
}

Test(envelope, what_the_previous_master_key_sealed_opens_and_the_new_one_seals)
{
    ccp_envelope *later;

    seal(CONTEXT, SECRET, strlen(SECRET));
    cr_assert(eq(int, ccp_envelope_new_local(other_master, master, NULL, &later, NULL),
                 CCP_OK));
    cr_expect(eq(int, open_with(later, CONTEXT), CCP_OK));

    cr_assert(eq(
        int,
        ccp_envelope_seal(later, CONTEXT, (ccp_bytes){opened, room.len}, &sealed, NULL),
        CCP_OK));
    cr_expect(eq(int, open_with(envelope, CONTEXT), CCP_DENIED));
    cr_expect(eq(int, open_with(later, CONTEXT), CCP_OK));
    ccp_envelope_free(later);
}

Test(envelope, secrets_of_every_length_fit_within_the_promised_overhead)
{
    static char secret[CCP_SECRET_MAX];
    static const size_t lengths[] = {0, 1, 15, 16, 17, 8191, CCP_SECRET_MAX};

    memset(secret, 's', sizeof(secret));
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        seal(CONTEXT, secret, lengths[i]);
        cr_expect(le(sz, sealed.len, lengths[i] + CCP_SEALED_OVERHEAD));
        cr_assert(eq(int, open_with(envelope, CONTEXT), CCP_OK));
        cr_expect(eq(sz, room.len, lengths[i]));
        cr_expect(zero(int, memcmp(opened, secret, lengths[i])));
    }
}

Test(envelope, too_little_room_is_told)
{
    static char secret[CCP_SECRET_MAX + 1];
    const ccp_bytes too_long = {secret, sizeof(secret)}, small = {SECRET, strlen(SECRET)};

    cr_expect(eq(int, ccp_envelope_seal(envelope, CONTEXT, too_long, &sealed, NULL),
                 CCP_LIMIT));
    seal(CONTEXT, SECRET, strlen(SECRET));
    room.size = strlen(SECRET) - 1;
    cr_expect(eq(int, open_with(envelope, CONTEXT), CCP_LIMIT));
    room.size++;
    cr_expect(eq(int, open_with(envelope, CONTEXT), CCP_OK));

    sealed.size = sealed.len - 1;
    cr_expect(
        eq(int, ccp_envelope_seal(envelope, CONTEXT, small, &sealed, NULL), CCP_LIMIT));
    cr_expect(zero(sz, sealed.len));
}

static ccp_status run_dry(void *self, unsigned char *bytes, size_t len)
{
    int *left = self;

    memset(bytes, 1, len);
    return (*left)-- > 0 ? CCP_OK : CCP_UNAVAILABLE;
}

Test(envelope, without_randomness_nothing_is_sealed)
{
    for (int fine = 0; fine < 3; fine++) {
        int left = fine;
        const ccp_random dry = {.fill = run_dry, .self = &left};
        ccp_envelope *parched;

        cr_assert(
            eq(int, ccp_envelope_new_local(master, NULL, &dry, &parched, NULL), CCP_OK));
        cr_expect(
            eq(int,
               ccp_envelope_seal(parched, CONTEXT, (ccp_bytes){SECRET, 4}, &sealed, NULL),
               CCP_UNAVAILABLE));
        cr_expect(zero(sz, sealed.len));
        ccp_envelope_free(parched);
    }
}
