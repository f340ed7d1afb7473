/* tests/unit/test_base_file.c - files that are there whole or not at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/file.h"

/* Stands before the one of the C library: what was made durable, in order, "F"
 * a file and "D" a folder; fails on folders when told to. */
static char synced[16];
static bool folder_sync_fails;

int fsync(int fd)
{
    struct stat seen;
    size_t used = strlen(synced);
    bool is_folder = fstat(fd, &seen) == 0 && S_ISDIR(seen.st_mode);

    if (used + 1 < sizeof synced)
        synced[used] = is_folder ? 'D' : 'F';
    if (is_folder && folder_sync_fails) {
        errno = EIO;
        return -1;
    }
    return (int)syscall(SYS_fsync, fd);
}

static char folder[64];
static struct buf name;

static const char *in_folder(const char *file)
{
    buf_clear(&name);
    buf_printf(&name, "%s/%s", folder, file);
    return buf_text(&name);
}

static int make_folder(void **state)
{
    static const char template[] = "/tmp/lienxa-file-XXXXXX";

    (void)state;
    memcpy(folder, template, sizeof template);
    return mkdtemp(folder) ? 0 : -1;
}

/* How many things are in the folder; they are removed on the way. */
static int empty_folder(void)
{
    DIR *open = opendir(folder);
    int count = 0;

    assert_non_null(open);
    for (struct dirent *entry; (entry = readdir(open));)
        if (entry->d_name[0] != '.') {
            count++;
            if (unlink(in_folder(entry->d_name)) != 0)
                (void)rmdir(in_folder(entry->d_name));
        }
    (void)closedir(open);
    return count;
}

static int remove_folder(void **state)
{
    (void)state;
    (void)empty_folder();
    buf_free(&name);
    return rmdir(folder);
}

static unsigned mode_of(const char *path)
{
    struct stat seen;

    assert_int_equal(stat(path, &seen), 0);
    return seen.st_mode & 07777;
}

static void expect_content(const char *file, const char *content)
{
    struct buf got = {0};

    assert_int_equal(file_read(&got, in_folder(file), 1000, NULL), 0);
    assert_string_equal(buf_text(&got), content);
    buf_free(&got);
}

static void a_written_file_reads_back_and_leaves_nothing_beside_it(void **state)
{
    (void)state;
    assert_int_equal(
        file_write(in_folder("a"), bytes_of_text("xã"), 0600, NULL), 0);
    expect_content("a", "xã");
    assert_int_equal(mode_of(in_folder("a")), 0600);
    assert_int_equal(
        file_write(in_folder("a"), bytes_of_text("new"), 0640, NULL), 0);
    expect_content("a", "new");
    assert_int_equal(mode_of(in_folder("a")), 0640);
    assert_int_equal(file_write(in_folder("b"), bytes_of(NULL, 0), 0600, NULL),
                     0);
    expect_content("b", "");
    assert_int_equal(empty_folder(), 2);
}

static void a_file_and_its_name_are_on_the_disk_before_it_is_said(void **state)
{
    struct error err = {0};

    (void)state;
    memset(synced, 0, sizeof synced);
    assert_int_equal(file_write(in_folder("a"), bytes_of_text("x"), 0600, NULL),
                     0);
    assert_string_equal(synced, "FD");
    assert_int_equal(file_make_folder(in_folder("d"), NULL), 0);
    assert_string_equal(synced, "FDD");
    assert_int_equal(file_remove(in_folder("a"), NULL), 0);
    assert_false(file_exists(in_folder("a")));
    assert_int_equal(file_remove(in_folder("a"), NULL), 0);
    assert_string_equal(synced, "FDDDD");
    assert_int_equal(file_remove(in_folder("d"), &err), ERR_IO);
    folder_sync_fails = true;
    int rc = file_write(in_folder("a"), bytes_of_text("x"), 0600, &err);

    folder_sync_fails = false;
    assert_int_equal(rc, ERR_IO);
    assert_non_null(strstr(err.text, "cannot sync"));
    (void)empty_folder();
}

static void a_file_may_lie_in_the_present_folder(void **state)
{
    (void)state;
    assert_int_equal(chdir(folder), 0);
    int rc = file_write("a", bytes_of_text("here"), 0600, NULL);

    assert_int_equal(chdir("/"), 0);
    assert_int_equal(rc, 0);
    expect_content("a", "here");
    (void)empty_folder();
}

static void a_reader_sees_the_old_file_or_the_new_one(void **state)
{
    struct buf seen = {0};
    char old[200], fresh[200];
    struct stat before, after;

    (void)state;
    memset(old, 'o', sizeof old);
    memset(fresh, 'n', sizeof fresh);
    assert_int_equal(
        file_write(in_folder("a"), bytes_of(old, sizeof old), 0600, NULL), 0);
    assert_int_equal(stat(in_folder("a"), &before), 0);
    FILE *reader = fopen(in_folder("a"), "re");

    assert_non_null(reader);
    assert_int_equal(
        file_write(in_folder("a"), bytes_of(fresh, sizeof fresh), 0600, NULL),
        0);
    buf_reserve(&seen, sizeof old);
    assert_int_equal(fread(seen.data, 1, sizeof old, reader), sizeof old);
    assert_memory_equal(seen.data, old, sizeof old);
    (void)fclose(reader);
    assert_int_equal(stat(in_folder("a"), &after), 0);
    assert_true(before.st_ino != after.st_ino);
    buf_free(&seen);
    (void)empty_folder();
}

static void a_write_that_fails_leaves_the_old_file_and_no_rest(void **state)
{
    struct error err = {0};

    (void)state;
    assert_int_equal(mkdir(in_folder("a"), 0700), 0);
    assert_int_equal(file_write(in_folder("a"), bytes_of_text("x"), 0600, &err),
                     ERR_IO);
    assert_non_null(strstr(err.text, folder));
    assert_int_equal(empty_folder(), 1);
    assert_int_equal(
        file_write(in_folder("no/a"), bytes_of_text("x"), 0600, &err),
        ERR_MISSING);
    assert_int_equal(empty_folder(), 0);
}

/* The limit on the size of files stands for a disk that fills up half-way. */
static void a_write_cut_short_leaves_the_old_file_and_no_rest(void **state)
{
    static char big[10000];
    struct rlimit before, small;
    struct error err = {0};

    (void)state;
    assert_int_equal(
        file_write(in_folder("a"), bytes_of_text("old"), 0600, NULL), 0);
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = (struct rlimit){4096, before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    int rc = file_write(in_folder("a"), bytes_of(big, sizeof big), 0600, &err);

    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(rc, ERR_IO);
    expect_content("a", "old");
    assert_int_equal(empty_folder(), 1);
}

static void a_file_larger_than_the_limit_is_refused(void **state)
{
    struct error err = {0};
    struct buf got = {0};

    (void)state;
    assert_int_equal(
        file_write(in_folder("a"), bytes_of_text("12345"), 0600, NULL), 0);
    buf_add_text(&got, "kept ");
    assert_int_equal(file_read(&got, in_folder("a"), 4, &err), ERR_FULL);
    assert_non_null(strstr(err.text, "larger than 4 bytes"));
    assert_string_equal(buf_text(&got), "kept ");
    assert_int_equal(file_read(&got, in_folder("a"), 5, &err), 0);
    assert_string_equal(buf_text(&got), "kept 12345");
    assert_int_equal(file_read(&got, in_folder("none"), 5, &err), ERR_MISSING);
    assert_int_equal(file_read(&got, folder, 5, &err), ERR_IO);
    assert_string_equal(buf_text(&got), "kept 12345");
    buf_free(&got);
    (void)empty_folder();
}

static void a_folder_is_made_once_and_only_under_a_folder(void **state)
{
    struct error err = {0};

    (void)state;
    assert_false(file_exists(in_folder("d")));
    assert_int_equal(file_make_folder(in_folder("d/"), &err), 0);
    assert_true(file_exists(in_folder("d")));
    assert_int_equal(mode_of(in_folder("d")), 0700);
    assert_int_equal(file_make_folder(in_folder("d"), &err), 0);
    assert_int_equal(file_make_folder(in_folder("no/d"), &err), ERR_MISSING);
    assert_int_equal(file_write(in_folder("f"), bytes_of(NULL, 0), 0600, NULL),
                     0);
    assert_int_equal(file_make_folder(in_folder("f"), &err), ERR_EXISTS);
    (void)empty_folder();
}

/* The answer of file_lock in another process: 0 = it got the lock. */
static int lock_elsewhere(void)
{
    const char *path = in_folder("lock");
    pid_t child = fork();
    int status = 0;

    assert_true(child >= 0);
    if (child == 0) {
        int rc = file_lock(path, NULL);

        _exit(rc >= 0 ? 0 : -rc);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return -WEXITSTATUS(status);
}

static void one_process_at_a_time_holds_the_lock(void **state)
{
    struct error err = {0};
    int fd = file_lock(in_folder("lock"), &err);

    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(mode_of(in_folder("lock")), 0600);
    assert_int_equal(lock_elsewhere(), ERR_AGAIN);
    assert_int_equal(file_lock(in_folder("lock"), &err), ERR_AGAIN);
    assert_non_null(strstr(err.text, "in use"));
    assert_int_equal(close(fd), 0);
    assert_int_equal(lock_elsewhere(), 0);
    assert_int_equal(file_lock(in_folder("no/lock"), &err), ERR_IO);
    (void)empty_folder();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            a_written_file_reads_back_and_leaves_nothing_beside_it),
        cmocka_unit_test(a_file_and_its_name_are_on_the_disk_before_it_is_said),
        cmocka_unit_test(a_file_may_lie_in_the_present_folder),
        cmocka_unit_test(a_reader_sees_the_old_file_or_the_new_one),
        cmocka_unit_test(a_write_that_fails_leaves_the_old_file_and_no_rest),
        cmocka_unit_test(a_write_cut_short_leaves_the_old_file_and_no_rest),
        cmocka_unit_test(a_file_larger_than_the_limit_is_refused),
        cmocka_unit_test(a_folder_is_made_once_and_only_under_a_folder),
        cmocka_unit_test(one_process_at_a_time_holds_the_lock),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
