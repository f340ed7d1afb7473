/* tests/unit/test_backup_sealed_file.c - what goes in comes out for the owner
 * of the key, and everything else is refused in words that tell what it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/backup/sealed_file.h"
#include "common/base/file.h"
#include "common/base/mem.h"
#include "common/crypto/random.h"
#include "common/crypto/sign.h"

#define SECRET "Nguyễn Thị Bí Mật 0905 123 456"

enum { BIG = 300000, LIMIT = 1 << 20 };

static const struct backup_label label = {.program = "hub",
                                          .home = "hub00000001@20240101",
                                          .name = "Quảng Điền",
                                          .made_ms = 1763888400000,
                                          .version = "1.2.3"};

struct fixture {
    char folder[64];
    struct seal_key key;
    struct buf big;
    struct error err;
};

static const char *path_of(const struct fixture *f, const char *name)
{
    static char paths[4][160];
    static int next;
    char *out = paths[next++ % 4];

    (void)snprintf(out, 160, "%s/%s", f->folder, name);
    return out;
}

static void write_file(struct fixture *f, const char *name, struct bytes bytes)
{
    assert_int_equal(file_write(path_of(f, name), bytes, 0600, &f->err), 0);
}

static struct buf content_of(struct fixture *f, const char *name)
{
    struct buf out = {0};

    assert_int_equal(file_read(&out, path_of(f, name), 4 << 20, &f->err), 0);
    return out;
}

static int set_up(void **state)
{
    struct fixture *f = mem_new(sizeof *f);

    (void)snprintf(f->folder, sizeof f->folder, "/tmp/lienxa-seal.XXXXXX");
    if (mkdtemp(f->folder) == NULL)
        return -1;
    assert_int_equal(file_make_folder(path_of(f, "out"), &f->err), 0);
    assert_int_equal(file_make_folder(path_of(f, "out/keys"), &f->err), 0);
    seal_key_generate(&f->key);
    buf_reserve(&f->big, BIG); /* half of it cannot be made smaller */
    random_bytes(f->big.data, BIG / 2);
    f->big.size = BIG;
    write_file(f, "big", buf_bytes(&f->big));
    write_file(f, "small", bytes_of_text(SECRET));
    write_file(f, "empty", bytes_of(NULL, 0));
    *state = f;
    return 0;
}

static void forget_output(struct fixture *f)
{
    (void)unlink(path_of(f, "out/hub.db"));
    (void)unlink(path_of(f, "out/keys/curve.key"));
    (void)unlink(path_of(f, "out/keys/public"));
}

static int tear_down(void **state)
{
    static const char *const names[] = {"big",  "small", "empty",
                                        "copy", "other", "copy.tmp"};
    struct fixture *f = *state;

    forget_output(f);
    (void)rmdir(path_of(f, "out/keys"));
    (void)rmdir(path_of(f, "out"));
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        (void)unlink(path_of(f, names[i]));
    assert_int_equal(rmdir(f->folder), 0);
    buf_free(&f->big);
    mem_free(&f);
    return 0;
}

static void make(struct fixture *f)
{
    struct backup_writer *w;
    uint64_t size;
    struct stat seen;

    assert_int_equal(backup_writer_new(&w, path_of(f, "copy"), &label,
                                       f->key.public_key, &f->err),
                     0);
    assert_int_equal(backup_writer_add(w, "hub.db", path_of(f, "big"), &f->err),
                     0);
    assert_int_equal(
        backup_writer_add(w, "keys/curve.key", path_of(f, "small"), &f->err),
        0);
    assert_int_equal(
        backup_writer_add(w, "keys/public", path_of(f, "empty"), &f->err), 0);
    assert_int_equal(backup_writer_finish(w, &size, &f->err), 0);
    backup_writer_free(&w);
    assert_int_equal(stat(path_of(f, "copy"), &seen), 0);
    assert_int_equal(seen.st_size, (off_t)size);
    assert_int_equal(seen.st_mode & 0777, 0600);
    assert_false(file_exists(path_of(f, "copy.tmp")));
}

static int extract(struct fixture *f, const char *name,
                   const struct seal_key *key)
{
    struct backup_member members[] = {{"hub.db", LIMIT, true, false},
                                      {"keys/curve.key", 4096, true, false},
                                      {"keys/public", 4096, true, false}};

    f->err.text[0] = '\0';
    forget_output(f);
    return backup_extract(path_of(f, name), key, path_of(f, "out"), members, 3,
                          &f->err);
}

static void says(const struct fixture *f, const char *words)
{
    if (strstr(f->err.text, words) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", f->err.text, words);
}

static void what_went_in_comes_out(void **state)
{
    struct fixture *f = *state;
    struct backup_label seen;
    struct buf out;

    make(f);
    assert_int_equal(backup_read_label(&seen, path_of(f, "copy"), &f->err), 0);
    assert_string_equal(seen.program, "hub");
    assert_string_equal(seen.home, label.home);
    assert_string_equal(seen.name, label.name);
    assert_string_equal(seen.version, label.version);
    assert_int_equal(seen.made_ms, label.made_ms);
    assert_int_equal(extract(f, "copy", &f->key), 0);
    out = content_of(f, "out/hub.db");
    assert_true(bytes_equal(buf_bytes(&out), buf_bytes(&f->big)));
    buf_free(&out);
    out = content_of(f, "out/keys/curve.key");
    assert_true(bytes_equal(buf_bytes(&out), bytes_of_text(SECRET)));
    buf_free(&out);
    out = content_of(f, "out/keys/public");
    assert_int_equal(out.size, 0);
    buf_free(&out);
}

static void nothing_of_it_can_be_read(void **state)
{
    struct fixture *f = *state;
    struct buf copy;

    make(f);
    copy = content_of(f, "copy");
    assert_null(memmem(copy.data, copy.size, "Bí Mật", strlen("Bí Mật")));
    assert_null(memmem(copy.data, copy.size, "0905", 4));
    buf_free(&copy);
}

static void other_shares_do_not_open_it(void **state)
{
    struct fixture *f = *state;
    struct seal_key other;

    make(f);
    seal_key_generate(&other);
    assert_int_equal(extract(f, "copy", &other), ERR_REFUSED);
    says(f, "belong to another key");
    says(f, "Quảng Điền");
}

/* Wherever it is cut. */
static void a_copy_that_was_cut_is_refused(void **state)
{
    struct fixture *f = *state;
    struct buf copy;

    make(f);
    copy = content_of(f, "copy");
    for (size_t size = 0; size < copy.size;
         size += size < 400 ? 1 : copy.size / 50) {
        write_file(f, "other", bytes_of(copy.data, size));
        assert_int_not_equal(extract(f, "other", &f->key), 0);
        if (size > 40)
            says(f, "cut short");
    }
    write_file(f, "other", bytes_of(copy.data, copy.size - 1));
    assert_int_equal(extract(f, "other", &f->key), ERR_DAMAGED);
    says(f, "cut short");
    buf_free(&copy);
}

/* A whole piece left out, its end put back. */
static void a_copy_that_lacks_a_piece_is_refused(void **state)
{
    struct fixture *f = *state;
    size_t piece = 64 * 1024 + 17;
    struct buf copy, cut = {0};

    make(f);
    copy = content_of(f, "copy");
    buf_add(&cut, copy.data, copy.size - piece - 18);
    buf_add(&cut, copy.data + copy.size - 18, 18);
    write_file(f, "other", buf_bytes(&cut));
    assert_int_equal(extract(f, "other", &f->key), ERR_DAMAGED);
    says(f, "was altered");
    buf_free(&cut);
    buf_free(&copy);
}

static void a_flipped_bit_anywhere_is_noticed(void **state)
{
    struct fixture *f = *state;
    struct buf copy;

    make(f);
    copy = content_of(f, "copy");
    for (size_t at = 0; at < copy.size;
         at += at < 400 ? 1 : copy.size / 60 + 1) {
        copy.data[at] ^= 0x10;
        write_file(f, "other", buf_bytes(&copy));
        if (extract(f, "other", &f->key) == 0)
            fail_msg("byte %zu may be anything", at);
        assert_true(f->err.text[0] != '\0');
        copy.data[at] ^= 0x10;
    }
    copy.data[copy.size / 2] ^= 1;
    write_file(f, "other", buf_bytes(&copy));
    assert_int_equal(extract(f, "other", &f->key), ERR_DAMAGED);
    says(f, "was altered");
    buf_free(&copy);
}

static void what_is_no_copy_is_told_apart(void **state)
{
    struct fixture *f = *state;
    struct backup_label seen;

    assert_int_equal(backup_read_label(&seen, path_of(f, "big"), &f->err),
                     ERR_VERSION);
    says(f, "not a copy made by lienxa");
    assert_int_equal(backup_read_label(&seen, f->folder, &f->err), ERR_VERSION);
    assert_int_equal(backup_read_label(&seen, path_of(f, "none"), &f->err),
                     ERR_MISSING);
    write_file(f, "other", bytes_of_text("lienxa-backup 2\nprogram hub\n"));
    assert_int_equal(backup_read_label(&seen, path_of(f, "other"), &f->err),
                     ERR_VERSION);
    says(f, "later lienxa");
}

static void sizes_and_names_are_bounded(void **state)
{
    struct fixture *f = *state;
    struct backup_member small[] = {{"hub.db", BIG - 1, true, false},
                                    {"keys/curve.key", 4096, true, false},
                                    {"keys/public", 4096, true, false}};
    struct backup_member few[] = {{"hub.db", LIMIT, true, false}};
    struct backup_member more[] = {{"hub.db", LIMIT, true, false},
                                   {"keys/curve.key", 4096, true, false},
                                   {"keys/public", 4096, true, false},
                                   {"keys/rest.key", 4096, true, false}};

    make(f);
    assert_int_equal(backup_extract(path_of(f, "copy"), &f->key,
                                    path_of(f, "out"), small, 3, &f->err),
                     ERR_FULL);
    forget_output(f);
    assert_int_equal(backup_extract(path_of(f, "copy"), &f->key,
                                    path_of(f, "out"), few, 1, &f->err),
                     ERR_VERSION);
    forget_output(f);
    assert_int_equal(backup_extract(path_of(f, "copy"), &f->key,
                                    path_of(f, "out"), more, 4, &f->err),
                     ERR_DAMAGED);
    says(f, "lacks keys/rest.key");
}

static void only_a_copy_is_replaced(void **state)
{
    struct fixture *f = *state;
    struct backup_writer *w = NULL, *second = NULL;

    assert_int_equal(backup_writer_new(&w, path_of(f, "small"), &label,
                                       f->key.public_key, &f->err),
                     ERR_EXISTS);
    make(f);
    assert_int_equal(backup_writer_new(&w, path_of(f, "copy"), &label,
                                       f->key.public_key, &f->err),
                     0);
    assert_int_equal(backup_writer_new(&second, path_of(f, "copy"), &label,
                                       f->key.public_key, &f->err),
                     ERR_AGAIN);
    backup_writer_free(&w); /* given up: the older one stays */
    assert_false(file_exists(path_of(f, "copy.tmp")));
    assert_int_equal(extract(f, "copy", &f->key), 0);
    make(f);
}

static void the_root_signs_and_opens(void **state)
{
    struct sign_key root;
    struct seal_key key;
    uint8_t public_key[SEAL_PUBLIC_BYTES], nonsense[32];

    (void)state;
    sign_key_generate(&root);
    assert_int_equal(seal_public_of_sign(public_key, root.public_key), 0);
    seal_key_of_sign_seed(&key, root.seed);
    assert_memory_equal(public_key, key.public_key, sizeof public_key);
    memset(nonsense, 0, sizeof nonsense);
    assert_int_equal(seal_public_of_sign(public_key, nonsense), ERR_INVALID);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(what_went_in_comes_out),
        T(nothing_of_it_can_be_read),
        T(other_shares_do_not_open_it),
        T(a_copy_that_was_cut_is_refused),
        T(a_copy_that_lacks_a_piece_is_refused),
        T(a_flipped_bit_anywhere_is_noticed),
        T(what_is_no_copy_is_told_apart),
        T(sizes_and_names_are_bounded),
        T(only_a_copy_is_replaced),
        cmocka_unit_test(the_root_signs_and_opens),
    };
#undef T

    crypto_open();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
