/**
 * @file ccproxy/mask.h
 *
 * Hides secrets in any text before it is logged: access keys keep their prefix
 * ("ak_Ab3dEf***"), admin tokens, Anthropic keys and tokens (sk-...), Bedrock
 * API keys (ABSK..., bedrock-api-key-...) and what follows "Bearer" keep
 * nothing but their mark. Any thread.
 */
#ifndef CCPROXY_MASK_H
#define CCPROXY_MASK_H

#include <stddef.h>

#include "ccproxy/decls.h"

CCP_BEGIN_DECLS

/**
 * Masks in place; a masked text is never longer than it was. Returns the new
 * length. The text may hold NULs and needs none at its end.
 */
size_t ccp_mask(char *text, size_t len);

CCP_END_DECLS

#endif
