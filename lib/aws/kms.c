#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>

#include "aws/json.h"
#include "base/cleanup.h"
#include "base/encode.h"
#include "base/fail.h"
#include "ccproxy/aws.h"
#include "ccproxy/envelope.h"

/*
 * Data keys under a key of AWS KMS. What a blob belongs to is the encryption
 * context, which KMS logs, checks, and lets key policies speak of.
 * https://docs.aws.amazon.com/kms/latest/developerguide/encrypt_context.html
 */
#define CONTEXT_NAME "access_key_id"

#define MAX_BODY ((size_t)16 * 1024)
#define DIGEST_LEN 32

typedef struct kms_key {
    ccp_aws *aws;
    char *id; /* an id, an alias, or the ARN of one of them */
} kms_key;

/* {"KeyId":...,"EncryptionContext":{...}, and what is added by the caller. */
static void begin_body(const kms_key *key, const char *context, ccpi_buf *body)
{
    ccpi_buf_append_text(body, "{\"KeyId\":");
    ccpi_json_quote(ccpi_span_of(key->id), body);
    ccpi_buf_append_text(body, ",\"EncryptionContext\":{\"" CONTEXT_NAME "\":");
    ccpi_json_quote(ccpi_span_of(context), body);
    ccpi_buf_append_text(body, "},");
}

#define DECRYPT "TrentService.Decrypt"

/* With decrypting, since a request may be waiting for it. */
static const ccpi_retry_policy hurried = {
    .attempts = 3, .attempt_ms = 1000, .total_ms = 2000, .wait_ms = 50};

/* target: such as DECRYPT */
static ccp_status ask(const kms_key *key, const char *target, const ccpi_buf *body,
                      ccpi_aws_reply *reply, ccp_error *error)
{
    const ccpi_aws_call call = {
        .patience = strcmp(target, DECRYPT) == 0 ? &hurried : NULL,
        .service = CCPI_AWS_KMS,
        .operation = strchr(target, '.') + 1,
        .target = target,
        .content_type = CCPI_AWS_JSON,
        .body = ccpi_buf_span(body),
    };

    if (body->status != CCP_OK)
        return ccpi_fail(error, body->status, "no memory for a request to KMS");
    return ccpi_aws_ask(key->aws, &call, reply, error);
}

static ccp_status take_plaintext(const ccpi_aws_reply *reply,
                                 unsigned char data_key[CCP_DATA_KEY_LEN],
                                 ccp_error *error)
{
    CCPI_CLEANUP(ccpi_buf_wipe) ccpi_buf bytes = {.limit = MAX_BODY};
    ccp_status status = ccpi_aws_reply_bytes(reply, "Plaintext", &bytes);

    if (status == CCP_NO_MEMORY)
        return ccpi_fail(error, status, "no memory for a data key");
    if (status != CCP_OK || bytes.len != CCP_DATA_KEY_LEN)
        return ccpi_fail(error, CCP_PROTOCOL, "kms: an answer without a data key");
    memcpy(data_key, bytes.data, CCP_DATA_KEY_LEN);
    return CCP_OK;
}

static ccp_status take_wrapped(const ccpi_aws_reply *reply, ccp_room *wrapped,
                               ccp_error *error)
{
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf bytes = {.limit = MAX_BODY};
    ccp_status status = ccpi_aws_reply_bytes(reply, "CiphertextBlob", &bytes);

    if (status == CCP_NO_MEMORY)
        return ccpi_fail(error, status, "no memory for a data key");
    if (status != CCP_OK || bytes.len == 0)
        return ccpi_fail(error, CCP_PROTOCOL, "kms: an answer without a wrapped key");
    if (bytes.len > wrapped->size)
        return ccpi_fail(error, CCP_LIMIT, "no room for a wrapped data key");
    memcpy(wrapped->data, bytes.data, bytes.len);
    wrapped->len = bytes.len;
    return CCP_OK;
}

static ccp_status make(void *self, const char *context,
                       unsigned char data_key[CCP_DATA_KEY_LEN], ccp_room *wrapped,
                       ccp_error *error)
{
    CCPI_CLEANUP(ccpi_aws_reply_clear) ccpi_aws_reply reply = {.tree = {0}};
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf body = {.limit = MAX_BODY};
    ccp_status status;

    wrapped->len = 0;
    begin_body(self, context, &body);
    ccpi_buf_append_text(&body, "\"KeySpec\":\"AES_256\"}");
    status = ask(self, "TrentService.GenerateDataKey", &body, &reply, error);
    if (status == CCP_OK)
        status = take_wrapped(&reply, wrapped, error);
    return status == CCP_OK ? take_plaintext(&reply, data_key, error) : status;
}

static ccp_status unwrap(void *self, const char *context, ccp_bytes wrapped,
                         unsigned char data_key[CCP_DATA_KEY_LEN], ccp_error *error)
{
    CCPI_CLEANUP(ccpi_aws_reply_clear) ccpi_aws_reply reply = {.tree = {0}};
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf body = {.limit = MAX_BODY};
    char blob[CCPI_BASE64_LEN(CCP_WRAPPED_KEY_MAX) + 1];
    ccp_status status;

    if (wrapped.len > CCP_WRAPPED_KEY_MAX)
        return ccpi_fail(error, CCP_INVALID, "not the form of a wrapped data key");
    ccpi_base64_encode(wrapped.data, wrapped.len, blob);
    begin_body(self, context, &body);
    ccpi_buf_append_format(&body, "\"CiphertextBlob\":\"%s\"}", blob);
    status = ask(self, DECRYPT, &body, &reply, error);
    return status == CCP_OK ? take_plaintext(&reply, data_key, error) : status;
}

static void close_key(void *self)
{
    kms_key *key = self;

    free(key->id);
    free(key);
}

/* Only to tell keys apart: which of them a blob is sealed under. */
static bool write_id(const char *key_id, unsigned char id[CCP_MASTER_KEY_ID_LEN])
{
    unsigned char digest[DIGEST_LEN];

    if (EVP_Digest(key_id, strlen(key_id), digest, NULL, EVP_sha256(), NULL) != 1)
        return false;
    memcpy(id, digest, CCP_MASTER_KEY_ID_LEN);
    return true;
}

ccp_status ccp_aws_key_service(ccp_aws *aws, const char *key_id, ccp_key_service *out,
                               ccp_error *error)
{
    kms_key *key = calloc(1, sizeof(*key));

    *out = (ccp_key_service){.make = make, .unwrap = unwrap, .close = close_key};
    if (key)
        key->id = strdup(key_id);
    if (!key || !key->id) {
        free(key);
        return ccpi_fail(error, CCP_NO_MEMORY, "no memory for a key of KMS");
    }
    if (!write_id(key_id, out->id)) {
        close_key(key);
        return ccpi_fail(error, CCP_INTERNAL, "no SHA-256 of a key's id");
    }
    key->aws = aws;
    out->self = key;
    return CCP_OK;
}
