#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/base/file.h"
#include "tests/support/node_world.h"

static int set_up(void **state)
{
    *state = node_world_new();
    return 0;
}

static int tear_down(void **state)
{
    node_world_free(*state);
    return 0;
}

static const char *key_path(char out[160], const struct node_world *w,
                            const char *name)
{
    (void)snprintf(out, 160, "%s/keys/%s", w->folder, name);
    return out;
}

static void what_is_saved_comes_back(void **state)
{
    struct node_world *w = *state;
    struct node_keys back;

    assert_int_equal(node_keys_load(&back, w->folder, &w->err), 0);
    assert_memory_equal(&back.curve, &w->keys.curve, sizeof back.curve);
    assert_memory_equal(back.sign.seed, w->keys.sign.seed,
                        sizeof back.sign.seed);
    assert_memory_equal(back.sign_id, w->keys.sign_id, sizeof back.sign_id);
    assert_memory_equal(back.rest, w->keys.rest, sizeof back.rest);
    assert_string_equal(back.unit, NODE_WORLD_UNIT);
    assert_string_equal(back.unit_name, "Quảng Thọ");
    assert_string_equal(back.unit_slug, "quang-tho");
    assert_string_equal(back.hub, NODE_WORLD_HUB);
    assert_string_equal(back.express, "tcp://127.0.0.1:1");
    assert_string_equal(back.bulk, "tcp://127.0.0.1:2");
    assert_int_equal(back.certificate.number, 1);
    assert_string_equal(back.certificate.unit, NODE_WORLD_UNIT);
    node_keys_wipe(&back);
}

static void keys_before_joining_have_no_unit(void **state)
{
    struct node_world *w = *state;
    struct node_keys fresh, back;
    struct node *node = NULL;

    node_world_close(w);
    node_keys_make(&fresh);
    assert_int_equal(node_keys_save(&fresh, w->folder, &w->err), 0);
    assert_int_equal(node_keys_load(&back, w->folder, &w->err), 0);
    assert_string_equal(back.unit, "");
    assert_memory_equal(&back.curve, &fresh.curve, sizeof back.curve);
    assert_int_equal(node_open(&node, w->folder, NODE_READ, &w->err),
                     ERR_MISSING);
    assert_non_null(strstr(w->err.text, "run `lienxa-node join TOKEN` first"));
}

static void only_the_owner_may_read_them(void **state)
{
    static const char *const names[] = {"curve.key", "sign.key", "rest.key",
                                        "pinned"};
    struct node_world *w = *state;
    struct node_keys back;
    struct stat seen;
    char path[160];

    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(stat(key_path(path, w, names[i]), &seen), 0);
        assert_int_equal(seen.st_mode & 0777, 0600);
    }
    assert_int_equal(chmod(key_path(path, w, "sign.key"), 0644), 0);
    assert_int_equal(node_keys_load(&back, w->folder, &w->err), ERR_REFUSED);
}

static void a_damaged_pin_is_told(void **state)
{
    static const size_t sizes[] = {0, 7, 100, 440};
    struct node_world *w = *state;
    struct buf content = {0};
    struct node_keys back;
    char path[160];

    assert_int_equal(
        file_read(&content, key_path(path, w, "pinned"), 4096, &w->err), 0);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(
            file_write(path, bytes_of(content.data, sizes[i]), 0600, &w->err),
            0);
        assert_int_equal(node_keys_load(&back, w->folder, &w->err),
                         ERR_DAMAGED);
    }
    content.data[0] ^= 1;
    assert_int_equal(file_write(path, buf_bytes(&content), 0600, &w->err), 0);
    assert_int_equal(node_keys_load(&back, w->folder, &w->err), ERR_DAMAGED);
    buf_free(&content);
}

static void a_folder_is_open_for_one_writer_and_many_readers(void **state)
{
    struct node_world *w = *state;
    struct node *other = NULL;

    assert_int_equal(node_open(&other, w->folder, NODE_COMMAND, &w->err),
                     ERR_AGAIN);
    assert_null(other);
    assert_int_equal(node_open(&other, w->folder, NODE_READ, &w->err), 0);
    node_close(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        T(what_is_saved_comes_back),
        T(keys_before_joining_have_no_unit),
        T(only_the_owner_may_read_them),
        T(a_damaged_pin_is_told),
        T(a_folder_is_open_for_one_writer_and_many_readers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
