#include "base/json_scan.h"

#include <stddef.h>
#include <strings.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/fail.h"
#include "base/utf8.h"

#define WORD_LEN sizeof(uint64_t)
#define ONES UINT64_C(0x0101010101010101)
#define HIGH_BITS UINT64_C(0x8080808080808080)

void ccpi_json_scan_init(ccpi_json_scan *scan, ccpi_span text)
{
    scan->start = text.len > 0 ? text.data : "";
    scan->at = scan->start;
    scan->end = scan->start + text.len;
    scan->depth = 0;
    scan->is_past_root = false;
    scan->is_behind_open = false;
}

static ccp_status refuse(const ccpi_json_scan *scan, const char *why, ccp_error *error)
{
    return ccpi_fail(error, CCP_INVALID, "not valid JSON at byte %zu: %s",
                     (size_t)(scan->at - scan->start), why);
}

static ccpi_span since(const ccpi_json_scan *scan, const char *start)
{
    return (ccpi_span){start, (size_t)(scan->at - start)};
}

/* The next byte; NUL at the end, which is no harm: outside of strings NUL is an error. */
static char peek(const ccpi_json_scan *scan)
{
    if (scan->at < scan->end)
        return *scan->at;
    return '\0';
}

static void skip_blanks(ccpi_json_scan *scan)
{
    while (scan->at < scan->end && (*scan->at == ' ' || *scan->at == '\n' ||
                                    *scan->at == '\r' || *scan->at == '\t'))
        scan->at++;
}

static bool is_plain(unsigned char c)
{
    return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

#ifdef __SSE2__

/* A bit for each of 16 bytes that is not plain: as signed, all from 80 up are below 20.
 */
static int odd_bytes(const char *at)
{
    const __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)at);
    const __m128i odd =
        _mm_or_si128(_mm_cmplt_epi8(bytes, _mm_set1_epi8(' ')),
                     _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')),
                                  _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'))));

    return _mm_movemask_epi8(odd);
}

static const char *skip_plain(const char *at, const char *end)
{
    while (end - at >= (ptrdiff_t)sizeof(__m128i)) {
        const int odd = odd_bytes(at);

        if (odd != 0)
            return at + ffs(odd) - 1;
        at += sizeof(__m128i);
    }
    while (at < end && is_plain((unsigned char)*at))
        at++;
    return at;
}

#else

/*
 * Whether all bytes of a word are plain. None of the three differences below
 * sets a byte's high bit unless that byte, or one before it, is not plain.
 */
static bool is_plain_word(uint64_t word)
{
    uint64_t quotes = word ^ (ONES * '"');
    uint64_t backslashes = word ^ (ONES * '\\');
    uint64_t below_blank = word - ONES * ' ';

    return (((quotes - ONES) | (backslashes - ONES) | below_blank | word) & HIGH_BITS) ==
           0;
}

static const char *skip_plain(const char *at, const char *end)
{
    while ((size_t)(end - at) >= WORD_LEN) {
        uint64_t word;

        memcpy(&word, at, WORD_LEN);
        if (!is_plain_word(word))
            break;
        at += WORD_LEN;
    }
    while (at < end && is_plain((unsigned char)*at))
        at++;
    return at;
}

#endif

static bool is_hex_digit(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_short_escape(char c)
{
    switch (c) {
    case 'n':
    case '"':
    case '\\':
    case '/':
    case 't':
    case 'r':
    case 'b':
    case 'f': return true;
    default: return false;
    }
}

/* The length of the escape at a backslash, 0: it is none. */
static size_t escape_length(const char *at, const char *end)
{
    if (end - at < 2)
        return 0;
    if (at[1] != 'u')
        return is_short_escape(at[1]) ? 2 : 0;
    if (end - at < 6)
        return 0;
    for (int i = 2; i < 6; i++)
        if (!is_hex_digit(at[i]))
            return 0;
    return 6;
}

static size_t special_length(const char *at, const char *end)
{
    if (*at == '\\')
        return escape_length(at, end);
    if ((unsigned char)*at < 0x20)
        return 0;
    return ccpi_utf8_multibyte_run((const unsigned char *)at, (const unsigned char *)end);
}

/* Goes from an opening quote to behind the closing one. */
static ccp_status read_string(ccpi_json_scan *scan, ccp_error *error)
{
    const char *at = scan->at + 1;
    size_t len;

    for (;;) {
        at = skip_plain(at, scan->end);
        if (at == scan->end)
            return refuse(scan, "a string is not closed", error);
        if (*at == '"')
            break;
        len = special_length(at, scan->end);
        if (len == 0) {
            scan->at = at;
            return refuse(scan, "no string may hold this", error);
        }
        at += len;
    }
    scan->at = at + 1;
    return CCP_OK;
}

static bool skip_digits(ccpi_json_scan *scan)
{
    const char *start = scan->at;

    while (peek(scan) >= '0' && peek(scan) <= '9')
        scan->at++;
    return scan->at > start;
}

static bool skip_one_of(ccpi_json_scan *scan, char a, char b)
{
    if (scan->at == scan->end || (*scan->at != a && *scan->at != b))
        return false;
    scan->at++;
    return true;
}

/* RFC 8259, section 6: [ minus ] int [ frac ] [ exp ] */
static ccp_status read_number(ccpi_json_scan *scan, ccp_error *error)
{
    bool is_good;

    skip_one_of(scan, '-', '-');
    is_good = skip_one_of(scan, '0', '0') || skip_digits(scan);
    if (is_good && skip_one_of(scan, '.', '.'))
        is_good = skip_digits(scan);
    if (is_good && skip_one_of(scan, 'e', 'E')) {
        skip_one_of(scan, '+', '-');
        is_good = skip_digits(scan);
    }
    return is_good ? CCP_OK : refuse(scan, "a digit is missing", error);
}

static ccp_status read_word(ccpi_json_scan *scan, const char *word, ccp_error *error)
{
    ccpi_span rest = {scan->at, (size_t)(scan->end - scan->at)};

    if (!ccpi_span_starts(rest, word))
        return refuse(scan, "a value is missing", error);
    scan->at += strlen(word);
    return CCP_OK;
}

static ccp_status read_scalar(ccpi_json_scan *scan, ccpi_json_token *token,
                              ccp_error *error)
{
    switch (*token->text.data) {
    case '"': token->type = CCPI_JSON_STRING; return read_string(scan, error);
    case 't': token->type = CCPI_JSON_TRUE; return read_word(scan, "true", error);
    case 'f': token->type = CCPI_JSON_FALSE; return read_word(scan, "false", error);
    case 'n': token->type = CCPI_JSON_NULL; return read_word(scan, "null", error);
    case '-':
    case '0':
    case '1':
    case '2':
    case '3':
    case '4':
    case '5':
    case '6':
    case '7':
    case '8':
    case '9': token->type = CCPI_JSON_NUMBER; return read_number(scan, error);
    default: return refuse(scan, "a value is missing", error);
    }
}

static ccp_status open_container(ccpi_json_scan *scan, ccpi_json_token *token,
                                 ccp_error *error)
{
    unsigned char bit = (unsigned char)(1u << (scan->depth % 8));
    bool is_object = *scan->at == '{';

    if (scan->depth == CCPI_JSON_MAX_DEPTH)
        return refuse(scan, "nested too deep", error);
    if (is_object)
        scan->objects[scan->depth / 8] |= bit;
    else
        scan->objects[scan->depth / 8] &= (unsigned char)~bit;
    scan->depth++;
    scan->at++;
    scan->is_behind_open = true;
    token->kind = CCPI_JSON_OPEN;
    token->type = is_object ? CCPI_JSON_OBJECT : CCPI_JSON_ARRAY;
    token->text.len = 1;
    return CCP_OK;
}

static ccp_status read_value(ccpi_json_scan *scan, ccpi_json_token *token,
                             ccp_error *error)
{
    ccp_status status;

    if (scan->at == scan->end)
        return refuse(scan, "it breaks off", error);
    scan->is_past_root = true;
    token->text.data = scan->at;
    if (*scan->at == '{' || *scan->at == '[')
        return open_container(scan, token, error);

    token->kind = CCPI_JSON_SCALAR;
    status = read_scalar(scan, token, error);
    token->text = since(scan, token->text.data);
    return status;
}

/* A member's key and colon, with the blanks around the colon. */
static ccp_status read_key(ccpi_json_scan *scan, ccpi_json_token *token, ccp_error *error)
{
    const char *quote = scan->at;
    ccp_status status;

    if (peek(scan) != '"')
        return refuse(scan, "a member's name is missing", error);
    status = read_string(scan, error);
    if (status != CCP_OK)
        return status;
    token->key = (ccpi_span){quote + 1, (size_t)(scan->at - quote) - 2};

    skip_blanks(scan);
    if (peek(scan) != ':')
        return refuse(scan, "a colon is missing", error);
    scan->at++;
    skip_blanks(scan);
    return CCP_OK;
}

static bool is_in_object(const ccpi_json_scan *scan)
{
    size_t level = scan->depth - 1;

    return (scan->objects[level / 8] >> (level % 8)) & 1;
}

static ccp_status close_container(ccpi_json_scan *scan, ccpi_json_token *token)
{
    token->kind = CCPI_JSON_CLOSE;
    token->type = is_in_object(scan) ? CCPI_JSON_OBJECT : CCPI_JSON_ARRAY;
    token->text = (ccpi_span){scan->at, 1};
    scan->at++;
    scan->depth--;
    scan->is_behind_open = false;
    return CCP_OK;
}

static ccp_status read_outside(ccpi_json_scan *scan, ccpi_json_token *token,
                               ccp_error *error)
{
    if (!scan->is_past_root)
        return read_value(scan, token, error);
    if (scan->at < scan->end)
        return refuse(scan, "something follows the document", error);
    token->kind = CCPI_JSON_END;
    return CCP_OK;
}

ccp_status ccpi_json_scan_next(ccpi_json_scan *scan, ccpi_json_token *token,
                               ccp_error *error)
{
    ccp_status status = CCP_OK;
    bool in_object;

    token->key = (ccpi_span){NULL, 0};
    skip_blanks(scan);
    if (scan->depth == 0)
        return read_outside(scan, token, error);

    in_object = is_in_object(scan);
    if (peek(scan) == (in_object ? '}' : ']'))
        return close_container(scan, token);
    if (!scan->is_behind_open) {
        if (peek(scan) != ',')
            return refuse(scan, "a comma or a closing bracket is missing", error);
        scan->at++;
        skip_blanks(scan);
    }
    scan->is_behind_open = false;
    if (in_object)
        status = read_key(scan, token, error);
    return status == CCP_OK ? read_value(scan, token, error) : status;
}
