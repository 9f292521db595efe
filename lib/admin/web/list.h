#ifndef CCPI_ADMIN_WEB_LIST_H
#define CCPI_ADMIN_WEB_LIST_H

#include "admin/web/fields.h"

/* A list as an answer: limit and offset, an array, x-total-count (AD-1). */
#define CCPI_LIST_MAX 500
#define CCPI_LIST_DEFAULT 100
#define CCPI_LIST_MAX_FIELDS 16

typedef struct ccpi_list {
    ccp_page page;
    json_t *array;
    bool has_failed; /* memory ran out */
} ccpi_list;

void ccpi_list_clear(ccpi_list *list);

/* Reads limit, offset and further fields off the query; at most so many of them. */
ccp_status ccpi_list_open(ccpi_api_call *call, const ccpi_field *further, size_t count,
                          ccpi_list *out);

/* Counts one more thing of all; whether it is on this page. */
bool ccpi_list_wants(ccpi_list *list);

/* Takes the next object of this page; false: memory ran out, so stop. */
bool ccpi_list_take(ccpi_list *list, json_t *object);

ccp_status ccpi_list_answer(ccpi_api_call *call, ccpi_list *list);

#endif
