#ifndef CCPI_BEDROCK_CONVERSE_ANSWER_H
#define CCPI_BEDROCK_CONVERSE_ANSWER_H

#include "base/json.h"

/* What whole and streamed answers of Converse have in common. */

/* The Messages API's word for a stopReason; "end_turn" for one that it lacks. */
const char *ccpi_stop_reason_of(const ccpi_json_node *stop_reason);

/* Appends the stop sequence that matched, as a JSON value, or null. */
void ccpi_stop_sequence_write(const ccpi_json_tree *tree, const ccpi_json_node *answer,
                              ccpi_buf *out);

typedef struct ccpi_usage_counts {
    int64_t input;
    int64_t output;
    int64_t cache_read;
    int64_t cache_write; /* of both lifetimes */
    int64_t cache_write_1h;
} ccpi_usage_counts;

/* Counts that are missing, or no integers, are 0. */
ccpi_usage_counts ccpi_usage_counts_read(const ccpi_json_tree *tree,
                                         const ccpi_json_node *usage);

/* Appends the usage object of the Messages API. */
void ccpi_usage_counts_write(const ccpi_usage_counts *usage, ccpi_buf *out);

/* The contentBlockIndex of an event; 0 when it has none. */
int64_t ccpi_block_index_of(const ccpi_json_tree *tree);

/* What is told when Bedrock did not say: a token for every 3.5 bytes of deltas. */
int64_t ccpi_output_estimate(int64_t delta_bytes);

#endif
