#include "admin/bedrock_keys.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "base/cleanup.h"
#include "base/encode.h"
#include "base/fail.h"

#define DIGEST_LEN 32

/* A credential in the open, for a moment. */
typedef struct open_credential {
    char text[CCP_SECRET_MAX];
} open_credential;

static void wipe(open_credential *credential)
{
    OPENSSL_cleanse(credential, sizeof(*credential));
}

void ccpi_sealed_key_wipe(ccp_sealed_key *sealed)
{
    OPENSSL_cleanse(sealed, sizeof(*sealed));
}

static ccp_status seal(const ccp_admin *admin, const ccp_id *id,
                       ccp_bedrock_credential credential, ccp_sealed_key *out,
                       ccp_error *error)
{
    const ccp_bytes secret = {credential.text, credential.len};
    ccp_room room = {.data = out->bytes, .size = sizeof(out->bytes)};
    unsigned char digest[DIGEST_LEN];
    ccp_status status;

    if (EVP_Digest(credential.text, credential.len, digest, NULL, EVP_sha256(), NULL) !=
        1)
        return ccpi_fail(error, CCP_INTERNAL, "no SHA-256 of a Bedrock key");
    ccpi_hex_encode(digest, sizeof(digest), out->hash);
    status = ccp_envelope_seal(admin->envelope, id->text, secret, &room, error);
    out->len = room.len;
    return status;
}

/* Printable ASCII without blanks: it goes into a header as it is. */
static ccp_status check(ccp_bedrock_credential credential, ccp_error *error)
{
    if (credential.len == 0 || credential.len > CCP_SECRET_MAX)
        return ccpi_fail(error, CCP_INVALID, "a Bedrock key has 1 to %d characters",
                         CCP_SECRET_MAX);
    for (size_t i = 0; i < credential.len; i++) {
        if (credential.text[i] < '!' || credential.text[i] > '~')
            return ccpi_fail(error, CCP_INVALID,
                             "a Bedrock key has neither blanks nor special characters");
    }
    return CCP_OK;
}

/* A sealed credential, and whose it is. */
typedef struct registration {
    const ccp_id *id;
    const ccp_sealed_key *sealed;
} registration;

static ccp_status write_registration(const ccp_store *within, void *context,
                                     ccp_error *error)
{
    const registration *of = context;

    return within->keys.set_bedrock_key(within->keys.self, of->id, of->sealed, error);
}

ccp_status ccp_admin_set_bedrock_key(ccp_admin *admin, const ccp_id *id,
                                     ccp_bedrock_credential credential, bool *replaced,
                                     ccp_error *error)
{
    CCPI_CLEANUP(ccpi_sealed_key_wipe) ccp_sealed_key sealed = {.len = 0};
    const ccp_access_key_store *keys = &admin->store->keys;
    const ccpi_deed deed = {"bedrock_key.set", "access_key", id->text};
    registration of = {id, &sealed};
    ccp_access_key key;
    ccp_status status = check(credential, error);

    if (status == CCP_OK)
        status = keys->find(keys->self, id->text, &key, error);
    if (status == CCP_OK)
        status = seal(admin, id, credential, &sealed, error);
    if (status != CCP_OK)
        return status;
    if (replaced)
        *replaced = key.has_bedrock_key;
    return ccpi_admin_do(admin, &deed, write_registration, &of, error);
}

static ccp_status write_removal(const ccp_store *within, void *context, ccp_error *error)
{
    return within->keys.remove_bedrock_key(within->keys.self, context, error);
}

ccp_status ccp_admin_remove_bedrock_key(ccp_admin *admin, const ccp_id *id,
                                        ccp_error *error)
{
    const ccpi_deed deed = {"bedrock_key.remove", "access_key", id->text};
    ccp_id copy = *id;

    return ccpi_admin_do(admin, &deed, write_removal, &copy, error);
}

ccp_status ccpi_admin_reseal(const ccp_admin *admin, const ccp_id *from, const ccp_id *to,
                             ccp_sealed_key *out, ccp_error *error)
{
    CCPI_CLEANUP(wipe) open_credential credential = {{0}};
    ccp_room room = {.data = credential.text, .size = sizeof(credential.text)};
    const ccp_access_key_store *keys = &admin->store->keys;
    ccp_status status = keys->get_bedrock_key(keys->self, from, out, error);

    if (status == CCP_OK)
        status = ccp_envelope_open(admin->envelope, from->text,
                                   (ccp_bytes){out->bytes, out->len}, &room, error);
    if (status != CCP_OK)
        return status;
    return seal(admin, to, (ccp_bedrock_credential){credential.text, room.len}, out,
                error);
}
