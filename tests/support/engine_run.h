#ifndef CCPT_ENGINE_RUN_H
#define CCPT_ENGINE_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "support/transfer_run.h"

/* Upstreams for the engine's tests, and what they saw of us. */

/* Far longer than anything here takes, and reached only when a promise is broken. */
#define PATIENCE_MS 10000

int64_t now_ms(void);
/* What this process has used of the processor. */
int64_t processor_ms(void);

/* How long the upstream waited for us to let go of it, and whether we did. */
extern int64_t waited_ms;
extern bool was_let_go;
void wait_to_be_let_go(upstream_connection *connection);

/* Handlers of an upstream. */
void stream_whole(upstream_connection *connection, const upstream_request *request,
                  void *context);
void say_nothing(upstream_connection *connection, const upstream_request *request,
                 void *context);
void stop_in_the_middle(upstream_connection *connection, const upstream_request *request,
                        void *context);

#endif
