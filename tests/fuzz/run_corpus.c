/* Runs a fuzzer over each file of the folders that it is given, without libFuzzer. */
#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "fuzz/fuzz.h"

#define LARGEST_INPUT ((size_t)1024 * 1024)

/* In memory of its own size, so that a sanitizer sees reads beyond. */
static int run_bytes(const unsigned char *bytes, size_t len)
{
    unsigned char *copy = malloc(len > 0 ? len : 1);

    if (!copy)
        return 1;
    memcpy(copy, bytes, len);
    LLVMFuzzerTestOneInput(copy, len);
    free(copy);
    return 0;
}

static int run_file(const char *folder, const char *name)
{
    static unsigned char bytes[LARGEST_INPUT];
    char path[1024];
    size_t len;
    FILE *file;

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    file = fopen(path, "rb");
    if (!file) {
        fprintf(stderr, "%s can't be opened\n", path);
        return 1;
    }
    len = fread(bytes, 1, sizeof(bytes), file);
    fclose(file);
    /* Named before it runs, since a violation aborts the program. */
    printf("%s\n", name);
    fflush(stdout);
    return run_bytes(bytes, len);
}

static int run_folder(const char *folder, int *count)
{
    DIR *entries = opendir(folder);
    struct dirent *entry;
    int status = 0;

    if (!entries) {
        fprintf(stderr, "%s is no folder\n", folder);
        return 1;
    }
    while (status == 0 && (entry = readdir(entries))) {
        if (entry->d_name[0] == '.')
            continue;
        status = run_file(folder, entry->d_name);
        ++*count;
    }
    closedir(entries);
    return status;
}

int main(int argc, char **argv)
{
    int count = 0;

    for (int i = 1; i < argc; i++)
        if (run_folder(argv[i], &count) != 0)
            return 1;
    printf("%d inputs\n", count);
    return count > 0 ? 0 : 1;
}
