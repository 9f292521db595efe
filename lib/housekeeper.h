#ifndef CCPI_HOUSEKEEPER_H
#define CCPI_HOUSEKEEPER_H

#include "ccproxy/aws.h"
#include "routing/router.h"

/*
 * What must happen without a request: caches that follow the store's changes,
 * keys whose time is over, uses that are to be written. One thread; where
 * services of AWS are asked, a second one for that, since they may be slow.
 */
typedef struct ccpi_housekeeper ccpi_housekeeper;

/* Both must outlive it; aws may be NULL. @param out  given; ccpi_housekeeper_free() */
ccp_status ccpi_housekeeper_new(ccpi_router *router, ccp_aws *aws, ccpi_housekeeper **out,
                                ccp_error *error);

/*
 * Ends the threads: at once, unless AWS is being asked, which takes its time.
 * NULL is allowed.
 */
void ccpi_housekeeper_free(ccpi_housekeeper *housekeeper);

#endif
