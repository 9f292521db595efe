#ifndef EXAMPLE_CUSTOM_STORE_ASK_H
#define EXAMPLE_CUSTOM_STORE_ASK_H

#include <ccproxy/proxy.h>

/* Sends standard input through the proxy, and prints the answer; no server is needed. */
void ask(ccp_proxy *proxy, const char *access_key);

#endif
