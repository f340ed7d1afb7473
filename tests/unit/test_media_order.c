/* tests/unit/test_media_order.c - what must be on the disk before what, so that
 * a power cut leaves no name without its content: fsync and rename are this
 * file's own here, and write down when they were called. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/crypto/random.h"
#include "common/media/shelf.h"
#include "common/store/ledger.h"

static char calls[64];

static void note(char what)
{
    size_t size = strlen(calls);

    if (size + 1 < sizeof calls)
        calls[size] = what;
}

int fsync(int fd)
{
    note('s');
    return (int)syscall(SYS_fsync, fd);
}

int rename(const char *from, const char *to)
{
    int rc = (int)syscall(SYS_renameat, AT_FDCWD, from, AT_FDCWD, to);

    if (rc == 0)
        note('r');
    return rc;
}

static void a_file_has_its_name_when_it_is_on_the_disk(void **state)
{
    uint8_t key[BOX_KEY_BYTES] = {7};
    char data[] = "/tmp/lxorder-XXXXXX", path[64], command[96];
    struct media_row row = {.size = 5, .type = 1, .state = MEDIA_WANTED};
    struct hash chunk = media_hash(bytes_of("photo", 5));
    struct hash list = media_hash(bytes_of(&chunk, sizeof chunk));
    struct media_shelf shelf;
    struct media_store *rows;
    struct media_part part;
    struct db *db;

    (void)state;
    crypto_open();
    assert_non_null(mkdtemp(data));
    (void)snprintf(path, sizeof path, "%s/node.db", data);
    assert_int_equal(db_open(&db, path, DB_WRITE, DB_APP_NODE, NULL), 0);
    assert_int_equal(db_migrate(db, store_schema, store_schema_count, NULL), 0);
    assert_int_equal(media_store_open(&rows, db, NULL), 0);
    media_shelf_open(&shelf, data, key, rows);
    assert_int_equal(media_shelf_make(&shelf, NULL), 0);
    assert_int_equal(db_begin(db), 0);
    row.name = media_name(row.salt, row.size, &list);
    assert_int_equal(media_store_add(rows, &row), 0);
    assert_int_equal(media_part_open(&part, &shelf, &row, NULL), 0);
    assert_int_equal(
        media_part_put(&part, &shelf, 0, bytes_of(&chunk, sizeof chunk), NULL),
        0);
    memset(calls, 0, sizeof calls);
    assert_int_equal(
        media_part_put(&part, &shelf, 1, bytes_of("photo", 5), NULL), 0);
    /* the content, the name, the folder; the row only in the transaction */
    assert_string_equal(calls, "srs");
    assert_int_equal(media_store_find(rows, &row.name, &row), 0);
    assert_int_equal(row.state, MEDIA_HERE);
    assert_true(db_in_transaction(db));
    db_rollback(db);
    media_shelf_close(&shelf);
    media_store_close(&rows);
    db_close(&db);
    (void)snprintf(command, sizeof command, "rm -rf %s", data);
    assert_int_equal(system(command), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_has_its_name_when_it_is_on_the_disk),
    };

    return cmocka_run_group_tests_name("media/order", tests, NULL, NULL);
}
