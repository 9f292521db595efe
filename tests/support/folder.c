#include "support/folder.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>

void folder_make(char path[FOLDER_MAX])
{
    snprintf(path, FOLDER_MAX, "/tmp/ccproxy-test-XXXXXX");
    cr_assert(mkdtemp(path) != NULL);
}

static int remove_one(const char *path, const struct stat *status, int kind,
                      struct FTW *where)
{
    (void)status, (void)kind, (void)where;
    return remove(path);
}

void folder_remove(const char *path)
{
    nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

int folder_count(const char *path)
{
    DIR *folder = opendir(path);
    int count = 0;

    cr_assert(folder != NULL);
    for (const struct dirent *entry = readdir(folder); entry; entry = readdir(folder))
        count += entry->d_name[0] != '.';
    closedir(folder);
    return count;
}
