/* A program outside the project, that uses an installed libccproxy. */
#include <ccproxy/keys.h>
#include <ccproxy/version.h>
#include <stdio.h>

int main(void)
{
    ccp_key key;
    ccp_error error;

    if (ccp_key_generate(ccp_system_random(), &key, &error) != CCP_OK) {
        fprintf(stderr, "%s\n", error.message);
        return 1;
    }
    printf("libccproxy %s, %s\n", ccp_version(), ccp_key_prefix_of(&key).text);
    ccp_key_wipe(&key);
    return 0;
}
