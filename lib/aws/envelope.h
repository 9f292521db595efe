#ifndef CCPI_AWS_ENVELOPE_H
#define CCPI_AWS_ENVELOPE_H

#include "ccproxy/aws.h"
#include "ccproxy/envelope.h"

/* Whether the settings name keys of KMS. */
bool ccpi_aws_seals(const ccp_config *config);

/*
 * The envelope that the settings ask for: kms_key_id seals, else encryption_key;
 * the others that are set, and the previous ones, open.
 *
 * CCP_INVALID: neither of the two is set.
 *
 * @param aws  must outlive the envelope; may be NULL if !ccpi_aws_seals()
 * @param out  given; ccp_envelope_free()
 */
ccp_status ccpi_aws_envelope_new(const ccp_config *config, ccp_aws *aws,
                                 const ccp_random *random, ccp_envelope **out,
                                 ccp_error *error);

#endif
