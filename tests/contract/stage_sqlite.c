/* The stage of the store over SQLite: a file in a folder of its own. */
#include <stdio.h>

#include "contract/scene.h"
#include "support/folder.h"

static char folder[FOLDER_MAX];

void stage_set(char *url, size_t size)
{
    folder_make(folder);
    snprintf(url, size, "sqlite:%s/test.db", folder);
}

void stage_clear(void)
{
    folder_remove(folder);
}
