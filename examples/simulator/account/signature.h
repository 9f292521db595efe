#ifndef SIM_AWS_SIGNATURE_H
#define SIM_AWS_SIGNATURE_H

#include "io/http.h"

/*
 * Signature Version 4, as the services of AWS verify it: from the request as it
 * came, with no word from whoever signed it but the list of signed headers.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
typedef struct sim_signature_fault {
    const char *exception;
    char message[256];
} sim_signature_fault;

/* Whether the request says that it is signed. */
bool sim_is_signed(const sim_request *request);

/* The services whose scope is right, which end with NULL. False: the fault says why. */
bool sim_signature_check(const sim_request *request, const char *const *services,
                         sim_signature_fault *fault);

#endif
