#ifndef CCPI_SECURITY_HKDF_H
#define CCPI_SECURITY_HKDF_H

#include "base/span.h"
#include "ccproxy/error.h"

/*
 * HKDF-SHA256 (RFC 5869): from one secret as many keys as there are purposes.
 */
typedef struct ccpi_hkdf_input {
    ccpi_span secret;
    ccpi_span salt; /* may be empty */
    ccpi_span info; /* names the purpose */
} ccpi_hkdf_input;

/* At most 255 * 32 bytes. CCP_NO_MEMORY, CCP_INTERNAL. */
ccp_status ccpi_hkdf_sha256(const ccpi_hkdf_input *input, unsigned char *out,
                            size_t out_len, ccp_error *error);

#endif
