/* tests/support/rot_main.c - lets a database rot, as a disk does it: bytes of
 * the file change while nobody looks. Nothing may have the file open.
 *
 *   lienxa-rot middle FILE         one bit of the byte in the middle of the
 * file lienxa-rot at FILE BYTE BIT    one bit lienxa-rot change FILE BITS bits
 * of the fact of the change in the middle; prints its record's id lienxa-rot
 * page FILE           the kind of the page that holds it lienxa-rot object FILE
 * one bit of the vault object in the middle
 */
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/buf.h"
#include "common/base/file.h"
#include "common/base/id.h"

static int give_up(const char *what)
{
    (void)fprintf(stderr, "lienxa-rot: %s\n", what);
    return 1;
}

static int flip(const char *path, off_t at, unsigned bit)
{
    int fd = open(path, O_RDWR | O_CLOEXEC);
    uint8_t byte;
    bool good = fd >= 0 && pread(fd, &byte, 1, at) == 1;

    if (good) {
        byte ^= (uint8_t)(1u << bit);
        good = pwrite(fd, &byte, 1, at) == 1;
    }
    if (fd >= 0)
        (void)close(fd);
    return good ? 0 : give_up("the file cannot be changed");
}

static int flip_middle(const char *path)
{
    struct stat at;

    if (stat(path, &at) != 0)
        return give_up("no such file");
    printf("byte %lld of %lld\n", (long long)at.st_size / 2,
           (long long)at.st_size);
    return flip(path, at.st_size / 2, 3);
}

static const char fact_in_the_middle[] =
    "SELECT c.fact, r.uid FROM change c JOIN record r ON r.id = c.record"
    " WHERE c.id >= (SELECT max(id) / 2 FROM change) AND r.kind = 1"
    " ORDER BY c.id LIMIT 1";
static const char object_in_the_middle[] =
    "SELECT v.bytes, r.uid FROM vault_object v JOIN change c ON c.id = v.change"
    " JOIN record r ON r.id = c.record"
    " WHERE c.id >= (SELECT max(change) / 2 FROM vault_object)"
    " ORDER BY c.id LIMIT 1";

/* Such bytes, and of which record they are. */
static bool read_bytes(const char *path, const char *sql, struct buf *fact,
                       struct id *record)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *q = NULL;
    bool good = false;

    if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK &&
        sqlite3_prepare_v2(db, sql, -1, &q, NULL) == SQLITE_OK &&
        sqlite3_step(q) == SQLITE_ROW && sqlite3_column_bytes(q, 1) == 16) {
        buf_add(fact, sqlite3_column_blob(q, 0),
                (size_t)sqlite3_column_bytes(q, 0));
        memcpy(record->bytes, sqlite3_column_blob(q, 1), 16);
        good = fact->size > 8;
    }
    sqlite3_finalize(q);
    (void)sqlite3_close(db);
    return good;
}

static int harm_bytes(const char *path, const char *sql, unsigned bits)
{
    char text[ID_TEXT_BYTES];
    struct buf fact = {0}, file = {0};
    const uint8_t *at = NULL;
    struct id record;
    int rc = 1;

    if (!read_bytes(path, sql, &fact, &record) ||
        file_read(&file, path, (size_t)1 << 30, NULL) != 0 ||
        (at = memmem(file.data, file.size, fact.data, fact.size)) == NULL)
        (void)give_up("no such change in the file itself: is it open?");
    else
        for (rc = 0; rc == 0 && bits-- > 0;)
            rc = flip(path, at - file.data + 4 + bits % 4, bits % 8);
    if (rc == 0)
        puts(id_text(text, &record));
    buf_free(&fact);
    buf_free(&file);
    return rc;
}

/* The page that holds the change in the middle. */
static int harm_page(const char *path)
{
    struct buf fact = {0}, file = {0};
    const uint8_t *at = NULL;
    struct id record;
    off_t page;
    int rc = 1;

    if (!read_bytes(path, fact_in_the_middle, &fact, &record) ||
        file_read(&file, path, (size_t)1 << 30, NULL) != 0 ||
        (at = memmem(file.data, file.size, fact.data, fact.size)) == NULL) {
        (void)give_up("no such change in the file itself: is it open?");
    } else {
        /* the header of a database says how long its pages are */
        off_t size = file.data[16] << 8 | file.data[17];

        page = (at - file.data) / size * size;
        rc = flip(path, page, 1);
        printf("page %lld\n", (long long)(page / size) + 1);
    }
    buf_free(&fact);
    buf_free(&file);
    return rc;
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "page") == 0)
        return harm_page(argv[2]);
    if (argc == 3 && strcmp(argv[1], "middle") == 0)
        return flip_middle(argv[2]);
    if (argc == 5 && strcmp(argv[1], "at") == 0)
        return flip(argv[2], (off_t)strtoll(argv[3], NULL, 10),
                    (unsigned)strtoul(argv[4], NULL, 10) % 8);
    if (argc == 4 && strcmp(argv[1], "change") == 0)
        return harm_bytes(argv[2], fact_in_the_middle,
                          (unsigned)strtoul(argv[3], NULL, 10));
    if (argc == 3 && strcmp(argv[1], "object") == 0)
        return harm_bytes(argv[2], object_in_the_middle, 1);
    return give_up(
        "middle FILE, page FILE, object FILE, at FILE BYTE BIT, or change "
        "FILE BITS");
}
