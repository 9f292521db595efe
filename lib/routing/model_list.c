#include "routing/model_list.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/json.h"
#include "base/uri.h"
#include "calendar/moment.h"

#define USUAL_LIMIT 20
#define MAX_LIMIT 1000
#define MAX_VALUE 1024
#define DATE_LEN 8 /* 20250929 */
#define DIGITS "0123456789"

void ccpi_model_list_clear(ccpi_model_list *list)
{
    free(list->models);
    *list = (ccpi_model_list){.count = 0};
}

const ccpi_listed_model *ccpi_model_list_find(const ccpi_model_list *list, ccpi_span name)
{
    for (size_t i = 0; i < list->count; i++)
        if (ccpi_span_is(name, list->models[i].name))
            return &list->models[i];
    return NULL;
}

/* ---- one model ---- */

/* "claude-opus-4-5-20251101" as "Claude Opus 4.5"; other forms of names as they are. */
static void write_display_name(const char *name, ccpi_buf *out)
{
    bool was_number = false;

    if (strncmp(name, "claude-", strlen("claude-")) != 0) {
        ccpi_buf_append_text(out, name);
        return;
    }
    for (const char *word = name; *word; word += strspn(word, "-")) {
        const size_t len = strcspn(word, "-");
        const bool is_number = strspn(word, DIGITS) == len;
        const char first =
            (char)(*word >= 'a' && *word <= 'z' ? *word - 'a' + 'A' : *word);

        if (!is_number || len != DATE_LEN) {
            if (word != name)
                ccpi_buf_append_char(out, is_number && was_number ? '.' : ' ');
            ccpi_buf_append_char(out, first);
            ccpi_buf_append(out, word + 1, len - 1);
        }
        was_number = is_number;
        word += len;
    }
}

ccp_status ccpi_model_list_write_one(const ccpi_listed_model *model, ccpi_buf *out)
{
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf shown = {.limit = 2 * CCPI_MODEL_ID_MAX};
    char created[CCPI_MOMENT_TEXT_SIZE];

    write_display_name(model->name, &shown);
    ccpi_moment_write(model->created_at_us, created);
    ccpi_buf_append_text(out, "{\"type\":\"model\",\"id\":");
    ccpi_json_quote(ccpi_span_of(model->name), out);
    ccpi_buf_append_text(out, ",\"display_name\":");
    ccpi_json_quote(ccpi_buf_span(&shown), out);
    ccpi_buf_append_format(out, ",\"created_at\":\"%s\"}", created);
    return shown.status != CCP_OK ? shown.status : out->status;
}

/* ---- a page ---- */

typedef struct page {
    size_t limit;
    size_t begin;
    size_t end;
    bool has_more;
} page;

typedef struct wish {
    ccpi_buf limit;
    ccpi_buf after;
    ccpi_buf before;
} wish;

static void clear_wish(wish *w)
{
    ccpi_buf_clear(&w->limit);
    ccpi_buf_clear(&w->after);
    ccpi_buf_clear(&w->before);
}

/* A parameter that is given twice counts as it is given last. */
static ccp_status read_wish(const char *query, wish *out, ccp_error *error)
{
    struct {
        const char *name;
        ccpi_buf *value;
    } const parameters[] = {
        {"limit", &out->limit}, {"after_id", &out->after}, {"before_id", &out->before}};
    ccpi_span rest = ccpi_span_of(query);
    ccpi_span name;
    ccpi_span value;
    ccp_status status;

    while (ccpi_uri_query_next(&rest, &name, &value)) {
        for (size_t i = 0; i < sizeof(parameters) / sizeof(*parameters); i++) {
            if (!ccpi_span_is(name, parameters[i].name))
                continue;
            ccpi_buf_reset(parameters[i].value);
            parameters[i].value->limit = MAX_VALUE;
            status = ccpi_buf_append_text(parameters[i].value, "");
            if (status == CCP_OK)
                status = ccpi_uri_query_decode(value, parameters[i].value);
            if (status != CCP_OK)
                return ccpi_fail(error, status == CCP_NO_MEMORY ? status : CCP_INVALID,
                                 "%s: this is no value", parameters[i].name);
        }
    }
    return CCP_OK;
}

static bool is_given(const ccpi_buf *value)
{
    return value->limit > 0;
}

static ccp_status read_limit(const wish *w, page *out, ccp_error *error)
{
    int64_t limit = USUAL_LIMIT;

    if (is_given(&w->limit) && (!ccpi_json_integer(ccpi_buf_span(&w->limit), &limit) ||
                                limit < 1 || limit > MAX_LIMIT))
        return ccpi_fail(error, CCP_INVALID,
                         "limit: Input should be a number from 1 to %d", MAX_LIMIT);
    out->limit = (size_t)limit;
    return CCP_OK;
}

static ccp_status find_place(const ccpi_model_list *list, const char *parameter,
                             const ccpi_buf *name, size_t *out, ccp_error *error)
{
    const ccpi_listed_model *found = ccpi_model_list_find(list, ccpi_buf_span(name));

    if (!found)
        return ccpi_fail(error, CCP_INVALID, "%s: there is no such model", parameter);
    *out = (size_t)(found - list->models);
    return CCP_OK;
}

static ccp_status cut_page(const ccpi_model_list *list, const wish *w, page *out,
                           ccp_error *error)
{
    ccp_status status = CCP_OK;

    out->end = list->count;
    if (is_given(&w->before)) {
        status = find_place(list, "before_id", &w->before, &out->end, error);
        out->has_more = out->end > out->limit;
        out->begin = out->has_more ? out->end - out->limit : 0;
        return status;
    }
    if (is_given(&w->after)) {
        status = find_place(list, "after_id", &w->after, &out->begin, error);
        out->begin++;
    }
    out->has_more = out->end - out->begin > out->limit;
    out->end = out->has_more ? out->begin + out->limit : out->end;
    return status;
}

static void write_id(const ccpi_model_list *list, size_t i, bool is_there, ccpi_buf *out)
{
    if (is_there)
        ccpi_json_quote(ccpi_span_of(list->models[i].name), out);
    else
        ccpi_buf_append_text(out, "null");
}

ccp_status ccpi_model_list_write_page(const ccpi_model_list *list, const char *query,
                                      ccpi_buf *out, ccp_error *error)
{
    CCPI_CLEANUP(clear_wish) wish w = {.limit = {.limit = 0}};
    page p = {.begin = 0};
    ccp_status status = read_wish(query, &w, error);

    if (status == CCP_OK)
        status = read_limit(&w, &p, error);
    if (status == CCP_OK && is_given(&w.after) && is_given(&w.before))
        status = ccpi_fail(error, CCP_INVALID,
                           "after_id, before_id: only one of them can be given");
    if (status == CCP_OK)
        status = cut_page(list, &w, &p, error);
    if (status != CCP_OK)
        return status;
    ccpi_buf_append_text(out, "{\"data\":[");
    for (size_t i = p.begin; i < p.end && status == CCP_OK; i++) {
        ccpi_buf_append_text(out, i > p.begin ? "," : "");
        status = ccpi_model_list_write_one(&list->models[i], out);
    }
    ccpi_buf_append_format(
        out, "],\"has_more\":%s,\"first_id\":", p.has_more ? "true" : "false");
    write_id(list, p.begin, p.end > p.begin, out);
    ccpi_buf_append_text(out, ",\"last_id\":");
    write_id(list, p.end - 1, p.end > p.begin, out);
    ccpi_buf_append_char(out, '}');
    return status == CCP_OK ? out->status : status;
}
