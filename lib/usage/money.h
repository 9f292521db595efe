#ifndef CCPI_USAGE_MONEY_H
#define CCPI_USAGE_MONEY_H

#include "base/span.h"
#include "ccproxy/pricing.h"

#include <stdint.h>

/*
 * Money is a whole number of millionths of a US dollar; as text it is a decimal
 * number. Floating point never touches it.
 */

/* The most that is taken: a trillion dollars, so that sums can't overflow. */
#define CCPI_MONEY_MAX_MICRO (1000000000000LL * 1000000LL)

/* The longest text that _write() makes, with its NUL. */
#define CCPI_MONEY_TEXT_SIZE CCP_MONEY_TEXT_SIZE

/*
 * Reads "12", "12.5" or "0.000001": digits, at most one point, at most six
 * places (further ones must be zeros), no sign. False for anything else.
 */
bool ccpi_money_parse(ccpi_span text, int64_t *micro);

/* With six places: "18.225000". */
void ccpi_money_write(int64_t micro, char out[CCPI_MONEY_TEXT_SIZE]);

/* With two places, half up: "18.23". */
void ccpi_money_write_cents(int64_t micro, char out[CCPI_MONEY_TEXT_SIZE]);

/* tokens at a price per million tokens, rounded half up (CO-1). Negative: 0. */
int64_t ccpi_money_of_tokens(int64_t tokens, int64_t price_micro);

#endif
