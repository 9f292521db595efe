#ifndef CCPI_SECURITY_ADDRESS_H
#define CCPI_SECURITY_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ccproxy/error.h"

/*
 * Addresses of clients, and ranges of them such as 10.0.0.0/8 (SE-6). An IPv4
 * address in its IPv6 form (::ffff:10.0.0.1) is the same as in its own.
 */
typedef struct ccpi_address {
    unsigned char bytes[16]; /* IPv4 as ::ffff:a.b.c.d; all zero: not known */
} ccpi_address;

typedef struct ccpi_address_range {
    ccpi_address first;
    int bits; /* of the 128 */
} ccpi_address_range;

typedef struct ccpi_address_ranges {
    ccpi_address_range *items; /* owned */
    size_t count;
} ccpi_address_ranges;

/* CCP_INVALID: no address. Brackets around an IPv6 address are allowed. */
ccp_status ccpi_address_parse(const char *text, ccpi_address *out);

/* Room for an address as text, with its NUL. */
#define CCPI_ADDRESS_TEXT 46

void ccpi_address_format(const ccpi_address *address, char out[CCPI_ADDRESS_TEXT]);

/* CCP_INVALID: one of them is no range, nor an address. */
ccp_status ccpi_address_ranges_parse(const char *const *texts, size_t count,
                                     ccpi_address_ranges *out, ccp_error *error);
void ccpi_address_ranges_clear(ccpi_address_ranges *ranges);

bool ccpi_address_ranges_have(const ccpi_address_ranges *ranges,
                              const ccpi_address *address);

/*
 * Whose request it is: the peer's, or, as long as who handed the request on is
 * one of ours, who stands before it in X-Forwarded-For (NULL: there was none).
 */
ccpi_address ccpi_address_of_client(const char *peer, const char *forwarded_for,
                                    const ccpi_address_ranges *trusted);

/* Whether one of ours says in X-Forwarded-Proto (may be NULL) that HTTPS was spoken. */
bool ccpi_address_tells_https(const char *peer, const char *forwarded_proto,
                              const ccpi_address_ranges *trusted);

/*
 * What counts as one client when many attempts come from it: an IPv4 address
 * whole, of an IPv6 address the first 64 bits, which one customer has alone.
 */
ccpi_address ccpi_address_network(const ccpi_address *address);

#endif
