/* tests/unit/test_web_upload.c - common/web/upload.c: what a page hands in
 * comes in order, whole, within its share, and is nobody else's; and how a file
 * is named when it is given out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/crypto/digest.h"
#include "common/crypto/random.h"
#include "common/web/files.h"
#include "common/web/upload.h"

#define ANN "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define BOB "ff112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define FILE_1 "0198a1b2-0000-7000-8000-000000000001"

enum { THREE = 2 * UPLOAD_PART + 100 };

struct place {
    char folder[64];
    uint8_t content[THREE];
};

static int make(void **state)
{
    struct place *place = calloc(1, sizeof *place);

    assert_non_null(place);
    (void)snprintf(place->folder, sizeof place->folder,
                   "/tmp/test_upload.XXXXXX");
    assert_non_null(mkdtemp(place->folder));
    for (size_t i = 0; i < THREE; i++)
        place->content[i] = (uint8_t)(i * 7 + i / 256);
    *state = place;
    return 0;
}

static int clear(void **state)
{
    struct place *place = *state;
    char command[96];

    (void)snprintf(command, sizeof command, "rm -r %s", place->folder);
    assert_int_equal(system(command), 0);
    free(place);
    return 0;
}

static struct upload open_as(const struct place *place, const char *token,
                             const char *id, size_t size)
{
    struct upload u;
    char text[24];

    (void)snprintf(text, sizeof text, "%zu", size);
    assert_int_equal(upload_open(&u, place->folder, token, id, text, NULL), 0);
    return u;
}

static int put(struct place *place, struct upload *u, unsigned part,
               uint64_t *have)
{
    size_t at = (size_t)part * UPLOAD_PART;
    size_t size = THREE - at < UPLOAD_PART ? THREE - at : UPLOAD_PART;
    char text[8];

    (void)snprintf(text, sizeof text, "%u", part);
    return upload_put(u, text, bytes_of(place->content + at, size), have, NULL);
}

static const char *hash_of(const struct place *place, char out[HASH_TEXT_BYTES])
{
    struct bytes all = bytes_of(place->content, THREE);
    struct hash hash = crypto_sha256(&all, 1);

    return hash_text(out, &hash);
}

static void put_all(struct place *place, struct upload *u)
{
    uint64_t have;

    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(put(place, u, i, &have), 0);
    assert_int_equal(have, THREE);
}

static void parts_in_their_order_are_the_whole(void **state)
{
    struct place *place = *state;
    struct upload u = open_as(place, ANN, FILE_1, THREE);
    uint8_t back[THREE];
    char hash[HASH_TEXT_BYTES];
    int fd;

    assert_int_equal(upload_have(&u), 0);
    put_all(place, &u);
    assert_int_equal(upload_have(&u), THREE);
    fd = upload_whole(&u, hash_of(place, hash), NULL);
    assert_true(fd >= 0);
    assert_int_equal(pread(fd, back, sizeof back, 0), THREE);
    assert_memory_equal(back, place->content, THREE);
    (void)close(fd);
    upload_close(&u);
}

static void a_part_out_of_its_turn_is_told_the_next_one(void **state)
{
    struct place *place = *state;
    struct upload u = open_as(place, ANN, FILE_1, THREE);
    char hash[HASH_TEXT_BYTES];
    uint64_t have = 1;

    assert_int_equal(put(place, &u, 1, &have), ERR_CONFLICT);
    assert_int_equal(have, 0);
    assert_int_equal(put(place, &u, 0, &have), 0);
    assert_int_equal(put(place, &u, 2, &have), ERR_CONFLICT);
    assert_int_equal(have, UPLOAD_PART);
    assert_int_equal(put(place, &u, 0, &have), 0); /* its answer was lost */
    assert_int_equal(have, UPLOAD_PART);
    assert_int_equal(upload_whole(&u, hash_of(place, hash), NULL),
                     ERR_CONFLICT);
    assert_int_equal(upload_have(&u), UPLOAD_PART); /* it is gone on with */
}

static void a_part_of_another_size_or_number_is_none(void **state)
{
    static const char *const numbers[] = {"3",  "-1",    "",   "0x0",
                                          " 0", "99999", "1e1"};
    struct place *place = *state;
    struct upload u = open_as(place, ANN, FILE_1, THREE);
    uint64_t have;

    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        assert_int_equal(upload_put(&u, numbers[i],
                                    bytes_of(place->content, UPLOAD_PART),
                                    &have, NULL),
                         ERR_INVALID);
    assert_int_equal(
        upload_put(&u, NULL, bytes_of(place->content, 1), &have, NULL),
        ERR_INVALID);
    assert_int_equal(upload_put(&u, "0",
                                bytes_of(place->content, UPLOAD_PART - 1),
                                &have, NULL),
                     ERR_INVALID);
    assert_int_equal(
        upload_put(&u, "2", bytes_of(place->content, 101), &have, NULL),
        ERR_INVALID);
    assert_int_equal(upload_have(&u), 0);
}

static void what_arrived_as_something_else_is_thrown_away(void **state)
{
    struct place *place = *state;
    struct upload u = open_as(place, ANN, FILE_1, THREE);

    put_all(place, &u);
    assert_int_equal(upload_whole(&u, NULL, NULL), ERR_CONFLICT);
    assert_int_equal(upload_have(&u), 0);
    put_all(place, &u);
    assert_int_equal(upload_whole(&u, "00", NULL), ERR_CONFLICT);
    assert_int_equal(upload_have(&u), 0);
}

static void what_was_changed_on_the_disk_is_not_taken(void **state)
{
    struct place *place = *state;
    struct upload u = open_as(place, ANN, FILE_1, THREE);
    char hash[HASH_TEXT_BYTES];
    FILE *file;

    put_all(place, &u);
    file = fopen(u.part, "r+");
    assert_non_null(file);
    assert_int_equal(fseek(file, 1000, SEEK_SET), 0);
    assert_int_not_equal(fputc('x', file), EOF);
    assert_int_not_equal(fputc('y', file), EOF);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(upload_whole(&u, hash_of(place, hash), NULL),
                     ERR_CONFLICT);
}

static void what_a_crash_left_behind_the_parts_is_not_there(void **state)
{
    struct place *place = *state;
    struct upload u = open_as(place, ANN, FILE_1, THREE);
    char hash[HASH_TEXT_BYTES];
    uint64_t have;
    int fd;

    assert_int_equal(put(place, &u, 0, &have), 0);
    assert_int_equal(truncate(u.part, UPLOAD_PART + BOX_OVERHEAD + 77), 0);
    assert_int_equal(upload_have(&u), UPLOAD_PART);
    assert_int_equal(put(place, &u, 1, &have), 0);
    assert_int_equal(put(place, &u, 2, &have), 0);
    fd = upload_whole(&u, hash_of(place, hash), NULL);
    assert_true(fd >= 0);
    (void)close(fd);
}

static void another_session_finds_nothing_of_it(void **state)
{
    struct place *place = *state;
    struct upload ann = open_as(place, ANN, FILE_1, THREE);
    struct upload bob = open_as(place, BOB, FILE_1, THREE);
    char hash[HASH_TEXT_BYTES];
    struct json *file = json_object_new();
    int fd;

    put_all(place, &ann);
    assert_int_equal(upload_have(&bob), 0);
    assert_int_equal(upload_whole(&bob, hash_of(place, hash), NULL),
                     ERR_CONFLICT);
    /* even of one who puts it under a name of his own */
    assert_int_equal(rename(ann.part, bob.part), 0);
    assert_int_equal(upload_have(&bob), THREE);
    assert_int_equal(upload_whole(&bob, hash_of(place, hash), NULL),
                     ERR_CONFLICT);

    put_all(place, &ann);
    fd = upload_whole(&ann, hash_of(place, hash), NULL);
    assert_true(fd >= 0);
    (void)close(fd);
    json_set_text(file, "spool", FILE_1);
    assert_int_equal(upload_done(&ann, file, NULL), 0);
    assert_null(upload_ready(&bob));
    assert_int_equal(rename(ann.done, bob.done), 0);
    assert_null(upload_ready(&bob));
    json_free(&file);
}

static void a_lost_answer_is_given_again(void **state)
{
    struct place *place = *state;
    struct upload u = open_as(place, ANN, FILE_1, THREE);
    struct json *file = json_object_new(), *again;
    char path[128];
    uint64_t have;

    put_all(place, &u);
    json_set_text(file, "spool", FILE_1);
    assert_int_equal(upload_done(&u, file, NULL), 0);
    assert_int_not_equal(access(u.part, F_OK), 0);
    again = upload_ready(&u);
    assert_string_equal(json_get_text(again, "spool"), FILE_1);
    json_free(&again);
    assert_int_equal(put(place, &u, 0, &have), 0);
    assert_int_equal(have, THREE);

    (void)snprintf(path, sizeof path, "%s/" FILE_1 ".sealed", place->folder);
    assert_int_equal(mkdir(path, 0700), 0); /* a file in earnest */
    assert_int_equal(rmdir(path), 0);
    fclose(fopen(path, "w"));
    upload_drop(&u);
    assert_int_not_equal(access(path, F_OK), 0);
    assert_null(upload_ready(&u));
    assert_int_equal(upload_have(&u), 0);
    json_free(&file);
}

static void a_session_has_its_share_and_no_more(void **state)
{
    struct place *place = *state;
    uint64_t have;
    char id[ID_TEXT_BYTES];
    unsigned count = 0;
    int rc = 0;

    for (; rc == 0 && count <= UPLOAD_FILES; count++) {
        struct upload u;

        (void)snprintf(id, sizeof id, "0198a1b2-0000-7000-8000-%012u", count);
        u = open_as(place, ANN, id, 10);
        rc = upload_put(&u, "0", bytes_of(place->content, 10), &have, NULL);
    }
    assert_int_equal(rc, ERR_REFUSED);
    assert_int_equal(count, UPLOAD_FILES + 1);
    /* of bytes as well, and what is said counts, not what came */
    rc = 0;
    for (count = 0; rc == 0 && count < 100; count++) {
        struct upload u;

        (void)snprintf(id, sizeof id, "0198a1b2-0000-7000-8000-%012u", count);
        u = open_as(place, BOB, id, UPLOAD_MOST);
        rc = upload_put(&u, "0", bytes_of(place->content, UPLOAD_PART), &have,
                        NULL);
    }
    assert_int_equal(rc, ERR_REFUSED);
    assert_int_equal(count, UPLOAD_SESSION / UPLOAD_MOST + 1);
}

static void fill(const struct place *place, off_t size)
{
    char path[128];
    FILE *file;

    (void)snprintf(path, sizeof path, "%s/of-others", place->folder);
    file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(truncate(path, size), 0);
}

/* Each login has a share of its own: what was begun while there was room does
 * not go on when there is none. */
static void what_others_have_filled_meanwhile_is_not_filled_again(void **state)
{
    struct place *place = *state;
    struct upload u = open_as(place, ANN, FILE_1, THREE);
    char hash[HASH_TEXT_BYTES];
    uint64_t have;
    int fd;

    assert_int_equal(put(place, &u, 0, &have), 0);
    fill(place, (1 << 30) - 2 * THREE);
    assert_int_equal(put(place, &u, 1, &have), ERR_FULL);
    assert_int_equal(have, UPLOAD_PART);
    fill(place, 0);
    assert_int_equal(put(place, &u, 1, &have), 0); /* it is gone on with */
    assert_int_equal(put(place, &u, 2, &have), 0);
    fill(place, (1 << 30) - 2 * THREE);
    assert_int_equal(upload_whole(&u, hash_of(place, hash), NULL), ERR_FULL);
    assert_int_equal(upload_have(&u), THREE);
    fill(place, 0);
    fd = upload_whole(&u, hash_of(place, hash), NULL);
    assert_true(fd >= 0);
    (void)close(fd);
}

static void no_name_leads_out_of_the_folder(void **state)
{
    static const char *const ids[] = {
        "",
        "../../etc/passwd",
        "0198a1b2-0000-7000-8000-00000000000/",
        "../0198a1b2-0000-7000-8000-000000000001",
        "0198a1b2-0000-7000-8000-000000000001.part",
    };
    static const char *const sizes[] = {"0",    "-1",        "1.5",          "",
                                        "0x10", "1/../../x", "9999999999999"};
    struct place *place = *state;
    struct upload u;

    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
        assert_int_equal(
            upload_open(&u, place->folder, ANN, ids[i], "10", NULL),
            ERR_INVALID);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        assert_int_equal(
            upload_open(&u, place->folder, ANN, FILE_1, sizes[i], NULL),
            ERR_INVALID);
    assert_int_equal(
        upload_open(&u, place->folder, ANN, FILE_1, "33554433", NULL),
        ERR_REFUSED);
    assert_int_equal(
        upload_open(&u, place->folder, ANN, FILE_1, "33554432", NULL), 0);
}

static void people_see_the_last_part_of_a_name(void **state)
{
    static const struct {
        const char *given, *seen;
    } names[] = {
        {"ảnh ghe.jpg", "ảnh ghe.jpg"},
        {"../../etc/passwd", "passwd"},
        {"C:\\fakepath\\a.jpg", "a.jpg"},
        {"a\r\nSet-Cookie: x.jpg", "a  Set-Cookie: x.jpg"},
        {"..", "file"},
        {"", "file"},
    };
    char out[UPLOAD_NAME_BYTES], longest[400];

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        upload_clean_name(out, names[i].given);
        assert_string_equal(out, names[i].seen);
    }
    longest[0] = 'x';
    for (size_t i = 0; i < 130; i++)
        memcpy(longest + 1 + 3 * i, "ế", sizeof "ế");
    upload_clean_name(out, longest);
    assert_int_equal(strlen(out), 199); /* no letter is cut */
    assert_true(utf8_valid(bytes_of_text(out)));
}

static void a_name_in_a_header_ends_nothing(void **state)
{
    struct buf out = {0};

    (void)state;
    web_file_disposition(&out, false, "ảnh \"1\";x.jpg");
    assert_string_equal(buf_text(&out),
                        "inline; filename=\"___nh__1__x.jpg\"; "
                        "filename*=UTF-8''%E1%BA%A3nh%20%221%22%3Bx.jpg");
    buf_clear(&out);
    web_file_disposition(&out, true, "a.pdf");
    assert_string_equal(
        buf_text(&out),
        "attachment; filename=\"a.pdf\"; filename*=UTF-8''a.pdf");
    buf_free(&out);
}

#define AT_A_PLACE(test) cmocka_unit_test_setup_teardown(test, make, clear)

int main(void)
{
    const struct CMUnitTest tests[] = {
        AT_A_PLACE(parts_in_their_order_are_the_whole),
        AT_A_PLACE(a_part_out_of_its_turn_is_told_the_next_one),
        AT_A_PLACE(a_part_of_another_size_or_number_is_none),
        AT_A_PLACE(what_arrived_as_something_else_is_thrown_away),
        AT_A_PLACE(what_was_changed_on_the_disk_is_not_taken),
        AT_A_PLACE(what_a_crash_left_behind_the_parts_is_not_there),
        AT_A_PLACE(another_session_finds_nothing_of_it),
        AT_A_PLACE(a_lost_answer_is_given_again),
        AT_A_PLACE(a_session_has_its_share_and_no_more),
        AT_A_PLACE(what_others_have_filled_meanwhile_is_not_filled_again),
        AT_A_PLACE(no_name_leads_out_of_the_folder),
        cmocka_unit_test(people_see_the_last_part_of_a_name),
        cmocka_unit_test(a_name_in_a_header_ends_nothing),
    };

    crypto_open();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
