#include "store/store.h"

static bool take_version(void *context, const ccpi_db_value *columns)
{
    *(int64_t *)context = ccpi_db_get_integer(&columns[0]);
    return false;
}

static ccp_status version(void *self, int64_t *out, ccp_error *error)
{
    const ccpi_store *store = self;
    const ccpi_db_statement query = {
        .sql = "SELECT version FROM change_counter",
        .visit = take_version,
        .context = out,
    };

    *out = 0;
    return ccpi_db_read(store->db, &query, error);
}

ccp_status ccpi_store_announce(ccpi_db_session *session, ccp_error *error)
{
    const ccpi_db_statement raise = {
        .sql = "UPDATE change_counter SET version = version + 1"};

    return ccpi_db_run(session, &raise, NULL, error);
}

void ccpi_store_fill_changes(ccpi_store *store)
{
    store->table.changes = (ccp_change_store){.version = version, .self = store};
}
