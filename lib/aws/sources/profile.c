#include <limits.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>

#include "aws/sources/ini.h"
#include "aws/sources/source.h"
#include "base/cleanup.h"
#include "base/fail.h"
#include "base/file.h"

#define MAX_FILE ((size_t)256 * 1024)
#define DEFAULT_PROFILE "default"

/* What the files say of the profile; the texts stand in the files. */
typedef struct profile_facts {
    const char *name;
    bool is_config; /* the file that is being read is the one with "profile NAME" */
    bool exists;
    ccpi_aws_key_texts keys;
    ccpi_span role_arn;
    ccpi_span role_session_name;
    ccpi_span token_file;
    const char *unsupported; /* a way to credentials that is not gone here */
} profile_facts;

/* Sections of the config file are "[profile NAME]", but for "[default]". */
static bool is_meant(const profile_facts *profile, ccpi_span section)
{
    static const char prefix[] = "profile";
    const size_t len = sizeof(prefix) - 1;

    if (!profile->is_config || strcmp(profile->name, DEFAULT_PROFILE) == 0)
        if (ccpi_span_is(section, profile->name))
            return true;
    if (!profile->is_config || !ccpi_span_starts(section, prefix) || section.len <= len ||
        !strchr(" \t", section.data[len]))
        return false;
    section.data += len;
    section.len -= len;
    while (section.len > 0 && strchr(" \t", *section.data))
        section.data++, section.len--;
    return ccpi_span_is(section, profile->name);
}

static bool is_key(ccpi_span key, const char *name)
{
    return key.len == strlen(name) && strncasecmp(key.data, name, key.len) == 0;
}

static const char *const unsupported[] = {"source_profile", "credential_source",
                                          "credential_process", "sso_session",
                                          "sso_start_url"};

static void note_unsupported(profile_facts *profile, ccpi_span key)
{
    for (size_t i = 0; i < sizeof(unsupported) / sizeof(unsupported[0]); i++)
        if (is_key(key, unsupported[i]))
            profile->unsupported = unsupported[i];
}

static void take_property(void *context, ccpi_span section, ccpi_span key,
                          ccpi_span value)
{
    profile_facts *into = context;

    if (!is_meant(into, section))
        return;
    into->exists = true;
    if (is_key(key, "aws_access_key_id"))
        into->keys.access_key_id = value;
    else if (is_key(key, "aws_secret_access_key"))
        into->keys.secret_access_key = value;
    else if (is_key(key, "aws_session_token"))
        into->keys.session_token = value;
    else if (is_key(key, "role_arn"))
        into->role_arn = value;
    else if (is_key(key, "role_session_name"))
        into->role_session_name = value;
    else if (is_key(key, "web_identity_token_file"))
        into->token_file = value;
    else
        note_unsupported(into, key);
}

/* Where a file is: as a variable says, else in its place below the home folder. */
static bool find_file(const char *home, const char *named, const char *usual,
                      char path[PATH_MAX])
{
    const bool is_in_home = named && strncmp(named, "~/", 2) == 0;
    int len;

    if (named && !is_in_home)
        len = snprintf(path, PATH_MAX, "%s", named);
    else if (home)
        len = snprintf(path, PATH_MAX, "%s/%s", home, is_in_home ? named + 2 : usual);
    else
        return false;
    return len < PATH_MAX;
}

/* A file that is not there says nothing. */
static ccp_status read_file(const char *path, ccpi_buf *text, ccp_error *error)
{
    ccp_status status = ccpi_file_read(path, text, error);

    return status == CCP_NOT_FOUND ? CCP_OK : status;
}

typedef struct profile_files {
    ccpi_buf credentials;
    ccpi_buf config;
} profile_files;

static void wipe_files(profile_files *files)
{
    ccpi_buf_wipe(&files->credentials);
    ccpi_buf_wipe(&files->config);
}

static ccp_status read_files(const ccpi_aws_environment *environment, profile_files *out,
                             ccp_error *error)
{
    char path[PATH_MAX];
    ccp_status status = CCP_OK;

    if (find_file(environment->home, environment->shared_credentials_file,
                  ".aws/credentials", path))
        status = read_file(path, &out->credentials, error);
    if (status == CCP_OK &&
        find_file(environment->home, environment->config_file, ".aws/config", path))
        status = read_file(path, &out->config, error);
    return status;
}

static char *copy_text(ccpi_span text)
{
    return text.len > 0 ? strndup(text.data, text.len) : NULL;
}

static ccp_status take_role(const ccpi_aws_place *place, const profile_facts *profile,
                            ccpi_aws_keys *out, ccp_error *error)
{
    char *role_arn = copy_text(profile->role_arn);
    char *token_file = copy_text(profile->token_file);
    char *session_name = copy_text(profile->role_session_name);
    const ccpi_web_identity identity = {role_arn, token_file, session_name};
    ccp_status status;

    if (!role_arn || !token_file || (profile->role_session_name.len > 0 && !session_name))
        status = ccpi_fail(error, CCP_NO_MEMORY, "no memory for an AWS profile");
    else
        status = ccpi_web_identity_load(place, &identity, out, error);
    free(role_arn);
    free(token_file);
    free(session_name);
    return status;
}

static ccp_status refuse(const profile_facts *profile, ccp_error *error)
{
    if (!profile->exists)
        return ccpi_fail(error, CCP_INVALID, "there is no AWS profile \"%.64s\"",
                         profile->name);
    return ccpi_fail(error, CCP_INVALID,
                     "the AWS profile \"%.64s\" needs %s, which is not supported",
                     profile->name, profile->unsupported);
}

/* The credentials file goes before the config file where both speak. */
static ccp_status take_profile(const ccpi_aws_place *place, const profile_files *files,
                               ccpi_aws_keys *out, ccp_error *error)
{
    const char *named = place->environment->profile;
    profile_facts profile = {.name = named ? named : DEFAULT_PROFILE, .is_config = true};
    ccpi_aws_key_texts config_keys;

    ccpi_ini_walk(ccpi_buf_span(&files->config), take_property, &profile);
    config_keys = profile.keys;
    profile.keys = (ccpi_aws_key_texts){.access_key_id = {NULL, 0}};
    profile.is_config = false;
    ccpi_ini_walk(ccpi_buf_span(&files->credentials), take_property, &profile);
    if (profile.keys.access_key_id.len == 0)
        profile.keys = config_keys;

    if (profile.role_arn.len > 0 && profile.token_file.len > 0)
        return take_role(place, &profile, out, error);
    if (profile.role_arn.len == 0 && profile.keys.access_key_id.len > 0)
        return ccpi_aws_keys_set(out, &profile.keys, error);
    if (profile.unsupported || (named && !profile.exists))
        return refuse(&profile, error);
    return ccpi_fail(error, CCP_NOT_FOUND, "no AWS profile has credentials");
}

static ccp_status load(const ccpi_aws_place *place, ccpi_aws_keys *out, ccp_error *error)
{
    CCPI_CLEANUP(wipe_files)
    profile_files files = {.credentials = {.limit = MAX_FILE},
                           .config = {.limit = MAX_FILE}};
    ccp_status status = read_files(place->environment, &files, error);

    return status == CCP_OK ? take_profile(place, &files, out, error) : status;
}

const ccpi_aws_source ccpi_aws_from_profile = {"profile", load};
