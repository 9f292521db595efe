#ifndef SIM_AWS_KEYS_H
#define SIM_AWS_KEYS_H

#include <jansson.h>
#include <stdbool.h>

/*
 * The AWS keys that requests may be signed with. None is known until a test
 * names it. Shared by all connections' threads.
 */
typedef struct sim_aws_key {
    char id[128];
    char secret[128];
    char token[4096]; /* of temporary keys; empty: they are lasting ones */
    bool is_expired;
} sim_aws_key;

/* {"access_key_id","secret_access_key","session_token","expired"}; false: it is none. */
bool sim_aws_keys_add(const json_t *described);

/* ID:SECRET[:TOKEN], as the command line has it. */
bool sim_aws_keys_add_text(const char *text);

bool sim_aws_keys_find(const char *id, sim_aws_key *out);

/* Forgets what sim_aws_keys_add() named; the command line's stay. */
void sim_aws_keys_clear(void);

#endif
