#ifndef CCPT_SUPPORT_CASES_H
#define CCPT_SUPPORT_CASES_H

#include <criterion/parameterized.h>

#include "support/data_file.h"

/*
 * Cases that are folders of tests/data. A case's files are read by their name;
 * those that may be missing give an empty text.
 */
typedef struct test_case {
    char folder[200]; /* below tests/data */
} test_case;

/* The folders in a folder of tests/data, as parameters of a test. */
struct criterion_test_params cases_in(const char *folder);

ccpi_buf read_case(const test_case *test, const char *file);
ccpi_buf read_optional(const test_case *test, const char *file);

/* A member of a case's options.json, or the default. Lives until 32 more have been asked
 * for. */
const char *case_option(const test_case *test, const char *name, const char *otherwise);

#endif
