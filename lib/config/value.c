#include "config/value.h"

#include <errno.h>
#include <inttypes.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "base/encode.h"
#include "base/fail.h"
#include "config/shown.h"
#include "config/value_list.h"

#define MAX_TEXT_LEN 4096
#define MAX_PACKED (1u << 20)
#define MS_PER_SECOND 1000
#define HEX_KEY_LEN ((size_t)CCP_MASTER_KEY_LEN * 2)

typedef struct quoted {
    char text[sizeof(ccpi_shown) + sizeof("\"\"")];
} quoted;

/* A value for a message; of a secret nothing. */
static quoted show(const ccpi_setting *row, const char *text)
{
    quoted result = {"the value"};

    if (!row->is_secret)
        snprintf(result.text, sizeof(result.text), "\"%s\"",
                 ccpi_show(ccpi_span_of(text)).text);
    return result;
}

static ccp_status keep_text(ccpi_value *out, const char *text, ccp_error *error)
{
    size_t size = strlen(text) + 1;

    out->text = malloc(size);
    if (!out->text)
        return ccpi_fail(error, CCP_NO_MEMORY, "no memory for a setting");
    memcpy(out->text, text, size);
    return CCP_OK;
}

ccp_status ccpi_value_check_shape(const ccpi_setting *row, const char *text,
                                  ccp_error *error)
{
    if (!row->shape || row->shape->fits(text))
        return CCP_OK;
    return ccpi_fail(error, CCP_INVALID, "%s is no %s", show(row, text).text,
                     row->shape->is_no);
}

static ccp_status check_text(const ccpi_setting *row, const char *text, ccp_error *error)
{
    int64_t most = row->bounds.most ? row->bounds.most : MAX_TEXT_LEN;
    size_t len = strlen(text);

    if ((int64_t)len < row->bounds.least || (int64_t)len > most)
        return ccpi_fail(error, CCP_INVALID, "has %zu bytes, not %" PRId64 " to %" PRId64,
                         len, row->bounds.least, most);
    return ccpi_value_check_shape(row, text, error);
}

static ccp_status parse_text(const ccpi_setting *row, const char *text, ccpi_value *out,
                             ccp_error *error)
{
    (void)out;
    return check_text(row, text, error);
}

static bool is_digits(const char *text, size_t len)
{
    return len > 0 && strspn(text, "0123456789") >= len;
}

static bool read_number(const char *text, char **end, int64_t *out)
{
    if (!is_digits(text, 1))
        return false;
    errno = 0;
    *out = strtoll(text, end, 10);
    return errno == 0;
}

static bool is_within(const ccpi_setting *row, int64_t number)
{
    return number >= row->bounds.least && number <= row->bounds.most;
}

static ccp_status parse_number(const ccpi_setting *row, const char *text, ccpi_value *out,
                               ccp_error *error)
{
    char *end;

    if (!read_number(text, &end, &out->number) || *end || !is_within(row, out->number))
        return ccpi_fail(error, CCP_INVALID,
                         "%s is no whole number from %" PRId64 " to %" PRId64,
                         show(row, text).text, row->bounds.least, row->bounds.most);
    return CCP_OK;
}

/* The digits after the point, as milliseconds; finer ones are refused. */
static bool read_fraction(const char *digits, int64_t *ms)
{
    size_t len = strlen(digits);
    int64_t place = MS_PER_SECOND / 10;

    if (!is_digits(digits, len) || len > 3)
        return false;
    for (*ms = 0; *digits; digits++, place /= 10)
        *ms += (*digits - '0') * place;
    return true;
}

static bool read_time(const char *text, int64_t *out)
{
    int64_t seconds, ms = 0;
    char *end;

    if (!read_number(text, &end, &seconds) || seconds > INT64_MAX / MS_PER_SECOND - 1)
        return false;
    if (*end && (*end != '.' || !read_fraction(end + 1, &ms)))
        return false;
    *out = seconds * MS_PER_SECOND + ms;
    return true;
}

static ccp_status parse_time(const ccpi_setting *row, const char *text, ccpi_value *out,
                             ccp_error *error)
{
    if (!read_time(text, &out->number) || !is_within(row, out->number))
        return ccpi_fail(error, CCP_INVALID,
                         "%s is no number of seconds from %.10g to %.10g",
                         show(row, text).text, (double)row->bounds.least / MS_PER_SECOND,
                         (double)row->bounds.most / MS_PER_SECOND);
    return CCP_OK;
}

static bool read_size(const char *text, int64_t *out)
{
    static const char *const units[] = {"", "KiB", "MiB", "GiB"};
    int64_t number, factor = 1;
    char *end;

    if (!read_number(text, &end, &number))
        return false;
    end += strspn(end, " ");
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++, factor *= 1024) {
        if (strcmp(end, units[i]) != 0)
            continue;
        if (number > INT64_MAX / factor)
            return false;
        *out = number * factor;
        return true;
    }
    return false;
}

static ccp_status parse_size(const ccpi_setting *row, const char *text, ccpi_value *out,
                             ccp_error *error)
{
    if (!read_size(text, &out->number) || !is_within(row, out->number))
        return ccpi_fail(error, CCP_INVALID,
                         "%s is no size from %" PRId64 " to %" PRId64
                         " bytes (units: KiB, MiB, GiB)",
                         show(row, text).text, row->bounds.least, row->bounds.most);
    return CCP_OK;
}

static ccp_status parse_boolean(const ccpi_setting *row, const char *text,
                                ccpi_value *out, ccp_error *error)
{
    static const char *const words[] = {"false", "true", "0",   "1",
                                        "no",    "yes",  "off", "on"};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcasecmp(text, words[i]) != 0)
            continue;
        out->number = (int64_t)(i % 2);
        return keep_text(out, words[i % 2], error);
    }
    return ccpi_fail(error, CCP_INVALID, "%s is neither true nor false",
                     show(row, text).text);
}

static ccp_status refuse_word(const ccpi_setting *row, const char *text, ccp_error *error)
{
    char words[128] = "";

    for (size_t i = 0; i < CCPI_SETTING_MAX_WORDS && row->words[i]; i++) {
        size_t len = strlen(words);

        snprintf(words + len, sizeof(words) - len, "%s%s", i ? ", " : "", row->words[i]);
    }
    return ccpi_fail(error, CCP_INVALID, "%s is none of: %s", show(row, text).text,
                     words);
}

static ccp_status parse_word(const ccpi_setting *row, const char *text, ccpi_value *out,
                             ccp_error *error)
{
    for (size_t i = 0; i < CCPI_SETTING_MAX_WORDS && row->words[i]; i++) {
        if (strcasecmp(text, row->words[i]) != 0)
            continue;
        out->number = (int64_t)i;
        return keep_text(out, row->words[i], error);
    }
    return refuse_word(row, text, error);
}

/* In base64, of either alphabet, or in hex. */
static ccp_status parse_key(const ccpi_setting *row, const char *text, ccpi_value *out,
                            ccp_error *error)
{
    unsigned char bytes[CCPI_BASE64_MAX_BYTES(HEX_KEY_LEN)];
    ccpi_span span = ccpi_span_of(text);
    size_t len = 0;
    bool is_key =
        span.len <= HEX_KEY_LEN &&
        ((span.len == HEX_KEY_LEN && ccpi_hex_decode(span, bytes)) ||
         (ccpi_base64_decode(span, bytes, &len) && len == CCP_MASTER_KEY_LEN) ||
         (ccpi_base64url_decode(span, bytes, &len) && len == CCP_MASTER_KEY_LEN));

    (void)row;
    if (is_key)
        memcpy(out->key, bytes, sizeof(out->key));
    OPENSSL_cleanse(bytes, sizeof(bytes));
    if (!is_key)
        return ccpi_fail(error, CCP_INVALID, "is not %d bytes in base64 or hex",
                         CCP_MASTER_KEY_LEN);
    return CCP_OK;
}

typedef ccp_status (*parser)(const ccpi_setting *row, const char *text, ccpi_value *out,
                             ccp_error *error);

static const parser parsers[] = {
    [CCPI_SETTING_TEXT] = parse_text,
    [CCPI_SETTING_NUMBER] = parse_number,
    [CCPI_SETTING_TIME] = parse_time,
    [CCPI_SETTING_SIZE] = parse_size,
    [CCPI_SETTING_BOOLEAN] = parse_boolean,
    [CCPI_SETTING_WORD] = parse_word,
    [CCPI_SETTING_LIST] = ccpi_value_parse_commas,
    [CCPI_SETTING_MAP] = ccpi_value_parse_map,
    [CCPI_SETTING_JSON] = ccpi_value_check_object,
    [CCPI_SETTING_KEY] = parse_key,
};

static bool may_be_empty(ccpi_setting_type type)
{
    return type == CCPI_SETTING_TEXT || type == CCPI_SETTING_LIST ||
           type == CCPI_SETTING_KEY;
}

static ccp_status refuse_json(const ccpi_setting *row, const char *text, ccp_error *error)
{
    const char *is = *text == '[' ? "a list" : "an object";

    if (row->type == CCPI_SETTING_LIST)
        return ccpi_fail(error, CCP_INVALID, "is %s, not a list", is);
    if (row->type == CCPI_SETTING_MAP || row->type == CCPI_SETTING_JSON)
        return ccpi_fail(error, CCP_INVALID, "is %s, not an object", is);
    return ccpi_fail(error, CCP_INVALID, "is %s, not one value", is);
}

static bool is_json_for(ccpi_setting_type type, const char *text)
{
    if (*text == '[')
        return type == CCPI_SETTING_LIST;
    return type == CCPI_SETTING_MAP || type == CCPI_SETTING_JSON;
}

ccp_status ccpi_value_parse(const ccpi_setting *row, const char *text, bool is_json,
                            ccpi_value *out, ccp_error *error)
{
    ccp_status status;
    parser parse;

    *out = (ccpi_value){.packed.limit = MAX_PACKED};
    /* A text or key that is empty is one that is not set. */
    if (!text || (*text == '\0' && may_be_empty(row->type)))
        return CCP_OK;
    if (is_json && !is_json_for(row->type, text))
        return refuse_json(row, text, error);

    parse = is_json && row->type == CCPI_SETTING_LIST ? ccpi_value_parse_array
                                                      : parsers[row->type];
    status = parse(row, text, out, error);
    if (status == CCP_OK && !out->text)
        status = keep_text(out, text, error);
    if (status != CCP_OK)
        ccpi_value_wipe(out);
    return status;
}

static void store_master_key(const ccpi_value *value, ccpi_master_key *out)
{
    out->is_set = value->text != NULL;
    memcpy(out->bytes, value->key, sizeof(out->bytes));
}

void ccpi_value_store(const ccpi_setting *row, const ccpi_value *value,
                      ccpi_settings *settings)
{
    char *field = (char *)settings + row->field;

    switch (row->type) {
    case CCPI_SETTING_TEXT:
    case CCPI_SETTING_JSON: *(const char **)(void *)field = value->text; break;
    case CCPI_SETTING_NUMBER:
    case CCPI_SETTING_TIME:
    case CCPI_SETTING_SIZE: *(int64_t *)(void *)field = value->number; break;
    case CCPI_SETTING_BOOLEAN: *(bool *)(void *)field = value->number != 0; break;
    case CCPI_SETTING_WORD: *(int *)(void *)field = (int)value->number; break;
    case CCPI_SETTING_LIST:
        *(ccpi_texts *)(void *)field = (ccpi_texts){value->items, value->item_count};
        break;
    case CCPI_SETTING_MAP:
        *(ccpi_text_pairs *)(void *)field =
            (ccpi_text_pairs){value->items, value->item_count / 2};
        break;
    case CCPI_SETTING_KEY:
        store_master_key(value, (ccpi_master_key *)(void *)field);
        break;
    }
}

void ccpi_value_wipe(ccpi_value *value)
{
    if (value->text)
        OPENSSL_cleanse(value->text, strlen(value->text));
    free(value->text);
    ccpi_buf_wipe(&value->packed);
    free(value->items);
    OPENSSL_cleanse(value->key, sizeof(value->key));
    *value = (ccpi_value){0};
}
