/* tests/unit/test_media_fixture.h - two sides with a folder and a database
 * each, and a file that goes from one to the other.
 */
#ifndef LIENXA_TESTS_MEDIA_FIXTURE_H
#define LIENXA_TESTS_MEDIA_FIXTURE_H

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/base/mem.h"
#include "common/crypto/random.h"
#include "common/media/fetch.h"
#include "common/media/shelf.h"
#include "common/store/ledger.h"
#include "common/sync/chunk.h"

#define UNIT "19870@20040708"

struct side {
    char data[64], path[128];
    struct db *db;
    struct media_store *rows;
    struct media_shelf shelf;
};

struct world {
    struct side from, to;
    struct buf content;
    struct media_row row;
};

static inline void side_open(struct side *s)
{
    uint8_t key[BOX_KEY_BYTES];
    struct error err = {""};

    (void)snprintf(s->data, sizeof s->data, "/tmp/lxmedia-XXXXXX");
    assert_non_null(mkdtemp(s->data));
    (void)snprintf(s->path, sizeof s->path, "%s/node.db", s->data);
    assert_int_equal(db_open(&s->db, s->path, DB_WRITE, DB_APP_NODE, &err), 0);
    assert_int_equal(db_migrate(s->db, store_schema, store_schema_count, &err),
                     0);
    assert_int_equal(media_store_open(&s->rows, s->db, &err), 0);
    random_bytes(key, sizeof key);
    media_shelf_open(&s->shelf, s->data, key, s->rows);
    assert_int_equal(media_shelf_make(&s->shelf, &err), 0);
    assert_int_equal(db_begin(s->db), 0);
}

static inline void side_close(struct side *s)
{
    char command[128];

    media_shelf_close(&s->shelf);
    (void)db_commit(s->db);
    media_store_close(&s->rows);
    db_close(&s->db);
    (void)snprintf(command, sizeof command, "rm -rf %s", s->data);
    assert_int_equal(system(command), 0);
}

/* A file of `size` bytes at the one side, named by a report; wanted at the
 * other. */
static inline void make_file(struct world *w, size_t size)
{
    struct media_file *file = NULL;
    struct buf list = {0};
    struct hash hash;
    char path[MEDIA_PATH];
    uint32_t pieces = media_list_pieces(size);

    buf_clear(&w->content);
    buf_reserve(&w->content, size);
    random_bytes(w->content.data, size);
    w->content.size = size;
    (void)snprintf(path, sizeof path, "%s/new", w->from.data);
    assert_int_equal(media_file_make(&file, path, size, NULL), 0);
    for (uint32_t i = 0; i < media_chunks(size); i++) {
        size_t at = (size_t)i * LIMIT_MEDIA_PIECE;
        struct bytes chunk =
            bytes_of(w->content.data + at, media_piece_bytes(size, pieces + i));

        hash = media_hash(chunk);
        buf_add(&list, &hash, sizeof hash);
        assert_int_equal(media_file_put(file, pieces + i, chunk), 0);
    }
    for (uint32_t i = 0; i < pieces; i++)
        assert_int_equal(
            media_file_put(file, i,
                           bytes_of(list.data + (size_t)i * LIMIT_MEDIA_PIECE,
                                    media_piece_bytes(size, i))),
            0);
    assert_int_equal(media_file_lock(file, w->from.shelf.key), 0);
    assert_int_equal(media_file_sync(file), 0);
    media_file_close(&file);
    hash = media_hash(buf_bytes(&list));
    buf_free(&list);
    w->row = (struct media_row){.size = size, .type = 1, .state = MEDIA_HERE};
    memset(w->row.salt, 0x5a, sizeof w->row.salt);
    w->row.name = media_name(w->row.salt, size, &hash);
    assert_int_equal(
        media_shelf_adopt(&w->from.shelf, path, &w->row.name, "", NULL), 0);
    assert_int_equal(media_shelf_sync(&w->from.shelf, NULL), 0);
    assert_int_equal(media_store_add(w->from.rows, &w->row), 0);
    w->row.state = MEDIA_WANTED;
    (void)snprintf(w->row.source, sizeof w->row.source, UNIT);
    assert_int_equal(media_store_add(w->to.rows, &w->row), 0);
}

static inline int set_up(void **state)
{
    struct world *w = mem_new(sizeof *w);

    crypto_open();
    side_open(&w->from);
    side_open(&w->to);
    *state = w;
    return 0;
}

static inline int tear_down(void **state)
{
    struct world *w = *state;

    side_close(&w->from);
    side_close(&w->to);
    buf_free(&w->content);
    mem_free(state);
    return 0;
}

static inline int state_of(struct side *s, const struct hash *name)
{
    struct media_row row;

    return media_store_find(s->rows, name, &row) == 0 ? row.state : 0;
}

/* Carries pieces until `most` of them came or all are there; how many. */
static inline unsigned carry(struct world *w, unsigned most)
{
    struct media_part part;
    struct buf piece = {0};
    unsigned carried = 0;

    assert_int_equal(media_part_open(&part, &w->to.shelf, &w->row, NULL), 0);
    while (part.file != NULL && carried < most) {
        buf_clear(&piece);
        assert_int_equal(
            media_shelf_piece(&w->from.shelf, &w->row.name, part.next, &piece),
            0);
        assert_int_equal(media_part_put(&part, &w->to.shelf, part.next,
                                        buf_bytes(&piece), NULL),
                         0);
        carried++;
    }
    media_part_close(&part);
    buf_free(&piece);
    return carried;
}

static inline void expect_content(struct world *w)
{
    struct buf all = {0};
    uint32_t list = media_list_pieces(w->row.size);

    for (uint32_t i = 0; i < media_chunks(w->row.size); i++)
        assert_int_equal(
            media_shelf_piece(&w->to.shelf, &w->row.name, list + i, &all), 0);
    assert_true(bytes_equal(buf_bytes(&all), buf_bytes(&w->content)));
    buf_free(&all);
    assert_int_equal(media_shelf_check(&w->to.shelf, &w->row), 0);
}

#endif
