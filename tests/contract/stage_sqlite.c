/* The stage of the store over SQLite: a file in a folder of its own. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "contract/scene.h"

static char folder[] = "/tmp/ccproxy-test-XXXXXX";

void stage_set(char *url, size_t size)
{
    cr_assert(mkdtemp(folder) != NULL);
    snprintf(url, size, "sqlite:%s/test.db", folder);
}

void stage_clear(void)
{
    static const char *const names[] = {"test.db", "test.db-wal", "test.db-shm"};
    char path[sizeof(folder) + 32];

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
        unlink(path);
    }
    rmdir(folder);
}
