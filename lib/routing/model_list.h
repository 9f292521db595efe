#ifndef CCPI_ROUTING_MODEL_LIST_H
#define CCPI_ROUTING_MODEL_LIST_H

#include <stdint.h>

#include "base/buf.h"
#include "bedrock/models.h"

/*
 * Models in the form in which the Anthropic API lists them. Pure.
 * https://docs.anthropic.com/en/api/models-list
 */
typedef struct ccpi_listed_model {
    char name[CCPI_MODEL_ID_MAX + 1];
    int64_t created_at_us; /* Unix */
} ccpi_listed_model;

typedef struct ccpi_model_list {
    ccpi_listed_model *models; /* owned */
    size_t count;
} ccpi_model_list;

void ccpi_model_list_clear(ccpi_model_list *list);

/* The model of that name, or NULL. */
const ccpi_listed_model *ccpi_model_list_find(const ccpi_model_list *list,
                                              ccpi_span name);

/* Appends one model's object. */
ccp_status ccpi_model_list_write_one(const ccpi_listed_model *model, ccpi_buf *out);

/*
 * Appends the page that the query asks for with limit, after_id and before_id.
 * CCP_INVALID: there is none; the message may be shown to the client.
 */
ccp_status ccpi_model_list_write_page(const ccpi_model_list *list, const char *query,
                                      ccpi_buf *out, ccp_error *error);

#endif
