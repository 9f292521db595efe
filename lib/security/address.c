#include "security/address.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"

#define ALL_BITS 128
#define IPV4_BITS 96 /* before an IPv4 address in its IPv6 form (RFC 4291, 2.5.5.2) */
#define NETWORK_BYTES 8
#define MAX_TEXT                                                                         \
    64 /* the longest address has 45 characters, with brackets and a port                \
        */

static const unsigned char ipv4_mark[12] = {[10] = 0xff, [11] = 0xff};

static bool is_ipv4(const ccpi_address *address)
{
    return memcmp(address->bytes, ipv4_mark, sizeof(ipv4_mark)) == 0;
}

ccp_status ccpi_address_parse(const char *text, ccpi_address *out)
{
    char bare[MAX_TEXT];
    size_t len = strlen(text);

    if (len > 2 && text[0] == '[' && text[len - 1] == ']') {
        text++;
        len -= 2;
    }
    if (len == 0 || len >= sizeof(bare))
        return CCP_INVALID;
    memcpy(bare, text, len);
    bare[len] = '\0';

    if (inet_pton(AF_INET, bare, out->bytes + sizeof(ipv4_mark)) == 1) {
        memcpy(out->bytes, ipv4_mark, sizeof(ipv4_mark));
        return CCP_OK;
    }
    return inet_pton(AF_INET6, bare, out->bytes) == 1 ? CCP_OK : CCP_INVALID;
}

void ccpi_address_format(const ccpi_address *address, char out[CCPI_ADDRESS_TEXT])
{
    const bool is_short = is_ipv4(address);

    inet_ntop(is_short ? AF_INET : AF_INET6,
              address->bytes + (is_short ? sizeof(ipv4_mark) : 0), out,
              CCPI_ADDRESS_TEXT);
}

static ccp_status parse_range(const char *text, ccpi_address_range *out)
{
    char address[MAX_TEXT];
    const char *slash = strchr(text, '/');
    size_t len = slash ? (size_t)(slash - text) : strlen(text);
    bool is_short;
    char *end;
    long bits;

    if (len >= sizeof(address))
        return CCP_INVALID;
    memcpy(address, text, len);
    address[len] = '\0';
    if (ccpi_address_parse(address, &out->first) != CCP_OK)
        return CCP_INVALID;

    out->bits = ALL_BITS;
    if (!slash)
        return CCP_OK;
    is_short = strchr(address, ':') == NULL;
    bits = slash[1] >= '0' && slash[1] <= '9' ? strtol(slash + 1, &end, 10) : -1;
    if (bits < 0 || *end || bits > (is_short ? ALL_BITS - IPV4_BITS : ALL_BITS))
        return CCP_INVALID;
    out->bits = (int)bits + (is_short ? IPV4_BITS : 0);
    return CCP_OK;
}

ccp_status ccpi_address_ranges_parse(const char *const *texts, size_t count,
                                     ccpi_address_ranges *out, ccp_error *error)
{
    *out = (ccpi_address_ranges){0};
    if (count == 0)
        return CCP_OK;
    out->items = calloc(count, sizeof(*out->items));
    if (!out->items)
        return ccpi_fail(error, CCP_NO_MEMORY, "no memory for address ranges");

    for (; out->count < count; out->count++) {
        if (parse_range(texts[out->count], &out->items[out->count]) == CCP_OK)
            continue;
        ccpi_address_ranges_clear(out);
        return ccpi_fail(error, CCP_INVALID, "an address range is not of that form");
    }
    return CCP_OK;
}

void ccpi_address_ranges_clear(ccpi_address_ranges *ranges)
{
    free(ranges->items);
    *ranges = (ccpi_address_ranges){0};
}

static bool is_in_range(const ccpi_address *address, const ccpi_address_range *range)
{
    size_t whole = (size_t)range->bits / 8;
    int rest = range->bits % 8;
    unsigned mask = 0xff00u >> rest & 0xffu;

    if (memcmp(address->bytes, range->first.bytes, whole) != 0)
        return false;
    return rest == 0 ||
           (address->bytes[whole] & mask) == (range->first.bytes[whole] & mask);
}

bool ccpi_address_ranges_have(const ccpi_address_ranges *ranges,
                              const ccpi_address *address)
{
    for (size_t i = 0; i < ranges->count; i++)
        if (is_in_range(address, &ranges->items[i]))
            return true;
    return false;
}

/* Takes the last of a comma-separated list off its end. */
static bool take_last(const char *list, size_t *len, ccpi_address *out)
{
    size_t end = *len;
    size_t start;
    char text[MAX_TEXT];

    while (end > 0 && strchr(" \t", list[end - 1]))
        end--;
    start = end;
    while (start > 0 && list[start - 1] != ',')
        start--;
    *len = start > 0 ? start - 1 : 0;
    while (start < end && strchr(" \t", list[start]))
        start++;
    if (end - start >= sizeof(text))
        return false;
    memcpy(text, list + start, end - start);
    text[end - start] = '\0';
    return ccpi_address_parse(text, out) == CCP_OK;
}

ccpi_address ccpi_address_of_client(const char *peer, const char *forwarded_for,
                                    const ccpi_address_ranges *trusted)
{
    size_t len = forwarded_for ? strlen(forwarded_for) : 0;
    ccpi_address client = {0};
    ccpi_address before;

    if (!peer || ccpi_address_parse(peer, &client) != CCP_OK)
        return (ccpi_address){0};
    while (len > 0 && ccpi_address_ranges_have(trusted, &client) &&
           take_last(forwarded_for, &len, &before))
        client = before;
    return client;
}

bool ccpi_address_tells_https(const char *peer, const char *forwarded_proto,
                              const ccpi_address_ranges *trusted)
{
    ccpi_address address;

    return forwarded_proto && strcmp(forwarded_proto, "https") == 0 && peer &&
           ccpi_address_parse(peer, &address) == CCP_OK &&
           ccpi_address_ranges_have(trusted, &address);
}

ccpi_address ccpi_address_network(const ccpi_address *address)
{
    ccpi_address network = *address;

    if (!is_ipv4(address))
        memset(network.bytes + NETWORK_BYTES, 0, sizeof(network.bytes) - NETWORK_BYTES);
    return network;
}
