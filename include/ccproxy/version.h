/**
 * @file ccproxy/version.h
 *
 * Which library this is. Versions are those of https://semver.org; before 1.0 a
 * minor version may change what docs/library.md does not call stable.
 */
#ifndef CCPROXY_VERSION_H
#define CCPROXY_VERSION_H

#include "ccproxy/decls.h"

CCP_BEGIN_DECLS

/** Of the library that runs, such as "0.1.0"; any thread. Never NULL. */
const char *ccp_version(void);

CCP_END_DECLS

#endif
