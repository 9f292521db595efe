#ifndef CCPT_CONTRACT_SCENE_H
#define CCPT_CONTRACT_SCENE_H

#include "ccproxy/store.h"

/*
 * What the contract tests of stores start from: a fresh store of the
 * implementation under test, and a clock that stands still until the test
 * moves it. Each implementation has its own file with the stage_*() functions;
 * the tests are the same.
 */
typedef struct scene {
    ccp_store *store;
    ccp_clock clock;
    int64_t now_us;
    const char *zone;
    char url[512];
} scene;

/* 2026-03-01 12:00:00 UTC */
#define SCENE_START_US INT64_C(1772366400000000)
#define SCENE_SECOND INT64_C(1000000)

/* For TestSuite(.init, .fini) and the tests between. */
extern scene on;
void scene_open(void);
void scene_open_unmigrated(void);
void scene_open_in_zone(const char *zone);
void scene_close(void);

/* Another store on the same database, as another process would open it. */
ccp_store *scene_open_second(void);

/* Users and keys with nothing special about them; the name may be NULL. */
ccp_user scene_user(const char *name);
ccp_access_key scene_key(const ccp_user *user);
ccp_key_hash scene_hash(int number);
ccp_sealed_key scene_sealed(const char *bytes);

int64_t scene_version(void);

/* The one number that a query gives, of a store that is the library's own. */
int64_t scene_number(const char *sql);

/* Of the implementation: writes the URL of a new, empty database. */
void stage_set(char *url, size_t size);
void stage_clear(void);

#endif
