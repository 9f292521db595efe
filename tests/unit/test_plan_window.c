#include "provider/plan_window.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>

#include "routing/plan_windows.h"

#define NOW INT64_C(1772366400000000)

static ccpi_headers headers_of(const char *const fields[][2], size_t count)
{
    ccpi_headers headers = {0};

    for (size_t i = 0; i < count; i++)
        cr_assert(
            eq(int, ccpi_headers_set(&headers, fields[i][0], fields[i][1]), CCP_OK));
    return headers;
}

#define READ(fields, out) read_window(fields, sizeof(fields) / sizeof(*(fields)), out)

static bool read_window(const char *const fields[][2], size_t count,
                        ccpi_plan_window *out)
{
    ccpi_headers headers = headers_of(fields, count);
    const bool result = ccpi_plan_window_read(&headers, NOW, out);

    ccpi_headers_clear(&headers);
    return result;
}

/* OB-6 */
Test(plan_window, a_subscriptions_answer_tells_of_both_windows)
{
    static const char *const fields[][2] = {
        {"anthropic-ratelimit-unified-status", "allowed_warning"},
        {"anthropic-ratelimit-unified-reset", "1772370000"},
        {"anthropic-ratelimit-unified-representative-claim", "five_hour"},
        {"anthropic-ratelimit-unified-5h-status", "allowed_warning"},
        {"anthropic-ratelimit-unified-5h-utilization", "0.87"},
        {"anthropic-ratelimit-unified-5h-reset", "1772370000"},
        {"anthropic-ratelimit-unified-7d-utilization", "1"},
    };
    ccpi_plan_window window;

    cr_assert(READ(fields, &window));
    cr_expect(eq(i64, window.seen_at_us, NOW));
    cr_expect(eq(str, window.status, "allowed_warning"));
    cr_expect(eq(str, window.claim, "five_hour"));
    cr_expect(eq(i64, window.resets_at_us, INT64_C(1772370000000000)));
    cr_expect(window.five_hour.is_known);
    cr_expect(eq(str, window.five_hour.status, "allowed_warning"));
    cr_expect(epsilon_eq(dbl, window.five_hour.utilization, 0.87, 1e-9));
    cr_expect(eq(i64, window.five_hour.resets_at_us, INT64_C(1772370000000000)));
    cr_expect(window.seven_day.is_known);
    cr_expect(epsilon_eq(dbl, window.seven_day.utilization, 1, 1e-9));
    cr_expect(eq(i64, window.seven_day.resets_at_us, 0));
    cr_expect(not(window.overage.is_known));
}

Test(plan_window, an_api_keys_answer_tells_of_its_limits)
{
    static const char *const fields[][2] = {
        {"anthropic-ratelimit-requests-limit", "50"},
        {"anthropic-ratelimit-requests-remaining", "0"},
        {"anthropic-ratelimit-requests-reset", "2026-03-01T12:00:30Z"},
        {"anthropic-ratelimit-output-tokens-limit", "8000"},
    };
    ccpi_plan_window window;

    cr_assert(READ(fields, &window));
    cr_expect(eq(str, window.status, ""));
    cr_expect(eq(i64, window.requests.limit, 50));
    cr_expect(eq(i64, window.requests.remaining, 0));
    cr_expect(eq(i64, window.requests.resets_at_us, NOW + 30000000));
    cr_expect(eq(i64, window.output_tokens.limit, 8000));
    cr_expect(eq(i64, window.output_tokens.remaining, -1));
    cr_expect(not(window.tokens.is_known));
}

Test(plan_window, an_answer_that_says_nothing_is_no_window)
{
    static const char *const fields[][2] = {{"request-id", "req_1"},
                                            {"retry-after", "5"}};
    ccpi_plan_window window;

    cr_expect(not(READ(fields, &window)));
}

/* The values are shown in JSON and on pages. */
Test(plan_window, what_is_no_word_or_number_is_passed_over)
{
    static const char *const fields[][2] = {
        {"anthropic-ratelimit-unified-status", "\"><script>"},
        {"anthropic-ratelimit-unified-reset", "-1"},
        {"anthropic-ratelimit-unified-5h-utilization", "nan"},
        {"anthropic-ratelimit-unified-5h-reset", "99999999999999999999"},
        {"anthropic-ratelimit-unified-7d-utilization", "0.5x"},
        {"anthropic-ratelimit-tokens-limit", "12e3"},
    };
    ccpi_plan_window window;

    cr_expect(not(READ(fields, &window)));
    cr_expect(eq(str, window.status, ""));
    cr_expect(eq(i64, window.resets_at_us, 0));
    cr_expect(eq(i64, window.five_hour.resets_at_us, 0));
}

/* ---- the memory ---- */

static ccp_access_key key_of(int number)
{
    ccp_access_key key = {.id = {""}};

    snprintf(key.id.text, sizeof(key.id.text), "%08d-0000-4000-8000-000000000000",
             number);
    strcpy(key.prefix.text, "ak_abcdef");
    return key;
}

static void note(ccpi_plan_windows *windows, int number, const char *status)
{
    const char *const fields[][2] = {{"anthropic-ratelimit-unified-status", status}};
    const ccp_access_key key = key_of(number);
    ccpi_headers headers = headers_of(fields, 1);

    ccpi_plan_windows_note(windows, &key, &headers, NOW);
    ccpi_headers_clear(&headers);
}

typedef struct list {
    char ids[3][37];
    int count;
} list;

static bool add(void *context, const ccpi_key_window *window)
{
    list *of = context;

    if (of->count < 3)
        strcpy(of->ids[of->count], window->access_key_id.text);
    of->count++;
    return true;
}

Test(plan_window, the_newest_window_of_each_key_is_kept_and_listed)
{
    const ccp_access_key first = key_of(1), unknown = key_of(3);
    ccpi_plan_windows *windows;
    ccpi_plan_window window;
    list of = {.count = 0};

    cr_assert(eq(int, ccpi_plan_windows_new(&windows), CCP_OK));
    note(windows, 1, "allowed");
    note(windows, 2, "allowed");
    note(windows, 1, "rejected");
    cr_assert(ccpi_plan_windows_find(windows, &first.id, &window));
    cr_expect(eq(str, window.status, "rejected"));
    cr_expect(not(ccpi_plan_windows_find(windows, &unknown.id, &window)));
    ccpi_plan_windows_list(windows, add, &of);
    cr_expect(eq(int, of.count, 2));
    cr_expect(eq(str, of.ids[0], (char *)first.id.text));
    ccpi_plan_windows_free(windows);
}

Test(plan_window, more_keys_than_there_is_room_for_push_out_the_oldest)
{
    const ccp_access_key first = key_of(0);
    ccpi_plan_windows *windows;
    ccpi_plan_window window;
    list of = {.count = 0};

    cr_assert(eq(int, ccpi_plan_windows_new(&windows), CCP_OK));
    for (int i = 0; i <= CCPI_PLAN_WINDOWS_MOST; i++)
        note(windows, i, "allowed");
    cr_expect(not(ccpi_plan_windows_find(windows, &first.id, &window)));
    ccpi_plan_windows_list(windows, add, &of);
    cr_expect(eq(int, of.count, CCPI_PLAN_WINDOWS_MOST));
    ccpi_plan_windows_free(windows);
}
