#ifndef CCPT_SUPPORT_STAGE_UPSTREAM_H
#define CCPT_SUPPORT_STAGE_UPSTREAM_H

#include "support/stage.h"

void stage_upstream_start(stage_upstream *upstream, upstream_handler handler);
void stage_upstream_stop(stage_upstream *upstream);

/* Handlers; the context is the stage_upstream. */
void stage_answer_as_plan(upstream_connection *connection,
                          const upstream_request *request, void *context);
void stage_answer_as_bedrock(upstream_connection *connection,
                             const upstream_request *request, void *context);

#endif
