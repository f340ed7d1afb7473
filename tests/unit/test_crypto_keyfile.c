/* tests/unit/test_crypto_keyfile.c - for common/crypto/keyfile.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/base/file.h"
#include "common/crypto/keyfile.h"

static const uint8_t secret[32] = {1, 0, 2, 0, 255};
static const uint8_t zero[32];

struct folder {
    char path[64], file[96];
};

static int make_folder(void **state)
{
    static struct folder folder;

    (void)snprintf(folder.path, sizeof folder.path, "/tmp/keyfile-XXXXXX");
    if (mkdtemp(folder.path) == NULL)
        return -1;
    (void)snprintf(folder.file, sizeof folder.file, "%s/root.key", folder.path);
    *state = &folder;
    return 0;
}

static int remove_folder(void **state)
{
    struct folder *folder = *state;

    (void)unlink(folder->file);
    (void)rmdir(folder->file);
    return rmdir(folder->path);
}

/* Refused with `code`, `words` in the reason, and nothing in the buffer. */
static void expect_refused(const struct folder *folder, int code,
                           const char *words)
{
    uint8_t out[32];
    struct error err = {""};

    memset(out, 9, sizeof out);
    assert_int_equal(keyfile_load(out, sizeof out, folder->file, &err), code);
    if (strstr(err.text, words) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", err.text, words);
    assert_memory_equal(out, zero, sizeof out);
}

static void a_saved_secret_is_loaded_again(void **state)
{
    struct folder *folder = *state;
    uint8_t out[32] = {0};

    assert_int_equal(keyfile_save(folder->file, secret, 32, NULL), 0);
    assert_int_equal(keyfile_load(out, 32, folder->file, NULL), 0);
    assert_memory_equal(out, secret, 32);
}

static void the_file_holds_the_raw_bytes_for_its_owner_alone(void **state)
{
    struct folder *folder = *state;
    mode_t before = umask(0);
    struct stat status;
    struct buf content = {0};

    assert_int_equal(keyfile_save(folder->file, secret, 32, NULL), 0);
    (void)umask(before);
    assert_int_equal(stat(folder->file, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
    assert_int_equal(file_read(&content, folder->file, 100, NULL), 0);
    assert_true(bytes_equal(buf_bytes(&content), bytes_of(secret, 32)));
    buf_free(&content);
}

static void a_file_that_others_may_use_is_refused_with_the_remedy(void **state)
{
    static const mode_t open_modes[] = {0640, 0604, 0620, 0602, 0610, 0601};
    struct folder *folder = *state;
    char remedy[128];

    (void)snprintf(remedy, sizeof remedy, "chmod 600 '%s'", folder->file);
    assert_int_equal(keyfile_save(folder->file, secret, 32, NULL), 0);
    for (size_t i = 0; i < sizeof open_modes / sizeof *open_modes; i++) {
        assert_int_equal(chmod(folder->file, open_modes[i]), 0);
        expect_refused(folder, ERR_REFUSED, remedy);
    }
    assert_int_equal(chmod(folder->file, 0400), 0);
    assert_int_equal(keyfile_load((uint8_t[32]){0}, 32, folder->file, NULL), 0);
}

static void a_file_of_another_size_is_damaged(void **state)
{
    struct folder *folder = *state;

    assert_int_equal(keyfile_save(folder->file, secret, 31, NULL), 0);
    expect_refused(folder, ERR_DAMAGED, "31 bytes long instead of 32");
    assert_int_equal(keyfile_save(folder->file, "", 0, NULL), 0);
    expect_refused(folder, ERR_DAMAGED, "0 bytes long instead of 32");
    assert_int_equal(
        file_write(folder->file, bytes_of((uint8_t[33]){0}, 33), 0600, NULL),
        0);
    expect_refused(folder, ERR_DAMAGED, "33 bytes long instead of 32");
}

static void no_file_is_missing(void **state)
{
    expect_refused(*state, ERR_MISSING, "root.key");
}

static void a_folder_or_a_pipe_is_no_key(void **state)
{
    struct folder *folder = *state;

    assert_int_equal(mkdir(folder->file, 0700), 0);
    expect_refused(folder, ERR_DAMAGED, "not a file");
    assert_int_equal(rmdir(folder->file), 0);
    assert_int_equal(mkfifo(folder->file, 0600), 0);
    expect_refused(folder, ERR_DAMAGED, "not a file");
}

static void saving_where_there_is_no_folder_fails(void **state)
{
    struct error err = {""};

    (void)state;
    assert_true(keyfile_save("/nonexistent/a.key", secret, 32, &err) < 0);
    assert_true(strlen(err.text) > 0);
}

#define IN_FOLDER(test)                                                        \
    cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(a_saved_secret_is_loaded_again),
        IN_FOLDER(the_file_holds_the_raw_bytes_for_its_owner_alone),
        IN_FOLDER(a_file_that_others_may_use_is_refused_with_the_remedy),
        IN_FOLDER(a_file_of_another_size_is_damaged),
        IN_FOLDER(no_file_is_missing),
        IN_FOLDER(a_folder_or_a_pipe_is_no_key),
        IN_FOLDER(saving_where_there_is_no_folder_fails),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
