/* Tokens that others have signed, by the examples of RFC 7515, appendices A.2 and A.3. */
#include "security/jwt.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CLAIMS                                                                           \
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19y"   \
    "b290Ijp0cnVlfQ"

#define RSA_SIGNATURE                                                                    \
    "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF"   \
    "5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK"   \
    "5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqt"   \
    "FZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrB"   \
    "p0igcN_IoypGlUPQGe77Rw"

#define EC_SIGNATURE                                                                     \
    "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-K"   \
    "g6NU1Q"

static const char rsa_token[] = "eyJhbGciOiJSUzI1NiJ9." CLAIMS "." RSA_SIGNATURE;
static const char ec_token[] = "eyJhbGciOiJFUzI1NiJ9." CLAIMS "." EC_SIGNATURE;

static const char both_keys[] =
    "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\","
    "\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
    "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"},"
    "{\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":"
    "\"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2m"
    "JPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0"
    "LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZ"
    "lxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PA"
    "cDTW9gb54h4FRWyuXpoQ\"}]}";

static ccp_status verify(const char *token, const char *keys, char issuer[16])
{
    json_t *set = json_loads(keys, 0, NULL);
    json_t *claims = NULL;
    ccp_status status;

    cr_assert(ne(ptr, set, NULL));
    status = ccpi_jwt_verify(ccpi_span_of(token), set, &claims, NULL);
    if (claims)
        snprintf(issuer, 16, "%s", json_string_value(json_object_get(claims, "iss")));
    json_decref(claims);
    json_decref(set);
    return status;
}

Test(jwt, what_the_key_has_signed_is_taken)
{
    char issuer[16] = "";

    cr_expect(eq(int, verify(rsa_token, both_keys, issuer), CCP_OK));
    cr_expect(eq(str, issuer, "joe"));
    issuer[0] = '\0';
    cr_expect(eq(int, verify(ec_token, both_keys, issuer), CCP_OK));
    cr_expect(eq(str, issuer, "joe"));
}

Test(jwt, one_changed_character_anywhere_is_refused)
{
    const char *const tokens[] = {rsa_token, ec_token};
    char issuer[16];

    for (size_t i = 0; i < 2; i++)
        for (size_t at = 0; at < strlen(tokens[i]); at += 7) {
            char *changed = strdup(tokens[i]);

            changed[at] = changed[at] == 'A' ? 'B' : 'A';
            cr_expect(ne(int, verify(changed, both_keys, issuer), CCP_OK), "%zu", at);
            free(changed);
        }
}

Test(jwt, other_algorithms_are_refused_whatever_the_key_set_says)
{
    static const char *const headers[] = {
        "eyJhbGciOiJub25lIn0",                    /* {"alg":"none"} */
        "eyJhbGciOiJIUzI1NiJ9",                   /* {"alg":"HS256"} */
        "eyJhbGciOiJQUzI1NiJ9",                   /* {"alg":"PS256"} */
        "eyJhbGciOiJSUzI1NiIsImNyaXQiOlsieCJdfQ", /* {"alg":"RS256","crit":["x"]} */
        "e30",                                    /* {} */
        "W10",                                    /* [] */
        "",
    };
    char issuer[16], token[2048];

    for (size_t i = 0; i < sizeof(headers) / sizeof(*headers); i++) {
        snprintf(token, sizeof(token), "%s." CLAIMS ".%s", headers[i],
                 i == 0 ? "" : RSA_SIGNATURE);
        cr_expect(eq(int, verify(token, both_keys, issuer), CCP_DENIED), "%s",
                  headers[i]);
    }
}

Test(jwt, what_is_no_token_is_refused)
{
    static const char *const texts[] = {"",        ".",     "..",      "a.b",
                                        "a.b.c.d", "a.b.c", "e30.e30."};
    char issuer[16];

    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
        cr_expect(eq(int, verify(texts[i], both_keys, issuer), CCP_DENIED), "%s",
                  texts[i]);
}

Test(jwt, a_key_that_the_set_lacks_is_told_from_a_wrong_signature)
{
    static const char *const sets[] = {
        "{}",
        "{\"keys\":[]}",
        "{\"keys\":7}",
        "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"x\",\"y\":\"y\"}]}",
        "{\"keys\":[{\"kty\":\"RSA\",\"use\":\"enc\",\"n\":\"AQAB\",\"e\":\"AQAB\"}]}",
    };
    char issuer[16];

    for (size_t i = 0; i < sizeof(sets) / sizeof(*sets); i++)
        cr_expect(eq(int, verify(rsa_token, sets[i], issuer), CCP_NOT_FOUND), "%s",
                  sets[i]);
}

Test(jwt, a_short_or_broken_key_verifies_nothing)
{
    static const char *const sets[] = {
        "{\"keys\":[{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\"}]}",
        "{\"keys\":[{\"kty\":\"RSA\",\"n\":\"!\",\"e\":\"AQAB\"}]}",
        "{\"keys\":[{\"kty\":\"RSA\"}]}",
    };
    char issuer[16];

    for (size_t i = 0; i < sizeof(sets) / sizeof(*sets); i++)
        cr_expect(eq(int, verify(rsa_token, sets[i], issuer), CCP_DENIED), "%s", sets[i]);
}
