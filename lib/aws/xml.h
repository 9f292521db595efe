#ifndef CCPI_AWS_XML_H
#define CCPI_AWS_XML_H

#include "base/span.h"

/*
 * The text of the first element of that name, as it stands there; empty when
 * there is none, or when it holds more than plain text. That is all of XML that
 * the answers of AWS's query protocol need: their elements have no attributes,
 * and what is read here is made of characters that are never escaped.
 */
ccpi_span ccpi_xml_text(ccpi_span xml, const char *element);

#endif
