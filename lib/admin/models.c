#include "admin/admin.h"

#include "base/fail.h"
#include "config/shape.h"

static ccp_status check(const ccp_model_mapping *mapping, ccp_error *error)
{
    if (!ccpi_shape_model_id.fits(mapping->bedrock_model))
        return ccpi_fail(error, CCP_INVALID, "\"%.60s\" is no %s", mapping->bedrock_model,
                         ccpi_shape_model_id.is_no);
    return CCP_OK;
}

static ccp_status write_new(const ccp_store *within, void *context, ccp_error *error)
{
    return within->models.create(within->models.self, context, error);
}

ccp_status ccp_admin_create_mapping(ccp_admin *admin, ccp_model_mapping *mapping,
                                    ccp_error *error)
{
    const ccpi_deed deed = {"model_mapping.create", "model_mapping", mapping->id.text};
    ccp_status status = check(mapping, error);

    return status == CCP_OK ? ccpi_admin_do(admin, &deed, write_new, mapping, error)
                            : status;
}

static ccp_status write_update(const ccp_store *within, void *context, ccp_error *error)
{
    return within->models.update(within->models.self, context, error);
}

ccp_status ccp_admin_update_mapping(ccp_admin *admin, ccp_model_mapping *mapping,
                                    ccp_error *error)
{
    const ccpi_deed deed = {"model_mapping.update", "model_mapping", mapping->id.text};
    ccp_status status = check(mapping, error);

    return status == CCP_OK ? ccpi_admin_do(admin, &deed, write_update, mapping, error)
                            : status;
}

static ccp_status write_removal(const ccp_store *within, void *context, ccp_error *error)
{
    return within->models.remove(within->models.self, context, error);
}

ccp_status ccp_admin_remove_mapping(ccp_admin *admin, const ccp_id *id, ccp_error *error)
{
    const ccpi_deed deed = {"model_mapping.delete", "model_mapping", id->text};
    ccp_id copy = *id;

    return ccpi_admin_do(admin, &deed, write_removal, &copy, error);
}
