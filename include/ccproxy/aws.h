/**
 * @file ccproxy/aws.h
 *
 * Services of AWS: where they are and with which credentials they are called,
 * as a configuration and the variables of AWS's own tools say. Credentials are
 * found in the environment, by a web identity token, in profile files, at a
 * container's endpoint or an instance's metadata, and renewed before they
 * expire.
 *
 * All functions may be called from any thread. Every call has a deadline and
 * is tried again when that is worth it; together at most 10 s.
 */
#ifndef CCPROXY_AWS_H
#define CCPROXY_AWS_H

#include "ccproxy/config.h"
#include "ccproxy/decls.h"
#include "ccproxy/error.h"
#include "ccproxy/seams.h"

CCP_BEGIN_DECLS

typedef struct ccp_aws ccp_aws;

typedef struct ccp_aws_options {
    const ccp_config *config; /**< what is needed of it is copied */
    const ccp_clock *clock;   /**< NULL: the system's */
    const ccp_random *random; /**< NULL: the system's */
} ccp_aws_options;

/**
 * Connects to nothing yet.
 *
 * @param out  given to the caller; free it with ccp_aws_free()
 */
ccp_status ccp_aws_new(const ccp_aws_options *options, ccp_aws **out, ccp_error *error);

/** Wipes the credentials and frees. NULL is allowed. */
void ccp_aws_free(ccp_aws *aws);

/**
 * Renews credentials that are to expire soon; else does nothing. May take
 * seconds. Call it every minute or so, and nobody else has to wait for them.
 */
void ccp_aws_renew(ccp_aws *aws);

CCP_END_DECLS

#endif
