#ifndef CCPI_BEDROCK_API_H
#define CCPI_BEDROCK_API_H

/* The ways to ask Bedrock for a message (BR-15). */
typedef enum ccpi_bedrock_api {
    CCPI_BEDROCK_CONVERSE = 0, /* Converse, ConverseStream */
    CCPI_BEDROCK_INVOKE,       /* InvokeModel, InvokeModelWithResponseStream */
    CCPI_BEDROCK_MESSAGES      /* the Anthropic API itself, on Bedrock's hosts */
} ccpi_bedrock_api;

#endif
