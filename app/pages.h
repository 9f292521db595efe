#ifndef CCP_APP_PAGES_H
#define CCP_APP_PAGES_H

#include <stdbool.h>

#include "ccproxy/proxy.h"

/*
 * The admin pages under /ui/, and the page that a key's owner sees at
 * /ak/{key}/usage. They are files without data; what they show comes from the
 * proxy's JSON paths, asked by the browser.
 */

/* Answers a request that is for a page. False: it is not, and nothing was done. */
bool app_pages_answer(ccp_proxy *proxy, const ccp_request *request, const ccp_sink *sink);

/* Whether an Accept or Accept-Encoding header names this; the header may be NULL. */
bool app_pages_accepts(const char *header, const char *name);

#endif
