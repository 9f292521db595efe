#include "config/database_url.h"

#include <inttypes.h>

#include "base/uri.h"

#define DEFAULT_SSLMODE "verify-full"

static void append_encoded(ccpi_buf *out, const char *before, const char *text)
{
    if (!text)
        return;
    ccpi_buf_append_text(out, before);
    ccpi_uri_encode(ccpi_span_of(text), out);
}

/* This host: nobody stands between, and most servers have no certificate for it. */
static bool is_this_host(const char *host)
{
    return strcmp(host, "localhost") == 0 || strcmp(host, "::1") == 0 ||
           strncmp(host, "127.0.0.", strlen("127.0.0.")) == 0;
}

/* https://www.postgresql.org/docs/15/libpq-connect.html#id-1.7.3.8.3.6 */
static void write_postgresql(const ccpi_settings *settings, const char *sslmode,
                             ccpi_buf *out)
{
    bool is_address = strchr(settings->db_host, ':') != NULL;

    ccpi_buf_append_text(out, "postgresql://");
    append_encoded(out, "", settings->db_user);
    append_encoded(out, ":", settings->db_user ? settings->db_password : NULL);
    if (settings->db_user)
        ccpi_buf_append_char(out, '@');
    if (is_address)
        ccpi_buf_append_format(out, "[%s]", settings->db_host);
    else
        append_encoded(out, "", settings->db_host);
    ccpi_buf_append_format(out, ":%" PRId64, settings->db_port);
    append_encoded(out, "/", settings->db_name);
    if (!sslmode && !is_this_host(settings->db_host))
        sslmode = DEFAULT_SSLMODE;
    append_encoded(out, "?sslmode=", sslmode);
    append_encoded(out,
                   sslmode ? "&sslrootcert=" : "?sslrootcert=", settings->db_ca_file);
}

ccp_status ccpi_database_url_write(const ccpi_settings *settings, const char *sslmode,
                                   ccpi_buf *out)
{
    if (settings->db_host)
        write_postgresql(settings, sslmode, out);
    else
        ccpi_buf_append_format(out, "sqlite:%s/ccproxy.db",
                               settings->data_dir ? settings->data_dir : ".");
    return out->status;
}

ccp_status ccpi_database_url_add_sslmode(const char *url, const char *sslmode,
                                         ccpi_buf *out)
{
    ccpi_buf_append_text(out, url);
    if (strncmp(url, "postgres", strlen("postgres")) == 0 && !strstr(url, "sslmode="))
        append_encoded(out, strchr(url, '?') ? "&sslmode=" : "?sslmode=", sslmode);
    return out->status;
}
