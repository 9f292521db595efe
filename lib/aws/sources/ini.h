#ifndef CCPI_AWS_SOURCES_INI_H
#define CCPI_AWS_SOURCES_INI_H

#include "base/span.h"

/*
 * The form of AWS's profile files.
 * https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html
 *
 * Calls visit with each property of each section, in order, blanks around them
 * left out. Nested properties (their lines begin with a blank) and lines of no
 * known form are passed over.
 */
void ccpi_ini_walk(ccpi_span text,
                   void (*visit)(void *context, ccpi_span section, ccpi_span key,
                                 ccpi_span value),
                   void *context);

#endif
