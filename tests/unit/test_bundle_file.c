/* A bundle on a stick: whole, torn, foreign; what any bytes do. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/base/file.h"
#include "common/base/mem.h"
#include "common/bundle/carry.h"
#include "common/bundle/file.h"
#include "common/bundle/parcel.h"
#include "common/bundle/words.h"
#include "common/crypto/digest.h"
#include "common/crypto/random.h"
#include "common/crypto/sign.h"

static const struct hash_function hash = {crypto_sha256};

struct stick {
    char folder[64], path[96];
    struct sign_key signer;
    struct seal_key receiver;
    struct error err;
};

static int plug_in(void **state)
{
    struct stick *s = mem_new(sizeof *s);

    crypto_open();
    (void)snprintf(s->folder, sizeof s->folder, "/tmp/lienxa-stick.XXXXXX");
    assert_non_null(mkdtemp(s->folder));
    (void)snprintf(s->path, sizeof s->path, "%s/a", s->folder);
    sign_key_generate(&s->signer);
    seal_key_generate(&s->receiver);
    *state = s;
    return 0;
}

static int pull_out(void **state)
{
    struct stick *s = *state;

    (void)unlink(s->path);
    assert_int_equal(rmdir(s->folder), 0);
    mem_free(&s);
    return 0;
}

static void sign(void *who, struct signed_bytes *out, const char *domain,
                 struct bytes body)
{
    const struct stick *s = who;

    out->body = body;
    sign_key_id(out->key_id, s->signer.public_key);
    sign_bytes(out->signature, &s->signer, domain, body);
}

/* A block with one frame, an ANNOUNCE without content. */
static void make_block(struct stick *s, struct buf *out, uint64_t number)
{
    static const uint8_t frame[] = {0x82, 0x01, 0x00};
    struct bundle_label label = {.from = "19894@20040708",
                                 .to = "hub00000001@20240101",
                                 .number = number,
                                 .last = number == 4,
                                 .made_ms = 1763888400000,
                                 .to_curve = s->receiver.public_key,
                                 .sign = sign,
                                 .who = s};
    struct bytes frames = bytes_of(frame, sizeof frame);
    struct buf content = {0};

    wire_bundle_frames_encode(&content, &frames, 1);
    assert_int_equal(parcel_seal(out, &label, buf_bytes(&content)), 0);
    buf_free(&content);
}

/* Under a sanitizer: nothing is left behind either. */
static void nothing_is_sealed_to_what_is_no_key(void **state)
{
    static const uint8_t none[32];
    struct stick *s = *state;
    struct bundle_label label = {.from = "19894@20040708",
                                 .to = "hub00000001@20240101",
                                 .number = 1,
                                 .to_curve = none,
                                 .sign = sign,
                                 .who = s};
    struct buf out = {0};

    assert_int_not_equal(parcel_seal(&out, &label, bytes_of("x", 1)), 0);
    assert_int_equal(out.size, 0);
    buf_free(&out);
}

static void write_blocks(struct stick *s, uint64_t count)
{
    struct bundle_writer *w;
    struct buf block = {0};

    assert_int_equal(bundle_writer_new(&w, s->path, &s->err), 0);
    for (uint64_t i = 1; i <= count; i++) {
        buf_clear(&block);
        make_block(s, &block, i);
        assert_int_equal(bundle_writer_add(w, buf_bytes(&block), &s->err), 0);
    }
    assert_int_equal(bundle_writer_finish(w, &s->err), 0);
    bundle_writer_free(&w);
    buf_free(&block);
}

static void write_three(struct stick *s) { write_blocks(s, 3); }

/* How many whole blocks are found, and what was passed by. */
static int count_whole(struct stick *s, uint64_t *torn)
{
    struct bundle_reader *r;
    struct bytes block;
    int count = 0;

    assert_int_equal(bundle_reader_new(&r, s->path, &s->err), 0);
    while (bundle_reader_next(r, &block, &s->err) == 0)
        count++;
    *torn = bundle_reader_torn(r);
    bundle_reader_free(&r);
    return count;
}

static void change_byte(struct stick *s, size_t at, uint8_t by)
{
    FILE *f = fopen(s->path, "r+b");
    int c;

    assert_non_null(f);
    assert_int_equal(fseek(f, (long)at, SEEK_SET), 0);
    c = fgetc(f);
    assert_int_equal(fseek(f, (long)at, SEEK_SET), 0);
    assert_int_not_equal(fputc((uint8_t)c ^ by, f), EOF);
    assert_int_equal(fclose(f), 0);
}

static void what_was_written_whole_is_found_wherever_the_file_ends(void **state)
{
    struct stick *s = *state;
    struct buf file = {0};
    uint64_t torn;
    size_t block;

    write_three(s);
    assert_int_equal(file_read(&file, s->path, 1 << 20, &s->err), 0);
    block = (file.size - BUNDLE_MAGIC_BYTES) / 3;
    for (size_t size = file.size; size > BUNDLE_MAGIC_BYTES; size--) {
        size_t whole = (size - BUNDLE_MAGIC_BYTES) / block;

        assert_int_equal(truncate(s->path, (off_t)size), 0);
        assert_int_equal(count_whole(s, &torn), whole);
        assert_int_equal(torn,
                         (size - BUNDLE_MAGIC_BYTES) % block == 0 ? 0 : 1);
    }
    buf_free(&file);
}

/* A core that takes every block, as those of both programs answer. */
static struct json *take(void *who, const char *command, struct json *args,
                         struct error *err)
{
    struct json *out = json_object_new();
    struct signed_bytes around;
    struct bundle_block block;
    char id[ID_TEXT_BYTES];
    struct buf blob = {0};

    (void)who;
    if (strcmp(command, "bundle.take") == 0) {
        assert_int_equal(bundle_block_text(&blob, args, err), 0);
        assert_int_equal(
            wire_bundle_block_decode(&block, &around, buf_bytes(&blob), err),
            0);
        json_set_text(out, "bundle", id_text(id, &block.bundle));
        json_set_i64(out, "number", (int64_t)block.number);
        json_set_flag(out, "last", block.last);
        buf_free(&blob);
    }
    json_free(&args);
    return out;
}

/* The file from `from` to `to`, at `path`. */
static void copy_out(const struct buf *file, size_t from, size_t to,
                     const char *path)
{
    struct buf part = {0};

    buf_add_text(&part, BUNDLE_MAGIC);
    buf_add(&part, file->data + from, to - from);
    (void)unlink(path);
    assert_int_equal(file_write(path, buf_bytes(&part), 0600, NULL), 0);
    buf_free(&part);
}

static void a_file_cut_between_two_blocks_is_not_whole(void **state)
{
    struct carrier c = {.call = take};
    struct stick *s = *state;
    struct buf file = {0};
    size_t block, one, two;
    char next[100];

    write_blocks(s, 4);
    assert_int_equal(carry_import(&c, s->path, &s->err), 0);
    assert_int_equal(file_read(&file, s->path, 1 << 20, &s->err), 0);
    block = BUNDLE_HEAD_BYTES + get_u32(file.data + BUNDLE_MAGIC_BYTES);
    for (size_t left = 0; left < 4; left++) {
        s->err.text[0] = '\0';
        copy_out(&file, BUNDLE_MAGIC_BYTES, BUNDLE_MAGIC_BYTES + left * block,
                 s->path);
        assert_int_equal(carry_import(&c, s->path, &s->err), ERR_DAMAGED);
        assert_non_null(strstr(s->err.text, "not whole"));
        assert_non_null(strstr(s->err.text, "again"));
    }
    /* made in two files: the first is fine beside the second, and only then */
    one = BUNDLE_MAGIC_BYTES + block;
    two = BUNDLE_MAGIC_BYTES + 2 * block;
    (void)snprintf(next, sizeof next, "%s.2", s->path);
    copy_out(&file, BUNDLE_MAGIC_BYTES, two, s->path);
    copy_out(&file, two, file.size, next);
    assert_int_equal(carry_import(&c, s->path, &s->err), 0);
    assert_int_equal(carry_import(&c, next, &s->err), 0);
    copy_out(&file, BUNDLE_MAGIC_BYTES, one, s->path); /* its end is lost */
    assert_int_equal(carry_import(&c, s->path, &s->err), ERR_DAMAGED);
    copy_out(&file, one, two, next);
    assert_int_equal(carry_import(&c, s->path, &s->err), 0);
    assert_int_equal(carry_import(&c, next, &s->err), ERR_DAMAGED);
    assert_int_equal(unlink(next), 0);
    buf_free(&file);
}

/* People name bundles by days and weeks. */
static void a_name_that_ends_in_a_number_has_its_parts_too(void **state)
{
    struct carrier c = {.call = take};
    struct stick *s = *state;
    struct buf file = {0};
    size_t two;
    char next[100], third[100];

    (void)snprintf(s->path, sizeof s->path, "%s/26.11", s->folder);
    (void)snprintf(next, sizeof next, "%s.2", s->path);
    (void)snprintf(third, sizeof third, "%s.3", s->path);
    write_blocks(s, 4);
    assert_int_equal(file_read(&file, s->path, 1 << 20, &s->err), 0);
    two = BUNDLE_HEAD_BYTES + get_u32(file.data + BUNDLE_MAGIC_BYTES);
    copy_out(&file, BUNDLE_MAGIC_BYTES + two, BUNDLE_MAGIC_BYTES + 2 * two,
             next);
    copy_out(&file, BUNDLE_MAGIC_BYTES + 2 * two, file.size, third);
    copy_out(&file, BUNDLE_MAGIC_BYTES, BUNDLE_MAGIC_BYTES + two, s->path);
    assert_int_equal(carry_import(&c, s->path, &s->err), 0);
    assert_int_equal(carry_import(&c, next, &s->err), 0);
    assert_int_equal(carry_import(&c, third, &s->err), 0);
    assert_int_equal(unlink(next), 0);
    assert_int_equal(unlink(third), 0);
    buf_free(&file);
}

static void a_spoilt_block_is_passed_by(void **state)
{
    struct stick *s = *state;
    uint64_t torn;

    write_three(s);
    change_byte(s, BUNDLE_MAGIC_BYTES + BUNDLE_HEAD_BYTES + 20, 1);
    assert_int_equal(count_whole(s, &torn), 2);
    assert_int_equal(torn, 1);
    change_byte(s, 0, 1); /* no bundle any more */
    assert_int_equal(
        bundle_reader_new(&(struct bundle_reader *){NULL}, s->path, &s->err),
        ERR_INVALID);
}

static void a_file_that_is_there_is_not_written_over(void **state)
{
    struct stick *s = *state;
    struct bundle_writer *w = NULL;

    write_three(s);
    assert_int_equal(bundle_writer_new(&w, s->path, &s->err), ERR_EXISTS);
    assert_int_equal(
        bundle_writer_new(&w, "/tmp/lienxa-no-such-place/x", &s->err),
        ERR_MISSING);
    assert_non_null(strstr(s->err.text, "Is the stick in"));
}

static void a_full_stick_keeps_what_is_whole(void **state)
{
    struct stick *s = *state;
    struct bundle_writer *w = NULL;
    struct rlimit whole, little;
    struct buf block = {0};
    uint64_t torn;

    make_block(s, &block, 1);
    assert_int_equal(bundle_writer_new(&w, s->path, &s->err), 0);
    assert_int_equal(bundle_writer_add(w, buf_bytes(&block), &s->err), 0);
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &whole), 0);
    little = whole;
    little.rlim_cur = bundle_writer_size(w) + block.size / 2;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &little), 0);
    assert_int_equal(bundle_writer_add(w, buf_bytes(&block), &s->err),
                     ERR_FULL);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &whole), 0);
    assert_non_null(strstr(s->err.text, "no more room"));
    bundle_writer_free(&w);
    assert_int_equal(count_whole(s, &torn), 1);
    assert_int_equal(torn, 0);
    buf_free(&block);
}

static struct json *give_block(void *who, const char *command,
                               struct json *args, struct error *err)
{
    struct json *out = json_object_new();
    struct buf block = {0}, text = {0};

    (void)command;
    (void)err;
    make_block(who, &block, 1);
    base64url_encode(&text, buf_bytes(&block));
    json_set_text(out, "block", buf_text(&text));
    json_set_flag(out, "last", false);
    buf_free(&block);
    buf_free(&text);
    json_free(&args);
    return out;
}

/* Only a commune can go on from a place: a district begins again. */
static void a_district_is_not_told_to_go_on_from_a_place(void **state)
{
    struct stick *s = *state;
    struct carrier c = {.call = give_block, .who = s, .as_json = true};
    struct carry_order order = {.path = s->path, .unit = "x", .after = -1};
    struct rlimit whole, little;
    int rc;

    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &whole), 0);
    little = whole;
    little.rlim_cur = 4096;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &little), 0);
    rc = carry_export(&c, &order, &s->err);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &whole), 0);
    assert_int_equal(rc, ERR_FULL);
    assert_null(strstr(s->err.text, "--after"));
    assert_non_null(strstr(s->err.text, "make the bundle again"));
}

static void a_file_without_a_block_is_not_left_behind(void **state)
{
    struct stick *s = *state;
    struct bundle_writer *w = NULL;

    assert_int_equal(bundle_writer_new(&w, s->path, &s->err), 0);
    bundle_writer_free(&w);
    assert_false(file_exists(s->path));
}

static void
a_block_opens_for_its_receiver_only_and_proves_its_maker(void **state)
{
    struct stick *s = *state;
    struct buf block = {0}, frames = {0};
    struct bundle_block seen;
    struct signed_bytes around;
    struct seal_key other;
    struct sign_key stranger;

    seal_key_generate(&other);
    sign_key_generate(&stranger);
    make_block(s, &block, 1);
    assert_int_equal(
        wire_bundle_block_decode(&seen, &around,
                                 bytes_of(block.data + BUNDLE_HEAD_BYTES,
                                          block.size - BUNDLE_HEAD_BYTES),
                                 &s->err),
        0);
    assert_string_equal(seen.from, "19894@20040708");
    assert_int_equal(seen.number, 1);
    assert_true(parcel_proves(&around, s->signer.public_key));
    assert_false(parcel_proves(&around, stranger.public_key));
    assert_int_equal(parcel_open(&frames, &seen, &other, 1), ERR_MISSING);
    assert_int_equal(parcel_open(&frames, &seen, &s->receiver, 1), 0);
    memcpy(other.public_key, s->receiver.public_key, 32); /* claims to be it */
    assert_int_equal(parcel_open(&frames, &seen, &other, 1), ERR_DAMAGED);
    buf_free(&block);
    buf_free(&frames);
}

static void no_bytes_are_too_much_for_it(void **state)
{
    struct stick *s = *state;
    struct buf file = {0};
    uint64_t seed = 88172645463325252u;

    buf_add(&file, BUNDLE_MAGIC, BUNDLE_MAGIC_BYTES);
    for (uint64_t i = 1; i <= 3; i++)
        make_block(s, &file, i);
    for (int round = 0; round < 3000; round++) {
        struct buf hurt = {0};

        buf_add_bytes(&hurt, buf_bytes(&file));
        for (int i = 0; i < 3; i++) {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            hurt.data[BUNDLE_MAGIC_BYTES +
                      seed % (hurt.size - BUNDLE_MAGIC_BYTES)] ^=
                (uint8_t)(seed >> 32);
        }
        hurt.size -= seed % 64;
        (void)wire_bundle_look(buf_bytes(&hurt), &hash, &s->err);
        buf_free(&hurt);
    }
    assert_int_equal(
        wire_bundle_look(bytes_of_text("not a bundle at all"), &hash, &s->err),
        ERR_INVALID);
    buf_free(&file);
}

static void sizes_are_read_as_people_write_them(void **state)
{
    uint64_t size = 0;

    (void)state;
    assert_true(carry_size_parse(&size, "64M"));
    assert_int_equal(size, 64u << 20);
    assert_true(carry_size_parse(&size, "2048k"));
    assert_int_equal(size, 2u << 20);
    assert_true(carry_size_parse(&size, "4G"));
    assert_false(carry_size_parse(&size, "64m"));
    assert_false(carry_size_parse(&size, "1"));
    assert_false(carry_size_parse(&size, "-64M"));
    assert_false(carry_size_parse(&size, ""));
    assert_false(carry_size_parse(&size, "99999999999999999999G"));
}

static void a_place_in_a_bundle_comes_back_as_it_went(void **state)
{
    struct bundle_cursor at = {.made_ms = 5,
                               .number = 3,
                               .stage = 2,
                               .seq = 77,
                               .after = {1, 2},
                               .head = {3, 4}},
                         back;
    struct json *text = json_object_new();
    struct error err = {""};

    (void)state;
    random_bytes(at.bundle.bytes, sizeof at.bundle.bytes);
    bundle_cursor_write(text, &at);
    assert_int_equal(bundle_cursor_read(&back, text, &err), 0);
    assert_memory_equal(&back, &at, sizeof at);
    json_set_i64(text, "seq", -1);
    assert_int_equal(bundle_cursor_read(&back, text, &err), ERR_INVALID);
    json_free(&text);
}

#define stick_test(name)                                                       \
    cmocka_unit_test_setup_teardown(name, plug_in, pull_out)

int main(void)
{
    const struct CMUnitTest tests[] = {
        stick_test(what_was_written_whole_is_found_wherever_the_file_ends),
        stick_test(a_spoilt_block_is_passed_by),
        stick_test(a_file_cut_between_two_blocks_is_not_whole),
        stick_test(a_name_that_ends_in_a_number_has_its_parts_too),
        stick_test(a_file_that_is_there_is_not_written_over),
        stick_test(a_full_stick_keeps_what_is_whole),
        stick_test(a_district_is_not_told_to_go_on_from_a_place),
        stick_test(a_file_without_a_block_is_not_left_behind),
        stick_test(a_block_opens_for_its_receiver_only_and_proves_its_maker),
        stick_test(no_bytes_are_too_much_for_it),
        stick_test(nothing_is_sealed_to_what_is_no_key),
        cmocka_unit_test(sizes_are_read_as_people_write_them),
        cmocka_unit_test(a_place_in_a_bundle_comes_back_as_it_went)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
