/* The description of the admin API, docs/openapi.json, beside the table of its calls. */
#include "admin/routes.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <ctype.h>
#include <jansson.h>
#include <stdio.h>

static json_t *description;

static void read_description(void)
{
    json_error_t mistake;

    description = json_load_file(CCPT_SOURCE_DIR "/docs/openapi.json",
                                 JSON_REJECT_DUPLICATES, &mistake);
    cr_assert(not(zero(ptr, description)), "%s:%d", mistake.text, mistake.line);
}

static void drop_description(void)
{
    json_decref(description);
}

TestSuite(routes, .init = read_description, .fini = drop_description);

static json_t *operation_of(const ccpi_route *route)
{
    const json_t *paths = json_object_get(description, "paths");
    char method[16] = "";

    for (size_t i = 0; route->method[i] && i < sizeof(method) - 1; i++)
        method[i] = (char)tolower((unsigned char)route->method[i]);
    return json_object_get(json_object_get(paths, route->path), method);
}

static size_t count_operations(void)
{
    size_t count = 0;
    const char *path;
    json_t *methods;

    json_object_foreach(json_object_get(description, "paths"), path, methods) count +=
        json_object_size(methods);
    return count;
}

static size_t count_parameters(const json_t *operation, const char *place)
{
    size_t count = 0, i;
    json_t *parameter;

    json_array_foreach(json_object_get(operation, "parameters"), i, parameter) count +=
        strcmp(json_string_value(json_object_get(parameter, "in")), place) == 0;
    return count;
}

static bool answers(const json_t *operation, const char *status)
{
    return json_object_get(json_object_get(operation, "responses"), status) != NULL;
}

Test(routes, each_call_is_described_and_nothing_else_is)
{
    size_t count = 0;

    for (const ccpi_route *route; (route = ccpi_route_at(count)) != NULL; count++)
        cr_expect(not(zero(ptr, operation_of(route))), "%s %s", route->method,
                  route->path);
    cr_expect(eq(sz, count_operations(), count));
}

Test(routes, the_description_says_who_may_call_and_with_what)
{
    const ccpi_route *route;

    for (size_t i = 0; (route = ccpi_route_at(i)) != NULL; i++) {
        const json_t *operation = operation_of(route);
        const bool has_body = json_object_get(operation, "requestBody") != NULL;
        const bool is_open = json_object_get(operation, "security") != NULL;

        cr_expect(eq(int, has_body, route->takes_body), "%s %s", route->method,
                  route->path);
        cr_expect(eq(int, is_open, route->is_open), "%s %s", route->method, route->path);
        cr_expect(eq(int, count_parameters(operation, "query") > 0, route->takes_query),
                  "%s %s", route->method, route->path);
        cr_expect(
            eq(sz, count_parameters(operation, "path"), strchr(route->path, '{') != NULL),
            "%s %s", route->method, route->path);
        cr_expect(answers(operation, "400") && answers(operation, "403"), "%s %s",
                  route->method, route->path);
        cr_expect(route->is_open || answers(operation, "401"), "%s %s", route->method,
                  route->path);
        if (strchr(route->path, '{'))
            cr_expect(eq(int, answers(operation, "404"), true), "%s %s", route->method,
                      route->path);
    }
}

Test(routes, only_what_reads_may_be_asked_by_a_token_that_reads)
{
    const ccpi_route *route;

    for (size_t i = 0; (route = ccpi_route_at(i)) != NULL; i++)
        cr_expect(route->is_open || route->writes == (strcmp(route->method, "GET") != 0),
                  "%s %s", route->method, route->path);
}

Test(routes, what_can_be_read_can_be_asked_for_its_head)
{
    ccpi_route_match match;

    ccpi_route_find("HEAD", "/admin/users", &match);
    cr_assert(ne(ptr, (void *)match.route, NULL));
    cr_expect(eq(str, (char *)match.route->method, "GET"));
    ccpi_route_find("PUT", "/admin/users", &match);
    cr_expect(zero(ptr, (void *)match.route));
    cr_expect(eq(str, match.allow, "GET, HEAD, POST"));
    ccpi_route_find("HEAD", "/admin/auth/login", &match);
    cr_expect(zero(ptr, (void *)match.route));
    cr_expect(eq(str, match.allow, "POST"));
}
