#include "base/fail.h"
#include "store/store.h"

#define COLUMNS                                                                          \
    "id, claude_model, bedrock_model, description, is_active, created_at, updated_at"

#define MAX_MODEL 128
#define MAX_DESCRIPTION 1024

static void read_mapping(const ccpi_db_value *columns, ccp_model_mapping *out)
{
    *out = (ccp_model_mapping){0};
    ccpi_db_get_text(&columns[0], out->id.text, sizeof(out->id.text));
    ccpi_db_get_text(&columns[1], out->claude_model, sizeof(out->claude_model));
    ccpi_db_get_text(&columns[2], out->bedrock_model, sizeof(out->bedrock_model));
    ccpi_db_get_text(&columns[3], out->description, sizeof(out->description));
    out->is_active = ccpi_db_get_integer(&columns[4]) != 0;
    out->created_at_us = ccpi_db_get_integer(&columns[5]);
    out->updated_at_us = ccpi_db_get_integer(&columns[6]);
}

static bool is_model(const char *name)
{
    return name[0] != '\0' && ccpi_store_fits(name, MAX_MODEL);
}

static ccp_status check(const ccp_model_mapping *mapping, ccp_error *error)
{
    if (!is_model(mapping->claude_model) || !is_model(mapping->bedrock_model))
        return ccpi_fail(error, CCP_INVALID, "a model's name has 1 to %d characters",
                         MAX_MODEL);
    if (!ccpi_store_fits(mapping->description, MAX_DESCRIPTION))
        return ccpi_fail(error, CCP_INVALID,
                         "a mapping's description has at most %d characters",
                         MAX_DESCRIPTION);
    return CCP_OK;
}

static ccp_status insert(ccpi_db_session *session, void *context, ccp_error *error)
{
    const ccp_model_mapping *mapping = context;
    const ccpi_db_statement statement = {
        .sql = "INSERT INTO model_mappings (" COLUMNS
               ") VALUES ($1, $2, $3, $4, $5, $6, $7)",
        CCPI_DB_WITH(ccpi_db_id(mapping->id.text), ccpi_db_text(mapping->claude_model),
                     ccpi_db_text(mapping->bedrock_model),
                     ccpi_db_optional_text(mapping->description),
                     ccpi_db_boolean(mapping->is_active),
                     ccpi_db_time(mapping->created_at_us),
                     ccpi_db_time(mapping->updated_at_us)),
    };
    ccp_status status = ccpi_db_run(session, &statement, NULL, error);

    return status == CCP_OK ? ccpi_store_announce(session, error) : status;
}

static ccp_status create(void *self, ccp_model_mapping *mapping, ccp_error *error)
{
    ccpi_store *store = self;
    ccp_status status = check(mapping, error);

    if (status == CCP_OK)
        status = ccp_id_new(store->random, &mapping->id, error);
    if (status != CCP_OK)
        return status;
    mapping->created_at_us = mapping->updated_at_us = ccpi_store_now(store);
    return ccpi_store_write(store, insert, mapping, error);
}

static bool take_mapping(void *context, const ccpi_db_value *columns)
{
    read_mapping(columns, context);
    return false;
}

static ccp_status find(void *self, const char *id_or_claude_model, ccp_model_mapping *out,
                       ccp_error *error)
{
    const ccpi_store *store = self;
    ccp_id id = {0};
    const bool is_id = ccpi_id_parse(id_or_claude_model, &id);
    const ccpi_db_statement by_id = {
        .sql = "SELECT " COLUMNS " FROM model_mappings WHERE id = $1",
        CCPI_DB_WITH(ccpi_db_id(id.text)),
        .visit = take_mapping,
        .context = out,
    };
    const ccpi_db_statement by_name = {
        .sql = "SELECT " COLUMNS " FROM model_mappings WHERE claude_model = $1",
        CCPI_DB_WITH(ccpi_db_text(id_or_claude_model)),
        .visit = take_mapping,
        .context = out,
    };
    ccp_status status = CCP_OK;

    *out = (ccp_model_mapping){0};
    if (is_id || ccpi_store_fits(id_or_claude_model, MAX_MODEL))
        status = ccpi_db_read(store->db, is_id ? &by_id : &by_name, error);
    if (status == CCP_OK && out->id.text[0] == '\0')
        return ccpi_fail(error, CCP_NOT_FOUND, "there is no such mapping");
    return status;
}

static ccp_status announce_if(int64_t changed, ccpi_db_session *session, ccp_error *error)
{
    if (changed == 0)
        return ccpi_fail(error, CCP_NOT_FOUND, "there is no such mapping");
    return ccpi_store_announce(session, error);
}

static ccp_status write_update(ccpi_db_session *session, void *context, ccp_error *error)
{
    const ccp_model_mapping *mapping = context;
    const ccpi_db_statement statement = {
        .sql = "UPDATE model_mappings SET claude_model = $2, bedrock_model = $3,"
               " description = $4, is_active = $5, updated_at = $6 WHERE id = $1",
        CCPI_DB_WITH(ccpi_db_id(mapping->id.text), ccpi_db_text(mapping->claude_model),
                     ccpi_db_text(mapping->bedrock_model),
                     ccpi_db_optional_text(mapping->description),
                     ccpi_db_boolean(mapping->is_active),
                     ccpi_db_time(mapping->updated_at_us)),
    };
    int64_t changed;
    ccp_status status = ccpi_db_run(session, &statement, &changed, error);

    return status == CCP_OK ? announce_if(changed, session, error) : status;
}

static ccp_status update(void *self, ccp_model_mapping *mapping, ccp_error *error)
{
    ccpi_store *store = self;
    ccp_status status = check(mapping, error);

    if (status != CCP_OK)
        return status;
    mapping->updated_at_us = ccpi_store_now(store);
    return ccpi_store_write(store, write_update, mapping, error);
}

static ccp_status write_removal(ccpi_db_session *session, void *context, ccp_error *error)
{
    const ccp_id *id = context;
    const ccpi_db_statement statement = {
        .sql = "DELETE FROM model_mappings WHERE id = $1",
        CCPI_DB_WITH(ccpi_db_id(id->text)),
    };
    int64_t changed;
    ccp_status status = ccpi_db_run(session, &statement, &changed, error);

    return status == CCP_OK ? announce_if(changed, session, error) : status;
}

static ccp_status remove_mapping(void *self, const ccp_id *id, ccp_error *error)
{
    ccpi_store *store = self;
    ccp_id copy = *id;

    return ccpi_store_write(store, write_removal, &copy, error);
}

typedef struct listing {
    ccp_model_mapping_visitor visit;
    void *context;
} listing;

static bool show_mapping(void *context, const ccpi_db_value *columns)
{
    const listing *to = context;
    ccp_model_mapping mapping;

    read_mapping(columns, &mapping);
    return to->visit(to->context, &mapping);
}

static ccp_status list(void *self, ccp_model_mapping_visitor visit, void *context,
                       ccp_error *error)
{
    const ccpi_store *store = self;
    const ccpi_db_statement query = {
        .sql = "SELECT " COLUMNS " FROM model_mappings ORDER BY claude_model",
        .visit = show_mapping,
        .context = &(listing){visit, context},
    };

    return ccpi_db_read(store->db, &query, error);
}

void ccpi_store_fill_models(ccpi_store *store)
{
    store->table.models = (ccp_model_store){
        .create = create,
        .find = find,
        .update = update,
        .remove = remove_mapping,
        .list = list,
        .self = store,
    };
}
