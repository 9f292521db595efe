#include "usage/money.h"

#include <inttypes.h>
#include <stdio.h>

#define MILLION 1000000
#define PLACES 6

/* Beyond any real count; keeps the products below within 64 bits. */
#define MOST_TOKENS 1000000000000LL
#define MOST_PRICE 10000000000LL

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Reads digits from *at on into *value; false when it grows beyond the limit. */
static bool read_whole(ccpi_span text, size_t *at, int64_t *value)
{
    size_t start = *at;

    for (; *at < text.len && is_digit(text.data[*at]); ++*at) {
        *value = *value * 10 + (text.data[*at] - '0');
        if (*value > CCPI_MONEY_MAX_MICRO / MILLION)
            return false;
    }
    return *at > start;
}

static bool read_places(ccpi_span text, size_t *at, int64_t *micro)
{
    int64_t unit = MILLION / 10;
    size_t start = *at;

    for (; *at < text.len && is_digit(text.data[*at]); ++*at) {
        if (unit == 0 && text.data[*at] != '0')
            return false;
        *micro += unit * (text.data[*at] - '0');
        unit /= 10;
    }
    return *at > start;
}

bool ccpi_money_parse(ccpi_span text, int64_t *micro)
{
    int64_t whole = 0, places = 0;
    size_t at = 0;

    if (!read_whole(text, &at, &whole))
        return false;
    if (at < text.len) {
        if (text.data[at++] != '.' || !read_places(text, &at, &places) || at < text.len)
            return false;
    }
    *micro = whole * MILLION + places;
    return true;
}

void ccpi_money_write(int64_t micro, char out[CCPI_MONEY_TEXT_SIZE])
{
    char reversed[CCPI_MONEY_TEXT_SIZE];
    uint64_t rest = micro < 0 ? 0 - (uint64_t)micro : (uint64_t)micro;
    size_t len = 0;

    /* All the places, and one digit before them at least. */
    while (len <= PLACES + 1 || rest > 0) {
        reversed[len++] = (char)('0' + rest % 10);
        rest /= 10;
        if (len == PLACES)
            reversed[len++] = '.';
    }
    if (micro < 0)
        reversed[len++] = '-';
    while (len > 0)
        *out++ = reversed[--len];
    *out = '\0';
}

void ccpi_money_write_cents(int64_t micro, char out[CCPI_MONEY_TEXT_SIZE])
{
    int64_t amount = micro < 0 ? 0 : micro;
    int64_t cents = amount / 10000 + (amount % 10000 >= 5000);

    snprintf(out, CCPI_MONEY_TEXT_SIZE, "%" PRId64 ".%02" PRId64, cents / 100,
             cents % 100);
}

int64_t ccpi_money_of_tokens(int64_t tokens, int64_t price_micro)
{
    if (tokens <= 0 || price_micro <= 0)
        return 0;
    if (tokens > MOST_TOKENS)
        tokens = MOST_TOKENS;
    if (price_micro > MOST_PRICE)
        price_micro = MOST_PRICE;
    return tokens / MILLION * price_micro +
           (tokens % MILLION * price_micro + MILLION / 2) / MILLION;
}
