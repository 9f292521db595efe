#include "admin/web/list.h"

#include <ctype.h>
#include <stdlib.h>

#include "base/fail.h"

#define MAX_DIGITS 9

void ccpi_list_clear(ccpi_list *list)
{
    json_decref(list->array);
}

static bool read_number(const char *text, size_t *out)
{
    const size_t len = strlen(text);

    if (len == 0)
        return true;
    for (size_t i = 0; i < len; i++)
        if (!isdigit((unsigned char)text[i]))
            return false;
    *out = strtoul(text, NULL, 10);
    return len <= MAX_DIGITS;
}

ccp_status ccpi_list_open(ccpi_api_call *call, const ccpi_field *further, size_t count,
                          ccpi_list *out)
{
    char limit[16] = "", offset[16] = "";
    ccpi_field fields[CCPI_LIST_MAX_FIELDS + 2] = {
        {CCPI_TEXT_FIELD("limit", limit)},
        {CCPI_TEXT_FIELD("offset", offset)},
    };
    ccp_status status;

    for (size_t i = 0; i < count && i < CCPI_LIST_MAX_FIELDS; i++)
        fields[2 + i] = further[i];
    *out = (ccpi_list){.page = {.limit = CCPI_LIST_DEFAULT}};
    status = ccpi_query_read(call, fields, count + 2);
    if (status != CCP_OK)
        return status;
    if (!read_number(limit, &out->page.limit) || out->page.limit < 1 ||
        out->page.limit > CCPI_LIST_MAX)
        return ccpi_fail(&call->error, CCP_INVALID, "limit is 1 to %d", CCPI_LIST_MAX);
    if (!read_number(offset, &out->page.offset))
        return ccpi_fail(&call->error, CCP_INVALID, "offset is a whole number");
    out->array = json_array();
    return out->array ? CCP_OK : CCP_NO_MEMORY;
}

bool ccpi_list_wants(ccpi_list *list)
{
    const size_t place = list->page.total++;

    return place >= list->page.offset && place - list->page.offset < list->page.limit;
}

bool ccpi_list_take(ccpi_list *list, json_t *object)
{
    if (!object || json_array_append_new(list->array, object) != 0)
        list->has_failed = true;
    return !list->has_failed;
}

ccp_status ccpi_list_answer(ccpi_api_call *call, ccpi_list *list)
{
    json_t *array = list->array;
    ccp_status status;

    if (list->has_failed)
        return CCP_NO_MEMORY;
    status = ccpi_api_call_add_number(call, "x-total-count", (int64_t)list->page.total);
    if (status != CCP_OK)
        return status;
    list->array = NULL;
    return ccpi_api_call_answer(call, 200, array);
}
