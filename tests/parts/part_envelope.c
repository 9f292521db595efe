/* What is sealed for one opens for it alone, also after the master key was changed. */
#include <ccproxy/envelope.h>
#include <string.h>

#include "check.h"

#define SECRET "ABSK-a-bedrock-key"
#define SECRET_LEN (sizeof(SECRET) - 1)

static const unsigned char OLD[CCP_MASTER_KEY_LEN] = "a master key of some years ago.";
static const unsigned char NEW[CCP_MASTER_KEY_LEN] = "and the one that took its place";

typedef struct blob {
    unsigned char bytes[CCP_SEALED_MAX];
    size_t len;
} blob;

static blob seal(const ccp_envelope *envelope)
{
    const ccp_bytes secret = {SECRET, SECRET_LEN};
    blob sealed;
    ccp_room room = {sealed.bytes, sizeof(sealed.bytes), 0};

    CHECK(ccp_envelope_seal(envelope, "Ann", secret, &room, NULL) == CCP_OK);
    CHECK(!memmem(sealed.bytes, room.len, SECRET, SECRET_LEN));
    sealed.len = room.len;
    return sealed;
}

static ccp_status open_for(const ccp_envelope *envelope, const char *whom,
                           const blob *sealed)
{
    char text[CCP_SECRET_MAX];
    ccp_room room = {text, sizeof(text), 0};
    const ccp_status status = ccp_envelope_open(
        envelope, whom, (ccp_bytes){sealed->bytes, sealed->len}, &room, NULL);

    CHECK(status != CCP_OK ||
          (room.len == SECRET_LEN && memcmp(text, SECRET, SECRET_LEN) == 0));
    return status;
}

int main(void)
{
    ccp_envelope *before, *after, *without;
    blob sealed;

    CHECK(ccp_envelope_new_local(OLD, NULL, NULL, &before, NULL) == CCP_OK);
    CHECK(ccp_envelope_new_local(NEW, OLD, NULL, &after, NULL) == CCP_OK);
    CHECK(ccp_envelope_new_local(NEW, NULL, NULL, &without, NULL) == CCP_OK);

    sealed = seal(before);
    CHECK(open_for(before, "Ann", &sealed) == CCP_OK);
    CHECK(open_for(before, "Bob", &sealed) == CCP_DENIED);
    CHECK(open_for(after, "Ann", &sealed) == CCP_OK);
    CHECK(!ccp_envelope_is_current(after, (ccp_bytes){sealed.bytes, sealed.len}));
    CHECK(open_for(without, "Ann", &sealed) == CCP_DENIED);

    sealed.bytes[sealed.len - 1] ^= 1;
    CHECK(open_for(before, "Ann", &sealed) == CCP_DENIED);
    sealed = seal(after);
    CHECK(open_for(without, "Ann", &sealed) == CCP_OK);

    ccp_envelope_free(before);
    ccp_envelope_free(after);
    ccp_envelope_free(without);
    return 0;
}
