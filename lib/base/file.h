#ifndef CCPI_BASE_FILE_H
#define CCPI_BASE_FILE_H

#include "base/buf.h"

/*
 * Appends all of a file, which may be a pipe. Leaves no copies of what it read,
 * beside the buffer. CCP_NOT_FOUND: there is none. CCP_UNAVAILABLE: it can't be
 * read. CCP_LIMIT: it is longer than the buffer may be. CCP_NO_MEMORY.
 */
ccp_status ccpi_file_read(const char *path, ccpi_buf *out, ccp_error *error);

/* The same from an open descriptor; path is for the message. */
ccp_status ccpi_file_read_open(int descriptor, const char *path, ccpi_buf *out,
                               ccp_error *error);

/* For CCPI_CLEANUP(); a negative descriptor is none. */
void ccpi_file_close(const int *descriptor);

#endif
