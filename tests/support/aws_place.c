#include "support/aws_place.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

aws_endpoint here;
ccpi_aws_keys keys;
ccp_error failure;
char folder[FOLDER_MAX];

static void refuse_all(upstream_connection *connection, const upstream_request *request,
                       void *context)
{
    (void)request, (void)context;
    upstream_answer(connection, 404, "text/plain", "");
}

void open_place(void)
{
    folder_make(folder);
    aws_endpoint_open(&here, refuse_all, NULL);
}

void open_place_with(upstream_handler handler)
{
    folder_make(folder);
    aws_endpoint_open(&here, handler, NULL);
}

void close_place(void)
{
    aws_endpoint_close(&here);
    folder_remove(folder);
}

const char *path_of(const char *name)
{
    static char path[FOLDER_MAX + 64];

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    return path;
}

void write_file(const char *name, const char *text)
{
    FILE *file = fopen(path_of(name), "w");

    cr_assert(not(zero(ptr, file)));
    fputs(text, file);
    fclose(file);
}

ccp_status load(const ccpi_aws_source *source)
{
    failure = (ccp_error){0};
    return source->load(&here.place, &keys, &failure);
}

void expect_keys(const char *id, const char *secret, const char *token)
{
    cr_expect(eq(str, keys.access_key_id, (char *)id));
    cr_expect(eq(str, keys.secret_access_key, (char *)secret));
    cr_expect(eq(str, keys.session_token, (char *)token));
}

void expect_message_has(const char *part)
{
    cr_expect(not(zero(ptr, strstr(failure.message, part))), "%s", failure.message);
}

void use_files(const char *credentials, const char *config)
{
    if (credentials) {
        write_file("credentials", credentials);
        aws_endpoint_set(&here, "AWS_SHARED_CREDENTIALS_FILE", path_of("credentials"));
    }
    if (config) {
        write_file("config", config);
        aws_endpoint_set(&here, "AWS_CONFIG_FILE", path_of("config"));
    }
}
