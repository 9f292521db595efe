#include "ccproxy/secret_file.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[] = "/tmp/test_secret_file.XXXXXX";
static char path[64];
static ccp_error error;

static void set_up(void)
{
    cr_assert(ne(ptr, mkdtemp(folder), NULL));
    snprintf(path, sizeof(path), "%s/secret", folder);
}

static void tear_down(void)
{
    char other[sizeof(path) + 8];

    snprintf(other, sizeof(other), "%s.other", path);
    unlink(other);
    unlink(path);
    rmdir(path);
    rmdir(folder);
}

TestSuite(secret_file, .init = set_up, .fini = tear_down);

static void write_file(const char *text, mode_t mode)
{
    int descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);

    cr_assert(ge(int, descriptor, 0));
    cr_assert(eq(sz, (size_t)write(descriptor, text, strlen(text)), strlen(text)));
    cr_assert(eq(int, fchmod(descriptor, mode), 0));
    close(descriptor);
}

static ccp_status read_back(ccp_secret_text *out)
{
    return ccp_secret_file_read(path, out, &error);
}

static size_t entries(void)
{
    DIR *listing = opendir(folder);
    size_t count = 0;

    while (readdir(listing))
        count++;
    closedir(listing);
    return count - 2; /* . and .. */
}

static ccp_status count_up(void *self, unsigned char *bytes, size_t len)
{
    (void)self;
    for (size_t i = 0; i < len; i++)
        bytes[i] = (unsigned char)i;
    return CCP_OK;
}

/* base64.urlsafe_b64encode(bytes(range(48))) of Python, without padding */
Test(secret_file, a_generated_secret_is_random_bytes_in_base64url)
{
    const ccp_random counting = {.fill = count_up};
    ccp_secret_text secret;

    cr_assert(eq(int, ccp_secret_text_generate(&counting, 48, &secret, NULL), CCP_OK));
    cr_expect(eq(str, secret.text,
                 "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4v"));
    cr_expect(
        eq(int, ccp_secret_text_generate(&counting, 513, &secret, NULL), CCP_INVALID));
    cr_expect(
        eq(int, ccp_secret_text_generate(&counting, 0, &secret, NULL), CCP_INVALID));
}

Test(secret_file, what_is_created_is_read_back_and_belongs_to_the_owner_alone)
{
    const ccp_secret_text secret = {"a secret"};
    ccp_secret_text found;
    struct stat facts;

    umask(0777); /* however little it leaves */
    cr_assert(eq(int, ccp_secret_file_create(path, &secret, NULL), CCP_OK));
    cr_assert(eq(int, read_back(&found), CCP_OK), "%s", error.message);
    cr_expect(eq(str, found.text, "a secret"));
    cr_assert(eq(int, stat(path, &facts), 0));
    cr_expect(eq(int, (int)(facts.st_mode & 0777), 0600));
    cr_expect(eq(sz, entries(), 1));
}

Test(secret_file, an_existing_file_is_never_replaced)
{
    const ccp_secret_text secret = {"new"};
    ccp_secret_text found;

    write_file("old\n", 0600);
    cr_expect(eq(int, ccp_secret_file_create(path, &secret, NULL), CCP_CONFLICT));
    cr_assert(eq(int, read_back(&found), CCP_OK));
    cr_expect(eq(str, found.text, "old"));
    cr_expect(eq(sz, entries(), 1));
}

Test(secret_file, a_missing_file_is_not_found)
{
    ccp_secret_text found;

    cr_expect(eq(int, read_back(&found), CCP_NOT_FOUND));
}

Test(secret_file, a_file_that_others_may_use_is_refused)
{
    static const mode_t modes[] = {0640, 0604, 0660, 0610, 0601, 0777};

    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
        ccp_secret_text found;

        write_file("secret\n", modes[i]);
        cr_expect(eq(int, read_back(&found), CCP_DENIED), "mode %o", (unsigned)modes[i]);
        cr_expect(ne(ptr, strstr(error.message, "chmod 600"), NULL));
        unlink(path);
    }
}

/* As root: a file of nobody's in root's folder. */
Test(secret_file, a_file_of_another_user_is_refused)
{
    ccp_secret_text found;

    if (geteuid() != 0)
        cr_skip("only root can give files away");
    write_file("secret\n", 0600);
    cr_assert(eq(int, chown(path, 65534, 65534), 0));
    cr_expect(eq(int, read_back(&found), CCP_DENIED));
    cr_expect(ne(ptr, strstr(error.message, "another user (65534)"), NULL));
}

Test(secret_file, root_may_read_what_belongs_to_the_owner_of_the_folder)
{
    ccp_secret_text found;

    if (geteuid() != 0)
        cr_skip("only root can give files away");
    write_file("secret\n", 0600);
    cr_assert(eq(int, chown(path, 65534, 65534), 0));
    cr_assert(eq(int, chown(folder, 65534, 65534), 0));
    cr_expect(eq(int, read_back(&found), CCP_OK), "%s", error.message);
}

Test(secret_file, a_link_is_not_followed)
{
    char other[sizeof(path) + 8];
    ccp_secret_text found;

    snprintf(other, sizeof(other), "%s.other", path);
    write_file("secret\n", 0600);
    cr_assert(eq(int, rename(path, other), 0));
    cr_assert(eq(int, symlink(other, path), 0));
    cr_expect(eq(int, read_back(&found), CCP_DENIED));
}

Test(secret_file, what_is_no_plain_file_is_refused_and_not_waited_for)
{
    ccp_secret_text found;

    cr_assert(eq(int, mkfifo(path, 0600), 0));
    cr_expect(eq(int, read_back(&found), CCP_DENIED));
    unlink(path);
    cr_assert(eq(int, mkdir(path, 0700), 0));
    cr_expect(eq(int, read_back(&found), CCP_DENIED));
}

Test(secret_file, a_file_that_holds_no_secret_is_told)
{
    char text[CCP_SECRET_TEXT_MAX + 3];
    ccp_secret_text found;

    write_file("\n", 0600);
    cr_expect(eq(int, read_back(&found), CCP_INVALID));
    unlink(path);

    memset(text, 'x', sizeof(text));
    text[CCP_SECRET_TEXT_MAX] = '\n';
    text[CCP_SECRET_TEXT_MAX + 1] = '\0';
    write_file(text, 0600);
    cr_expect(eq(int, read_back(&found), CCP_OK));
    cr_expect(eq(sz, strlen(found.text), CCP_SECRET_TEXT_MAX));
    unlink(path);

    text[CCP_SECRET_TEXT_MAX] = 'x';
    write_file(text, 0600);
    cr_expect(eq(int, read_back(&found), CCP_INVALID));
}

Test(secret_file, the_second_start_finds_what_the_first_has_made)
{
    ccp_secret_text secret = {"first"};
    bool was_created;

    cr_assert(eq(int, ccp_secret_file_ensure(path, &secret, &was_created, NULL), CCP_OK));
    cr_expect(was_created);
    cr_expect(eq(str, secret.text, "first"));

    secret = (ccp_secret_text){"second"};
    cr_assert(eq(int, ccp_secret_file_ensure(path, &secret, &was_created, NULL), CCP_OK));
    cr_expect(not(was_created));
    cr_expect(eq(str, secret.text, "first"));
}

Test(secret_file, a_folder_that_is_missing_is_told_by_name)
{
    ccp_secret_text secret = {"x"};

    cr_expect(eq(int, ccp_secret_file_ensure("/nowhere/at/all", &secret, NULL, &error),
                 CCP_UNAVAILABLE));
    cr_expect(eq(int, strncmp(error.message, "/nowhere/at/all", 15), 0));
}

#define PROCESSES 8

/* Each child says by its exit code whether it holds what the file holds. */
static void start_together(int gate)
{
    char byte;
    ccp_secret_text secret, found;

    if (read(gate, &byte, 1) != 0 ||
        ccp_secret_text_generate(ccp_system_random(), 32, &secret, NULL) != CCP_OK ||
        ccp_secret_file_ensure(path, &secret, NULL, NULL) != CCP_OK ||
        ccp_secret_file_read(path, &found, NULL) != CCP_OK)
        _exit(2);
    _exit(strcmp(secret.text, found.text) == 0 ? 0 : 1);
}

Test(secret_file, of_processes_that_start_at_a_time_all_hold_the_same_secret)
{
    int gate[2];

    cr_assert(eq(int, pipe(gate), 0));
    for (int i = 0; i < PROCESSES; i++) {
        pid_t child = fork();

        cr_assert(ge(int, child, 0));
        if (child == 0) {
            close(gate[1]);
            start_together(gate[0]);
        }
    }
    close(gate[1]);
    for (int i = 0; i < PROCESSES; i++) {
        int how;

        cr_assert(gt(int, wait(&how), 0));
        cr_expect(eq(int, how, 0));
    }
    cr_expect(eq(sz, entries(), 1));
}
