/* The data of a hub and a node of version 1.0 (tests/golden/1.0/hub and node)
 * opens with the present programs, is brought up to date, and verifies. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "common/base/file.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/crypto/random.h"
#include "hub/reading.h"
#include "node/reading.h"

#define GOLDEN LIENXA_SOURCE_DIR "/tests/golden/1.0"

enum { PATHS = 8192, LIMIT = 1 << 20 };

extern const size_t hub_schema_count, node_schema_count;

static struct buf load(const char *path)
{
    struct buf out = {0};
    struct error err = {""};

    if (file_read(&out, path, LIMIT, &err) != 0)
        fail_msg("%s", err.text);
    return out;
}

/* Keys are read from files of their owner only, which a checkout is not. */
static void copy_keys(const char *program, const char *folder)
{
    char from[PATHS], to[PATHS];
    struct error err = {""};
    const struct dirent *entry;
    DIR *keys;

    (void)snprintf(to, sizeof to, "%s/keys", folder);
    assert_int_equal(file_make_folder(to, &err), 0);
    (void)snprintf(from, sizeof from, "%s/%s/keys", GOLDEN, program);
    keys = opendir(from);
    assert_non_null(keys);
    while ((entry = readdir(keys)) != NULL) {
        struct buf content;

        if (entry->d_name[0] == '.')
            continue;
        (void)snprintf(from, sizeof from, "%s/%s/keys/%s", GOLDEN, program,
                       entry->d_name);
        (void)snprintf(to, sizeof to, "%s/keys/%s", folder, entry->d_name);
        content = load(from);
        assert_int_equal(file_write(to, buf_bytes(&content), 0600, &err), 0);
        buf_free(&content);
    }
    (void)closedir(keys);
}

static int64_t number(const char *folder, const char *program, const char *sql)
{
    char path[PATHS];
    sqlite3 *db = NULL;
    sqlite3_stmt *q = NULL;
    int64_t value;

    (void)snprintf(path, sizeof path, "%s/%s.db", folder, program);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &q, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(q), SQLITE_ROW);
    value = sqlite3_column_int64(q, 0);
    (void)sqlite3_finalize(q);
    (void)sqlite3_close(db);
    return value;
}

/* A folder as version 1.0 left it. */
static void make(const char *program, char folder[64])
{
    char path[PATHS];
    struct buf sql;
    sqlite3 *db = NULL;

    (void)snprintf(folder, 64, "/tmp/lienxa-old.XXXXXX");
    assert_non_null(mkdtemp(folder));
    copy_keys(program, folder);
    (void)snprintf(path, sizeof path, "%s/%s/%s.sql", GOLDEN, program, program);
    sql = load(path);
    (void)snprintf(path, sizeof path, "%s/%s.db", folder, program);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, buf_text(&sql), NULL, NULL, NULL),
                     SQLITE_OK);
    (void)sqlite3_close(db);
    buf_free(&sql);
    assert_int_equal(number(folder, program, "PRAGMA user_version"), 2);
}

static void discard(const char *folder)
{
    char command[128];

    (void)snprintf(command, sizeof command, "rm -rf '%s'", folder);
    assert_int_equal(system(command), 0);
}

static void a_hub_of_1_0_opens_and_verifies(void **state)
{
    struct error err = {""};
    struct hub *hub = NULL;
    char folder[64];

    (void)state;
    make("hub", folder);
    if (hub_open(&hub, folder, HUB_COMMAND, &err) != 0)
        fail_msg("%s", err.text);
    hub_close(&hub);
    assert_int_equal(number(folder, "hub", "PRAGMA user_version"),
                     hub_schema_count);
    if (hub_open(&hub, folder, HUB_READ, &err) != 0)
        fail_msg("%s", err.text);
    if (hub_reading_verify(hub, &err) != 0)
        fail_msg("%s", err.text);
    hub_close(&hub);
    assert_int_equal(number(folder, "hub", "SELECT count(*) FROM alert"), 1);
    discard(folder);
}

static void a_node_of_1_0_opens_and_verifies(void **state)
{
    struct error err = {""};
    struct node *node = NULL;
    char folder[64];

    (void)state;
    make("node", folder);
    if (node_open(&node, folder, NODE_COMMAND, &err) != 0)
        fail_msg("%s", err.text);
    node_close(&node);
    assert_int_equal(number(folder, "node", "PRAGMA user_version"),
                     node_schema_count);
    if (node_open(&node, folder, NODE_READ, &err) != 0)
        fail_msg("%s", err.text);
    if (node_reading_verify(node, &err) != 0)
        fail_msg("%s", err.text);
    node_close(&node);
    assert_int_equal(number(folder, "node", "SELECT count(*) FROM intake"), 4);
    assert_int_equal(number(folder, "node", "SELECT count(*) FROM alert"), 1);
    discard(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hub_of_1_0_opens_and_verifies),
        cmocka_unit_test(a_node_of_1_0_opens_and_verifies),
    };

    crypto_open();
    log_open(LOG_LEVEL_ERROR);
    return cmocka_run_group_tests_name("golden/data", tests, NULL, NULL);
}
