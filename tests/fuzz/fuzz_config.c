#include "fuzz/fuzz.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "config/settings.h"

/* A text that stands in for a file; the configuration reads only files. */
static int file_of(const uint8_t *data, size_t size)
{
    int descriptor = memfd_create("config", MFD_CLOEXEC);

    must(descriptor >= 0);
    must(write(descriptor, data, size) == (ssize_t)size);
    return descriptor;
}

static void count_mistake(void *context, bool is_warning, const char *message)
{
    must(strlen(message) > 0);
    *(int *)context += !is_warning;
}

static void check_entry(void *context, const ccp_config_entry *entry)
{
    (void)context;
    must(entry->source != NULL);
    must(!entry->is_secret || !entry->value || strcmp(entry->value, "***") == 0);
}

static void check_copy(const ccp_config *config)
{
    ccp_config *copy;

    must(ccpi_config_copy(config, &copy, NULL) == CCP_OK);
    must(strcmp(ccpi_config_settings(copy)->database_url,
                ccpi_config_settings(config)->database_url) == 0);
    must(ccpi_config_settings(copy)->trusted_proxies.count ==
         ccpi_config_settings(config)->trusted_proxies.count);
    ccp_config_free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int descriptor = file_of(data, size), mistakes = 0;
    ccp_config *config;
    char path[32];

    snprintf(path, sizeof(path), "/proc/self/fd/%d", descriptor);
    must(ccp_config_new(&config, NULL) == CCP_OK);
    if (ccp_config_load_file(config, path, NULL) == CCP_OK) {
        ccp_status status = ccp_config_check(config, count_mistake, &mistakes, NULL);

        must(status == (mistakes > 0 ? CCP_INVALID : CCP_OK));
        ccp_config_visit(config, check_entry, NULL);
        if (status == CCP_OK)
            check_copy(config);
    }
    ccp_config_free(config);
    close(descriptor);
    return 0;
}
