/*
 * An access key from its making to what a log may show of it:
 *
 *     keys            makes a key, and prints what a store would keep of it
 *     keys KEY        the same of a key that there is
 *
 * The secret that hashes are made under is CCPROXY_KEY_HASHER_SECRET, as of the
 * server, so that a hash can be looked up in its database.
 */
#include <ccproxy/keys.h>
#include <ccproxy/mask.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static ccp_status hash_key(const ccp_key *key, ccp_key_hash *out, ccp_error *error)
{
    const char *secret = getenv("CCPROXY_KEY_HASHER_SECRET");
    ccp_key_hasher *hasher;
    ccp_status status = ccp_key_hasher_new(secret ? secret : "",
                                           secret ? strlen(secret) : 0, &hasher, error);

    if (status != CCP_OK)
        return status;
    status = ccp_key_hasher_hash(hasher, key, out, error);
    ccp_key_hasher_free(hasher);
    return status;
}

static void print_as_logged(const ccp_key *key)
{
    char line[256];
    int len = snprintf(line, sizeof(line), "GET /ak/%s/v1/models", key->text);

    len = (int)ccp_mask(line, (size_t)len);
    printf("in a log:  %.*s\n", len, line);
}

int main(int argc, char **argv)
{
    ccp_key key;
    ccp_key_hash hash;
    ccp_error error;
    ccp_status status = argc > 1 ? ccp_key_parse(argv[1], &key, &error)
                                 : ccp_key_generate(ccp_system_random(), &key, &error);

    if (status == CCP_OK)
        status = hash_key(&key, &hash, &error);
    if (status != CCP_OK) {
        fprintf(stderr, "%s\n", error.message);
        return EXIT_FAILURE;
    }
    if (argc == 1)
        printf("the key:   %s\n", key.text);
    printf("prefix:    %s\nhash:      %s\n", ccp_key_prefix_of(&key).text, hash.hex);
    print_as_logged(&key);
    ccp_key_wipe(&key);
    return EXIT_SUCCESS;
}
