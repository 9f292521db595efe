/* Runs what criterion.h beside this registers, one process a test. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <criterion/criterion.h>

#define DEFAULT_TIMEOUT_S 120

static plain_test *registered;
static bool has_failed;

void plain_register(plain_test *test)
{
    test->next = registered;
    registered = test;
}

void plain_check(bool holds, bool ends_test, const char *file, int line)
{
    if (holds)
        return;
    fprintf(stderr, "%s:%d: a check failed\n", file, line);
    has_failed = true;
    if (ends_test)
        _exit(EXIT_FAILURE);
}

static plain_options options_of(const plain_test *test)
{
    plain_options options = test->options;

    for (const plain_test *suite = registered; suite; suite = suite->next) {
        if (suite->name || strcmp(suite->suite, test->suite) != 0)
            continue;
        options.init = options.init ? options.init : suite->options.init;
        options.fini = options.fini ? options.fini : suite->options.fini;
        options.timeout = options.timeout > 0 ? options.timeout : suite->options.timeout;
    }
    return options;
}

static void run_here(const plain_test *test)
{
    const plain_options options = options_of(test);

    alarm(options.timeout > 0 ? (unsigned)options.timeout : DEFAULT_TIMEOUT_S);
    if (options.init)
        options.init();
    test->run();
    if (options.fini)
        options.fini();
    exit(has_failed ? EXIT_FAILURE : EXIT_SUCCESS);
}

static bool passes(const plain_test *test)
{
    const pid_t child = fork();
    int status = -1;

    if (child == 0)
        run_here(test);
    if (child < 0 || waitpid(child, &status, 0) != child || status != 0) {
        fprintf(stderr, "[FAIL] %s::%s\n", test->suite, test->name);
        return false;
    }
    return true;
}

/* An argument limits the run to tests in whose names it stands. */
int main(int argc, char **argv)
{
    int tested = 0;
    int passed = 0;

    for (const plain_test *test = registered; test; test = test->next) {
        if (!test->name || (argc > 1 && !strstr(test->name, argv[1])))
            continue;
        tested++;
        passed += passes(test);
    }
    fprintf(stderr, "[====] Synthesis: Tested: %d | Passing: %d | Failing: %d\n", tested,
            passed, tested - passed);
    return passed == tested ? EXIT_SUCCESS : EXIT_FAILURE;
}
