#ifndef CCPI_PROVIDER_BEDROCK_READERS_H
#define CCPI_PROVIDER_BEDROCK_READERS_H

#include "bedrock/answer_options.h"
#include "upstream/reader.h"

/*
 * The machines of bedrock/ as readers of an attempt. Each copies its options.
 * CCP_NO_MEMORY only. @param out  given; ccpi_reader_free()
 */
ccp_status ccpi_bedrock_open_stream(const ccpi_answer_options *options,
                                    ccpi_reader **out);

/* A whole answer of Converse. */
ccp_status ccpi_bedrock_open_whole(const ccpi_answer_options *options, ccpi_reader **out);

/* The same of InvokeModelWithResponseStream and InvokeModel. */
ccp_status ccpi_bedrock_open_chunks(const ccpi_answer_options *options,
                                    ccpi_reader **out);
ccp_status ccpi_bedrock_open_events(const ccpi_answer_options *options,
                                    ccpi_reader **out);
ccp_status ccpi_bedrock_open_native(const ccpi_answer_options *options,
                                    ccpi_reader **out);

/* An answer of CountTokens. */
ccp_status ccpi_bedrock_open_count(ccpi_reader **out);

#endif
