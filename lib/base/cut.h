#ifndef CCPI_BASE_CUT_H
#define CCPI_BASE_CUT_H

#include <string.h>

/* Copies a text into room of a fixed size, cut to fit; NULL gives the empty text. */
static inline void ccpi_cut_into(char *out, size_t size, const char *text)
{
    const size_t len = text ? strnlen(text, size - 1) : 0;

    if (text)
        memcpy(out, text, len);
    out[len] = '\0';
}

#endif
