/*
 * The stage of the store over PostgreSQL: a database of its own on the server
 * that tests/contract/with_postgres.sh has started.
 */
#include <criterion/criterion.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "contract/scene.h"

static char name[64];

static void on_server(const char *command)
{
    PGconn *connection;
    PGresult *result;
    char url[256];

    snprintf(url, sizeof(url), "%s/postgres", getenv("CCPT_POSTGRES_URL"));
    connection = PQconnectdb(url);
    cr_assert(PQstatus(connection) == CONNECTION_OK, "%s", PQerrorMessage(connection));
    result = PQexec(connection, command);
    cr_assert(PQresultStatus(result) == PGRES_COMMAND_OK, "%s",
              PQerrorMessage(connection));
    PQclear(result);
    PQfinish(connection);
}

void stage_set(char *url, size_t size)
{
    const char *server = getenv("CCPT_POSTGRES_URL");
    char command[128];

    cr_assert(server != NULL, "run it through tests/contract/with_postgres.sh");
    snprintf(name, sizeof(name), "test_%d", (int)getpid());
    snprintf(command, sizeof(command), "CREATE DATABASE %s TEMPLATE template0", name);
    on_server(command);
    snprintf(url, size, "%s/%s", server, name);
}

void stage_clear(void)
{
    char command[128];

    snprintf(command, sizeof(command), "DROP DATABASE %s", name);
    on_server(command);
}
