#include "admin/handlers/usage/csv.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

static ccpi_csv out;

static void set_up(void)
{
    out = (ccpi_csv){.text.limit = 4096};
}

static void tear_down(void)
{
    ccpi_buf_clear(&out.text);
}

TestSuite(csv, .init = set_up, .fini = tear_down);

static void expect_cell(const char *text, const char *cell)
{
    ccpi_buf_reset(&out.text);
    ccpi_csv_text(&out, text);
    ccpi_csv_end_line(&out);
    ccpi_buf_cut(&out.text, out.text.len - 2); /* without CR LF */
    cr_expect(eq(str, out.text.data, (char *)cell), "%s", text);
}

Test(csv, texts_are_quoted_where_they_have_to_be)
{
    expect_cell("plain text", "plain text");
    expect_cell("a,b", "\"a,b\"");
    expect_cell("say \"x\"", "\"say \"\"x\"\"\"");
    expect_cell("two\nlines", "\"two\nlines\"");
    expect_cell("", "");
}

Test(csv, nothing_is_a_formula)
{
    expect_cell("=1+1", "'=1+1");
    expect_cell("+1", "'+1");
    expect_cell("-1", "'-1");
    expect_cell("@SUM(A1)", "'@SUM(A1)");
    expect_cell("\tx", "'\tx");
    expect_cell("\rx", "\"'\rx\"");
    expect_cell("=HYPERLINK(\"http://x\",\"y\")",
                "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\"");
    expect_cell("1=1", "1=1");
}

Test(csv, a_line_has_its_cells_with_commas_between)
{
    ccpi_csv_text(&out, "");
    ccpi_csv_number(&out, -5);
    ccpi_csv_optional(&out, -1);
    ccpi_csv_optional(&out, 7);
    ccpi_csv_money(&out, 18225000);
    ccpi_csv_flag(&out, true);
    ccpi_csv_time(&out, 0);
    ccpi_csv_end_line(&out);
    ccpi_csv_number(&out, 1);
    cr_expect(
        eq(str, out.text.data, ",-5,,7,18.225000,true,1970-01-01T00:00:00.000Z\r\n1"));
}
