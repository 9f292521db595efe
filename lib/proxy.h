#ifndef CCPI_PROXY_H
#define CCPI_PROXY_H

#include <pthread.h>

#include "admin/web/api.h"
#include "ccproxy/aws.h"
#include "ccproxy/proxy.h"
#include "config/settings.h"
#include "housekeeper.h"
#include "provider/bedrock.h"
#include "reports.h"
#include "routing/router.h"

/* A proxy: what it owns, beside the router, through which all of it is used. */
struct ccp_proxy {
    ccp_config *config;
    const ccpi_settings *settings; /* of config */
    ccp_config *renewed;           /* of the last reload, or NULL */
    pthread_mutex_t reload_lock;
    ccpi_log log;
    ccp_key_hasher *hasher;
    ccp_key_hasher *previous_hasher;
    ccp_aws *aws; /* NULL: nothing is asked of it */
    ccp_envelope *envelope;
    ccpi_plan *plan;
    ccpi_bedrock *bedrock;
    ccpi_model_pair *mappings;
    ccpi_reports reports;
    ccpi_housekeeper *housekeeper;
    ccpi_api *api;             /* NULL: there are no secrets for it */
    pthread_rwlock_t api_lock; /* held while it answers: a reload replaces it */
    ccpi_router router;
};

/*
 * Builds every part from the settings, in the order in which they need each
 * other. What was built stays in the proxy, also after a failure.
 */
ccp_status ccpi_proxy_build(ccp_proxy *proxy, const ccp_proxy_options *options,
                            ccp_error *error);

/* The same, but only of what asks the upstreams: nothing counts or keeps house. */
ccp_status ccpi_proxy_build_upstreams(ccp_proxy *proxy, const ccp_proxy_options *options,
                                      ccp_error *error);

/* What a reload makes anew. @param out  given */
ccp_status ccpi_proxy_make_hasher(const char *secret, ccp_key_hasher **out,
                                  ccp_error *error);
/* bedrock_model_mapping, in the form in which models are looked up; with free(). */
ccp_status ccpi_proxy_make_mappings(const ccpi_settings *settings, ccpi_model_pair **out,
                                    ccp_error *error);

/* Frees what was built, in the opposite order. */
void ccpi_proxy_dismantle(ccp_proxy *proxy);

#endif
