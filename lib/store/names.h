#ifndef CCPI_STORE_NAMES_H
#define CCPI_STORE_NAMES_H

#include "ccproxy/store.h"

/* States as the store spells them, read back. For the other way see store.h. */
ccp_user_status ccpi_user_status_read(const char *name);
ccp_access_key_status ccpi_access_key_status_read(const char *name);

#endif
