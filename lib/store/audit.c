#include "store/store.h"

#define COLUMNS "id, created_at, actor, address, action, target_type, target_id, detail"

/* ---- writing ---- */

/* Has the nouns that are the library's own work within the transaction. */
static void bind(const ccpi_store *own, const ccp_store *visible, ccpi_db *within,
                 ccpi_store *out)
{
    *out = (ccpi_store){
        .table = *visible,
        .db = within,
        .clock = own->clock,
        .random = own->random,
        .zone = own->zone,
        .lock = PTHREAD_MUTEX_INITIALIZER,
    };
    void **const selves[] = {
        &out->table.users.self,  &out->table.keys.self,    &out->table.models.self,
        &out->table.usage.self,  &out->table.changes.self, &out->table.sessions.self,
        &out->table.tokens.self, &out->table.audit.self,   &out->table.reports.self,
    };
    for (size_t i = 0; i < sizeof(selves) / sizeof(*selves); i++)
        if (*selves[i] == own)
            *selves[i] = out;
}

static ccp_status insert(ccpi_db_session *session, void *context, ccp_error *error)
{
    const ccp_audit_entry *entry = context;
    const ccpi_db_statement statement = {
        .sql =
            "INSERT INTO audit_log (" COLUMNS ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        CCPI_DB_WITH(ccpi_db_id(entry->id.text), ccpi_db_time(entry->created_at_us),
                     ccpi_db_text(entry->actor), ccpi_db_text(entry->address),
                     ccpi_db_text(entry->action), ccpi_db_text(entry->target_type),
                     ccpi_db_optional_text(entry->target_id),
                     ccpi_db_optional_text(entry->detail)),
    };

    return ccpi_db_run(session, &statement, NULL, error);
}

/* What is to be done, and the store that it was asked of. */
typedef struct deed {
    ccpi_store *store;
    const ccp_audited_work *work;
} deed;

static ccp_status write_both(ccpi_db *within, void *context, ccp_error *error)
{
    const deed *of = context;
    const ccp_audited_work *work = of->work;
    ccp_status status = CCP_OK;

    if (work->run) {
        ccpi_store bound;

        bind(of->store, work->store, within, &bound);
        status = work->run(&bound.table, work->context, error);
    }
    if (status == CCP_OK)
        status = ccpi_db_write(within, insert, work->entry, error);
    return status;
}

static ccp_status write_entry(void *self, const ccp_audited_work *work, ccp_error *error)
{
    ccpi_store *store = self;
    deed of = {store, work};
    ccp_status status = ccpi_store_new_id(store, &work->entry->id, error);

    if (status != CCP_OK)
        return status;
    work->entry->created_at_us = ccpi_store_now(store);
    status = ccpi_db_write_within(store->db, write_both, &of, error);
    ccpi_store_forget_version(store);
    return status;
}

/* ---- reading ---- */

static void read_entry(const ccpi_db_value *columns, ccp_audit_entry *out)
{
    *out = (ccp_audit_entry){0};
    ccpi_db_get_text(&columns[0], out->id.text, sizeof(out->id.text));
    out->created_at_us = ccpi_db_get_integer(&columns[1]);
    ccpi_db_get_text(&columns[2], out->actor, sizeof(out->actor));
    ccpi_db_get_text(&columns[3], out->address, sizeof(out->address));
    ccpi_db_get_text(&columns[4], out->action, sizeof(out->action));
    ccpi_db_get_text(&columns[5], out->target_type, sizeof(out->target_type));
    ccpi_db_get_text(&columns[6], out->target_id, sizeof(out->target_id));
    ccpi_db_get_text(&columns[7], out->detail, sizeof(out->detail));
}

typedef struct listing {
    ccp_audit_visitor visit;
    void *context;
} listing;

static bool show_entry(void *context, const ccpi_db_value *columns)
{
    const listing *to = context;
    ccp_audit_entry entry;

    read_entry(columns, &entry);
    return to->visit(to->context, &entry);
}

static bool take_count(void *context, const ccpi_db_value *columns)
{
    *(size_t *)context = (size_t)ccpi_db_get_integer(&columns[0]);
    return false;
}

static ccp_status list(void *self, ccp_page *page, ccp_audit_visitor visit, void *context,
                       ccp_error *error)
{
    const ccpi_store *store = self;
    listing to = {visit, context};
    const ccpi_db_statement query = {
        .sql = "SELECT " COLUMNS
               " FROM audit_log ORDER BY created_at DESC, id LIMIT $1 OFFSET $2",
        CCPI_DB_WITH(ccpi_db_integer((int64_t)page->limit),
                     ccpi_db_integer((int64_t)page->offset)),
        .visit = show_entry,
        .context = &to,
    };
    const ccpi_db_statement count = {
        .sql = "SELECT count(*) FROM audit_log",
        .visit = take_count,
        .context = &page->total,
    };
    ccp_status status = ccpi_db_read(store->db, &query, error);

    return status == CCP_OK ? ccpi_db_read(store->db, &count, error) : status;
}

void ccpi_store_fill_audit(ccpi_store *store)
{
    store->table.audit = (ccp_audit_store){
        .write = write_entry,
        .list = list,
        .self = store,
    };
}
