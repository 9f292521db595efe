#include "base/cleanup.h"
#include "base/json.h"
#include "base/uri.h"
#include "base/utf8.h"
#include "calendar/moment.h"
#include "routing/reply.h"
#include "usage/money.h"

/* GET /ak/{key}/usage: what the key's owner has used (PX-11). */

#define MAX_SESSION 128
#define MAX_ANSWER 8192

/* ---- the question ---- */

static bool is_text(ccpi_span bytes)
{
    const unsigned char *at = (const unsigned char *)bytes.data;
    const unsigned char *end = at + bytes.len;

    while (at < end && *at != '\0') {
        const size_t len = ccpi_utf8_sequence(at, end);

        if (len == 0)
            return false;
        at += len;
    }
    return at == end;
}

/* Whether the query names a session, as text that the store takes. */
static ccp_status find_session(const char *query, ccpi_buf *out)
{
    ccpi_span rest = ccpi_span_of(query);
    ccpi_span name, value;

    while (ccpi_uri_query_next(&rest, &name, &value)) {
        if (!ccpi_span_is(name, "session_id"))
            continue;
        ccpi_buf_reset(out);
        if (ccpi_uri_query_decode(value, out) != CCP_OK || !is_text(ccpi_buf_span(out)))
            return CCP_INVALID;
    }
    return CCP_OK;
}

/* ---- the answer ---- */

static void add_money(ccpi_buf *out, const char *name, int64_t micro)
{
    char text[CCPI_MONEY_TEXT_SIZE];

    ccpi_money_write(micro, text);
    ccpi_buf_append_format(out, ",\"%s\":\"%s\"", name, text);
}

static void add_moment(ccpi_buf *out, const char *name, int64_t unix_us)
{
    char text[CCPI_MOMENT_TEXT_SIZE];

    if (unix_us == 0) {
        ccpi_buf_append_format(out, "\"%s\":null", name);
        return;
    }
    ccpi_moment_write(unix_us, text);
    ccpi_buf_append_format(out, "\"%s\":\"%s\"", name, text);
}

static void add_sums(ccpi_buf *out, const ccpi_own_sums *sums)
{
    ccpi_buf_append_format(out, "\"requests\":%lld,\"total_tokens\":%lld",
                           (long long)sums->requests, (long long)sums->total_tokens);
    add_money(out, "total_cost_usd", sums->total_cost_micro);
}

static void add_provider(ccpi_buf *out, const char *name, const ccpi_own_sums *sums)
{
    ccpi_buf_append_format(out, ",\"%s\":{", name);
    add_sums(out, sums);
    ccpi_buf_append_text(out, "}");
}

static void add_budget(ccpi_buf *out, int64_t budget_micro, int64_t used_micro)
{
    if (budget_micro == CCP_NO_BUDGET) {
        ccpi_buf_append_text(out, ",\"monthly_budget_usd\":null");
        add_money(out, "current_usage_usd", used_micro);
        ccpi_buf_append_text(out, ",\"remaining_usd\":null,\"usage_percentage\":null");
        return;
    }
    add_money(out, "monthly_budget_usd", budget_micro);
    add_money(out, "current_usage_usd", used_micro);
    add_money(out, "remaining_usd",
              used_micro < budget_micro ? budget_micro - used_micro : 0);
    if (budget_micro > 0) {
        const int64_t hundredths = used_micro * 10000 / budget_micro;

        ccpi_buf_append_format(out, ",\"usage_percentage\":%lld.%02lld",
                               (long long)(hundredths / 100),
                               (long long)(hundredths % 100));
    } else {
        ccpi_buf_append_text(out, ",\"usage_percentage\":null");
    }
}

static void add_month(ccpi_buf *out, const ccpi_exchange *x, const ccpi_own_month *month)
{
    ccpi_buf_append_text(out, "{");
    add_moment(out, "period_start", month->period.start_us);
    ccpi_buf_append_text(out, ",");
    add_moment(out, "period_end", month->period.end_us);
    ccpi_buf_append_format(out, ",\"timezone\":\"%s\"",
                           ccpi_own_usage_zone(x->router->own_usage));
    add_budget(out, x->who.monthly_budget_micro, month->bedrock.total_cost_micro);
    add_provider(out, "plan", &month->plan);
    add_provider(out, "bedrock", &month->bedrock);
}

/* At most four places, so that no locale's decimal point gets in. */
static void add_share(ccpi_buf *out, double share)
{
    const long long parts = (long long)(share * 10000 + 0.5);

    if (share < 0)
        ccpi_buf_append_text(out, "\"utilization\":null,");
    else
        ccpi_buf_append_format(out, "\"utilization\":%lld.%04lld,", parts / 10000,
                               parts % 10000);
}

static void add_limit(ccpi_buf *out, const char *name, const ccpi_plan_limit *limit)
{
    ccpi_buf_append_format(out, ",\"%s\":", name);
    if (!limit->is_known) {
        ccpi_buf_append_text(out, "null");
        return;
    }
    ccpi_buf_append_text(out, "{");
    add_share(out, limit->utilization);
    add_moment(out, "resets_at", limit->resets_at_us);
    ccpi_buf_append_text(out, "}");
}

static void add_window(ccpi_buf *out, const ccpi_exchange *x)
{
    ccpi_plan_window window;

    ccpi_buf_append_text(out, ",\"plan_window\":");
    if (!ccpi_plan_windows_find(x->router->windows, &x->who.key.id, &window)) {
        ccpi_buf_append_text(out, "null");
        return;
    }
    if (window.status[0])
        ccpi_buf_append_format(out, "{\"status\":\"%s\"", window.status);
    else
        ccpi_buf_append_text(out, "{\"status\":null");
    add_limit(out, "five_hour", &window.five_hour);
    add_limit(out, "seven_day", &window.seven_day);
    ccpi_buf_append_text(out, "}");
}

static ccp_status add_session(ccpi_buf *out, const ccpi_exchange *x,
                              const char *session_id, ccp_error *error)
{
    ccpi_own_sums sums;
    ccp_status status = ccpi_own_usage_session(x->router->own_usage, &x->who.key.user_id,
                                               session_id, &sums, error);

    if (status != CCP_OK)
        return status;
    ccpi_buf_append_text(out, ",\"session\":{\"session_id\":");
    ccpi_json_quote(ccpi_span_of(session_id), out);
    ccpi_buf_append_text(out, ",");
    add_sums(out, &sums);
    ccpi_buf_append_text(out, "}");
    return out->status;
}

static ccp_status make_answer(const ccpi_exchange *x, const ccpi_buf *session_id,
                              ccpi_buf *out, ccp_error *error)
{
    ccpi_own_month month;
    ccp_status status =
        ccpi_own_usage_month(x->router->own_usage, &x->who.key.user_id, &month, error);

    if (status != CCP_OK)
        return status;
    add_month(out, x, &month);
    add_window(out, x);
    if (session_id->len > 0)
        status = add_session(out, x, session_id->data, error);
    ccpi_buf_append_text(out, "}");
    return status == CCP_OK ? out->status : status;
}

static void tell_unavailable(ccpi_exchange *x)
{
    ccpi_reply_refuse(x, &(ccpi_refusal){.status = 503,
                                         .type = CCPI_ERROR_API,
                                         .message = "Usage can't be read at the moment.",
                                         .retry_after_s = 5});
}

void ccpi_own_usage_run(ccpi_exchange *x)
{
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf session_id = {.limit = MAX_SESSION};
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf answer = {.limit = MAX_ANSWER};
    ccp_error error = {CCP_OK, ""};

    if (find_session(x->request->query, &session_id) != CCP_OK)
        ccpi_reply_refuse(x, &(ccpi_refusal){.status = 400,
                                             .type = CCPI_ERROR_INVALID_REQUEST,
                                             .message = "session_id is not valid."});
    else if (make_answer(x, &session_id, &answer, &error) == CCP_OK)
        ccpi_reply_plain(x, 200, ccpi_buf_span(&answer));
    else
        tell_unavailable(x);
}
