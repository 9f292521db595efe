#ifndef CCPI_CONFIG_RULES_H
#define CCPI_CONFIG_RULES_H

#include "config/settings.h"

/* What must hold between settings, beyond what each row says of its own. */
typedef struct ccpi_rule {
    const char *name; /* of the setting that is to be changed */
    bool (*is_broken)(const ccpi_settings *settings);
    const char *message;
} ccpi_rule;

extern const ccpi_rule ccpi_rules[];
extern const size_t ccpi_rule_count;

#endif
