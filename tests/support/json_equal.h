#ifndef CCPT_SUPPORT_JSON_EQUAL_H
#define CCPT_SUPPORT_JSON_EQUAL_H

#include "base/span.h"

/*
 * Whether two JSON texts say the same: members in any order, blanks anywhere,
 * but numbers and strings written alike. Tells in which they differ first.
 */
bool json_equal(ccpi_span expected, ccpi_span actual);

#endif
