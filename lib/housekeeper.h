#ifndef CCPI_HOUSEKEEPER_H
#define CCPI_HOUSEKEEPER_H

#include "routing/router.h"

/*
 * One thread for what must happen without a request: caches that follow the
 * store's changes, keys whose time is over, uses that are to be written.
 */
typedef struct ccpi_housekeeper ccpi_housekeeper;

/* The router must outlive it. @param out  given; ccpi_housekeeper_free() */
ccp_status ccpi_housekeeper_new(ccpi_router *router, ccpi_housekeeper **out,
                                ccp_error *error);

/* Ends the thread, at once. NULL is allowed. */
void ccpi_housekeeper_free(ccpi_housekeeper *housekeeper);

#endif
