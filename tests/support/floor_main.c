/* tests/support/floor_main.c - lienxa-floor: the floor of the bench.
 *
 * One process inserts rows into one SQLite table with an integer primary key, a
 * unique 16-byte id ordered by time and an index by (unit, seq): the least any
 * hub must do with the same reports (WAL, synchronous=FULL, 1000 rows per
 * transaction). Prints one JSON object.
 */
#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/base/buf.h"
#include "common/base/clock.h"
#include "common/base/id.h"

enum { UNITS = 10, BATCH = 1000, PAYLOAD_LIMIT = 65536 };

static sqlite3 *db;

static void fail(const char *what)
{
    (void)fprintf(stderr, "lienxa-floor: %s: %s\n", what,
                  db != NULL ? sqlite3_errmsg(db) : "no database");
    exit(1);
}

static void run(const char *sql)
{
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
        fail(sql);
}

static uint64_t next(uint64_t *random)
{
    *random ^= *random << 13;
    *random ^= *random >> 7;
    *random ^= *random << 17;
    return *random;
}

static void fill(uint8_t *out, size_t size, uint64_t *random)
{
    for (size_t i = 0; i < size; i++)
        out[i] = (uint8_t)(next(random) >> 32);
}

static sqlite3_stmt *open_new(const char *path)
{
    sqlite3_stmt *insert = NULL;
    FILE *there = fopen(path, "r");

    if (there != NULL) {
        (void)fprintf(stderr, "lienxa-floor: %s is there already\n", path);
        exit(1);
    }
    if (sqlite3_open(path, &db) != SQLITE_OK)
        fail(path);
    run("PRAGMA journal_mode = WAL");
    run("PRAGMA synchronous = FULL");
    run("CREATE TABLE report (row INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE,"
        " unit INTEGER NOT NULL, seq INTEGER NOT NULL, payload BLOB NOT NULL)"
        " STRICT");
    run("CREATE INDEX report_unit ON report (unit, seq)");
    if (sqlite3_prepare_v2(db,
                           "INSERT INTO report (id, unit, seq, payload)"
                           " VALUES (?, ?, ?, ?)",
                           -1, &insert, NULL) != SQLITE_OK)
        fail("prepare");
    return insert;
}

static void insert_row(sqlite3_stmt *insert, int64_t row,
                       const uint8_t *payload, int size, uint64_t *random)
{
    uint8_t noise[10];
    struct id id;

    fill(noise, sizeof noise, random);
    id = id_make(1750000000000 + row, noise);
    if (sqlite3_bind_blob(insert, 1, id.bytes, sizeof id.bytes,
                          SQLITE_STATIC) != SQLITE_OK ||
        sqlite3_bind_int64(insert, 2, row % UNITS) != SQLITE_OK ||
        sqlite3_bind_int64(insert, 3, row / UNITS + 1) != SQLITE_OK ||
        sqlite3_bind_blob(insert, 4, payload, size, SQLITE_STATIC) !=
            SQLITE_OK ||
        sqlite3_step(insert) != SQLITE_DONE)
        fail("insert");
    (void)sqlite3_reset(insert);
}

/* Reports are not of one length: from 3/4 to 5/4 of `size`, `size` on average,
 * so that pages fill as they do with real ones. */
static int varied(int size, int64_t row)
{
    return size - size / 4 + (int)(row * 37 % (size / 2 + 1));
}

/* Microseconds for all rows, the last COMMIT included. */
static int64_t insert_all(sqlite3_stmt *insert, int64_t rows, int size)
{
    static uint8_t payload[PAYLOAD_LIMIT];
    uint64_t random = 88172645463325252u;
    int64_t begin = 0;

    fill(payload, sizeof payload, &random);
    begin = clock_mono_us();
    for (int64_t row = 0; row < rows; row++) {
        if (row % BATCH == 0)
            run("BEGIN IMMEDIATE");
        put_u64(payload, (uint64_t)row);
        insert_row(insert, row, payload, varied(size, row), &random);
        if (row % BATCH == BATCH - 1 || row == rows - 1)
            run("COMMIT");
    }
    return clock_mono_us() - begin;
}

static int misuse(void)
{
    (void)fputs("lienxa-floor FILE [ROWS [PAYLOAD_BYTES]]: FILE must not be "
                "there; 200000 rows of 378 bytes on average unless said\n",
                stderr);
    return 2;
}

static bool number(int64_t *out, const char *text, int64_t least, int64_t most)
{
    char *end = NULL;

    *out = strtoll(text, &end, 10);
    return *end == '\0' && *out >= least && *out <= most;
}

int main(int argc, char **argv)
{
    int64_t rows = 200000, size = 378; /* 91 MiB: design 13 */
    sqlite3_stmt *insert = NULL;
    struct stat file;
    int64_t us = 0;

    if (argc < 2 || argc > 4 ||
        (argc > 2 && !number(&rows, argv[2], 1, 100000000)) ||
        (argc > 3 && !number(&size, argv[3], 8, PAYLOAD_LIMIT / 2)))
        return misuse();
    insert = open_new(argv[1]);
    us = insert_all(insert, rows, (int)size);
    (void)sqlite3_finalize(insert);
    if (sqlite3_close(db) != SQLITE_OK || stat(argv[1], &file) != 0)
        fail("close");
    printf("{\"rows\":%" PRId64 ",\"seconds\":%.3f,\"rows_per_s\":%.0f,"
           "\"file_bytes\":%" PRId64 "}\n",
           rows, (double)us / 1e6, (double)rows * 1e6 / (double)us,
           (int64_t)file.st_size);
    return 0;
}
