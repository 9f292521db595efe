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

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ccproxy/config.h"
#include "ccproxy/decls.h"
#include "ccproxy/envelope.h"
#include "ccproxy/error.h"
#include "ccproxy/metrics.h"
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

/**
 * Data keys under a key of KMS: GenerateDataKey and Decrypt, with the context as
 * the encryption context "access_key_id".
 *
 * @param aws  must outlive the service
 * @param key_id  an id, an alias ("alias/ccproxy"), or the ARN of one of them
 * @param out  given; its close() frees it, as ccp_envelope_new_take() does
 */
ccp_status ccp_aws_key_service(ccp_aws *aws, const char *key_id, ccp_key_service *out,
                               ccp_error *error);

/** One number, or several with how often each came. Borrowed. */
typedef struct ccp_metric_datum {
    const char *name;
    const char *unit; /**< as CloudWatch calls it: "Count", "Milliseconds", "None" */
    const ccp_metric_label *dimensions; /**< at most 30 */
    size_t dimension_count;
    double value; /**< when value_count is 0 */
    const double *values;
    const uint64_t *counts;
    size_t value_count; /**< at most 150 */
} ccp_metric_datum;

/** What is to be put into CloudWatch. Borrowed. */
typedef struct ccp_metric_data {
    const char *name_space;
    int64_t unix_s; /**< when it was so */
    const ccp_metric_datum *items;
    size_t count;
    bool hurries; /**< at a program's end: give up after 2 s instead of 5 */
} ccp_metric_data;

/**
 * PutMetricData, compressed, in as many requests as it takes: at most 1000 data
 * and 1 MB in each.
 *
 * @param sent  how many have arrived, also after a failure; may be NULL
 */
ccp_status ccp_aws_put_metrics(ccp_aws *aws, const ccp_metric_data *data, size_t *sent,
                               ccp_error *error);

/**
 * Secrets of Secrets Manager as settings: NAME_SECRET is a secret's name or ARN,
 * which may be followed by ":KEY:STAGE:VERSION", as containers of ECS name them.
 * Give it to ccp_config_set_secret_source(). Never NULL.
 */
const ccp_secret_source *ccp_aws_secret_source(void);

CCP_END_DECLS

#endif
