#include "base/file.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static char path[] = "/tmp/test_file.XXXXXX";

static void make(size_t len)
{
    int descriptor = mkstemp(path);

    cr_assert(ge(int, descriptor, 0));
    for (size_t i = 0; i < len; i++)
        cr_assert(eq(int, (int)write(descriptor, "x", 1), 1));
    close(descriptor);
}

static void drop(void)
{
    unlink(path);
}

Test(file, a_file_of_the_limit_is_read_whole, .fini = drop)
{
    ccpi_buf text = {.limit = 10000};

    make(10000);
    cr_assert(eq(int, ccpi_file_read(path, &text, NULL), CCP_OK));
    cr_expect(eq(sz, text.len, 10000));
    ccpi_buf_clear(&text);
}

Test(file, a_longer_file_is_refused, .fini = drop)
{
    ccpi_buf text = {.limit = 10000};
    ccp_error error = {0};

    make(10001);
    cr_expect(eq(int, ccpi_file_read(path, &text, &error), CCP_LIMIT));
    cr_expect(ne(ptr, strstr(error.message, path), NULL));
    ccpi_buf_clear(&text);
}

Test(file, what_is_read_comes_behind_what_was_there, .fini = drop)
{
    ccpi_buf text = {.limit = 100};

    make(3);
    ccpi_buf_append_text(&text, "ab");
    cr_assert(eq(int, ccpi_file_read(path, &text, NULL), CCP_OK));
    cr_expect(eq(str, text.data, "abxxx"));
    ccpi_buf_clear(&text);
}

Test(file, an_empty_file_is_no_error, .fini = drop)
{
    ccpi_buf text = {.limit = 100};

    make(0);
    cr_expect(eq(int, ccpi_file_read(path, &text, NULL), CCP_OK));
    cr_expect(eq(sz, text.len, 0));
    ccpi_buf_clear(&text);
}

Test(file, a_missing_file_is_told_by_name)
{
    ccpi_buf text = {.limit = 100};
    ccp_error error = {0};

    cr_expect(eq(int, ccpi_file_read("/nowhere/at/all", &text, &error), CCP_NOT_FOUND));
    cr_expect(eq(str, error.message, "/nowhere/at/all: No such file or directory"));
}

Test(file, a_folder_can_not_be_read)
{
    ccpi_buf text = {.limit = 100};

    cr_expect(eq(int, ccpi_file_read("/tmp", &text, NULL), CCP_UNAVAILABLE));
    ccpi_buf_clear(&text);
}

Test(file, a_pipe_is_read_to_its_end)
{
    ccpi_buf text = {.limit = 100};
    int ends[2];

    cr_assert(eq(int, pipe(ends), 0));
    cr_assert(eq(int, (int)write(ends[1], "abc", 3), 3));
    close(ends[1]);
    cr_expect(eq(int, ccpi_file_read_open(ends[0], "pipe", &text, NULL), CCP_OK));
    cr_expect(eq(str, text.data, "abc"));
    close(ends[0]);
    ccpi_buf_clear(&text);
}
