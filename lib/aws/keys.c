#include "aws/keys.h"

#include <openssl/crypto.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/json.h"
#include "calendar/civil.h"

#define US_PER_S INT64_C(1000000)
#define TIME_LEN 19 /* up to the seconds */

void ccpi_aws_keys_wipe(ccpi_aws_keys *keys)
{
    OPENSSL_cleanse(keys, sizeof(*keys));
}

static bool is_visible(ccpi_span text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] < '!' || text.data[i] > '~')
            return false;
    return true;
}

static bool copy(ccpi_span text, char *into, size_t most)
{
    if (text.len > most || !is_visible(text))
        return false;
    if (text.len > 0)
        memcpy(into, text.data, text.len);
    into[text.len] = '\0';
    return true;
}

ccp_status ccpi_aws_keys_set(ccpi_aws_keys *keys, const ccpi_aws_key_texts *texts,
                             ccp_error *error)
{
    const char *wrong = NULL;

    if (texts->access_key_id.len == 0 ||
        !copy(texts->access_key_id, keys->access_key_id, CCPI_AWS_ID_MAX))
        wrong = "access key id";
    else if (texts->secret_access_key.len == 0 ||
             !copy(texts->secret_access_key, keys->secret_access_key,
                   CCPI_AWS_SECRET_MAX))
        wrong = "secret access key";
    else if (!copy(texts->session_token, keys->session_token, CCPI_AWS_TOKEN_MAX))
        wrong = "session token";
    if (wrong) {
        ccpi_aws_keys_wipe(keys);
        return ccpi_fail(error, CCP_INVALID, "the AWS %s is missing or has a wrong form",
                         wrong);
    }
    keys->expires_at_us = CCPI_AWS_NEVER;
    return CCP_OK;
}

ccpi_sigv4_credentials ccpi_aws_keys_view(const ccpi_aws_keys *keys)
{
    return (ccpi_sigv4_credentials){
        .access_key_id = keys->access_key_id,
        .secret_access_key = keys->secret_access_key,
        .session_token = keys->session_token[0] ? keys->session_token : NULL,
    };
}

static bool is_end_of_time(ccpi_span rest)
{
    if (rest.len > 0 && *rest.data == '.') {
        do {
            rest.data++, rest.len--;
        } while (rest.len > 0 && *rest.data >= '0' && *rest.data <= '9');
    }
    return ccpi_span_is(rest, "Z") || ccpi_span_is(rest, "+00:00");
}

bool ccpi_aws_time_parse(ccpi_span text, int64_t *unix_us)
{
    static const char form[] = "dddd-dd-ddTdd:dd:dd";
    int numbers[6] = {0};
    size_t part = 0;

    if (text.len < TIME_LEN ||
        !is_end_of_time((ccpi_span){text.data + TIME_LEN, text.len - TIME_LEN}))
        return false;
    for (size_t i = 0; i < TIME_LEN; i++) {
        const char c = text.data[i];

        if (form[i] != 'd' && c != form[i])
            return false;
        if (form[i] == 'd' && (c < '0' || c > '9'))
            return false;
        if (form[i] == 'd')
            numbers[part] = numbers[part] * 10 + (c - '0');
        else
            part++;
    }
    if (numbers[1] < 1 || numbers[1] > 12 || numbers[2] < 1 || numbers[2] > 31)
        return false;
    *unix_us = (ccpi_civil_days(numbers[0], numbers[1], numbers[2]) * CCPI_DAY_S +
                numbers[3] * 3600 + numbers[4] * 60 + numbers[5]) *
               US_PER_S;
    return true;
}

/* A text member, decoded; empty when there is none. CCP_NO_MEMORY only. */
static ccp_status read_member(const ccpi_json_tree *tree, const char *name, ccpi_buf *out)
{
    const ccpi_json_node *node =
        ccpi_json_get_typed(tree, ccpi_json_root(tree), name, CCPI_JSON_STRING);
    ccp_status status;

    if (!node)
        return CCP_OK;
    /* Room for all of it first: an outgrown copy would stay behind. */
    if (!ccpi_buf_room(out, node->text.len))
        return out->status;
    status = ccpi_json_decode(ccpi_json_inner(node->text), out);
    return status == CCP_INVALID ? CCP_OK : status;
}

typedef enum member {
    ACCESS_KEY_ID,
    SECRET_ACCESS_KEY,
    TOKEN,
    EXPIRATION,
    MEMBERS
} member;

typedef struct member_texts {
    ccpi_buf texts[MEMBERS];
} member_texts;

static void wipe_texts(member_texts *members)
{
    for (size_t i = 0; i < MEMBERS; i++)
        ccpi_buf_wipe(&members->texts[i]);
}

static ccp_status read_members(const ccpi_json_tree *tree, member_texts *members)
{
    static const char *const names[MEMBERS] = {
        [ACCESS_KEY_ID] = "AccessKeyId",
        [SECRET_ACCESS_KEY] = "SecretAccessKey",
        [TOKEN] = "Token",
        [EXPIRATION] = "Expiration",
    };
    ccp_status status = CCP_OK;

    for (size_t i = 0; i < MEMBERS && status == CCP_OK; i++) {
        members->texts[i].limit = CCPI_AWS_TOKEN_MAX;
        status = read_member(tree, names[i], &members->texts[i]);
    }
    return status;
}

static ccp_status take_members(const member_texts *members, ccpi_aws_keys *out,
                               ccp_error *error)
{
    const ccpi_aws_key_texts texts = {
        .access_key_id = ccpi_buf_span(&members->texts[ACCESS_KEY_ID]),
        .secret_access_key = ccpi_buf_span(&members->texts[SECRET_ACCESS_KEY]),
        .session_token = ccpi_buf_span(&members->texts[TOKEN]),
    };
    const ccpi_span expiration = ccpi_buf_span(&members->texts[EXPIRATION]);

    if (ccpi_aws_keys_set(out, &texts, error) != CCP_OK)
        return ccpi_fail(error, CCP_PROTOCOL, "an answer without usable credentials");
    if (expiration.len > 0 && !ccpi_aws_time_parse(expiration, &out->expires_at_us)) {
        ccpi_aws_keys_wipe(out);
        return ccpi_fail(error, CCP_PROTOCOL, "credentials whose end is no time");
    }
    return CCP_OK;
}

ccp_status ccpi_aws_keys_from_json(ccpi_span text, ccpi_aws_keys *out, ccp_error *error)
{
    CCPI_CLEANUP(ccpi_json_clear) ccpi_json_tree tree = {0};
    CCPI_CLEANUP(wipe_texts) member_texts members = {0};
    ccp_status status = ccpi_json_parse(text, &tree, NULL);

    if (status == CCP_OK)
        status = read_members(&tree, &members);
    if (status == CCP_NO_MEMORY)
        return ccpi_fail(error, status, "no memory for AWS credentials");
    if (status != CCP_OK)
        return ccpi_fail(error, CCP_PROTOCOL, "an answer that is no JSON object");
    return take_members(&members, out, error);
}
