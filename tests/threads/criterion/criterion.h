#ifndef CCPT_THREADS_CRITERION_H
#define CCPT_THREADS_CRITERION_H

/*
 * Stands in for Criterion where the ThreadSanitizer runs, into whose address
 * space Criterion's own does not fit: the part of its interface that the tests
 * use, with each test in a process of its own. Says only that a check failed,
 * and where; for values run the test in another build.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct plain_options {
    void (*init)(void);
    void (*fini)(void);
    double timeout; /* in seconds */
} plain_options;

typedef struct plain_test {
    const char *suite;
    const char *name; /* NULL: the options are the suite's */
    void (*run)(void);
    plain_options options;
    struct plain_test *next;
} plain_test;

void plain_register(plain_test *test);
void plain_check(bool holds, bool ends_test, const char *file, int line);

#define CCPT_REGISTER(variable)                                                          \
    __attribute__((constructor)) static void variable##_register(void)                   \
    {                                                                                    \
        plain_register(&variable);                                                       \
    }

#define TestSuite(suite_name, ...)                                                       \
    static plain_test suite_name##_suite = {.suite = #suite_name,                        \
                                            .options = {__VA_ARGS__}};                   \
    CCPT_REGISTER(suite_name##_suite)                                                    \
    _Static_assert(true, "")

#define Test(suite_name, test_name, ...)                                                 \
    static void suite_name##_##test_name##_run(void);                                    \
    static plain_test suite_name##_##test_name##_test = {                                \
        .suite = #suite_name,                                                            \
        .name = #test_name,                                                              \
        .run = suite_name##_##test_name##_run,                                           \
        .options = {__VA_ARGS__}};                                                       \
    CCPT_REGISTER(suite_name##_##test_name##_test)                                       \
    static void suite_name##_##test_name##_run(void)

/* Behind the condition a message may stand, which is left out, but counts as a use. */
int plain_unsaid(int nothing, ...);
#define CCPT_FIRST(first, ...) ((void)sizeof(plain_unsaid(0, __VA_ARGS__)), (first))
#define cr_expect(...) plain_check(CCPT_FIRST(__VA_ARGS__, 0), false, __FILE__, __LINE__)
#define cr_assert(...) plain_check(CCPT_FIRST(__VA_ARGS__, 0), true, __FILE__, __LINE__)
#define cr_fatal(...) plain_check(false, true, __FILE__, __LINE__)

#endif
