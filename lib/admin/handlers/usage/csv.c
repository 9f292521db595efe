#include "admin/handlers/usage/csv.h"

#include <inttypes.h>
#include <string.h>

#include "calendar/moment.h"
#include "usage/money.h"

#define LINE_END "\r\n"

static void begin_cell(ccpi_csv *out)
{
    if (out->has_cells)
        ccpi_buf_append_char(&out->text, ',');
    out->has_cells = true;
}

/* https://owasp.org/www-community/attacks/CSV_Injection */
static bool looks_like_formula(const char *text)
{
    return text[0] && strchr("=+-@\t\r", text[0]) != NULL;
}

void ccpi_csv_text(ccpi_csv *out, const char *text)
{
    const bool is_quoted = strpbrk(text, ",\"\r\n") != NULL;

    begin_cell(out);
    if (is_quoted)
        ccpi_buf_append_char(&out->text, '"');
    if (looks_like_formula(text))
        ccpi_buf_append_char(&out->text, '\'');
    for (const char *at = text; *at; at++) {
        if (*at == '"')
            ccpi_buf_append_char(&out->text, '"');
        ccpi_buf_append_char(&out->text, *at);
    }
    if (is_quoted)
        ccpi_buf_append_char(&out->text, '"');
}

void ccpi_csv_number(ccpi_csv *out, int64_t value)
{
    begin_cell(out);
    ccpi_buf_append_format(&out->text, "%" PRId64, value);
}

void ccpi_csv_optional(ccpi_csv *out, int64_t value)
{
    if (value < 0)
        begin_cell(out);
    else
        ccpi_csv_number(out, value);
}

void ccpi_csv_money(ccpi_csv *out, int64_t micro)
{
    char text[CCPI_MONEY_TEXT_SIZE];

    begin_cell(out);
    ccpi_money_write(micro, text);
    ccpi_buf_append_text(&out->text, text);
}

void ccpi_csv_time(ccpi_csv *out, int64_t unix_us)
{
    char text[CCPI_MOMENT_TEXT_SIZE];

    begin_cell(out);
    ccpi_moment_write(unix_us, text);
    ccpi_buf_append_text(&out->text, text);
}

void ccpi_csv_flag(ccpi_csv *out, bool value)
{
    begin_cell(out);
    ccpi_buf_append_text(&out->text, value ? "true" : "false");
}

void ccpi_csv_end_line(ccpi_csv *out)
{
    ccpi_buf_append_text(&out->text, LINE_END);
    out->has_cells = false;
}

void ccpi_csv_head(ccpi_csv *out, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        ccpi_csv_text(out, names[i]);
    ccpi_csv_end_line(out);
}
