#include "first_run.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "ccproxy/password.h"
#include "ccproxy/seams.h"
#include "fail.h"

#define SECRET_LEN 32
#define PASSWORD_RANDOM_LEN 15 /* 20 characters, 120 bits */

#define PASSWORD_HASH "admin_password_hash"

/* Settings that are generated where nobody has set them. */
static const char *const secrets[] = {"key_hasher_secret", "encryption_key"};

static bool is_dev(const ccp_config *config)
{
    return strcmp(ccp_config_text(config, "environment"), "dev") == 0;
}

static ccp_status make_folder(const char *path, ccp_error *error)
{
    if (mkdir(path, 0700) == 0 || errno == EEXIST)
        return CCP_OK;
    return app_fail(error, CCP_UNAVAILABLE, "can't make the folder %s: %s", path,
                    strerror(errno));
}

static ccp_status find_path(const ccp_config *config, const char *name,
                            char path[PATH_MAX], ccp_error *error)
{
    const char *folder = ccp_config_text(config, "data_dir");

    return snprintf(path, PATH_MAX, "%s/%s", folder, name) < PATH_MAX
               ? CCP_OK
               : app_fail(error, CCP_INVALID, "data_dir is too long");
}

static ccp_status provide(ccp_config *config, const char *name, ccp_error *error)
{
    ccp_secret_text secret;
    char path[PATH_MAX];
    ccp_status status;

    if (ccp_config_text(config, name))
        return CCP_OK;
    status = find_path(config, name, path, error);
    if (status == CCP_OK)
        status =
            ccp_secret_text_generate(ccp_system_random(), SECRET_LEN, &secret, error);
    if (status != CCP_OK)
        return status;
    status = ccp_secret_file_ensure(path, &secret, NULL, error);
    if (status == CCP_OK)
        status = ccp_config_set_default(config, name, secret.text, error);
    ccp_secret_text_wipe(&secret);
    return status;
}

/* What is generated is right; a file that somebody has edited may not be. */
static void keep_first(void *context, bool is_warning, const char *message)
{
    ccp_error *mistake = context;

    if (!is_warning && mistake->message[0] == '\0')
        app_fail(mistake, CCP_INVALID, "%s", message);
}

static ccp_status check_again(ccp_config *config, ccp_error *error)
{
    ccp_error mistake = {.message = ""};
    ccp_status status = ccp_config_check(config, keep_first, &mistake, error);

    return status == CCP_INVALID ? app_fail(error, status, "%s", mistake.message)
                                 : status;
}

ccp_status app_first_run_prepare(ccp_config *config, ccp_error *error)
{
    ccp_status status = make_folder(ccp_config_text(config, "data_dir"), error);

    if (!is_dev(config))
        return status;
    for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]) && status == CCP_OK; i++)
        status = provide(config, secrets[i], error);
    return status == CCP_OK ? check_again(config, error) : status;
}

static ccp_status make_password(const char *path, ccp_secret_text *password,
                                bool *was_made, ccp_secret_text *hash, ccp_error *error)
{
    const ccp_random *random = ccp_system_random();
    ccp_password_hash made;
    ccp_status status =
        ccp_secret_text_generate(random, PASSWORD_RANDOM_LEN, password, error);

    if (status == CCP_OK)
        status = ccp_password_hash_new(password->text, strlen(password->text), random,
                                       &made, error);
    if (status != CCP_OK)
        return status;
    snprintf(hash->text, sizeof(hash->text), "%s", made.text);
    return ccp_secret_file_ensure(path, hash, was_made, error);
}

ccp_status app_first_run_password(ccp_config *config, bool *was_made,
                                  ccp_secret_text *password, ccp_error *error)
{
    ccp_secret_text hash;
    char path[PATH_MAX];
    ccp_status status;

    *was_made = false;
    if (!is_dev(config) || ccp_config_text(config, PASSWORD_HASH))
        return CCP_OK;
    status = find_path(config, PASSWORD_HASH, path, error);
    if (status == CCP_OK)
        status = ccp_secret_file_read(path, &hash, error);
    if (status == CCP_NOT_FOUND)
        status = make_password(path, password, was_made, &hash, error);
    if (status == CCP_OK)
        status = ccp_config_set_default(config, PASSWORD_HASH, hash.text, error);
    return status == CCP_OK ? check_again(config, error) : status;
}
