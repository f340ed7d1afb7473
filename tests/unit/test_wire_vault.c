/* tests/unit/test_wire_vault.c - vault objects and their contents as bytes:
 * they come back as they were, and what is too large never does. */
#include "test_wire_fixture.h"

#include <zstd.h>

#include "common/wire/record.h"
#include "common/wire/vault.h"

static void fill(struct part *part, struct bytes bytes, uint8_t salt)
{
    part->form = PART_WHOLE;
    memset(part->salt, salt, sizeof part->salt);
    part->bytes = bytes;
}

static void parts_come_back_as_they_were(void **state)
{
    struct buf large = {0}, zstd = {0}, plain = {0};
    struct part part[PART_COUNT];
    struct change change = {0};

    (void)state;
    while (large.size < LIMIT_BODY)
        buf_add_u8(&large, (uint8_t)(large.size * 131 >> 3));
    fill(&change.part[PART_BODY], buf_bytes(&large), 1);
    fill(&change.part[PART_VAULT], buf_bytes(&large), 2);
    wire_vault_parts_encode(&zstd, &change);
    assert_int_equal(wire_vault_parts_decode(part, &plain, buf_bytes(&zstd)),
                     0);
    assert_int_equal(part[PART_FACT].form, PART_ABSENT);
    for (int i = PART_BODY; i < PART_COUNT; i++) {
        assert_int_equal(part[i].form, PART_WHOLE);
        assert_memory_equal(part[i].salt, change.part[i].salt, 16);
        assert_true(bytes_equal(part[i].bytes, buf_bytes(&large)));
    }
    buf_free(&large);
    buf_free(&zstd);
    buf_free(&plain);
}

static void a_part_that_is_a_stub_is_left_out(void **state)
{
    struct buf zstd = {0}, plain = {0};
    struct part part[PART_COUNT];
    struct change change = {0};

    (void)state;
    change.part[PART_BODY].form = PART_STUB;
    fill(&change.part[PART_VAULT], bytes_of_text(""), 3);
    wire_vault_parts_encode(&zstd, &change);
    assert_int_equal(wire_vault_parts_decode(part, &plain, buf_bytes(&zstd)),
                     0);
    assert_int_equal(part[PART_BODY].form, PART_ABSENT);
    assert_int_equal(part[PART_VAULT].form, PART_WHOLE);
    assert_int_equal(part[PART_VAULT].bytes.size, 0);
    buf_free(&zstd);
    buf_free(&plain);
}

static void parts_that_would_be_too_large_are_not_unpacked(void **state)
{
    struct buf huge = {0}, zstd = {0}, plain = {0};
    struct part part[PART_COUNT];
    struct change change = {0};

    (void)state;
    while (huge.size < LIMIT_BODY + LIMIT_VAULT + 1000)
        buf_add_u8(&huge, 0);
    fill(&change.part[PART_BODY], buf_bytes(&huge), 1);
    wire_vault_parts_encode(&zstd, &change);
    assert_true(zstd.size < 1000); /* a bomb */
    assert_int_equal(wire_vault_parts_decode(part, &plain, buf_bytes(&zstd)),
                     ERR_INVALID);
    assert_int_equal(plain.size, 0);
    huge.size = LIMIT_BODY + 1;
    change.part[PART_BODY].bytes = buf_bytes(&huge);
    buf_clear(&zstd);
    wire_vault_parts_encode(&zstd, &change);
    assert_int_equal(wire_vault_parts_decode(part, &plain, buf_bytes(&zstd)),
                     ERR_INVALID);
    assert_int_equal(
        wire_vault_parts_decode(part, &plain, bytes_of_text("nonsense")),
        ERR_INVALID);
    buf_free(&huge);
    buf_free(&zstd);
    buf_free(&plain);
}

/* Of what holds nothing that is kept, what is put together again would be
 * refused. */
static void parts_without_a_salt_or_none_at_all_are_refused(void **state)
{
    static const uint8_t saltless[] = {0x12, 3, 'G', 'h', 'e'};
    static const uint8_t later[] = {0x3a, 3, 'G', 'h', 'e'}; /* a field 7 */
    struct bytes plains[] = {bytes_of(saltless, sizeof saltless),
                             bytes_of(later, sizeof later)};
    struct buf plain = {0};
    struct part part[PART_COUNT];

    (void)state;
    for (size_t i = 0; i < sizeof plains / sizeof *plains; i++) {
        uint8_t zstd[64];
        size_t size =
            ZSTD_compress(zstd, sizeof zstd, plains[i].data, plains[i].size, 1);

        assert_false(ZSTD_isError(size));
        assert_int_equal(
            wire_vault_parts_decode(part, &plain, bytes_of(zstd, size)),
            ERR_INVALID);
    }
    buf_free(&plain);
}

static void an_object_comes_apart_as_it_was_put_together(void **state)
{
    struct vault_locked in = {bytes_of_text("rest"),
                              bytes_of_text("recovery"),
                              bytes_of_text("content"),
                              {1, 2, 3, 4, 5, 6, 7, 8}};
    struct vault_locked out;
    struct buf bytes = {0};

    (void)state;
    wire_vault_object_encode(&bytes, &in);
    assert_int_equal(wire_vault_object_decode(&out, buf_bytes(&bytes)), 0);
    assert_true(bytes_equal(out.rest_box, in.rest_box));
    assert_true(bytes_equal(out.recovery_box, in.recovery_box));
    assert_true(bytes_equal(out.content, in.content));
    assert_memory_equal(out.recovery_id, in.recovery_id, 8);
    bytes.size--;
    assert_int_equal(wire_vault_object_decode(&out, buf_bytes(&bytes)),
                     ERR_INVALID);
    buf_free(&bytes);
}

static void the_keys_of_a_unit_come_back_with_its_people(void **state)
{
    struct sealing_copy keys[2] = {
        {{1}, false, {2}, bytes_of_text("duty box"), 1763888400000},
        {{3}, true, {4}, bytes_of_text("custodian box"), 1763888400001}};
    struct wrapped_copy wrapped = {
        {3}, bytes_of_text("salt"), bytes_of_text("box")};
    struct user_copy user = {"Nguyễn Thị Hạnh", "custodian", "$argon2id$x", 1,
                             &wrapped};
    struct unit_keys_vault in = {2, 1, keys, &user}, out;
    struct wire_arena *arena = wire_arena_new();
    struct buf bytes = {0};

    (void)state;
    wire_unit_keys_vault_encode(&bytes, &in);
    assert_int_equal(
        wire_unit_keys_vault_decode(&out, arena, buf_bytes(&bytes), NULL), 0);
    assert_int_equal(out.key_count, 2);
    assert_true(out.keys[1].custodian);
    assert_int_equal(out.keys[1].since_ms, 1763888400001);
    assert_true(bytes_equal(out.keys[1].recovery_box, keys[1].recovery_box));
    assert_int_equal(out.user_count, 1);
    assert_string_equal(out.users[0].name, "Nguyễn Thị Hạnh");
    assert_string_equal(out.users[0].role, "custodian");
    assert_true(bytes_equal(out.users[0].keys[0].box, wrapped.box));
    wire_arena_free(&arena);
    buf_free(&bytes);
}

static void more_objects_than_fit_a_message_are_refused(void **state)
{
    struct wire_codec *codec = wire_codec_new(false);

    (void)state;
    for (size_t more = 0; more < 2; more++) {
        struct buf content = raw_vault(LIMIT_VAULT_OBJECTS + more);
        struct buf frame = raw_frame(MSG_VAULT, &content);
        struct sync_message message;

        assert_int_equal(wire_decode(codec, &message, buf_bytes(&frame), NULL),
                         more ? ERR_INVALID : 0);
        buf_free(&frame);
    }
    wire_codec_free(&codec);
}

static void an_object_has_a_length(void **state)
{
    struct wire_codec *codec = wire_codec_new(false);
    const size_t sizes[] = {0, 1, LIMIT_VAULT_OBJECT, LIMIT_VAULT_OBJECT + 1};

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct buf item = {0}, content = {0}, ref = raw_ref(),
                   name = raw_name(FIXTURE_UNIT, "vault"), frame;
        struct sync_message message;
        bool good = sizes[i] == 1 || sizes[i] == LIMIT_VAULT_OBJECT;

        raw_message(&item, 1, &ref);
        raw_run(&item, 2, 7, sizes[i]);
        raw_message(&content, 1, &name);
        raw_message(&content, 4, &item);
        frame = raw_frame(MSG_VAULT, &content);
        assert_int_equal(wire_decode(codec, &message, buf_bytes(&frame), NULL),
                         good ? 0 : ERR_INVALID);
        buf_free(&frame);
    }
    wire_codec_free(&codec);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_come_back_as_they_were),
        cmocka_unit_test(a_part_that_is_a_stub_is_left_out),
        cmocka_unit_test(parts_that_would_be_too_large_are_not_unpacked),
        cmocka_unit_test(parts_without_a_salt_or_none_at_all_are_refused),
        cmocka_unit_test(an_object_comes_apart_as_it_was_put_together),
        cmocka_unit_test(the_keys_of_a_unit_come_back_with_its_people),
        cmocka_unit_test(more_objects_than_fit_a_message_are_refused),
        cmocka_unit_test(an_object_has_a_length),
    };

    return cmocka_run_group_tests_name("wire/vault", tests, NULL, NULL);
}
