#include "security/address.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

static const char *const ours[] = {"10.0.0.0/8", "192.168.1.7", "2001:db8::/33",
                                   "172.16.0.0/12"};

static ccpi_address_ranges ranges;

static void make(void)
{
    cr_assert(eq(int, ccpi_address_ranges_parse(ours, 4, &ranges, NULL), CCP_OK));
}

static void drop(void)
{
    ccpi_address_ranges_clear(&ranges);
}

TestSuite(address, .init = make, .fini = drop);

static ccpi_address address(const char *text)
{
    ccpi_address parsed = {{0}};

    cr_assert(eq(int, ccpi_address_parse(text, &parsed), CCP_OK), "%s", text);
    return parsed;
}

static bool are_equal(ccpi_address a, ccpi_address b)
{
    return memcmp(a.bytes, b.bytes, sizeof(a.bytes)) == 0;
}

Test(address, a_range_has_what_shares_its_first_bits)
{
    static const struct {
        const char *text;
        bool is_ours;
    } cases[] = {
        {"10.0.0.0", true},        {"10.255.255.255", true},    {"11.0.0.0", false},
        {"192.168.1.7", true},     {"192.168.1.8", false},      {"172.31.255.255", true},
        {"172.32.0.0", false},     {"::ffff:10.1.2.3", true},   {"2001:db8::1", true},
        {"2001:db8:7fff::", true}, {"2001:db8:8000::1", false}, {"::1", false},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        ccpi_address a = address(cases[i].text);

        cr_expect(eq(int, ccpi_address_ranges_have(&ranges, &a), cases[i].is_ours), "%s",
                  cases[i].text);
    }
}

Test(address, what_is_no_range_is_refused)
{
    static const char *const texts[] = {"",           "10.0.0.0/33", "10.0.0.0/-1",
                                        "10.0.0.0/",  "10.0.0/8",    "10.0.0.0/8x",
                                        "2001::/129", "host",        "10.0.0.0/ 8"};

    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        ccpi_address_ranges parsed;

        cr_expect(
            eq(int, ccpi_address_ranges_parse(&texts[i], 1, &parsed, NULL), CCP_INVALID),
            "\"%s\"", texts[i]);
    }
}

Test(address, forwarded_for_counts_only_from_proxies_of_ours_se_6)
{
    static const struct {
        const char *peer;
        const char *forwarded_for;
        const char *client;
    } cases[] = {
        {"203.0.113.5", NULL, "203.0.113.5"},
        {"203.0.113.5", "198.51.100.1", "203.0.113.5"}, /* anyone can write that */
        {"10.0.0.1", "198.51.100.1", "198.51.100.1"},
        {"10.0.0.1", "6.6.6.6, 198.51.100.1", "198.51.100.1"},
        {"10.0.0.1", "198.51.100.1 ,10.0.0.2, 10.0.0.3 ", "198.51.100.1"},
        {"10.0.0.1", "10.0.0.2", "10.0.0.2"},
        {"10.0.0.1", "nonsense", "10.0.0.1"},
        {"10.0.0.1", "198.51.100.1, nonsense", "10.0.0.1"},
        {"10.0.0.1", "", "10.0.0.1"},
        {"10.0.0.1", ",", "10.0.0.1"},
        {"10.0.0.1", "[2001:db8:ffff::9]", "2001:db8:ffff::9"},
        {"::ffff:10.0.0.1", "198.51.100.1", "198.51.100.1"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        ccpi_address client =
            ccpi_address_of_client(cases[i].peer, cases[i].forwarded_for, &ranges);

        cr_expect(are_equal(client, address(cases[i].client)), "case %zu", i);
    }
}

Test(address, an_ipv6_customer_is_one_network)
{
    ccpi_address one = address("2001:db8:1:2:3::4");
    ccpi_address other = address("2001:db8:1:2:ffff::1");
    ccpi_address v4 = address("10.0.0.1");

    cr_expect(are_equal(ccpi_address_network(&one), ccpi_address_network(&other)));
    cr_expect(are_equal(ccpi_address_network(&v4), v4));
}
