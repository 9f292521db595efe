#ifndef CCPI_BEDROCK_FIELDS_H
#define CCPI_BEDROCK_FIELDS_H

#include "base/span.h"
#include "bedrock/api.h"

/*
 * The top-level members of a Messages request, and what each way of asking
 * Bedrock does with them. A name that is not in the table is new: it is sent,
 * and taken out again where it is refused (BR-16).
 */
typedef enum ccpi_field_fate {
    CCPI_FIELD_SENT = 0,
    CCPI_FIELD_CONVERTED, /* has its own place in the request to Bedrock */
    CCPI_FIELD_DROPPED    /* known to be refused, or of no meaning there */
} ccpi_field_fate;

/* The name stands between a JSON key's quotes, escaped. */
ccpi_field_fate ccpi_field_fate_of(ccpi_span name, ccpi_bedrock_api api);

#endif
