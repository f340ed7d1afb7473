/* tests/unit/test_sync_stream.c - names, hashes, samples and claims; a change's
 * digest; backoff. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/sync/backoff.h"
#include "tests/support/sync_store.h"

static void a_name_is_printable_and_fits(void **state)
{
    struct stream_name name = stream_name_make(FAKE_UNIT, STREAM_UP);

    (void)state;
    assert_true(stream_name_valid(&name));
    name = stream_name_make("", STREAM_UP);
    assert_false(stream_name_valid(&name));
    name = stream_name_make(FAKE_UNIT, "");
    assert_false(stream_name_valid(&name));
    name = stream_name_make("a b", STREAM_UP);
    assert_false(stream_name_valid(&name));
    name = stream_name_make("x\x7f", STREAM_UP);
    assert_false(stream_name_valid(&name));
    name = stream_name_make("xã", STREAM_UP);
    assert_false(stream_name_valid(&name));
    name = stream_name_make("a-home-of-twenty-four-by", STREAM_UP); /* 24 */
    assert_false(stream_name_valid(&name));
    name = stream_name_make("a-home-of-twenty-three-b", STREAM_UP);
    memset(name.home, 'x', sizeof name.home); /* without its NUL */
    assert_false(stream_name_valid(&name));
}

static void names_differ_by_home_or_channel(void **state)
{
    struct stream_name a = stream_name_make("a", "up");
    struct stream_name b = stream_name_make("b", "up");
    struct stream_name c = stream_name_make("a", "all");

    (void)state;
    assert_true(stream_name_equal(&a, &a));
    assert_false(stream_name_equal(&a, &b));
    assert_false(stream_name_equal(&a, &c));
}

static void the_hash_binds_name_place_and_content(void **state)
{
    struct stream_name up = stream_name_make("a", "up");
    struct stream_name shifted = stream_name_make("au", "p");
    struct hash zero = stream_zero(&fake_hash, &up);
    struct hash other = stream_zero(&fake_hash, &shifted);
    struct hash one = stream_next(&fake_hash, &zero, 1, &other);
    struct hash two = stream_next(&fake_hash, &zero, 2, &other);

    (void)state;
    assert_false(hash_equal(&zero, &other));
    assert_false(hash_equal(&one, &two));
}

static struct bytes seen[8];
static size_t seen_count;

static struct hash watch(const struct bytes *pieces, size_t count)
{
    struct hash none;

    memcpy(seen, pieces, count * sizeof *pieces);
    seen_count = count;
    memset(&none, 0x55, sizeof none);
    return none;
}

static void what_is_hashed_is_what_the_protocol_says(void **state)
{
    static const struct hash_function watching = {.sha256 = watch};
    struct stream_name up = stream_name_make("a", "up");
    struct hash h = stream_zero(&watching, &up);

    (void)state;
    assert_int_equal(seen_count, 5);
    assert_true(bytes_equal(seen[0], bytes_of_text("lienxa stream 1\n")));
    assert_true(bytes_equal(seen[1], bytes_of_text("a")));
    assert_true(bytes_equal(seen[3], bytes_of_text("up")));
    (void)stream_next(&watching, &h, 258, &h);
    assert_int_equal(seen_count, 3);
    assert_int_equal(seen[1].size, 8); /* big-endian; its bytes are gone now */
}

static void a_change_has_one_digest_with_and_without_its_body(void **state)
{
    struct change change;
    struct hash whole;

    (void)state;
    memset(&change, 0, sizeof change);
    change.header_bytes = bytes_of_text("header");
    change.part[PART_FACT].form = PART_WHOLE;
    change.part[PART_FACT].bytes = bytes_of_text("fact");
    change.part[PART_BODY] = change.part[PART_FACT];
    change.part[PART_BODY].salt[3] = 1;
    whole = change_digest(&fake_hash, &change);
    change.part[PART_BODY].hash =
        part_hash(&fake_hash, &change.part[PART_BODY]);
    change.part[PART_BODY].form = PART_STUB;
    change.part[PART_BODY].bytes = bytes_of(NULL, 0);

    struct hash stub = change_digest(&fake_hash, &change);

    assert_true(hash_equal(&whole, &stub));
    change.part[PART_BODY].form = PART_ABSENT;
    stub = change_digest(&fake_hash, &change);
    assert_false(hash_equal(&whole, &stub));
    stub = part_hash(&fake_hash, &change.part[PART_BODY]);
    assert_true(hash_is_zero(&stub));
}

static void samples_fall_by_doubling_steps_to_zero(void **state)
{
    uint64_t seqs[LIMIT_SAMPLES];
    static const uint64_t ten[] = {10, 9, 8, 6, 2, 0};

    (void)state;
    assert_int_equal(stream_sample_seqs(0, seqs), 1);
    assert_int_equal(seqs[0], 0);
    assert_int_equal(stream_sample_seqs(1, seqs), 2);
    assert_int_equal(seqs[1], 0);
    assert_int_equal(stream_sample_seqs(10, seqs), 6);
    assert_memory_equal(seqs, ten, sizeof ten);
    assert_int_equal(stream_sample_seqs(UINT64_MAX, seqs), LIMIT_SAMPLES);
    assert_int_equal(seqs[LIMIT_SAMPLES - 1], 0);
    for (size_t i = 1; i < LIMIT_SAMPLES; i++)
        assert_true(seqs[i] < seqs[i - 1]);
}

static void a_claim_falls_to_zero(void **state)
{
    static struct fake_store store;
    struct stream_claim claim;

    (void)state;
    fake_store_open(&store, FAKE_UNIT);
    claim = fake_claim(&store.streams[FAKE_UP]);
    assert_true(stream_claim_valid(&claim));
    claim.sample_count = 3;
    claim.samples[0].seq = 5;
    claim.samples[1].seq = 5;
    claim.samples[2].seq = 0;
    assert_false(stream_claim_valid(&claim));
    claim.samples[1].seq = 4;
    assert_true(stream_claim_valid(&claim));
    claim.samples[2].seq = 1;
    assert_false(stream_claim_valid(&claim));
    claim.sample_count = 0;
    assert_false(stream_claim_valid(&claim));
    claim.sample_count = LIMIT_SAMPLES + 1;
    assert_false(stream_claim_valid(&claim));
    claim = fake_claim(&store.streams[FAKE_UP]);
    claim.name.channel[0] = '\0';
    assert_false(stream_claim_valid(&claim));
}

/* Two copies that share `shared` changes: what the sampled exchange finds. */
static void the_common_position_is_found_in_one_exchange(void **state)
{
    static struct fake_store ours, theirs;
    struct sync_view view = fake_view(&ours);
    struct stream_lookup lookup = {.hash_at = view.hash_at, .who = view.who};

    (void)state;
    for (size_t length = 0; length < 20; length++)
        for (size_t shared = 0; shared <= length; shared++) {
            struct stream_relation relation;
            struct stream_claim claim;

            fake_store_open(&ours, FAKE_UNIT);
            fake_store_open(&theirs, FAKE_UNIT);
            for (size_t i = 0; i < length; i++) {
                struct fake_change change =
                    fake_change_make(FAKE_UNIT, FAKE_UP, (uint32_t)i, false, 1);

                fake_stream_add(&theirs.streams[FAKE_UP], &change);
                if (i < shared)
                    fake_stream_add(&ours.streams[FAKE_UP], &change);
            }
            claim = fake_claim(&theirs.streams[FAKE_UP]);
            relation = stream_relate(&claim, &lookup);
            assert_int_equal(relation.prefix, shared == length);
            assert_true(relation.common <= shared);
            /* what lies between is less than what lies above */
            assert_true(shared - relation.common <= length - shared);
        }
}

static void pauses_grow_to_a_minute(void **state)
{
    static const int64_t ceilings[] = {1000,  2000,  4000,  8000,
                                       16000, 32000, 60000, 60000};
    struct backoff backoff = {0};

    (void)state;
    for (size_t i = 0; i < sizeof ceilings / sizeof *ceilings; i++)
        assert_int_equal(backoff_next_ms(&backoff, UINT32_MAX), ceilings[i]);
    assert_int_equal(backoff_next_ms(&backoff, 0), 0);
    assert_int_equal(backoff_next_ms(&backoff, UINT32_C(1) << 31), 30000);
    backoff_reset(&backoff);
    assert_int_equal(backoff_next_ms(&backoff, UINT32_MAX), 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_is_printable_and_fits),
        cmocka_unit_test(names_differ_by_home_or_channel),
        cmocka_unit_test(the_hash_binds_name_place_and_content),
        cmocka_unit_test(what_is_hashed_is_what_the_protocol_says),
        cmocka_unit_test(a_change_has_one_digest_with_and_without_its_body),
        cmocka_unit_test(samples_fall_by_doubling_steps_to_zero),
        cmocka_unit_test(a_claim_falls_to_zero),
        cmocka_unit_test(the_common_position_is_found_in_one_exchange),
        cmocka_unit_test(pauses_grow_to_a_minute),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
