#include "base/encode.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

/* RFC 4648, section 10. */
static const struct {
    const char *bytes;
    const char *base64;
} vectors[] = {{"", ""},
               {"f", "Zg=="},
               {"fo", "Zm8="},
               {"foo", "Zm9v"},
               {"foob", "Zm9vYg=="},
               {"fooba", "Zm9vYmE="},
               {"foobar", "Zm9vYmFy"}};

#define VECTORS (sizeof(vectors) / sizeof(vectors[0]))

Test(encode, base64_is_that_of_the_rfc_both_ways)
{
    for (size_t i = 0; i < VECTORS; i++) {
        size_t len = strlen(vectors[i].bytes);
        char text[16];
        unsigned char back[16];
        size_t back_len;

        ccpi_base64_encode((const unsigned char *)vectors[i].bytes, len, text);
        cr_expect(eq(str, text, (char *)vectors[i].base64));
        cr_expect(eq(sz, strlen(text), CCPI_BASE64_LEN(len)));

        cr_assert(ccpi_base64_decode(ccpi_span_of(vectors[i].base64), back, &back_len));
        cr_assert(le(sz, back_len, CCPI_BASE64_MAX_BYTES(strlen(text))));
        cr_expect(ccpi_span_equals((ccpi_span){(char *)back, back_len},
                                   ccpi_span_of(vectors[i].bytes)));
    }
}

Test(encode, base64url_has_its_own_last_two_letters_and_no_padding)
{
    /* python3 -c 'import base64; print(base64.urlsafe_b64encode(b"\xfb\xff\xfe\x01"))' */
    static const unsigned char bytes[] = {0xFB, 0xFF, 0xFE, 0x01};
    unsigned char back[8];
    size_t back_len;
    char text[8];

    ccpi_base64url_encode(bytes, sizeof(bytes), text);
    cr_expect(eq(str, text, (char *)"-__-AQ"));
    cr_expect(eq(sz, strlen(text), CCPI_BASE64URL_LEN(sizeof(bytes))));
    cr_assert(ccpi_base64url_decode(ccpi_span_of(text), back, &back_len));
    cr_assert(eq(sz, back_len, sizeof(bytes)));
    cr_expect(zero(int, memcmp(back, bytes, sizeof(bytes))));
}

Test(encode, every_byte_survives_base64)
{
    unsigned char bytes[256], back[CCPI_BASE64_MAX_BYTES(CCPI_BASE64_LEN(256))];
    char text[CCPI_BASE64_LEN(sizeof(bytes)) + 1];
    size_t back_len;

    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (unsigned char)i;
    ccpi_base64_encode(bytes, sizeof(bytes), text);
    cr_assert(ccpi_base64_decode(ccpi_span_of(text), back, &back_len));
    cr_assert(eq(sz, back_len, sizeof(bytes)));
    cr_expect(zero(int, memcmp(back, bytes, sizeof(bytes))));
}

Test(encode, only_the_one_form_of_base64_is_decoded)
{
    static const char *const bad[] = {
        "Z",    "Zg",   "Zg=",   "Zg===", "=",        "====", "Zh==",
        "Zm9=", "Zm9 ", "Zm9\n", "Z=g=",  "Zg==Zg==", "-_-_", "\xFF\xFF\xFF\xFF"};
    static const char *const bad_url[] = {"Z", "Zg==", "Zh", "Zm9", "+/+/", "Zm 9"};
    unsigned char out[16];
    size_t len;

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        cr_expect(not(ccpi_base64_decode(ccpi_span_of(bad[i]), out, &len)), "\"%s\"",
                  bad[i]);
    for (size_t i = 0; i < sizeof(bad_url) / sizeof(bad_url[0]); i++)
        cr_expect(not(ccpi_base64url_decode(ccpi_span_of(bad_url[i]), out, &len)),
                  "\"%s\"", bad_url[i]);
}

Test(encode, hex_is_decoded_in_either_case)
{
    unsigned char out[4];

    cr_assert(ccpi_hex_decode(CCPI_SPAN("00fFA9"), out));
    cr_expect(zero(int, memcmp(out, "\x00\xFF\xA9", 3)));
    cr_expect(not(ccpi_hex_decode(CCPI_SPAN("abc"), out)));
    cr_expect(not(ccpi_hex_decode(CCPI_SPAN("0g"), out)));
    cr_expect(not(ccpi_hex_decode(CCPI_SPAN("0x"), out)));
}

Test(encode, numbers_are_written_up_to_both_ends_of_their_range)
{
    static const struct {
        int64_t number;
        const char *text;
    } cases[] = {{0, "0"},
                 {-7, "-7"},
                 {1050, "1050"},
                 {INT64_MAX, "9223372036854775807"},
                 {INT64_MIN, "-9223372036854775808"}};
    char text[CCPI_DECIMAL_SIZE];

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        cr_expect(
            eq(sz, ccpi_decimal_encode(cases[i].number, text), strlen(cases[i].text)));
        cr_expect(eq(str, text, (char *)cases[i].text));
    }
}
