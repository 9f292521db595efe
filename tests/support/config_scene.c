#include "support/config_scene.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

ccp_config *config;
char told[CONFIG_TOLD_MAX];
int mistakes, warnings;
char path[] = "/tmp/test_config.XXXXXX";

void make_config(void)
{
    cr_assert(eq(int, ccp_config_new(&config, NULL), CCP_OK));
}

void drop_config(void)
{
    ccp_config_free(config);
    unlink(path);
}

void collect(void *context, bool is_warning, const char *message)
{
    size_t len = strlen(told);

    (void)context;
    *(is_warning ? &warnings : &mistakes) += 1;
    snprintf(told + len, sizeof(told) - len, "%s\n", message);
}

ccp_status check(void)
{
    mistakes = warnings = 0;
    told[0] = '\0';
    return ccp_config_check(config, collect, NULL, NULL);
}

void flag(const char *name, const char *value)
{
    cr_assert(eq(int, ccp_config_set(config, name, value, NULL), CCP_OK));
}

void environment(const char *variable)
{
    const char *const list[] = {variable, NULL};

    cr_assert(eq(int, ccp_config_load_environment(config, list, NULL), CCP_OK));
}

void write_file(const char *text)
{
    int descriptor = mkstemp(path);

    cr_assert(ge(int, descriptor, 0));
    cr_assert(eq(sz, (size_t)write(descriptor, text, strlen(text)), strlen(text)));
    close(descriptor);
}

void file(const char *json)
{
    ccp_error error = {0};

    write_file(json);
    cr_assert(eq(int, ccp_config_load_file(config, path, &error), CCP_OK), "%s",
              error.message);
}

void expect_told(const char *line)
{
    char whole[512];

    snprintf(whole, sizeof(whole), "%s\n", line);
    cr_expect(ne(ptr, strstr(told, whole), NULL), "\"%s\" is missing in:\n%s", line,
              told);
}

void expect_text(const char *name, const char *text)
{
    cr_expect(eq(str, (char *)ccp_config_text(config, name), (char *)text));
}

void expect_valid(void)
{
    cr_assert(eq(int, check(), CCP_OK), "%s", told);
    cr_assert(eq(int, mistakes, 0));
}
