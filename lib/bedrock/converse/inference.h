#ifndef CCPI_BEDROCK_CONVERSE_INFERENCE_H
#define CCPI_BEDROCK_CONVERSE_INFERENCE_H

#include "anthropic/edits.h"
#include "base/json.h"
#include "bedrock/betas.h"

/*
 * How the model shall answer: limits, sampling, thinking, effort, output
 * format. What a model is known not to take is left out or brought into the
 * form that it takes.
 */
typedef struct ccpi_inference {
    const ccpi_json_tree *tree;
    const ccpi_json_node *root;
    unsigned traits; /* of traits.h */
    const ccpi_edits *edits;
    const ccpi_betas *betas;
    bool is_unthinking_loop; /* see conversation.h */
} ccpi_inference;

/* Whether the model will think: then it may not be told to call a tool. */
bool ccpi_inference_thinks(const ccpi_inference *inference);

/* Whether "temperature", "top_p" or "top_k" is said and may go. */
bool ccpi_inference_samples_by(const ccpi_inference *inference, const char *name);

/* What becomes of the client's own member; changed: its new value was appended. */
typedef enum ccpi_thinking_fate {
    CCPI_THINKING_KEPT = 0,
    CCPI_THINKING_CHANGED,
    CCPI_THINKING_LEFT_OUT /* also where there is none */
} ccpi_thinking_fate;

ccpi_thinking_fate ccpi_inference_thinking(const ccpi_inference *inference,
                                           ccpi_buf *value);

/* Each appends its members, each after a comma, or nothing. */
void ccpi_inference_write_config(const ccpi_inference *inference, ccpi_buf *out);
void ccpi_inference_write_format(const ccpi_inference *inference, ccpi_buf *out);
void ccpi_inference_write_metadata(const ccpi_inference *inference, ccpi_buf *out);

/*
 * Appends "additionalModelRequestFields":{...}, after a comma, with natives
 * (an array, or empty) as its tools.
 */
void ccpi_inference_write_additional(const ccpi_inference *inference, ccpi_span natives,
                                     ccpi_buf *out);

#endif
