/* Leases of budgets: see ccp_budget_lease. */
#include "store/store.h"

/* Beside what is wanted, this part of what is free: so that not every request asks. */
#define SPARE_PART 16

static bool take_number(void *context, const ccpi_db_value *columns)
{
    *(int64_t *)context = ccpi_db_get_integer(&columns[0]);
    return false;
}

/* The row's lock goes with the transaction: leases of one user come one after another. */
static ccp_status take_turn(ccpi_db_session *session, const ccp_budget_lease *lease,
                            ccp_error *error)
{
    const ccpi_db_statement turn = {
        .sql = "INSERT INTO budget_turns (user_id, turn) VALUES ($1, 1)"
               " ON CONFLICT (user_id) DO UPDATE SET turn = budget_turns.turn + 1",
        CCPI_DB_WITH(ccpi_db_id(lease->user_id.text)),
    };

    return ccpi_db_run(session, &turn, NULL, error);
}

/* Leases first: a row that is stored between the two reads is then counted twice, and
 * not never. */
static ccp_status read_facts(ccpi_db_session *session, ccp_budget_lease *lease,
                             int64_t now_us, ccp_error *error)
{
    const ccpi_db_statement others = {
        .sql = "SELECT CAST(coalesce(sum(leased_micro), 0) AS BIGINT) FROM budget_leases"
               " WHERE user_id = $1 AND holder_id <> $2 AND month_start = $3"
               " AND expires_at > $4",
        CCPI_DB_WITH(ccpi_db_id(lease->user_id.text), ccpi_db_id(lease->holder.text),
                     ccpi_db_time(lease->month.start_us), ccpi_db_time(now_us)),
        .visit = take_number,
        .context = &lease->others_micro,
    };
    const ccpi_db_statement stored = {
        .sql =
            "SELECT CAST(coalesce(sum(total_cost_micro), 0) AS BIGINT) FROM token_usage"
            " WHERE user_id = $1 AND created_at >= $2 AND created_at < $3"
            " AND provider = 'bedrock'",
        CCPI_DB_WITH(ccpi_db_id(lease->user_id.text), ccpi_db_time(lease->month.start_us),
                     ccpi_db_time(lease->month.end_us)),
        .visit = take_number,
        .context = &lease->stored_micro,
    };
    ccp_status status = ccpi_db_run(session, &others, NULL, error);

    return status == CCP_OK ? ccpi_db_run(session, &stored, NULL, error) : status;
}

static void decide(ccp_budget_lease *lease)
{
    const int64_t taken = lease->stored_micro + lease->others_micro + lease->held_micro;
    const int64_t left = lease->limit_micro - taken - lease->wanted_micro;

    lease->leased_micro = lease->held_micro;
    if (lease->wanted_micro == 0 || taken >= lease->limit_micro)
        return;
    lease->leased_micro += lease->wanted_micro;
    if (left > 0)
        lease->leased_micro += left / SPARE_PART;
}

static ccp_status write_lease(ccpi_db_session *session, const ccp_budget_lease *lease,
                              int64_t now_us, ccp_error *error)
{
    const ccpi_db_statement remove = {
        .sql = "DELETE FROM budget_leases WHERE user_id = $1"
               " AND (holder_id = $2 OR expires_at <= $3)",
        CCPI_DB_WITH(ccpi_db_id(lease->user_id.text), ccpi_db_id(lease->holder.text),
                     ccpi_db_time(now_us)),
    };
    const ccpi_db_statement put = {
        .sql = "INSERT INTO budget_leases"
               " (user_id, holder_id, month_start, leased_micro, expires_at)"
               " VALUES ($1, $2, $3, $4, $5)",
        CCPI_DB_WITH(ccpi_db_id(lease->user_id.text), ccpi_db_id(lease->holder.text),
                     ccpi_db_time(lease->month.start_us),
                     ccpi_db_integer(lease->leased_micro),
                     ccpi_db_time(lease->expires_at_us)),
    };
    ccp_status status = ccpi_db_run(session, &remove, NULL, error);

    if (status == CCP_OK && lease->leased_micro > 0)
        status = ccpi_db_run(session, &put, NULL, error);
    return status;
}

typedef struct work {
    ccp_budget_lease *lease;
    int64_t now_us;
} work;

static ccp_status grant(ccpi_db_session *session, void *context, ccp_error *error)
{
    const work *of = context;
    ccp_status status = take_turn(session, of->lease, error);

    if (status == CCP_OK)
        status = read_facts(session, of->lease, of->now_us, error);
    if (status != CCP_OK)
        return status;
    decide(of->lease);
    return write_lease(session, of->lease, of->now_us, error);
}

ccp_status ccpi_usage_lease_budget(void *self, ccp_budget_lease *lease, ccp_error *error)
{
    const ccpi_store *store = self;
    work of = {lease, ccpi_store_now(store)};

    return ccpi_db_write(store->db, grant, &of, error);
}

static ccp_status remove_all(ccpi_db_session *session, void *context, ccp_error *error)
{
    const ccp_id *holder = context;
    const ccpi_db_statement remove = {
        .sql = "DELETE FROM budget_leases WHERE holder_id = $1",
        CCPI_DB_WITH(ccpi_db_id(holder->text)),
    };

    return ccpi_db_run(session, &remove, NULL, error);
}

ccp_status ccpi_usage_end_leases(void *self, const ccp_id *holder, ccp_error *error)
{
    const ccpi_store *store = self;
    ccp_id copy = *holder;

    return ccpi_db_write(store->db, remove_all, &copy, error);
}
