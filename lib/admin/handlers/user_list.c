/* The list of users: filtered, in one of several orders, a page of it. */
#include <ctype.h>
#include <stdlib.h>

#include "admin/handlers/handlers.h"
#include "admin/objects.h"
#include "admin/users.h"
#include "admin/web/list.h"
#include "base/cleanup.h"
#include "base/cut.h"
#include "base/fail.h"

/* What decides on the place of a user: pages are cut when all users are known. */
typedef struct entry {
    ccp_id id;
    size_t place; /* as the store lists them: newest first */
    int64_t used_micro;
    int64_t budget_micro;
    char name[64]; /* its beginning, which sorts as people expect: in small letters */
} entry;

typedef int (*order)(const void *left, const void *right);

typedef struct user_list {
    ccpi_list list;
    char status[16];
    char words[256];
    char sort[24];
    order order;
    entry *entries; /* owned */
    size_t count;
    size_t room;
    bool has_failed; /* memory ran out */
} user_list;

static void clear(user_list *list)
{
    ccpi_list_clear(&list->list);
    free(list->entries);
}

/* ---- orders ---- */

static int by_place(const void *left, const void *right)
{
    const entry *a = left, *b = right;

    return a->place < b->place ? -1 : a->place > b->place;
}

static int by_id(const void *left, const void *right)
{
    const entry *a = left, *b = right;

    return strcmp(a->id.text, b->id.text);
}

static int by_name(const void *left, const void *right)
{
    const entry *a = left, *b = right;
    const int difference = strcmp(a->name, b->name);

    return difference ? difference : by_place(left, right);
}

static int by_used(const void *left, const void *right)
{
    const entry *a = left, *b = right;

    if (a->used_micro != b->used_micro)
        return a->used_micro > b->used_micro ? -1 : 1;
    return by_place(left, right);
}

/* Who has no budget uses none of it. */
static double share_of(const entry *of)
{
    return of->budget_micro == CCP_NO_BUDGET || of->budget_micro == 0
               ? -1.0
               : (double)of->used_micro / (double)of->budget_micro;
}

static int by_share(const void *left, const void *right)
{
    const double a = share_of(left), b = share_of(right);

    if (a < b || a > b)
        return a > b ? -1 : 1;
    return by_used(left, right);
}

static const struct {
    const char *name;
    order order;
} orders[] = {
    {"created_at", by_place},
    {"name", by_name},
    {"current_usage_usd", by_used},
    {"usage_percentage", by_share},
};

static ccp_status find_order(ccpi_api_call *call, user_list *list)
{
    list->order = by_place;
    for (size_t i = 0; list->sort[0] && i < sizeof(orders) / sizeof(*orders); i++)
        if (strcmp(list->sort, orders[i].name) == 0) {
            list->order = orders[i].order;
            return CCP_OK;
        }
    return list->sort[0] ? ccpi_fail(&call->error, CCP_INVALID,
                                     "sort is created_at, name, current_usage_usd or "
                                     "usage_percentage")
                         : CCP_OK;
}

/* ---- who is on it ---- */

static bool starts(const char *text, const char *words)
{
    while (*words && tolower((unsigned char)*text) == tolower((unsigned char)*words))
        text++, words++;
    return !*words;
}

/* Whether the words stand in the text, in any case of ASCII. */
static bool has_words(const char *text, const char *words)
{
    do {
        if (starts(text, words))
            return true;
    } while (*text++);
    return false;
}

static bool is_wanted(const user_list *list, const ccp_user *user)
{
    if (list->status[0] && strcmp(list->status, ccp_user_status_name(user->status)) != 0)
        return false;
    return has_words(user->name, list->words) ||
           has_words(user->description, list->words);
}

static bool make_room(user_list *list)
{
    const size_t room = list->room ? list->room * 2 : 64;
    entry *entries;

    if (list->count < list->room)
        return true;
    entries = realloc(list->entries, room * sizeof(*entries));
    if (!entries)
        return false;
    list->entries = entries;
    list->room = room;
    return true;
}

static bool keep_user(void *context, const ccp_user *user)
{
    user_list *list = context;
    entry *kept;

    if (!is_wanted(list, user))
        return true;
    if (!make_room(list)) {
        list->has_failed = true;
        return false;
    }
    kept = &list->entries[list->count];
    *kept = (entry){.id = user->id,
                    .place = list->count++,
                    .budget_micro = user->monthly_budget_micro};
    for (size_t i = 0; i < sizeof(kept->name) - 1 && user->name[i]; i++)
        kept->name[i] = (char)tolower((unsigned char)user->name[i]);
    return true;
}

/* ---- what each has used of Bedrock this month ---- */

static bool take_cost(void *context, const ccp_usage_group *group)
{
    const user_list *list = context;
    entry wanted = {.place = 0};
    entry *found;

    ccpi_cut_into(wanted.id.text, sizeof(wanted.id.text), group->key);
    found = bsearch(&wanted, list->entries, list->count, sizeof(wanted), by_id);
    if (found)
        found->used_micro = group->sums.total_cost_micro;
    return true;
}

/* Leaves them in the order of ids. */
static ccp_status find_costs(ccpi_api_call *call, user_list *list)
{
    const ccp_report_store *reports = &call->admin.store->reports;
    const ccp_usage_grouping grouping = {
        .range = {.period = ccpi_admin_month(&call->admin), .provider = "bedrock"},
        .by = CCP_USAGE_BY_USER,
    };

    if (list->count == 0)
        return CCP_OK;
    qsort(list->entries, list->count, sizeof(*list->entries), by_id);
    return reports->groups(reports->self, &grouping, take_cost, list, &call->error);
}

/* ---- the answer ---- */

static ccp_status open_list(ccpi_api_call *call, user_list *list)
{
    const ccpi_field fields[] = {
        {CCPI_TEXT_FIELD("status", list->status)},
        {CCPI_TEXT_FIELD("q", list->words)},
        {CCPI_TEXT_FIELD("sort", list->sort)},
    };
    ccp_status status = ccpi_list_open(call, fields, 3, &list->list);

    if (status != CCP_OK)
        return status;
    if (list->status[0] && strcmp(list->status, "active") != 0 &&
        strcmp(list->status, "inactive") != 0)
        return ccpi_fail(&call->error, CCP_INVALID, "status is active or inactive");
    return find_order(call, list);
}

/* Who was deleted meanwhile is passed over. */
static ccp_status take_entry(ccpi_api_call *call, user_list *list, const entry *of)
{
    const ccp_user_store *users = &call->admin.store->users;
    ccp_user_summary summary = {.current_usage_micro = of->used_micro};
    ccp_status status =
        users->find(users->self, of->id.text, &summary.user, &call->error);

    if (status == CCP_NOT_FOUND)
        return CCP_OK;
    if (status == CCP_OK)
        status = ccpi_admin_count_keys(&call->admin, &of->id, &summary.active_keys,
                                       &call->error);
    if (status == CCP_OK && !ccpi_list_take(&list->list, ccpi_object_user(&summary)))
        status = CCP_NO_MEMORY;
    return status;
}

ccp_status ccpi_users_list(ccpi_api_call *call)
{
    const ccp_user_store *users = &call->admin.store->users;
    CCPI_CLEANUP(clear) user_list list = {.count = 0};
    ccp_status status = open_list(call, &list);

    if (status == CCP_OK)
        status = users->list(users->self, keep_user, &list, &call->error);
    if (status == CCP_OK && list.has_failed)
        status = CCP_NO_MEMORY;
    if (status == CCP_OK)
        status = find_costs(call, &list);
    if (status == CCP_OK && list.count > 0)
        qsort(list.entries, list.count, sizeof(*list.entries), list.order);
    for (size_t i = 0; i < list.count && status == CCP_OK; i++)
        if (ccpi_list_wants(&list.list))
            status = take_entry(call, &list, &list.entries[i]);
    return status == CCP_OK ? ccpi_list_answer(call, &list.list) : status;
}
