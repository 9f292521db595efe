/* The agents of a session as a tree. */
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "store/reports/query.h"
#include "store/reports/reports.h"

#define NONE SIZE_MAX

#define FACTS                                                                            \
    "coalesce(agent_id, '') AS agent, coalesce(max(parent_agent_id), '') AS parent,"     \
    " min(created_at) AS first_use, max(created_at) AS last_use"
#define FACT_COUNT 4

typedef struct node {
    ccp_usage_agent agent;
    size_t parent; /* its place, or NONE */
} node;

/* Agents in order of time. */
typedef struct tree {
    node *nodes;
    size_t count;
} tree;

static bool take_agent(void *context, const ccpi_db_value *columns)
{
    tree *of = context;
    ccp_usage_agent *agent = &of->nodes[of->count++].agent;

    ccpi_db_get_text(&columns[0], agent->agent_id, sizeof(agent->agent_id));
    ccpi_db_get_text(&columns[1], agent->parent_agent_id, sizeof(agent->parent_agent_id));
    agent->first_us = ccpi_db_get_integer(&columns[2]);
    agent->last_us = ccpi_db_get_integer(&columns[3]);
    agent->sums = ccpi_sql_take_sums(&columns[FACT_COUNT]);
    return of->count < CCP_USAGE_AGENTS_MOST;
}

static ccp_status read_agents(const ccpi_store *store, const ccp_usage_session *session,
                              tree *of, ccp_error *error)
{
    CCPI_CLEANUP(ccpi_sql_clear) ccpi_sql query = ccpi_sql_of("SELECT " FACTS);

    ccpi_sql_add_row_sums(&query);
    ccpi_sql_add(&query, " FROM token_usage WHERE session_id = ?",
                 ccpi_db_text(session->session_id));
    ccpi_sql_add(&query, " AND user_id = ?", ccpi_db_id(session->user_id.text));
    ccpi_sql_add(&query,
                 " GROUP BY coalesce(agent_id, '') ORDER BY first_use, agent LIMIT ?",
                 ccpi_db_integer(CCP_USAGE_AGENTS_MOST));
    return ccpi_sql_read(store->db, &query, take_agent, of, error);
}

static size_t find_parent(const tree *of, size_t child)
{
    const ccp_usage_agent *agent = &of->nodes[child].agent;

    if (!agent->agent_id[0]) /* nobody has started the main one */
        return NONE;
    for (size_t i = 0; i < of->count; i++)
        if (i != child &&
            strcmp(of->nodes[i].agent.agent_id, agent->parent_agent_id) == 0)
            return i;
    return NONE;
}

/* Clients write these names, so they may go in a circle: it is opened where it closes. */
static void open_circles(const tree *of)
{
    for (size_t i = 0; i < of->count; i++) {
        size_t steps = 0;
        size_t at = i;

        while (of->nodes[at].parent != NONE && steps++ <= of->count)
            at = of->nodes[at].parent;
        if (of->nodes[at].parent != NONE)
            of->nodes[i].parent = NONE;
    }
}

static int depth_of(const tree *of, size_t at)
{
    int depth = 0;

    for (; of->nodes[at].parent != NONE; at = of->nodes[at].parent)
        depth++;
    return depth;
}

/* The first child of this parent behind the place `after`; NONE as well: from the start.
 */
static size_t next_child(const tree *of, size_t parent, size_t after)
{
    for (size_t i = after == NONE ? 0 : after + 1; i < of->count; i++)
        if (of->nodes[i].parent == parent)
            return i;
    return NONE;
}

/* The place behind this one in the order of a tree: below it, beside it, beside those
 * above. */
static size_t next_in_order(const tree *of, size_t at)
{
    size_t next = next_child(of, at, NONE);

    while (next == NONE) {
        next = next_child(of, of->nodes[at].parent, at);
        if (next == NONE && of->nodes[at].parent == NONE)
            return NONE;
        at = of->nodes[at].parent;
    }
    return next;
}

static void show_tree(const tree *of, ccp_usage_agent_visitor visit, void *context)
{
    for (size_t at = next_child(of, NONE, NONE); at != NONE; at = next_in_order(of, at)) {
        of->nodes[at].agent.depth = depth_of(of, at);
        if (!visit(context, &of->nodes[at].agent))
            return;
    }
}

ccp_status ccpi_report_agents(void *self, const ccp_usage_session *session,
                              ccp_usage_agent_visitor visit, void *context,
                              ccp_error *error)
{
    const ccpi_store *store = self;
    tree of = {.nodes = calloc(CCP_USAGE_AGENTS_MOST, sizeof(node))};
    ccp_status status;

    if (!of.nodes)
        return ccpi_fail(error, CCP_NO_MEMORY, "no memory for a session's agents");
    status = read_agents(store, session, &of, error);
    for (size_t i = 0; i < of.count; i++)
        of.nodes[i].parent = find_parent(&of, i);
    open_circles(&of);
    if (status == CCP_OK)
        show_tree(&of, visit, context);
    free(of.nodes);
    return status;
}
