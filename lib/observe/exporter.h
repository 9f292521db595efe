#ifndef CCPI_OBSERVE_EXPORTER_H
#define CCPI_OBSERVE_EXPORTER_H

#include "observe/log.h"
#include "observe/metrics.h"

/*
 * A thread that hands metrics to one sink again and again, and once more at its
 * end. A sink may be slow or fail: nobody else waits for it, and the log says
 * so when it begins to fail and when it is well again (OB-5).
 */
typedef struct ccpi_exporter ccpi_exporter;

typedef struct ccpi_exporter_options {
    ccpi_metrics *metrics;
    const char *name; /* of the sink, in the log; a literal */
    int64_t interval_ms;
    ccp_status (*send)(void *self, const ccp_metrics *metrics, bool is_last,
                       ccp_error *error);
    void *self;
    ccpi_log *log;
} ccpi_exporter_options;

/* @param out  given; ccpi_exporter_free() */
ccp_status ccpi_exporter_new(const ccpi_exporter_options *options, ccpi_exporter **out,
                             ccp_error *error);

/* Has the last metrics sent; waits for nothing. NULL is allowed. */
void ccpi_exporter_end(ccpi_exporter *exporter);

/* The same, and waits until they are. NULL is allowed. */
void ccpi_exporter_free(ccpi_exporter *exporter);

#endif
