#include "admin/users.h"

#include <string.h>

#include "base/fail.h"
#include "calendar/calendar.h"
#include "usage/money.h"

#define US_PER_SECOND 1000000

ccp_status ccp_budget_parse(const char *usd, int64_t *micro, ccp_error *error)
{
    if (strcmp(usd, "none") == 0) {
        *micro = CCP_NO_BUDGET;
        return CCP_OK;
    }
    if (!ccpi_money_parse((ccpi_span){usd, strlen(usd)}, micro) ||
        *micro < CCP_BUDGET_MIN_MICRO || *micro > CCP_BUDGET_MAX_MICRO)
        return ccpi_fail(error, CCP_INVALID,
                         "a budget is \"none\", or 0.01 to 999999.99 dollars");
    return CCP_OK;
}

static ccp_status check_budget(const ccp_user *user, ccp_error *error)
{
    const int64_t micro = user->monthly_budget_micro;

    if (micro != CCP_NO_BUDGET &&
        (micro < CCP_BUDGET_MIN_MICRO || micro > CCP_BUDGET_MAX_MICRO))
        return ccpi_fail(error, CCP_INVALID, "a budget is 0.01 to 999999.99 dollars");
    return CCP_OK;
}

static ccp_status write_new(const ccp_store *within, void *context, ccp_error *error)
{
    return within->users.create(within->users.self, context, error);
}

ccp_status ccp_admin_create_user(ccp_admin *admin, ccp_user *user, ccp_error *error)
{
    const ccpi_deed deed = {"user.create", "user", user->id.text};
    ccp_status status = check_budget(user, error);

    if (status != CCP_OK)
        return status;
    if (user->routing == CCP_ROUTING_BEDROCK_ONLY)
        return ccpi_fail(
            error, CCP_INVALID,
            "a new user has no access key yet, so Bedrock alone can't serve");
    return ccpi_admin_do(admin, &deed, write_new, user, error);
}

/* Keys seen by a walk over those of one user. */
typedef struct key_count {
    const ccp_admin *admin;
    int live;
    int without_credential; /* of the live ones */
} key_count;

static bool count_key(void *context, const ccp_access_key *key)
{
    key_count *count = context;

    if (!ccpi_admin_is_live(count->admin, key))
        return true;
    count->live++;
    if (!ccpi_admin_has_credential(count->admin, key))
        count->without_credential++;
    return true;
}

static ccp_status count_keys(const ccp_admin *admin, const ccp_id *user_id,
                             key_count *count, ccp_error *error)
{
    const ccp_access_key_store *keys = &admin->store->keys;

    *count = (key_count){.admin = admin};
    return keys->list(keys->self, user_id, count_key, count, error);
}

ccp_status ccpi_admin_count_keys(const ccp_admin *admin, const ccp_id *user_id, int *out,
                                 ccp_error *error)
{
    key_count count;
    const ccp_status status = count_keys(admin, user_id, &count, error);

    *out = count.live;
    return status;
}

ccp_status ccpi_admin_check_bedrock_only(const ccp_admin *admin, const ccp_id *user_id,
                                         ccpi_bedrock_only *out, ccp_error *error)
{
    key_count count;
    ccp_status status = count_keys(admin, user_id, &count, error);

    *out = CCPI_BEDROCK_ONLY_CAN_SERVE;
    if (status != CCP_OK)
        return status;
    if (count.live == 0) {
        *out = CCPI_BEDROCK_ONLY_LACKS_KEY;
        return ccpi_fail(error, CCP_INVALID, "the user has no access key");
    }
    if (count.without_credential > 0) {
        *out = CCPI_BEDROCK_ONLY_LACKS_CREDENTIAL;
        return ccpi_fail(error, CCP_INVALID, "%d of the user's %d keys %s no Bedrock key",
                         count.without_credential, count.live,
                         count.without_credential == 1 ? "has" : "have");
    }
    return CCP_OK;
}

static ccp_status write_update(const ccp_store *within, void *context, ccp_error *error)
{
    return within->users.update(within->users.self, context, error);
}

ccp_status ccp_admin_update_user(ccp_admin *admin, ccp_user *user, ccp_error *error)
{
    const ccp_user_store *users = &admin->store->users;
    const ccpi_deed deed = {"user.update", "user", user->id.text};
    ccpi_bedrock_only verdict;
    ccp_user before;
    ccp_status status = check_budget(user, error);

    if (status == CCP_OK)
        status = users->find(users->self, user->id.text, &before, error);
    if (status == CCP_OK && user->routing == CCP_ROUTING_BEDROCK_ONLY &&
        before.routing != CCP_ROUTING_BEDROCK_ONLY)
        status = ccpi_admin_check_bedrock_only(admin, &user->id, &verdict, error);
    return status == CCP_OK ? ccpi_admin_do(admin, &deed, write_update, user, error)
                            : status;
}

/* How a user ends. */
typedef struct ending {
    const ccp_id *id;
    ccp_user_status to;
} ending;

static ccp_status write_end(const ccp_store *within, void *context, ccp_error *error)
{
    const ending *of = context;

    return within->users.set_status(within->users.self, of->id, of->to, error);
}

ccp_status ccp_admin_deactivate_user(ccp_admin *admin, const ccp_id *id, ccp_error *error)
{
    const ccpi_deed deed = {"user.deactivate", "user", id->text};
    ending of = {id, CCP_USER_INACTIVE};

    return ccpi_admin_do(admin, &deed, write_end, &of, error);
}

ccp_status ccp_admin_delete_user(ccp_admin *admin, const ccp_id *id, ccp_error *error)
{
    const ccpi_deed deed = {"user.delete", "user", id->text};
    ending of = {id, CCP_USER_DELETED};

    return ccpi_admin_do(admin, &deed, write_end, &of, error);
}

ccp_period ccpi_admin_month(const ccp_admin *admin)
{
    const int64_t now_s = ccpi_admin_now(admin) / US_PER_SECOND;

    return (ccp_period){
        .start_us =
            ccpi_bucket_start(admin->zone, CCPI_BUCKET_MONTH, now_s) * US_PER_SECOND,
        .end_us = ccpi_bucket_next(admin->zone, CCPI_BUCKET_MONTH, now_s) * US_PER_SECOND,
    };
}

static ccp_status find_usage(const ccp_admin *admin, const ccp_id *user_id,
                             int64_t *cost_micro, ccp_error *error)
{
    const ccp_usage_store *usage = &admin->store->usage;
    const ccp_period month = ccpi_admin_month(admin);

    return usage->bedrock_cost(usage->self, user_id, &month, cost_micro, error);
}

ccp_status ccp_admin_summarize_user(ccp_admin *admin, const ccp_user *user,
                                    ccp_user_summary *out, ccp_error *error)
{
    key_count count;
    ccp_status status = count_keys(admin, &user->id, &count, error);

    if (status != CCP_OK)
        return status;
    *out = (ccp_user_summary){.user = *user, .active_keys = count.live};
    return find_usage(admin, &user->id, &out->current_usage_micro, error);
}
