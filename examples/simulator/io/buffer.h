#ifndef SIM_BUFFER_H
#define SIM_BUFFER_H

#include <stddef.h>

/*
 * Bytes that grow, and the few encodings of bytes that the simulator needs. A
 * simulator without memory has nothing left to prove: it then ends the process.
 */
typedef struct sim_buffer {
    char *bytes; /* always followed by a NUL once something was added */
    size_t len;
    size_t capacity;
} sim_buffer;

void *sim_alloc(size_t size);
char *sim_copy(const char *bytes, size_t len);

void sim_buffer_add(sim_buffer *buffer, const void *bytes, size_t len);
void sim_buffer_add_text(sim_buffer *buffer, const char *text);
void sim_buffer_print(sim_buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void sim_buffer_add_base64(sim_buffer *buffer, const void *bytes, size_t len);
/* Appends what the text decodes to; nothing and -1 when it is no base64. */
int sim_buffer_add_unbase64(sim_buffer *buffer, const char *text);
/* Appends a text as a JSON string, quotes included. */
void sim_buffer_add_quoted(sim_buffer *buffer, const char *text, size_t len);
/* Appends a part of a URL with its %XX decoded. */
void sim_buffer_add_decoded(sim_buffer *buffer, const char *text, size_t len);
/* Takes away the first bytes. */
void sim_buffer_shift(sim_buffer *buffer, size_t len);
void sim_buffer_free(sim_buffer *buffer);

/* SHA-256 in lower-case hex. */
typedef struct sim_digest {
    char hex[65];
} sim_digest;

sim_digest sim_digest_of(const void *bytes, size_t len);

#endif
