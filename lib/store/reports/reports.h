#ifndef CCPI_STORE_REPORTS_REPORTS_H
#define CCPI_STORE_REPORTS_REPORTS_H

#include "store/reports/tiling.h"
#include "store/store.h"

/* The functions of ccp_report_store by file; sums.c makes the table of them. */

ccp_status ccpi_report_totals(void *self, const ccp_usage_range *range,
                              const ccp_usage_models *models, ccp_usage_totals *out,
                              ccp_error *error);
ccp_status ccpi_report_buckets(void *self, const ccp_usage_range *range,
                               ccp_usage_bucket_visitor visit, void *context,
                               ccp_error *error);
ccp_status ccpi_report_series(void *self, const ccp_usage_series *series,
                              ccp_usage_series_visitor visit, void *context,
                              ccp_error *error);
ccp_status ccpi_report_fallbacks(void *self, const ccp_usage_range *range,
                                 ccp_usage_reason_visitor visit, void *context,
                                 ccp_error *error);
ccp_status ccpi_report_rows(void *self, ccp_usage_row_page *page, ccp_usage_visitor visit,
                            void *context, ccp_error *error);
ccp_status ccpi_report_sessions(void *self, ccp_usage_session_page *page,
                                ccp_usage_session_visitor visit, void *context,
                                ccp_error *error);
ccp_status ccpi_report_session(void *self, const char *session_id, const ccp_id *user_id,
                               ccp_usage_session *out, ccp_error *error);
ccp_status ccpi_report_agents(void *self, const ccp_usage_session *session,
                              ccp_usage_agent_visitor visit, void *context,
                              ccp_error *error);

/* Users of whom a request did not fail, of a range without a user. */
ccp_status ccpi_report_active_users(const ccpi_store *store, const ccp_usage_range *range,
                                    const ccpi_tiling *tiling, int64_t *out,
                                    ccp_error *error);

/* What a range is made of now, when nothing coarser than this is used. */
void ccpi_report_tile(const ccpi_store *store, const ccp_usage_range *range,
                      ccpi_bucket coarsest, ccpi_tiling *out);

#endif
