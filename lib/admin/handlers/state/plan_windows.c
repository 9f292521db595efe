/* Who is about to run out of plan (OB-6). */
#include "routing/plan_windows.h"

#include <stdlib.h>

#include "admin/handlers/handlers.h"
#include "admin/objects.h"
#include "admin/web/list.h"
#include "base/cleanup.h"

/* The windows of a page: names are looked up when none is held any more. */
typedef struct window_list {
    ccpi_list list;
    ccpi_key_window *windows; /* owned; room for a page */
    size_t count;
} window_list;

static void clear(window_list *list)
{
    ccpi_list_clear(&list->list);
    free(list->windows);
}

static bool keep_window(void *context, const ccpi_key_window *window)
{
    window_list *list = context;

    if (ccpi_list_wants(&list->list))
        list->windows[list->count++] = *window;
    return true;
}

static json_t *limit_object(const ccpi_plan_limit *limit)
{
    if (!limit->is_known)
        return json_null();
    return json_pack("{s:o, s:o, s:o}", "status", ccpi_object_text(limit->status),
                     "utilization",
                     limit->utilization < 0 ? json_null() : json_real(limit->utilization),
                     "resets_at", ccpi_object_time(limit->resets_at_us));
}

static json_t *number_or_null(int64_t value)
{
    return value < 0 ? json_null() : json_integer(value);
}

static json_t *quota_object(const ccpi_plan_quota *quota)
{
    if (!quota->is_known)
        return json_null();
    return json_pack("{s:o, s:o, s:o}", "limit", number_or_null(quota->limit),
                     "remaining", number_or_null(quota->remaining), "resets_at",
                     ccpi_object_time(quota->resets_at_us));
}

static json_t *window_object(const ccpi_plan_window *window)
{
    return json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "status",
        ccpi_object_text(window->status), "claim", ccpi_object_text(window->claim),
        "resets_at", ccpi_object_time(window->resets_at_us), "five_hour",
        limit_object(&window->five_hour), "seven_day", limit_object(&window->seven_day),
        "overage", limit_object(&window->overage), "requests",
        quota_object(&window->requests), "tokens", quota_object(&window->tokens),
        "input_tokens", quota_object(&window->input_tokens), "output_tokens",
        quota_object(&window->output_tokens), "seen_at",
        ccpi_object_time(window->seen_at_us));
}

static json_t *owner_object(const ccpi_api_call *call, const ccpi_key_window *of)
{
    const ccp_user_store *users = &call->admin.store->users;
    ccp_user user;

    if (users->find(users->self, of->user_id.text, &user, NULL) != CCP_OK)
        user.name[0] = '\0';
    return json_pack("{s:s, s:s, s:s, s:o}", "access_key_id", of->access_key_id.text,
                     "key_prefix", of->prefix.text, "user_id", of->user_id.text,
                     "user_name", ccpi_object_text(user.name));
}

ccp_status ccpi_plan_window_list(ccpi_api_call *call)
{
    CCPI_CLEANUP(clear) window_list list = {.count = 0};
    ccp_status status = ccpi_list_open(call, NULL, 0, &list.list);

    if (status != CCP_OK)
        return status;
    list.windows = calloc(list.list.page.limit, sizeof(*list.windows));
    if (!list.windows)
        return CCP_NO_MEMORY;
    ccpi_plan_windows_list(call->api->router->windows, keep_window, &list);
    for (size_t i = 0; i < list.count; i++) {
        const ccpi_key_window *of = &list.windows[i];

        if (!ccpi_list_take(&list.list, ccpi_object_join(owner_object(call, of),
                                                         window_object(&of->window))))
            break;
    }
    return ccpi_list_answer(call, &list.list);
}
