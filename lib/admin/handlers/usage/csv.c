#include "admin/handlers/usage/csv.h"

#include <inttypes.h>
#include <string.h>

#include "calendar/moment.h"
#include "usage/money.h"

#define LINE_END "\r\n"

static void begin_cell(ccpi_buf *out)
{
    if (out->len > 0 && out->data[out->len - 1] != '\n')
        ccpi_buf_append_char(out, ',');
}

/* https://owasp.org/www-community/attacks/CSV_Injection */
static bool looks_like_formula(const char *text)
{
    return text[0] && strchr("=+-@\t\r", text[0]) != NULL;
}

void ccpi_csv_text(ccpi_buf *out, const char *text)
{
    const bool is_quoted = strpbrk(text, ",\"\r\n") != NULL;

    begin_cell(out);
    if (is_quoted)
        ccpi_buf_append_char(out, '"');
    if (looks_like_formula(text))
        ccpi_buf_append_char(out, '\'');
    for (const char *at = text; *at; at++) {
        if (*at == '"')
            ccpi_buf_append_char(out, '"');
        ccpi_buf_append_char(out, *at);
    }
    if (is_quoted)
        ccpi_buf_append_char(out, '"');
}

void ccpi_csv_number(ccpi_buf *out, int64_t value)
{
    begin_cell(out);
    ccpi_buf_append_format(out, "%" PRId64, value);
}

void ccpi_csv_optional(ccpi_buf *out, int64_t value)
{
    if (value < 0)
        begin_cell(out);
    else
        ccpi_csv_number(out, value);
}

void ccpi_csv_money(ccpi_buf *out, int64_t micro)
{
    char text[CCPI_MONEY_TEXT_SIZE];

    begin_cell(out);
    ccpi_money_write(micro, text);
    ccpi_buf_append_text(out, text);
}

void ccpi_csv_time(ccpi_buf *out, int64_t unix_us)
{
    char text[CCPI_MOMENT_TEXT_SIZE];

    begin_cell(out);
    ccpi_moment_write(unix_us, text);
    ccpi_buf_append_text(out, text);
}

void ccpi_csv_flag(ccpi_buf *out, bool value)
{
    begin_cell(out);
    ccpi_buf_append_text(out, value ? "true" : "false");
}

void ccpi_csv_end_line(ccpi_buf *out)
{
    ccpi_buf_append_text(out, LINE_END);
}

void ccpi_csv_head(ccpi_buf *out, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        ccpi_csv_text(out, names[i]);
    ccpi_csv_end_line(out);
}
