#include "account/keys.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define MAX_KEYS 32

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static sim_aws_key keys[MAX_KEYS];
static size_t count;
static size_t lasting; /* of the command line: the first ones */

static bool copy(char *field, size_t size, const char *text, size_t len)
{
    return snprintf(field, size, "%.*s", (int)len, text) < (int)size;
}

/* A key that is named again is replaced. */
static bool add(const sim_aws_key *key)
{
    size_t i = 0;

    pthread_mutex_lock(&lock);
    while (i < count && strcmp(keys[i].id, key->id) != 0)
        i++;
    if (i < MAX_KEYS) {
        keys[i] = *key;
        count = i == count ? count + 1 : count;
    }
    pthread_mutex_unlock(&lock);
    return i < MAX_KEYS;
}

bool sim_aws_keys_add(const json_t *described)
{
    const char *id = json_string_value(json_object_get(described, "access_key_id"));
    const char *secret =
        json_string_value(json_object_get(described, "secret_access_key"));
    const char *token = json_string_value(json_object_get(described, "session_token"));
    sim_aws_key key = {
        .is_expired = json_is_true(json_object_get(described, "expired")),
    };

    return id && *id && secret && *secret &&
           copy(key.id, sizeof(key.id), id, strlen(id)) &&
           copy(key.secret, sizeof(key.secret), secret, strlen(secret)) &&
           (!token || copy(key.token, sizeof(key.token), token, strlen(token))) &&
           add(&key);
}

bool sim_aws_keys_add_text(const char *text)
{
    const size_t id_len = strcspn(text, ":");
    const char *secret = text + id_len + (text[id_len] ? 1 : 0);
    const size_t secret_len = strcspn(secret, ":");
    const char *token = secret + secret_len + (secret[secret_len] ? 1 : 0);
    sim_aws_key key = {.is_expired = false};

    if (id_len == 0 || secret_len == 0 || !copy(key.id, sizeof(key.id), text, id_len) ||
        !copy(key.secret, sizeof(key.secret), secret, secret_len) ||
        !copy(key.token, sizeof(key.token), token, strlen(token)) || !add(&key))
        return false;
    lasting = count;
    return true;
}

bool sim_aws_keys_find(const char *id, sim_aws_key *out)
{
    bool is_found = false;

    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < count && !is_found; i++) {
        is_found = strcmp(keys[i].id, id) == 0;
        if (is_found)
            *out = keys[i];
    }
    pthread_mutex_unlock(&lock);
    return is_found;
}

void sim_aws_keys_clear(void)
{
    pthread_mutex_lock(&lock);
    count = lasting;
    pthread_mutex_unlock(&lock);
}
