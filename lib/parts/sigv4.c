/* ccproxy/sigv4.h over the signer of wire/. */
#include "ccproxy/sigv4.h"

#include "base/cleanup.h"
#include "base/fail.h"
#include "parts/spans.h"
#include "wire/sigv4.h"

static ccp_status take(const ccpi_headers *headers, const char *name, ccp_room into,
                       ccp_error *error)
{
    const char *value = ccpi_headers_get(headers, name);
    const size_t len = value ? strlen(value) : 0;

    if (!value || len >= into.size)
        return ccpi_fail(error, CCP_LIMIT, "%s would be too long", name);
    memcpy(into.data, value, len + 1);
    return CCP_OK;
}

static ccp_status take_all(const ccpi_headers *headers, ccp_sigv4_headers *out,
                           ccp_error *error)
{
    const struct {
        const char *name;
        ccp_room into;
    } wanted[] = {
        {"x-amz-date", {out->x_amz_date, sizeof(out->x_amz_date), 0}},
        {"x-amz-content-sha256",
         {out->x_amz_content_sha256, sizeof(out->x_amz_content_sha256), 0}},
        {"authorization", {out->authorization, sizeof(out->authorization), 0}},
    };
    ccp_status status = CCP_OK;

    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]) && status == CCP_OK; i++)
        status = take(headers, wanted[i].name, wanted[i].into, error);
    return status;
}

ccp_status ccp_sigv4_sign(const ccp_sigv4_request *request, ccp_sigv4_headers *out,
                          ccp_error *error)
{
    CCPI_CLEANUP(ccpi_headers_wipe) ccpi_headers headers = {0};
    const ccpi_sigv4_credentials credentials = {
        request->access_key_id, request->secret_access_key, request->session_token};
    const ccpi_span body = ccpi_span_from(request->body.data, request->body.len);
    ccpi_sigv4_request signing = {
        .credentials = &credentials,
        .region = request->region,
        .service = request->service,
        .unix_seconds = request->unix_seconds,
        .method = request->method,
        .url = request->url,
    };
    ccp_status status = ccpi_sigv4_hash_body(&body, 1, &signing.body, error);

    *out = (ccp_sigv4_headers){.authorization = ""};
    if (status == CCP_OK && request->content_type)
        status = ccpi_headers_set(&headers, "content-type", request->content_type);
    if (status == CCP_OK)
        status = ccpi_sigv4_sign(&signing, &headers, error);
    return status == CCP_OK ? take_all(&headers, out, error) : status;
}
