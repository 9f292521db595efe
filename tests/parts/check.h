#ifndef CCPT_PARTS_CHECK_H
#define CCPT_PARTS_CHECK_H

#include <stdio.h>
#include <stdlib.h>

/* These programs see the public headers alone, and need nothing but a C library. */
#define CHECK(condition)                                                                 \
    do {                                                                                 \
        if (!(condition)) {                                                              \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);      \
            exit(EXIT_FAILURE);                                                          \
        }                                                                                \
    } while (0)

#endif
