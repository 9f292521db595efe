#ifndef CCPI_CONFIG_FINDINGS_H
#define CCPI_CONFIG_FINDINGS_H

#include "config/layers.h"

/* What a check finds for each setting: the text that counts, and its value. */

void ccpi_findings_forget(ccp_config *config);

/* NULL: no setting has that name. */
ccpi_found *ccpi_findings_of(const ccp_config *config, const char *name);

/* Parses the text that was found, and stores the value among the settings. */
ccp_status ccpi_findings_understand(ccp_config *config, size_t index, ccp_error *error);

/* Puts a text in place of what was found, and understands it. */
ccp_status ccpi_findings_replace(ccp_config *config, ccpi_found *found, ccpi_span text,
                                 ccp_error *error);

#endif
