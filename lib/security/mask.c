#include "ccproxy/mask.h"

#include <limits.h>
#include <stdbool.h>
#include <string.h>

/*
 * One pass, in place: what is written never overtakes what is read. A secret
 * may stand in a URL or inside JSON text, so its own characters and those
 * before it may be written as %2D, \u002d or \n: text is read in units, each a
 * byte or an escape that stands for one.
 */

/*
 * After a letter or digit "sk-" is more likely a part of "task-list" than a
 * mark. With this many characters behind it, it is hidden all the same.
 */
#define LONG_ENOUGH_IN_A_WORD 20

#define STARS "***"
#define STARS_LEN (sizeof(STARS) - 1)

typedef struct mark {
    const char *text;
    size_t shown;         /* characters after the mark that may be seen */
    const char *alphabet; /* of its characters, beside letters and digits */
} mark;

/* RFC 4648, section 5, for what this project makes; RFC 6750, section 2.1, for others. */
#define BASE64URL "-_"
#define TOKEN68 "-_.~+/="

static const mark marks[] = {
    {"ak_", 6, BASE64URL},            /* access keys: the prefix stays */
    {"cct_", 0, BASE64URL},           /* admin tokens */
    {"sk-", 0, TOKEN68},              /* Anthropic keys and OAuth tokens */
    {"ABSK", 0, TOKEN68},             /* Bedrock API keys, long-term */
    {"bedrock-api-key-", 0, TOKEN68}, /* and short-term */
};

static const char bearer[] = "bearer";

/* One character as it is meant, and how many bytes it is written with. */
typedef struct unit {
    unsigned char meaning; /* of a character beyond ASCII: NOT_ASCII */
    size_t width;
} unit;

#define NOT_ASCII 0x80

typedef struct walk {
    char *text;
    size_t len;
    size_t in;
    size_t out;
    bool is_in_word; /* what stands before `in` is a letter or digit */
    size_t escape_end;
    bool escape_is_word;
} walk;

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* -1: these are no hex digits. */
static int hex_number(const char *digits, size_t count)
{
    int number = 0;

    for (size_t i = 0; i < count; i++) {
        int value = hex_value(digits[i]);

        if (value < 0)
            return -1;
        number = number * 16 + value;
    }
    return number;
}

static unit unit_of(int meaning, size_t width)
{
    return (unit){(unsigned char)(meaning < NOT_ASCII ? meaning : NOT_ASCII), width};
}

static unit read_backslash(const char *at, size_t len)
{
    static const char names[] = "\"\\/bfnrt";
    static const char meanings[] = "\"\\/\b\f\n\r\t";
    const char *name;
    int number;

    if (len >= 6 && at[1] == 'u') {
        number = hex_number(at + 2, 4);
        return number < 0 ? unit_of('\\', 1) : unit_of(number, 6);
    }
    name = len >= 2 ? memchr(names, at[1], sizeof(names) - 1) : NULL;
    return name ? unit_of(meanings[name - names], 2) : unit_of('\\', 1);
}

static unit read_unit(const char *text, size_t len, size_t at)
{
    if (text[at] == '\\')
        return read_backslash(text + at, len - at);
    if (text[at] == '%' && len - at >= 3) {
        int number = hex_number(text + at + 1, 2);

        if (number >= 0)
            return unit_of(number, 3);
    }
    return unit_of((unsigned char)text[at], 1);
}

static bool is_word(unsigned char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_of(const char *alphabet, unsigned char c)
{
    return is_word(c) || (c != '\0' && strchr(alphabet, c));
}

/* Spaces and controls; a form writes a space as '+'. */
static bool is_gap(unsigned char c)
{
    return c <= ' ' || c == '+' || c == ':' || c == '=';
}

static bool ends_bearer_value(unsigned char c)
{
    return c <= ' ' || c == 0x7f || strchr("\"'`<>", c);
}

static unsigned char lower(unsigned char c)
{
    return c >= 'A' && c <= 'Z' ? (unsigned char)(c | 0x20) : c;
}

/* Where the text ends that stands at `at`, or 0 when another one does. */
static size_t skip_text(const walk *w, size_t at, const char *text, bool any_case)
{
    for (; *text; text++) {
        unit next;

        if (at == w->len)
            return 0;
        next = read_unit(w->text, w->len, at);
        if (next.meaning != (unsigned char)*text &&
            !(any_case && lower(next.meaning) == (unsigned char)*text))
            return 0;
        at += next.width;
    }
    return at;
}

static void write_bytes(walk *w, const char *bytes, size_t len)
{
    memmove(w->text + w->out, bytes, len);
    w->out += len;
}

/* As many stars as the hidden text had characters, up to three: never longer. */
static void write_stars(walk *w, size_t hidden)
{
    write_bytes(w, STARS, hidden < STARS_LEN ? hidden : STARS_LEN);
}

static size_t count_body(const walk *w, size_t at, const char *alphabet, size_t most)
{
    size_t count = 0;

    while (at < w->len && count < most) {
        unit next = read_unit(w->text, w->len, at);

        if (!is_of(alphabet, next.meaning))
            break;
        at += next.width;
        count++;
    }
    return count;
}

static void hide_body(walk *w, const mark *found, size_t at)
{
    size_t count = 0;

    write_bytes(w, found->text, strlen(found->text));
    while (at < w->len) {
        unit next = read_unit(w->text, w->len, at);

        if (!is_of(found->alphabet, next.meaning))
            break;
        if (count++ < found->shown)
            w->text[w->out++] = (char)next.meaning;
        at += next.width;
    }
    write_stars(w, count - found->shown);
    w->in = at;
    w->is_in_word = false;
}

static bool hide_marked(walk *w)
{
    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
        size_t body = skip_text(w, w->in, marks[i].text, false);
        size_t least = w->is_in_word ? LONG_ENOUGH_IN_A_WORD : marks[i].shown + 1;

        if (body && count_body(w, body, marks[i].alphabet, least) == least) {
            hide_body(w, &marks[i], body);
            return true;
        }
    }
    return false;
}

/* Where the value begins after "Bearer" and what parts it from its value; 0: nowhere. */
static size_t skip_bearer(const walk *w, size_t at)
{
    size_t word_end = skip_text(w, at, bearer, true);

    for (at = word_end; at && at < w->len;) {
        unit next = read_unit(w->text, w->len, at);

        if (!is_gap(next.meaning))
            break;
        at += next.width;
    }
    return at > word_end ? at : 0;
}

static bool hide_bearer_value(walk *w)
{
    size_t value = skip_bearer(w, w->in);
    size_t end = value;

    if (!value)
        return false;
    write_bytes(w, w->text + w->in, value - w->in);
    w->in = value;
    w->is_in_word = false;
    if (skip_bearer(w, value)) /* "Bearer Bearer x": the second one's value is meant */
        return true;

    while (end < w->len) {
        unit next = read_unit(w->text, w->len, end);

        if (ends_bearer_value(next.meaning))
            break;
        end += next.width;
    }
    write_stars(w, end - value);
    w->in = end;
    return true;
}

static void copy_byte(walk *w)
{
    const unit here = read_unit(w->text, w->len, w->in);
    const char byte = w->text[w->in++];

    if (here.width > 1) {
        w->escape_end = w->in - 1 + here.width;
        w->escape_is_word = is_word(here.meaning);
    }
    w->is_in_word =
        w->in == w->escape_end ? w->escape_is_word : is_word((unsigned char)byte);
    w->text[w->out++] = byte;
}

/* What a secret's mark, "Bearer" or an escape begins with. */
static const bool first_of_suspects[UCHAR_MAX + 1] = {
    ['%'] = true, ['\\'] = true, ['a'] = true, ['s'] = true,
    ['c'] = true, ['A'] = true,  ['b'] = true, ['B'] = true,
};

/*
 * Whether a secret's mark, "Bearer" or an escape may begin here. Of their first
 * two characters, since the first ones alone are in every id.
 */
static bool may_begin_secret(const walk *w)
{
    const char first = w->text[w->in];
    char second = '\0';

    if (w->in + 1 < w->len)
        second = w->text[w->in + 1];
    switch (first) {
    case '%':
    case '\\': return true;
    case 'a':
    case 's':
        if (second == 'k')
            return true;
        break;
    case 'c':
        if (second == 'c')
            return true;
        break;
    case 'A':
        if (second == 'B')
            return true;
        break;
    case 'b':
    case 'B':
        if (second == 'e' || second == 'E')
            return true;
        break;
    default: return false;
    }
    return second == '%' || second == '\\';
}

size_t ccp_mask(char *text, size_t len)
{
    walk w = {.text = text, .len = len};

    /* What stands before the first suspect stays where it is. */
    while (w.in < w.len &&
           (!first_of_suspects[(unsigned char)text[w.in]] || !may_begin_secret(&w)))
        w.in++;
    w.out = w.in;
    w.is_in_word = w.in > 0 && is_word((unsigned char)text[w.in - 1]);

    while (w.in < w.len) {
        if (!may_begin_secret(&w) || (!hide_bearer_value(&w) && !hide_marked(&w)))
            copy_byte(&w);
    }
    return w.out;
}
