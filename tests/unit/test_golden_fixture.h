/* A program's folder as an earlier version left it: a dump of its database and
 * throw-away keys, from tests/golden.
 */
#ifndef LIENXA_TEST_GOLDEN_FIXTURE_H
#define LIENXA_TEST_GOLDEN_FIXTURE_H

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

#define GOLDEN LIENXA_SOURCE_DIR "/tests/golden/"

enum { GOLDEN_PATH = 8192, GOLDEN_FILE_MOST = 1 << 20 };

static inline struct buf golden_load(const char *path)
{
    struct buf out = {0};
    struct error err = {""};

    if (file_read(&out, path, GOLDEN_FILE_MOST, &err) != 0)
        fail_msg("%s", err.text);
    return out;
}

/* Keys are read from files of their owner only, which a checkout is not. */
static inline void golden_copy_keys(const char *from, const char *folder)
{
    char source[GOLDEN_PATH], target[GOLDEN_PATH];
    struct error err = {""};
    const struct dirent *entry;
    DIR *keys;

    (void)snprintf(target, sizeof target, "%s/keys", folder);
    assert_int_equal(file_make_folder(target, &err), 0);
    (void)snprintf(source, sizeof source, "%s/keys", from);
    keys = opendir(source);
    assert_non_null(keys);
    while ((entry = readdir(keys)) != NULL) {
        struct buf content;

        if (entry->d_name[0] == '.')
            continue;
        (void)snprintf(source, sizeof source, "%s/keys/%s", from,
                       entry->d_name);
        (void)snprintf(target, sizeof target, "%s/keys/%s", folder,
                       entry->d_name);
        content = golden_load(source);
        assert_int_equal(file_write(target, buf_bytes(&content), 0600, &err),
                         0);
        buf_free(&content);
    }
    (void)closedir(keys);
}

/* What `sql` answers over the database of `program` in `folder`. */
static inline int64_t golden_number(const char *folder, const char *program,
                                    const char *sql)
{
    char path[GOLDEN_PATH];
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

/* Makes `folder` of PROGRAM, from the dump and the keys in `from`. */
static inline void golden_make(const char *program, const char *from,
                               const char *dump, char folder[64])
{
    char path[GOLDEN_PATH];
    struct buf sql;
    sqlite3 *db = NULL;

    (void)snprintf(folder, 64, "/tmp/lienxa-old.XXXXXX");
    assert_non_null(mkdtemp(folder));
    golden_copy_keys(from, folder);
    (void)snprintf(path, sizeof path, "%s/%s", from, dump);
    sql = golden_load(path);
    (void)snprintf(path, sizeof path, "%s/%s.db", folder, program);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, buf_text(&sql), NULL, NULL, NULL),
                     SQLITE_OK);
    (void)sqlite3_close(db);
    buf_free(&sql);
}

static inline void golden_remove(const char *folder)
{
    char command[128];

    (void)snprintf(command, sizeof command, "rm -rf '%s'", folder);
    assert_int_equal(system(command), 0);
}

#endif
