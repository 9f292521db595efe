#ifndef CCPI_ROUTING_FRONT_H
#define CCPI_ROUTING_FRONT_H

#include "base/span.h"

/*
 * The public paths (requirements, section 1) in one table. A path is compared
 * as it was sent: nothing is decoded, and dot segments are just other paths
 * (PX-1). Pure.
 */
typedef enum ccpi_target {
    CCPI_TARGET_NONE = 0, /* no such path */
    CCPI_TARGET_MESSAGES,
    CCPI_TARGET_COUNT_TOKENS,
    CCPI_TARGET_MODELS,
    CCPI_TARGET_USAGE, /* as JSON; a browser gets a page from the program around us */
    CCPI_TARGET_PROBE, /* answered with an empty 200 */
    CCPI_TARGET_HOME,  /* the same; a browser will be sent to the pages from here */
    CCPI_TARGET_HEALTH,
    CCPI_TARGET_READY,
    CCPI_TARGET_METRICS,
    CCPI_TARGET_ADMIN /* the admin API, which has a table of its own */
} ccpi_target;

typedef struct ccpi_front {
    ccpi_target target;
    bool allows_method;
    bool allows_cors;    /* other origins' pages may call it (PX-12) */
    const char *methods; /* "GET, HEAD": for Allow */
    bool has_key;        /* the /ak/{key} form; key is then what stood there */
    ccpi_span key;
    const char *path; /* from /v1/ on; of the path that was given */
} ccpi_front;

ccpi_front ccpi_front_match(const char *method, const char *path);

#endif
