#include "usage/price_key.h"

#include <ctype.h>
#include <string.h>

#include "base/encode.h"

#define VENDOR "anthropic."
#define NAME "claude"
#define DATE_LEN 8
#define VERSION_PARTS 4
#define MOST_PART 9999

static void copy(char *to, size_t size, const char *from, size_t len)
{
    if (len >= size)
        len = size - 1;
    memcpy(to, from, len);
    to[len] = '\0';
}

static void lower(char *text)
{
    for (; *text; text++)
        *text = (char)tolower((unsigned char)*text);
}

static size_t count_digits(const char *text)
{
    return strspn(text, "0123456789");
}

/* Moves the text past an ARN's resource path and geography and vendor prefixes. */
static const char *strip_prefixes(const char *model, ccpi_price_key *out)
{
    const char *slash = strrchr(model, '/');
    const char *name = slash ? slash + 1 : model;
    const char *vendor = strstr(name, VENDOR);

    if (!vendor)
        return name;
    if (vendor > name && vendor[-1] == '.')
        copy(out->geography, sizeof(out->geography), name, (size_t)(vendor - name) - 1);
    out->is_global = strcmp(out->geography, "global") == 0;
    return vendor + strlen(VENDOR);
}

/* Whether text is all of -v1, -v1:0. */
static bool is_revision(const char *text)
{
    size_t digits;

    if (strncmp(text, "-v", 2) != 0)
        return false;
    digits = count_digits(text + 2);
    text += 2 + digits;
    if (digits > 0 && *text == ':')
        text += 1 + count_digits(text + 1);
    return digits > 0 && *text == '\0';
}

static bool is_date(const char *text)
{
    return (*text == '-' || *text == '@') && count_digits(text + 1) == DATE_LEN &&
           text[1 + DATE_LEN] == '\0';
}

static bool is_latest(const char *text)
{
    return strcmp(text, "-latest") == 0;
}

/* Cuts the text where what follows is a suffix. */
static void cut(char *text, bool (*is_suffix)(const char *text))
{
    /* A suffix begins with one of these. */
    while (*(text += strcspn(text, "-@["))) {
        if (is_suffix(text))
            *text = '\0';
        else
            text++;
    }
}

static bool is_context_mark(const char *text)
{
    return *text == '[';
}

static void strip_suffixes(char *text)
{
    cut(text, is_context_mark);
    cut(text, is_revision);
    cut(text, is_date);
    cut(text, is_latest);
    for (; *text; text++) {
        if (*text == '.')
            *text = '-';
    }
}

/* One part of a name between dashes: a number of the version, or a word. */
static void take_part(const char *part, size_t len, ccpi_price_key *out, size_t *numbers)
{
    char word[32];
    int number = 0;

    if (count_digits(part) < len) {
        copy(word, sizeof(word), part, len);
        if (!out->family[0])
            copy(out->family, sizeof(out->family), word, strlen(word));
        return;
    }
    for (size_t i = 0; i < len && number <= MOST_PART; i++)
        number = number * 10 + (part[i] - '0');
    if (*numbers < VERSION_PARTS)
        out->version[(*numbers)++] = number;
}

static bool has_further_words(const char *rest, const char *family)
{
    const char *at = strstr(rest, family);
    const char *after = at ? at + strlen(family) : rest;

    return after[strspn(after, "-0123456789")] != '\0';
}

/* claude-3-5-haiku and claude-haiku-3-5 are one; what has more words stays itself. */
static void order_parts(const char *name, ccpi_price_key *out)
{
    const char *rest = name + strlen(NAME);
    size_t numbers = 0, len;
    char *end;

    for (const char *part = rest; *part == '-'; part += len) {
        part++;
        len = strcspn(part, "-");
        if (len > 0)
            take_part(part, len, out, &numbers);
    }
    copy(out->text, sizeof(out->text), name, strlen(name));
    if (!out->family[0] || has_further_words(rest, out->family))
        return;
    /* A family of 31 letters and four numbers of 5 digits always find room. */
    end = stpcpy(stpcpy(out->text, NAME "-"), out->family);
    for (size_t i = 0; i < numbers; i++) {
        *end++ = '-';
        end += ccpi_decimal_encode(out->version[i], end);
    }
}

void ccpi_price_key_of(const char *model, ccpi_price_key *out)
{
    char name[CCPI_PRICE_KEY_SIZE * 2];
    const char *stripped;

    memset(out, 0, sizeof(*out));
    copy(name, sizeof(name), model, strlen(model));
    lower(name);
    stripped = strip_prefixes(name, out);
    memmove(name, stripped, strlen(stripped) + 1);
    strip_suffixes(name);
    if (strncmp(name, NAME "-", strlen(NAME "-")) == 0)
        order_parts(name, out);
    else
        copy(out->text, sizeof(out->text), name, strlen(name));
}

int ccpi_price_key_compare_versions(const ccpi_price_key *a, const ccpi_price_key *b)
{
    for (size_t i = 0; i < VERSION_PARTS; i++) {
        if (a->version[i] != b->version[i])
            return a->version[i] < b->version[i] ? -1 : 1;
    }
    return 0;
}
