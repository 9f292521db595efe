#include "store/store.h"

/* The number is read again after this, whatever was told or not. */
#define TRUST_US (30 * INT64_C(1000000))

static bool take_version(void *context, const ccpi_db_value *columns)
{
    *(int64_t *)context = ccpi_db_get_integer(&columns[0]);
    return false;
}

static int64_t monotonic_now(const ccpi_store *store)
{
    return store->clock->monotonic_us(store->clock->self);
}

/* Where the database tells of changes, silence saves asking. */
static bool recall_version(ccpi_store *store, int64_t *version, uint64_t *told)
{
    const ccpi_db_driver *driver = ccpi_db_driver_of(store->db);
    bool is_good;

    *told = 0;
    if (!driver->is_silent)
        return false;
    pthread_mutex_lock(&store->lock);
    if (!driver->is_silent(driver->self)) {
        store->changes.told++;
        store->changes.is_known = false;
    }
    is_good = store->changes.is_known &&
              monotonic_now(store) - store->changes.read_at_us < TRUST_US;
    *version = store->changes.version;
    *told = store->changes.told;
    pthread_mutex_unlock(&store->lock);
    return is_good;
}

/* A number that was read before the last change was told may be the former one. */
static void remember_version(ccpi_store *store, int64_t version, uint64_t told)
{
    pthread_mutex_lock(&store->lock);
    if (told == store->changes.told) {
        store->changes.version = version;
        store->changes.read_at_us = monotonic_now(store);
        store->changes.is_known = true;
    }
    pthread_mutex_unlock(&store->lock);
}

/* What this process changed it is not to be told, but reads at once. */
void ccpi_store_forget_version(ccpi_store *store)
{
    pthread_mutex_lock(&store->lock);
    store->changes.told++;
    store->changes.is_known = false;
    pthread_mutex_unlock(&store->lock);
}

ccp_status ccpi_store_write(ccpi_store *store, ccpi_db_work work, void *context,
                            ccp_error *error)
{
    const ccp_status status = ccpi_db_write(store->db, work, context, error);

    ccpi_store_forget_version(store);
    return status;
}

static ccp_status version(void *self, int64_t *out, ccp_error *error)
{
    ccpi_store *store = self;
    const ccpi_db_statement query = {
        .sql = "SELECT version FROM change_counter",
        .visit = take_version,
        .context = out,
    };
    uint64_t told;
    ccp_status status;

    if (recall_version(store, out, &told))
        return CCP_OK;
    *out = 0;
    status = ccpi_db_read(store->db, &query, error);
    if (status == CCP_OK)
        remember_version(store, *out, told);
    return status;
}

ccp_status ccpi_store_announce(ccpi_db_session *session, ccp_error *error)
{
    const ccpi_db_statement raise = {
        .sql = "UPDATE change_counter SET version = version + 1"};

    return ccpi_db_run(session, &raise, NULL, error);
}

static ccp_status raise_version(ccpi_db_session *session, void *context, ccp_error *error)
{
    (void)context;
    return ccpi_store_announce(session, error);
}

static ccp_status announce(void *self, ccp_error *error)
{
    return ccpi_store_write(self, raise_version, NULL, error);
}

void ccpi_store_fill_changes(ccpi_store *store)
{
    store->table.changes =
        (ccp_change_store){.version = version, .announce = announce, .self = store};
}
