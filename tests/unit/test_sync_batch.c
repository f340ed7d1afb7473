/* common/sync/batch.h: copies outlive what they were copied from. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "common/crypto/digest.h"
#include "common/crypto/random.h"
#include "common/sync/batch.h"

static const struct hash_function sha256 = {crypto_sha256};

/* A change whose parts lie in `memory`, filled with the letter. */
static struct change make(uint8_t memory[64], char letter)
{
    struct change change = {.header = {.home = "1@20040708", .version = 1}};

    memset(memory, letter, 64);
    change.header_bytes = bytes_of(memory, 16);
    change.part[PART_FACT].form = PART_WHOLE;
    change.part[PART_FACT].bytes = bytes_of(memory + 16, 16);
    change.part[PART_BODY].form = PART_WHOLE;
    change.part[PART_BODY].bytes = bytes_of(memory + 32, 32);
    return change;
}

static void copies_stay_when_the_originals_go(void **state)
{
    struct batch batch = {0};
    uint8_t memory[64];
    struct hash digests[200];

    (void)state;
    for (int i = 0; i < 200; i++) {
        struct change change = make(memory, (char)i);

        digests[i] = change_digest(&sha256, &change);
        batch_add(&batch, &change, 100);
    }
    memset(memory, 0xff, sizeof memory);
    batch_seal(&batch);
    assert_int_equal(batch.count, 200);
    assert_int_equal(batch.size, 200 * 100);
    for (int i = 0; i < 200; i++) {
        struct hash again = change_digest(&sha256, &batch.changes[i]);

        assert_true(hash_equal(&again, &digests[i]));
    }
    batch_free(&batch);
}

static void a_cleared_batch_is_used_again(void **state)
{
    struct batch batch = {0};
    uint8_t memory[64];
    struct change change = make(memory, 'a');

    (void)state;
    batch_add(&batch, &change, 1);
    batch_clear(&batch);
    assert_int_equal(batch.count, 0);
    change = make(memory, 'b');
    batch_add(&batch, &change, 2);
    batch_seal(&batch);
    assert_int_equal(batch.count, 1);
    assert_int_equal(batch.size, 2);
    assert_int_equal(batch.changes[0].header_bytes.data[0], 'b');
    batch_free(&batch);
}

static void an_empty_batch_and_absent_parts_are_fine(void **state)
{
    struct batch batch = {0};
    struct change change = {.header = {.version = 1}};

    (void)state;
    batch_seal(&batch);
    assert_int_equal(batch.count, 0);
    batch_add(&batch, &change, 0);
    batch_seal(&batch);
    assert_int_equal(batch.changes[0].header_bytes.size, 0);
    assert_int_equal(batch.changes[0].part[PART_VAULT].form, PART_ABSENT);
    batch_free(&batch);
}

static void what_is_withheld_leaves_the_digest_as_it_was(void **state)
{
    uint8_t memory[64];
    struct change change = make(memory, 'x');
    struct hash before = change_digest(&sha256, &change), after;

    (void)state;
    change_withhold(&sha256, &change, PART_BODY);
    assert_int_equal(change.part[PART_BODY].form, PART_STUB);
    assert_null(change.part[PART_BODY].bytes.data);
    change_withhold(&sha256, &change, PART_BODY);  /* a stub stays one */
    change_withhold(&sha256, &change, PART_VAULT); /* absent stays absent */
    assert_int_equal(change.part[PART_VAULT].form, PART_ABSENT);
    after = change_digest(&sha256, &change);
    assert_true(hash_equal(&before, &after));
    change.part[PART_BODY].hash.bytes[0] ^= 1;
    after = change_digest(&sha256, &change);
    assert_false(hash_equal(&before, &after));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(copies_stay_when_the_originals_go),
        cmocka_unit_test(a_cleared_batch_is_used_again),
        cmocka_unit_test(an_empty_batch_and_absent_parts_are_fine),
        cmocka_unit_test(what_is_withheld_leaves_the_digest_as_it_was),
    };

    crypto_open();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
