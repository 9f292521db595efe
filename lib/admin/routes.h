#ifndef CCPI_ADMIN_ROUTES_H
#define CCPI_ADMIN_ROUTES_H

#include "admin/web/call.h"

/* The paths of the admin API in one table (requirements, section 8). */
struct ccpi_route {
    const char *method;
    const char *path; /* one segment may be a {parameter} */
    ccp_status (*handle)(ccpi_api_call *call);
    bool is_open;       /* needs no sign-in */
    bool writes;        /* not for a token that can only read */
    bool needs_session; /* not for any token */
    bool takes_query;
    bool takes_body;
};

typedef struct ccpi_route_match {
    const ccpi_route *route; /* NULL: none */
    char parameter[CCPI_API_MAX_PARAMETER + 1];
    ccp_id id;      /* the same, of a path whose parameter is an id */
    char allow[64]; /* the methods of the path, when another one was asked; else "" */
} ccpi_route_match;

void ccpi_route_find(const char *method, const char *path, ccpi_route_match *out);

/* For the test that compares them with the description. NULL: there are no more. */
const ccpi_route *ccpi_route_at(size_t place);

#endif
