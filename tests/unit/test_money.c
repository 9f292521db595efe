#include "usage/money.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

typedef struct parse_case {
    const char *text;
    bool is_money;
    int64_t micro;
} parse_case;

Test(money, a_decimal_text_becomes_millionths)
{
    static const parse_case cases[] = {
        {"0", true, 0},          {"12", true, 12000000},
        {"0.01", true, 10000},   {"999999.99", true, 999999990000},
        {"0.000001", true, 1},   {"1.0000000", true, 1000000},
        {"1.0000001", false, 0}, {"", false, 0},
        {".5", false, 0},        {"5.", false, 0},
        {"-1", false, 0},        {"+1", false, 0},
        {"1e3", false, 0},       {" 1", false, 0},
        {"1,5", false, 0},       {"99999999999999999999", false, 0},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int64_t micro = 0;
        bool is_money = ccpi_money_parse(ccpi_span_of(cases[i].text), &micro);

        cr_expect(eq(int, is_money, cases[i].is_money), "\"%s\"", cases[i].text);
        if (is_money)
            cr_expect(eq(i64, micro, cases[i].micro), "\"%s\"", cases[i].text);
    }
}

Test(money, text_has_six_places)
{
    char text[CCPI_MONEY_TEXT_SIZE];

    ccpi_money_write(18225000, text);
    cr_expect(eq(str, text, "18.225000"));
    ccpi_money_write(-1, text);
    cr_expect(eq(str, text, "-0.000001"));
    ccpi_money_write(INT64_MIN, text);
    cr_expect(eq(str, text, "-9223372036854.775808"));
}

Test(money, cents_are_rounded_half_up)
{
    char text[CCPI_MONEY_TEXT_SIZE];

    ccpi_money_write_cents(1005000, text);
    cr_expect(eq(str, text, "1.01"));
    ccpi_money_write_cents(1004999, text);
    cr_expect(eq(str, text, "1.00"));
    ccpi_money_write_cents(999999999, text);
    cr_expect(eq(str, text, "1000.00"));
}

/* Worked by hand: 1 token at $0.50 a million is half a millionth. */
Test(money, a_part_is_rounded_half_up)
{
    cr_expect(eq(i64, ccpi_money_of_tokens(1, 500000), 1));
    cr_expect(eq(i64, ccpi_money_of_tokens(1, 400000), 0));
    cr_expect(eq(i64, ccpi_money_of_tokens(1000000, 5000000), 5000000));
    cr_expect(eq(i64, ccpi_money_of_tokens(-5, 5000000), 0));
}

Test(money, absurd_counts_do_not_overflow)
{
    cr_expect(gt(i64, ccpi_money_of_tokens(INT64_MAX, INT64_MAX), 0));
}
