#ifndef CCPT_ADMIN_SCENE_H
#define CCPT_ADMIN_SCENE_H

#include "ccproxy/admin.h"

/* An administration on a SQLite file of its own, whose clock the tests own. */

/* 2026-03-01 12:00:00 UTC */
#define START_US INT64_C(1772366400000000)
#define SECOND INT64_C(1000000)

extern const char hasher_secret[];
extern int64_t now_us;
extern ccp_store *store;
extern ccp_admin *admin;
extern ccp_error error;

void open_admin(void);
void close_admin(void);

ccp_user make_user(void);
ccp_issued_key issue(const ccp_user *user);
ccp_access_key reread(const ccp_id *id);
ccp_status register_credential(const ccp_id *id, const char *text);

#endif
