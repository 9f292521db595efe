#include <arpa/inet.h>
#include <openssl/crypto.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fail.h"
#include "database/postgres.h"

/* Parameters of libpq that a URL may give or we add; it knows about 40. */
#define MAX_PARAMETERS 64

#define MAX_PASSWORD 4096

/* For each address that the host's name has. */
#define CONNECT_TIMEOUT_S "5"

struct ccpi_pg_place {
    PQconninfoOption *options; /* of the URL; values that are not NULL were given */
    char *sslmode;             /* or NULL, as of the options */
    char *ca_file;
    ccp_status (*read_password)(void *self, char *password, size_t size,
                                ccp_error *error);
    void *self;

    pthread_mutex_t lock;
    char password[MAX_PASSWORD]; /* "": the URL's */
};

/* Names and values, as PQconnectdbParams() takes them. */
typedef struct parameters {
    const char *names[MAX_PARAMETERS + 1];
    const char *values[MAX_PARAMETERS + 1];
    size_t count;
} parameters;

static const char *given(const ccpi_pg_place *place, const char *name)
{
    for (const PQconninfoOption *each = place->options; each->keyword; each++)
        if (strcmp(each->keyword, name) == 0 && each->val && each->val[0] != '\0')
            return each->val;
    return NULL;
}

/* One of a list with commas: a name that begins like an address is none. */
static bool is_loopback_host(const char *text, size_t len)
{
    char host[64];
    struct in_addr address;

    if (len == 0 || len >= sizeof(host))
        return false;
    memcpy(host, text, len);
    host[len] = '\0';
    if (strcmp(host, "localhost") == 0 || strcmp(host, "::1") == 0 || host[0] == '/')
        return true;
    return inet_pton(AF_INET, host, &address) == 1 && ntohl(address.s_addr) >> 24 == 127;
}

/* This host, and no other one: nobody listens between. (File sockets have no TLS.) */
static bool is_loopback(const ccpi_pg_place *place)
{
    const char *hosts = given(place, "hostaddr");

    if (!hosts)
        hosts = given(place, "host");
    for (; hosts; hosts += strcspn(hosts, ",") + 1) {
        const size_t len = strcspn(hosts, ",");

        if (!is_loopback_host(hosts, len))
            return false;
        if (hosts[len] == '\0')
            return true;
    }
    return false;
}

/* Where systems keep the bundle of the authorities that they trust. */
static const char *system_ca_file(void)
{
    static const char *const paths[] = {
        "/etc/ssl/certs/ca-certificates.crt", /* Debian, Alpine */
        "/etc/pki/tls/certs/ca-bundle.crt",   /* Fedora, Amazon Linux */
        "/etc/ssl/ca-bundle.pem",             /* SUSE */
    };

    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
        if (access(paths[i], R_OK) == 0)
            return paths[i];
    return NULL;
}

/* SE-10: whoever is not this host must prove to be the one that was meant. */
static const char *default_sslmode(const ccpi_pg_place *place)
{
    if (place->sslmode)
        return place->sslmode;
    return is_loopback(place) ? "prefer" : "verify-full";
}

static bool copy_text(const char *text, char **out)
{
    *out = text ? strdup(text) : NULL;
    return !text || *out;
}

static ccp_status parse(ccpi_pg_place *place, const char *url, ccp_error *error)
{
    char *reason = NULL;

    place->options = PQconninfoParse(url, &reason);
    if (place->options)
        return CCP_OK;
    /* The reason repeats parts of the URL, which has a password in it. */
    PQfreemem(reason);
    return ccpi_fail(error, CCP_INVALID, "not a URL of a PostgreSQL database");
}

ccp_status ccpi_pg_place_new(const ccpi_postgres_options *options, ccpi_pg_place **out,
                             ccp_error *error)
{
    ccpi_pg_place *place = calloc(1, sizeof(*place));
    ccp_status status;

    *out = NULL;
    if (!place || pthread_mutex_init(&place->lock, NULL) != 0) {
        free(place);
        return ccpi_fail(error, CCP_NO_MEMORY, "no memory for a database");
    }
    place->read_password = options->read_password;
    place->self = options->self;
    status = parse(place, options->url, error);
    if (status == CCP_OK && (!copy_text(options->sslmode, &place->sslmode) ||
                             !copy_text(options->ca_file, &place->ca_file)))
        status = ccpi_fail(error, CCP_NO_MEMORY, "no memory for a database");
    if (status == CCP_OK)
        *out = place;
    else
        ccpi_pg_place_free(place);
    return status;
}

void ccpi_pg_place_free(ccpi_pg_place *place)
{
    if (!place)
        return;
    for (const PQconninfoOption *each = place->options; each && each->keyword; each++)
        if (each->val)
            OPENSSL_cleanse(each->val, strlen(each->val));
    PQconninfoFree(place->options);
    OPENSSL_cleanse(place->password, sizeof(place->password));
    pthread_mutex_destroy(&place->lock);
    free(place->sslmode);
    free(place->ca_file);
    free(place);
}

static void add(parameters *to, const char *name, const char *value)
{
    if (!value || to->count == MAX_PARAMETERS)
        return;
    to->names[to->count] = name;
    to->values[to->count++] = value;
}

static void add_default(parameters *to, const ccpi_pg_place *place, const char *name,
                        const char *value)
{
    if (!given(place, name))
        add(to, name, value);
}

/* https://www.postgresql.org/docs/15/libpq-connect.html#LIBPQ-PARAMKEYWORDS */
static void add_defaults(parameters *to, const ccpi_pg_place *place)
{
    add_default(to, place, "connect_timeout", CONNECT_TIMEOUT_S);
    add_default(to, place, "fallback_application_name", "ccproxy");
    add_default(to, place, "sslmode", default_sslmode(place));
    add_default(to, place, "sslrootcert",
                place->ca_file ? place->ca_file : system_ca_file());
    add_default(to, place, "gssencmode", "disable");
    /* A peer that is gone without a word is noticed within a minute. */
    add_default(to, place, "tcp_user_timeout", "10000");
    add_default(to, place, "keepalives_idle", "30");
    add_default(to, place, "keepalives_interval", "10");
    add_default(to, place, "keepalives_count", "3");
    add(to, "client_encoding", "UTF8");
}

static void ignore_notice(void *self, const char *message)
{
    (void)self, (void)message;
}

/* The server ends what we would stop waiting for, a little earlier. */
static ccp_status set_up(PGconn *connection, ccp_error *error)
{
    PQsetNoticeProcessor(connection, ignore_notice, NULL);
    if (PQsetnonblocking(connection, 1) != 0)
        return ccpi_pg_fail(connection, NULL, error);
    return ccpi_pg_script(connection,
                          "SET statement_timeout = '25s'; SET lock_timeout = '5s';"
                          "SET idle_in_transaction_session_timeout = '60s'",
                          error);
}

/* Gives the connection on failure too, so that it can be asked why. */
static ccp_status log_in(const ccpi_pg_place *place, const char *password, PGconn **out,
                         ccp_error *error)
{
    parameters to = {.count = 0};

    for (const PQconninfoOption *each = place->options; each->keyword; each++)
        if (password[0] == '\0' || strcmp(each->keyword, "password") != 0)
            add(&to, each->keyword, given(place, each->keyword));
    if (password[0] != '\0')
        add(&to, "password", password);
    add_defaults(&to, place);

    *out = PQconnectdbParams(to.names, to.values, 0);
    if (!*out)
        return ccpi_fail(error, CCP_NO_MEMORY, "no memory for a database connection");
    if (PQstatus(*out) != CONNECTION_OK)
        return ccpi_pg_fail(*out, NULL, error);
    return set_up(*out, error);
}

static void copy_password(ccpi_pg_place *place, char password[MAX_PASSWORD])
{
    pthread_mutex_lock(&place->lock);
    memcpy(password, place->password, MAX_PASSWORD);
    pthread_mutex_unlock(&place->lock);
}

/* Replaces the password; false: there is no other one. */
static bool renew_password(ccpi_pg_place *place, char password[MAX_PASSWORD])
{
    char fresh[MAX_PASSWORD] = "";
    bool is_other =
        place->read_password &&
        place->read_password(place->self, fresh, sizeof(fresh), NULL) == CCP_OK &&
        strcmp(fresh, password) != 0;

    if (is_other) {
        memcpy(password, fresh, MAX_PASSWORD);
        pthread_mutex_lock(&place->lock);
        memcpy(place->password, fresh, MAX_PASSWORD);
        pthread_mutex_unlock(&place->lock);
    }
    OPENSSL_cleanse(fresh, sizeof(fresh));
    return is_other;
}

/* DM-3: managed passwords change while we run. */
ccp_status ccpi_pg_connect(ccpi_pg_place *place, PGconn **out, ccp_error *error)
{
    char password[MAX_PASSWORD];
    PGconn *connection = NULL;
    ccp_status status;

    copy_password(place, password);
    status = log_in(place, password, &connection, error);
    if (status != CCP_OK && connection &&
        (PQconnectionUsedPassword(connection) || PQconnectionNeedsPassword(connection)) &&
        renew_password(place, password)) {
        PQfinish(connection);
        status = log_in(place, password, &connection, error);
    }
    OPENSSL_cleanse(password, sizeof(password));
    if (status != CCP_OK) {
        PQfinish(connection);
        connection = NULL;
    }
    *out = connection;
    return status;
}
