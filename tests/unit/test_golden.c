/* What earlier versions wrote is read today as it was meant: every folder of
 * tests/golden. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/file.h"
#include "common/base/mem.h"
#include "common/crypto/random.h"
#include "tests/support/golden.h"

#define FOLDER LIENXA_SOURCE_DIR "/tests/golden"

static struct buf load(const char *version, const char *name)
{
    struct buf out = {0};
    struct error err = {""};
    char path[4096];

    (void)snprintf(path, sizeof path, "%s/%s/%s", FOLDER, version, name);
    if (file_read(&out, path, 1024 * 1024, &err) != 0)
        fail_msg("%s", err.text);
    return out;
}

/* What a compressed item becomes must say the same; any other must be the same.
 */
static void same_again(const struct golden_item *item, struct bytes recorded,
                       struct bytes again, const char *said)
{
    struct buf text = {0}, third = {0};
    struct error err = {""};

    if (!item->packed && !bytes_equal(recorded, again))
        fail_msg("%s is not the same when it is encoded again", item->name);
    if (item->read(&text, &third, again, &err) != 0)
        fail_msg("%s, encoded again: %s", item->name, err.text);
    assert_string_equal(buf_text(&text), said);
    buf_free(&text);
    buf_free(&third);
}

/* Appends to `manifest` what one item says now. */
static void replay(const char *version, const char *name, struct buf *manifest)
{
    const struct golden_item *item = golden_find(name);
    struct buf again = {0}, recorded, said = {0};
    struct error err = {""};
    char file[256];

    if (item == NULL)
        fail_msg("%s of version %s is known no more", name, version);
    (void)snprintf(file, sizeof file, "%s.bin", name);
    recorded = load(version, file);
    if (item->read(&said, &again, buf_bytes(&recorded), &err) != 0)
        fail_msg("%s of version %s: %s", name, version, err.text);
    same_again(item, buf_bytes(&recorded), buf_bytes(&again), buf_text(&said));
    buf_printf(manifest, "%s\n%s", name, buf_text(&said));
    buf_free(&recorded);
    buf_free(&again);
    buf_free(&said);
}

static size_t replay_folder(const char *version)
{
    struct buf manifest = load(version, "MANIFEST"), now = {0};
    char *text = mem_text(buf_text(&manifest)), *rest = text, *line;
    size_t count = 0;

    while ((line = strsep(&rest, "\n")) != NULL)
        if (line[0] != '\0' && line[0] != ' ') {
            replay(version, line, &now);
            count++;
        }
    assert_string_equal(buf_text(&now), buf_text(&manifest));
    mem_free(&text);
    buf_free(&manifest);
    buf_free(&now);
    return count;
}

/* Nothing lies there that is not replayed. */
static size_t files_of(const char *version)
{
    char path[4096];
    const struct dirent *entry;
    size_t count = 0;
    DIR *folder;

    (void)snprintf(path, sizeof path, "%s/%s", FOLDER, version);
    folder = opendir(path);
    assert_non_null(folder);
    while ((entry = readdir(folder)) != NULL)
        count += strstr(entry->d_name, ".bin") != NULL;
    (void)closedir(folder);
    return count;
}

static void what_every_version_wrote_is_read_as_it_was_meant(void **state)
{
    DIR *folder = opendir(FOLDER);
    const struct dirent *entry;
    size_t versions = 0;

    (void)state;
    assert_non_null(folder);
    while ((entry = readdir(folder)) != NULL)
        if (entry->d_name[0] >= '0' && entry->d_name[0] <= '9') {
            size_t count = replay_folder(entry->d_name);

            assert_true(count >= 38);
            assert_int_equal(count, files_of(entry->d_name));
            versions++;
        }
    (void)closedir(folder);
    assert_true(versions >= 1);
}

/* A message that nobody would record is noticed. */
static void every_message_has_an_item(void **state)
{
    size_t count;
    const struct golden_item *items = golden_items(&count);

    (void)state;
    for (int type = MSG_HELLO; type <= MSG_MEDIA_CARRIED; type++) {
        char start[32];
        size_t found = 0;

        (void)snprintf(start, sizeof start, "message_%02d_", type);
        for (size_t i = 0; i < count; i++) {
            struct buf bytes = {0};

            if (strncmp(items[i].name, start, strlen(start)) != 0)
                continue;
            items[i].make(&bytes);
            assert_int_equal(bytes.data[0] & 7, 2);
            if (type < 16)
                assert_int_equal(bytes.data[0] >> 3, type);
            else
                assert_int_equal(
                    (bytes.data[0] & 0x7f) >> 3 | bytes.data[1] << 4, type);
            buf_free(&bytes);
            found++;
        }
        if (found == 0)
            fail_msg("no item begins with %s", start);
    }
}

/* The first version stands as long as it is served. */
static void the_oldest_version_served_is_there(void **state)
{
    char version[16];

    (void)state;
    (void)snprintf(version, sizeof version, "%d.%d", PROTOCOL_MAJOR,
                   PROTOCOL_MINOR_OLDEST);
    assert_true(replay_folder(version) >= 38);
}

/* A test that reads everything as it pleases would be none. */
static void bytes_that_were_changed_are_noticed(void **state)
{
    const struct golden_item *item = golden_find("message_08_batch");
    struct buf bytes = {0}, said = {0}, again = {0}, other = {0};
    struct error err = {""};
    size_t missed = 0;

    (void)state;
    item->make(&bytes);
    assert_int_equal(item->read(&said, &again, buf_bytes(&bytes), &err), 0);
    for (size_t i = 0; i < bytes.size; i++) {
        bytes.data[i] ^= 1;
        buf_clear(&other);
        buf_clear(&again);
        if (item->read(&other, &again, buf_bytes(&bytes), &err) == 0 &&
            strcmp(buf_text(&other), buf_text(&said)) == 0)
            missed++;
        bytes.data[i] ^= 1;
    }
    assert_int_equal(missed, 0);
    buf_free(&bytes);
    buf_free(&said);
    buf_free(&again);
    buf_free(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_every_version_wrote_is_read_as_it_was_meant),
        cmocka_unit_test(the_oldest_version_served_is_there),
        cmocka_unit_test(every_message_has_an_item),
        cmocka_unit_test(bytes_that_were_changed_are_noticed),
    };

    crypto_open();
    return cmocka_run_group_tests_name("golden", tests, NULL, NULL);
}
