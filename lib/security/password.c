#include "ccproxy/password.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

#ifdef CCPI_HAVE_CRYPT
#include <crypt.h>
#endif

#include "base/cleanup.h"
#include "base/encode.h"
#include "base/fail.h"

#define SCRYPT_MARK "$scrypt$"
#define SALT_LEN 16
#define HASH_LEN 32

/* What hashes of others may ask for: 128 MiB (scrypt takes 128 * N * r bytes). */
#define MAX_MEMORY (128u << 20)
#define MAX_LOG_COST 20
#define MAX_BLOCK_SIZE 32
#define MAX_LANES 16

/* Of salt and hash, in base64: 64 bytes. */
#define MAX_FIELD_LEN 88

typedef struct scrypt {
    unsigned log_cost, block_size, lanes; /* ln, r, p */
    unsigned char salt[CCPI_BASE64_MAX_BYTES(MAX_FIELD_LEN + 4)];
    size_t salt_len;
    unsigned char hash[CCPI_BASE64_MAX_BYTES(MAX_FIELD_LEN + 4)];
    size_t hash_len;
} scrypt;

static void wipe_scrypt(scrypt *s)
{
    OPENSSL_cleanse(s, sizeof(*s));
}

/* OpenSSL may take a little more than the formula says. */
static ccp_status derive(const scrypt *s, ccpi_span password, unsigned char *out,
                         ccp_error *error)
{
    if (EVP_PBE_scrypt(password.data, password.len, s->salt, s->salt_len,
                       (uint64_t)1 << s->log_cost, s->block_size, s->lanes,
                       2 * (uint64_t)MAX_MEMORY, out, s->hash_len) != 1)
        return ccpi_fail(error, CCP_NO_MEMORY, "no memory for scrypt");
    return CCP_OK;
}

/* PHC text has base64 of the usual alphabet without the padding. */
static void encode(const unsigned char *bytes, size_t len, char *out)
{
    ccpi_base64_encode(bytes, len, out);
    out[strcspn(out, "=")] = '\0';
}

static bool decode(ccpi_span text, unsigned char *out, size_t *len)
{
    char padded[MAX_FIELD_LEN + 4];

    if (text.len == 0 || text.len > MAX_FIELD_LEN)
        return false;
    memcpy(padded, text.data, text.len);
    memset(padded + text.len, '=', 3);
    return ccpi_base64_decode((ccpi_span){padded, (text.len + 3) / 4 * 4}, out, len);
}

static ccp_status check_password(ccpi_span password, ccp_error *error)
{
    if (password.len < CCP_PASSWORD_MIN || password.len > CCP_PASSWORD_MAX)
        return ccpi_fail(error, CCP_INVALID, "a password has %d to %d bytes",
                         CCP_PASSWORD_MIN, CCP_PASSWORD_MAX);
    if (memchr(password.data, '\0', password.len))
        return ccpi_fail(error, CCP_INVALID, "a password has no NUL in it");
    return CCP_OK;
}

ccp_status ccp_password_hash_new(const char *password, size_t len,
                                 const ccp_random *random, ccp_password_hash *out,
                                 ccp_error *error)
{
    CCPI_CLEANUP(wipe_scrypt)
    scrypt s = {.log_cost = 15,
                .block_size = 8,
                .lanes = 1,
                .salt_len = SALT_LEN,
                .hash_len = HASH_LEN};
    char salt[CCPI_BASE64_LEN(SALT_LEN) + 1], hash[CCPI_BASE64_LEN(HASH_LEN) + 1];
    ccp_status status = check_password((ccpi_span){password, len}, error);

    if (!random)
        random = ccp_system_random();
    if (status != CCP_OK)
        return status;
    status = random->fill(random->self, s.salt, SALT_LEN);
    if (status != CCP_OK)
        return ccpi_fail(error, status, "no random bytes for a salt");
    status = derive(&s, (ccpi_span){password, len}, s.hash, error);
    if (status != CCP_OK)
        return status;

    encode(s.salt, SALT_LEN, salt);
    encode(s.hash, HASH_LEN, hash);
    snprintf(out->text, sizeof(out->text), SCRYPT_MARK "ln=%u,r=%u,p=%u$%s$%s",
             s.log_cost, s.block_size, s.lanes, salt, hash);
    return CCP_OK;
}

/* Reads "name=number" off the text, up to and with the character that ends it. */
static bool take_number(const char **text, const char *name, char end, unsigned *out)
{
    const char *at = *text;
    char *after;
    unsigned long number;

    if (strncmp(at, name, strlen(name)) != 0)
        return false;
    at += strlen(name);
    if (*at < '1' || *at > '9')
        return false;
    number = strtoul(at, &after, 10);
    if (*after != end || number > MAX_MEMORY)
        return false;
    *text = after + 1;
    *out = (unsigned)number;
    return true;
}

static bool is_affordable(const scrypt *s)
{
    return s->log_cost <= MAX_LOG_COST && s->block_size <= MAX_BLOCK_SIZE &&
           s->lanes <= MAX_LANES &&
           ((uint64_t)128 << s->log_cost) * s->block_size <= MAX_MEMORY;
}

static bool parse_scrypt(const char *text, scrypt *out)
{
    const char *salt;
    size_t salt_len;

    text += strlen(SCRYPT_MARK);
    if (!take_number(&text, "ln=", ',', &out->log_cost) ||
        !take_number(&text, "r=", ',', &out->block_size) ||
        !take_number(&text, "p=", '$', &out->lanes) || !is_affordable(out))
        return false;
    salt = text;
    salt_len = strcspn(text, "$");
    if (salt[salt_len] != '$')
        return false;
    return decode((ccpi_span){salt, salt_len}, out->salt, &out->salt_len) &&
           decode(ccpi_span_of(salt + salt_len + 1), out->hash, &out->hash_len) &&
           out->hash_len >= SALT_LEN;
}

static ccp_status compare(const unsigned char *a, const unsigned char *b, size_t len,
                          ccp_error *error)
{
    if (CRYPTO_memcmp(a, b, len) != 0)
        return ccpi_fail(error, CCP_DENIED, "not the password");
    return CCP_OK;
}

static ccp_status verify_scrypt(const char *hash, ccpi_span password, ccp_error *error)
{
    CCPI_CLEANUP(wipe_scrypt) scrypt s = {0};
    unsigned char derived[sizeof(s.hash)];
    ccp_status status;

    if (!parse_scrypt(hash, &s))
        return ccpi_fail(error, CCP_INVALID, "not the form of a scrypt hash");
    status = derive(&s, password, derived, error);
    if (status == CCP_OK)
        status = compare(derived, s.hash, s.hash_len, error);
    OPENSSL_cleanse(derived, sizeof(derived));
    return status;
}

#ifdef CCPI_HAVE_CRYPT

/* Of crypt_r(): 32 KiB, too much for a stack. */
typedef struct crypting {
    struct crypt_data data;
    char password[CCP_PASSWORD_MAX + 1];
} crypting;

/* crypt_r() answers "*0" or NULL to what it does not know. */
static ccp_status compare_crypted(crypting *c, const char *hash, ccpi_span password,
                                  ccp_error *error)
{
    const char *made;

    memcpy(c->password, password.data, password.len);
    made = crypt_r(c->password, hash, &c->data);
    if (!made || *made != '$' || strlen(made) != strlen(hash))
        return ccpi_fail(error, CCP_INVALID, "this system knows no such hash");
    return compare((const unsigned char *)made, (const unsigned char *)hash, strlen(hash),
                   error);
}

static ccp_status verify_bcrypt(const char *hash, ccpi_span password, ccp_error *error)
{
    crypting *c = calloc(1, sizeof(*c));
    ccp_status status;

    if (!c)
        return ccpi_fail(error, CCP_NO_MEMORY, "no memory for crypt");
    status = compare_crypted(c, hash, password, error);
    OPENSSL_cleanse(c, sizeof(*c));
    free(c);
    return status;
}

#else

static ccp_status verify_bcrypt(const char *hash, ccpi_span password, ccp_error *error)
{
    (void)hash, (void)password;
    return ccpi_fail(error, CCP_INVALID, "this system knows no such hash");
}

#endif

/* "$2b$" and its older names, with a cost that takes less than some seconds. */
static bool is_bcrypt(const char *hash)
{
    return strlen(hash) == 60 && hash[0] == '$' && hash[1] == '2' &&
           strchr("aby", hash[2]) && hash[3] == '$' &&
           (hash[4] == '0' || (hash[4] == '1' && hash[5] <= '4')) && hash[6] == '$';
}

ccp_status ccp_password_verify(const char *hash, const char *password, size_t len,
                               ccp_error *error)
{
    ccpi_span span = {password, len};
    ccp_status status = check_password(span, error);

    /* No password of another length can be the right one. */
    if (status != CCP_OK)
        return ccpi_fail(error, CCP_DENIED, "not the password");
    if (strncmp(hash, SCRYPT_MARK, strlen(SCRYPT_MARK)) == 0)
        return verify_scrypt(hash, span, error);
    if (is_bcrypt(hash))
        return verify_bcrypt(hash, span, error);
    return ccpi_fail(error, CCP_INVALID, "not a password hash that is known");
}
