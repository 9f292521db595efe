#include "admin/routes.h"

#include <stdio.h>

#include "admin/handlers/handlers.h"
#include "store/store.h"

#define READ .writes = false
#define WRITE .writes = true

static const ccpi_route routes[] = {
    {"POST", "/admin/auth/login", ccpi_auth_login, .is_open = true, .takes_body = true},
    {"POST", "/admin/auth/logout", ccpi_auth_logout, WRITE, .needs_session = true},
    {"GET", "/admin/auth/me", ccpi_auth_me, READ},

    {"GET", "/admin/auth/oidc/start", ccpi_oidc_start, .is_open = true},
    {"GET", "/admin/auth/oidc/callback", ccpi_oidc_callback, .is_open = true,
     .takes_query = true},

    {"GET", "/admin/sessions", ccpi_sessions_list, READ, .takes_query = true},
    {"DELETE", "/admin/sessions", ccpi_sessions_end_all, WRITE},
    {"DELETE", "/admin/sessions/{id}", ccpi_sessions_end, WRITE},

    {"GET", "/admin/tokens", ccpi_tokens_list, READ, .takes_query = true},
    {"POST", "/admin/tokens", ccpi_tokens_create, WRITE, .needs_session = true,
     .takes_body = true},
    {"DELETE", "/admin/tokens/{id}", ccpi_tokens_remove, WRITE},

    {"GET", "/admin/users", ccpi_users_list, READ, .takes_query = true},
    {"POST", "/admin/users", ccpi_users_create, WRITE, .takes_body = true},
    {"GET", "/admin/users/{id}", ccpi_users_get, READ},
    {"PATCH", "/admin/users/{id}", ccpi_users_change, WRITE, .takes_body = true},
    {"DELETE", "/admin/users/{id}", ccpi_users_remove, WRITE},
    {"POST", "/admin/users/{id}/deactivate", ccpi_users_deactivate, WRITE},
    {"PUT", "/admin/users/{id}/routing-strategy", ccpi_users_route, WRITE,
     .takes_body = true},
    {"GET", "/admin/users/{id}/budget", ccpi_budgets_get, READ},
    {"PUT", "/admin/users/{id}/budget", ccpi_budgets_put, WRITE, .takes_body = true},

    {"GET", "/admin/users/{id}/access-keys", ccpi_keys_list, READ, .takes_query = true},
    {"POST", "/admin/users/{id}/access-keys", ccpi_keys_issue, WRITE, .takes_body = true},
    {"GET", "/admin/access-keys/{id}", ccpi_keys_get, READ},
    {"PATCH", "/admin/access-keys/{id}", ccpi_keys_change, WRITE, .takes_body = true},
    {"DELETE", "/admin/access-keys/{id}", ccpi_keys_revoke, WRITE},
    {"POST", "/admin/access-keys/{id}/rotate", ccpi_keys_rotate, WRITE,
     .takes_body = true},
    {"PUT", "/admin/access-keys/{id}/bedrock-key", ccpi_bedrock_keys_put, WRITE,
     .takes_body = true},
    {"POST", "/admin/access-keys/{id}/bedrock-key", ccpi_bedrock_keys_put, WRITE,
     .takes_body = true},
    {"DELETE", "/admin/access-keys/{id}/bedrock-key", ccpi_bedrock_keys_remove, WRITE},
    {"POST", "/admin/access-keys/{id}/bedrock-key/test", ccpi_bedrock_keys_test, WRITE,
     .takes_body = true},

    {"GET", "/admin/models/mappings", ccpi_mappings_list, READ, .takes_query = true},
    {"POST", "/admin/models/mappings", ccpi_mappings_create, WRITE, .takes_body = true},
    {"GET", "/admin/models/mappings/{id}", ccpi_mappings_get, READ},
    {"PUT", "/admin/models/mappings/{id}", ccpi_mappings_put, WRITE, .takes_body = true},
    {"DELETE", "/admin/models/mappings/{id}", ccpi_mappings_remove, WRITE},

    {"GET", "/admin/usage", ccpi_usage_get, READ, .takes_query = true},
    {"GET", "/admin/usage/top-users", ccpi_top_users_list, READ, .takes_query = true},
    {"GET", "/admin/usage/top-users/series", ccpi_top_users_series, READ,
     .takes_query = true},
    {"GET", "/admin/usage/requests", ccpi_usage_requests, READ, .takes_query = true},
    {"GET", "/admin/usage/export.csv", ccpi_usage_export, READ, .takes_query = true},
    {"GET", "/admin/usage/sessions", ccpi_usage_sessions, READ, .takes_query = true},
    {"GET", "/admin/usage/sessions/{session_id}", ccpi_usage_session, READ,
     .takes_query = true},

    {"GET", "/admin/pricing", ccpi_pricing_list, READ, .takes_query = true},
    {"POST", "/admin/pricing/reload", ccpi_pricing_renew, WRITE},
    {"GET", "/admin/circuits", ccpi_circuits_list, READ, .takes_query = true},
    {"POST", "/admin/circuits/{id}/reset", ccpi_circuits_reset, WRITE},

    {"GET", "/admin/plan-windows", ccpi_plan_window_list, READ, .takes_query = true},
    {"GET", "/admin/capabilities", ccpi_capability_list, READ, .takes_query = true},
    {"PATCH", "/admin/capabilities/{id}", ccpi_capability_change, WRITE,
     .takes_body = true},
    {"DELETE", "/admin/capabilities/{id}", ccpi_capability_remove, WRITE},

    {"GET", "/admin/requests/{request_id}", ccpi_requests_get, READ},
    {"GET", "/admin/status", ccpi_status_get, READ},
    {"GET", "/admin/settings", ccpi_settings_list, READ},
    {"GET", "/admin/audit", ccpi_audit_list, READ, .takes_query = true},
};

#define ROUTES (sizeof(routes) / sizeof(*routes))

const ccpi_route *ccpi_route_at(size_t place)
{
    return place < ROUTES ? &routes[place] : NULL;
}

/* Whether the path fits, with what stands in the place of the parameter. */
static bool fits(const char *pattern, const char *path, ccpi_span *parameter)
{
    const size_t before = strcspn(pattern, "{");
    const char *after = pattern + before;

    *parameter = (ccpi_span){NULL, 0};
    if (!*after)
        return strcmp(pattern, path) == 0;
    after += strcspn(after, "}") + 1;
    if (strncmp(pattern, path, before) != 0)
        return false;
    *parameter = (ccpi_span){path + before, strcspn(path + before, "/")};
    return parameter->len > 0 && parameter->len <= CCPI_API_MAX_PARAMETER &&
           strcmp(path + before + parameter->len, after) == 0;
}

/* A parameter is a UUID where the table calls it an id; else there is no such thing. */
static bool take_parameter(const ccpi_route *route, ccpi_span parameter,
                           ccpi_route_match *out)
{
    memset(out->parameter, 0, sizeof(out->parameter));
    if (parameter.len > 0)
        memcpy(out->parameter, parameter.data, parameter.len);
    return !strstr(route->path, "{id}") || ccpi_id_parse(out->parameter, &out->id);
}

static bool is_read(const ccpi_route *route)
{
    return strcmp(route->method, "GET") == 0;
}

/* What can be read can be asked for its head (RFC 9110, section 9.3.2). */
static bool takes_method(const ccpi_route *route, const char *method)
{
    return strcmp(route->method, method) == 0 ||
           (is_read(route) && strcmp(method, "HEAD") == 0);
}

static void add_method(const ccpi_route *route, ccpi_route_match *out)
{
    const size_t len = strlen(out->allow);

    snprintf(out->allow + len, sizeof(out->allow) - len, "%s%s%s", len > 0 ? ", " : "",
             route->method, is_read(route) ? ", HEAD" : "");
}

void ccpi_route_find(const char *method, const char *path, ccpi_route_match *out)
{
    ccpi_span parameter;

    *out = (ccpi_route_match){.route = NULL};
    for (size_t i = 0; i < ROUTES; i++) {
        if (!fits(routes[i].path, path, &parameter) ||
            !take_parameter(&routes[i], parameter, out))
            continue;
        if (takes_method(&routes[i], method)) {
            out->route = &routes[i];
            return;
        }
        add_method(&routes[i], out);
    }
}
