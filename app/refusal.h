#ifndef CCP_APP_REFUSAL_H
#define CCP_APP_REFUSAL_H

#include <stddef.h>

#include "ccproxy/seams.h"

/*
 * The answers that the front gives itself, to what is no request that the
 * proxy could handle: the Anthropic API's error body (PX-5), after which the
 * connection is closed.
 */
#define APP_REFUSAL_TEXT_MAX 1024

/*
 * Writes head and body and returns their length. A status that is not known
 * here becomes 400, such as the 411 that CivetWeb gives to a malformed length.
 * The message is one of our own sentences: it needs no escapes.
 */
size_t app_refusal_write(const ccp_random *random, int status, const char *message,
                         char out[APP_REFUSAL_TEXT_MAX]);

#endif
