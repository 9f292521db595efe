#ifndef CCPI_ADMIN_HANDLERS_H
#define CCPI_ADMIN_HANDLERS_H

#include "admin/web/call.h"

/* What each call does: one function a row of routes.c, one file a noun. */

ccp_status ccpi_auth_login(ccpi_api_call *call);
ccp_status ccpi_auth_logout(ccpi_api_call *call);
ccp_status ccpi_auth_me(ccpi_api_call *call);

/*
 * Signs somebody in whose name was proven: makes the session, appends its token, and
 * sets the cookie.
 */
ccp_status ccpi_auth_open_session(ccpi_api_call *call, const char *username,
                                  ccp_admin_session *session, ccpi_buf *token);

ccp_status ccpi_oidc_start(ccpi_api_call *call);
ccp_status ccpi_oidc_callback(ccpi_api_call *call);

ccp_status ccpi_sessions_list(ccpi_api_call *call);
ccp_status ccpi_sessions_end(ccpi_api_call *call);
ccp_status ccpi_sessions_end_all(ccpi_api_call *call);

ccp_status ccpi_tokens_list(ccpi_api_call *call);
ccp_status ccpi_tokens_create(ccpi_api_call *call);
ccp_status ccpi_tokens_remove(ccpi_api_call *call);

/*
 * The user's name, "" of one who was deleted. `last` keeps who was found: rows of
 * one user often stand together.
 */
const char *ccpi_users_name(const ccpi_api_call *call, const char *id, ccp_user *last);

ccp_status ccpi_users_list(ccpi_api_call *call);
ccp_status ccpi_users_create(ccpi_api_call *call);
ccp_status ccpi_users_get(ccpi_api_call *call);
ccp_status ccpi_users_change(ccpi_api_call *call);
ccp_status ccpi_users_remove(ccpi_api_call *call);
ccp_status ccpi_users_deactivate(ccpi_api_call *call);
ccp_status ccpi_users_route(ccpi_api_call *call);

ccp_status ccpi_budgets_get(ccpi_api_call *call);
ccp_status ccpi_budgets_put(ccpi_api_call *call);

ccp_status ccpi_keys_list(ccpi_api_call *call);
ccp_status ccpi_keys_issue(ccpi_api_call *call);
ccp_status ccpi_keys_get(ccpi_api_call *call);
ccp_status ccpi_keys_change(ccpi_api_call *call);
ccp_status ccpi_keys_revoke(ccpi_api_call *call);
ccp_status ccpi_keys_rotate(ccpi_api_call *call);
ccp_status ccpi_bedrock_keys_put(ccpi_api_call *call);
ccp_status ccpi_bedrock_keys_remove(ccpi_api_call *call);

ccp_status ccpi_mappings_list(ccpi_api_call *call);
ccp_status ccpi_mappings_create(ccpi_api_call *call);
ccp_status ccpi_mappings_get(ccpi_api_call *call);
ccp_status ccpi_mappings_put(ccpi_api_call *call);
ccp_status ccpi_mappings_remove(ccpi_api_call *call);

ccp_status ccpi_bedrock_keys_test(ccpi_api_call *call);

ccp_status ccpi_usage_get(ccpi_api_call *call);
ccp_status ccpi_usage_requests(ccpi_api_call *call);
ccp_status ccpi_usage_export(ccpi_api_call *call);
ccp_status ccpi_usage_sessions(ccpi_api_call *call);
ccp_status ccpi_usage_session(ccpi_api_call *call);
ccp_status ccpi_top_users_list(ccpi_api_call *call);
ccp_status ccpi_top_users_series(ccpi_api_call *call);

ccp_status ccpi_pricing_list(ccpi_api_call *call);
ccp_status ccpi_pricing_renew(ccpi_api_call *call);
ccp_status ccpi_circuits_list(ccpi_api_call *call);
ccp_status ccpi_circuits_reset(ccpi_api_call *call);
ccp_status ccpi_plan_window_list(ccpi_api_call *call);
ccp_status ccpi_capability_list(ccpi_api_call *call);
ccp_status ccpi_capability_change(ccpi_api_call *call);
ccp_status ccpi_capability_remove(ccpi_api_call *call);
ccp_status ccpi_requests_get(ccpi_api_call *call);
ccp_status ccpi_status_get(ccpi_api_call *call);
ccp_status ccpi_settings_list(ccpi_api_call *call);

ccp_status ccpi_audit_list(ccpi_api_call *call);

#endif
