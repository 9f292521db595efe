#ifndef SIM_FRAME_H
#define SIM_FRAME_H

#include "io/buffer.h"

/*
 * One message of application/vnd.amazon.eventstream, as the AWS SDKs read it:
 * big-endian lengths, string headers, CRC-32 over the prelude and over all.
 */
typedef struct sim_frame_header {
    const char *name;
    const char *value;
} sim_frame_header;

void sim_frame_add(sim_buffer *out, const sim_frame_header *headers, size_t count,
                   const sim_buffer *payload);

#endif
