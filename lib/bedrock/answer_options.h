#ifndef CCPI_BEDROCK_ANSWER_OPTIONS_H
#define CCPI_BEDROCK_ANSWER_OPTIONS_H

#include "bedrock/names.h"

#include <stdint.h>

/* What a client's answer says that Bedrock's does not. All borrowed. */
typedef struct ccpi_answer_options {
    const char *request_id;  /* "req_...": the message's id is made of it */
    const char *model;       /* as the client asked for it */
    const ccpi_names *names; /* of the request's tools, to be given back */
    int64_t input_estimate;  /* for the stream's first event, which can't wait */
} ccpi_answer_options;

#endif
