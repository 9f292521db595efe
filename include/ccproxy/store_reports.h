/**
 * @file ccproxy/store_reports.h
 *
 * What a store tells of usage: sums over a range of time, and the rows that they
 * are made of. The rules of ccproxy/store.h hold here too; in addition a visitor
 * may not use the store that calls it, and returns false to end the listing.
 *
 * Sums are exact over [start, end) whatever the bucket that they are shown in: a
 * range is tiled with what is stored, coarse inside and fine at its edges, down to
 * single rows. What is not kept any more (see ccp_usage_retention) counts nothing.
 * Buckets begin where the reporting zone of the store says.
 */
#ifndef CCPROXY_STORE_REPORTS_H
#define CCPROXY_STORE_REPORTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ccproxy/decls.h"
#include "ccproxy/error.h"
#include "ccproxy/id.h"
#include "ccproxy/store_admin.h"
#include "ccproxy/usage.h"

CCP_BEGIN_DECLS

/** From the start to before the end. */
typedef struct ccp_period {
    int64_t start_us;
    int64_t end_us;
} ccp_period;

typedef enum ccp_bucket {
    CCP_BUCKET_MINUTE = 0,
    CCP_BUCKET_HOUR,
    CCP_BUCKET_DAY,
    CCP_BUCKET_WEEK, /**< from Sunday */
    CCP_BUCKET_MONTH
} ccp_bucket;

/** A request that failed counts under errors, and under nothing else. */
typedef struct ccp_usage_sums {
    int64_t requests;
    int64_t errors;
    int64_t fallbacks;
    int64_t input_tokens;
    int64_t output_tokens;
    int64_t total_tokens; /**< input and output */
    int64_t cache_write_tokens;
    int64_t cache_read_tokens;
    int64_t input_cost_micro;
    int64_t output_cost_micro;
    int64_t cache_write_cost_micro;
    int64_t cache_read_cost_micro;
    int64_t total_cost_micro;
} ccp_usage_sums;

/** Whose usage, and of when. A pointer that is NULL: of any. */
typedef struct ccp_usage_range {
    ccp_period period;
    const ccp_id *user_id;
    const ccp_id *access_key_id;
    const char *provider; /**< "plan" or "bedrock" */
    const char *model;    /**< as it was priced: the key of a ccp_usage_group */
    ccp_bucket bucket;    /**< as buckets are shown; it changes no sum */
} ccp_usage_range;

typedef struct ccp_usage_totals {
    ccp_usage_sums sums;
    int64_t active_users; /**< with a request that did not fail */
} ccp_usage_totals;

/** One bucket as it is shown: at the edges of the range it is cut to it. */
typedef struct ccp_usage_bucket {
    int64_t start_us;
    int64_t end_us;
    ccp_usage_sums sums;
} ccp_usage_bucket;

typedef bool (*ccp_usage_bucket_visitor)(void *context, const ccp_usage_bucket *bucket);

/** Most buckets that one call shows, those of all users of a series together. */
#define CCP_USAGE_BUCKETS_MOST 50000

/** Most users of a series. */
#define CCP_USAGE_SERIES_MOST 100

/** Users whose buckets are wanted; the range's own user is passed over. */
typedef struct ccp_usage_series {
    ccp_usage_range range;
    const ccp_id *users;
    size_t count;
} ccp_usage_series;

typedef bool (*ccp_usage_series_visitor)(void *context, const ccp_id *user_id,
                                         const ccp_usage_bucket *bucket);

typedef enum ccp_usage_by {
    CCP_USAGE_BY_MODEL = 0, /**< the priced one; what served, when it has no price */
    CCP_USAGE_BY_USER,
    CCP_USAGE_BY_ACCESS_KEY,
    CCP_USAGE_BY_PROVIDER
} ccp_usage_by;

typedef struct ccp_usage_group {
    char key[128 + 1];       /**< an id, a model or a provider */
    char label[255 * 4 + 1]; /**< a user's name, also of a deleted one; a key's prefix */
    ccp_usage_sums sums;
} ccp_usage_group;

typedef bool (*ccp_usage_group_visitor)(void *context, const ccp_usage_group *group);

/** Who is told the models of totals. */
typedef struct ccp_usage_models {
    ccp_usage_group_visitor visit;
    void *context;
} ccp_usage_models;

typedef struct ccp_usage_grouping {
    ccp_usage_range range;
    ccp_usage_by by;
    bool dearest_first; /**< by cost, else by total tokens, the most first */
    size_t limit;       /**< 0: all */
} ccp_usage_grouping;

/** Requests that Bedrock answered in the Plan's place, by why it did. */
typedef struct ccp_usage_reason {
    char reason[32 + 1]; /**< "rate_limit", "circuit_open" */
    int64_t requests;
} ccp_usage_reason;

typedef bool (*ccp_usage_reason_visitor)(void *context, const ccp_usage_reason *reason);

/** Where a listing of rows goes on: behind the row with this time and id. */
typedef struct ccp_usage_cursor {
    int64_t created_at_us;
    const char *request_id;
} ccp_usage_cursor;

/** What is wanted of the rows; a pointer that is NULL: any. */
typedef struct ccp_usage_row_filter {
    ccp_period period; /**< end_us 0: of any time */
    const ccp_id *user_id;
    const ccp_id *access_key_id;
    const char *provider;
    const char *model; /**< as asked for, or as served */
    const char *request_id;
    const char *session_id;
    const ccp_usage_status *status;
    const ccp_usage_cursor *after;
} ccp_usage_row_filter;

typedef struct ccp_usage_row_page {
    ccp_usage_row_filter filter;
    /**
     * Its total is of all that the filter leaves, or CCP_USAGE_COUNT_MOST when that
     * many are counted. With filter.after it is not written.
     */
    ccp_page page;
} ccp_usage_row_page;

/** Rows are counted up to this many where no sum says how many there are. */
#define CCP_USAGE_COUNT_MOST 100000

typedef bool (*ccp_usage_visitor)(void *context, const ccp_usage_record *record);

/** The usage of one session of the client, or of one agent in it. */
typedef struct ccp_usage_session {
    char session_id[128 + 1];
    ccp_id user_id;
    ccp_id access_key_id; /**< one that it came with */
    int64_t first_us;     /**< 0: there is no request of it */
    int64_t last_us;
    int64_t agents; /**< beside the main one */
    ccp_usage_sums sums;
} ccp_usage_session;

/** The range's model is passed over. */
typedef struct ccp_usage_session_page {
    ccp_usage_range range;
    ccp_page page;
} ccp_usage_session_page;

typedef bool (*ccp_usage_session_visitor)(void *context,
                                          const ccp_usage_session *session);

/** A node of a session's tree of agents. */
typedef struct ccp_usage_agent {
    char agent_id[128 + 1]; /**< empty: the main one */
    char parent_agent_id[128 + 1];
    int depth; /**< 0: the main one, or one whose parent has no usage */
    int64_t first_us;
    int64_t last_us;
    ccp_usage_sums sums;
} ccp_usage_agent;

typedef bool (*ccp_usage_agent_visitor)(void *context, const ccp_usage_agent *agent);

/** Most agents of a session; what later ones used is not shown. */
#define CCP_USAGE_AGENTS_MOST 2000

typedef struct ccp_report_store {
    /** And the sums of each model, the dearest first, unless `models` is NULL. */
    ccp_status (*totals)(void *self, const ccp_usage_range *range,
                         const ccp_usage_models *models, ccp_usage_totals *out,
                         ccp_error *error);
    /**
     * All buckets of the range in order, empty ones too. CCP_LIMIT: more than
     * CCP_USAGE_BUCKETS_MOST.
     */
    ccp_status (*buckets)(void *self, const ccp_usage_range *range,
                          ccp_usage_bucket_visitor visit, void *context,
                          ccp_error *error);
    /** The sums of each model, user, key or provider that has any. */
    ccp_status (*groups)(void *self, const ccp_usage_grouping *grouping,
                         ccp_usage_group_visitor visit, void *context, ccp_error *error);
    /** Buckets as above, in the order of ids: all of the first user, then the next. */
    ccp_status (*series)(void *self, const ccp_usage_series *series,
                         ccp_usage_series_visitor visit, void *context, ccp_error *error);

    /** Of rows, so only of what is kept of them; the most frequent reason first. */
    ccp_status (*fallbacks)(void *self, const ccp_usage_range *range,
                            ccp_usage_reason_visitor visit, void *context,
                            ccp_error *error);

    /**
     * A page of rows, newest first. To read very many go on with `after`: an offset
     * reads what it skips.
     */
    ccp_status (*rows)(void *self, ccp_usage_row_page *page, ccp_usage_visitor visit,
                       void *context, ccp_error *error);

    /** The sessions of the range, each with its part in it, the one used last first. */
    ccp_status (*sessions)(void *self, ccp_usage_session_page *page,
                           ccp_usage_session_visitor visit, void *context,
                           ccp_error *error);
    /**
     * A whole session of a user; of the user who had it last when user_id is NULL.
     * first_us is 0 when there is none.
     */
    ccp_status (*session)(void *self, const char *session_id, const ccp_id *user_id,
                          ccp_usage_session *out, ccp_error *error);
    /** Its agents: each before those that it started, siblings in order of time. */
    ccp_status (*agents)(void *self, const ccp_usage_session *session,
                         ccp_usage_agent_visitor visit, void *context, ccp_error *error);
    void *self;
} ccp_report_store;

CCP_END_DECLS

#endif
