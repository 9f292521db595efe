#ifndef CCPT_SUPPORT_DATA_FILE_H
#define CCPT_SUPPORT_DATA_FILE_H

#include "base/buf.h"

/* Reads a file of tests/data; a file that can't be read ends the test. */
ccpi_buf read_data_file(const char *name);

/* Takes the next line off a text, without its LF; false: there is none left. */
bool next_line(ccpi_span *text, ccpi_span *line);

/* Takes what stands before the first such character off a line; all of it if none. */
ccpi_span next_word(ccpi_span *line, char separator);

/* A copy with each \xNN as its byte. */
ccpi_buf unescaped_bytes(ccpi_span text);

#endif
