/* tests/unit/test_crypto_random.c - for common/crypto/random.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/crypto/random.h"

enum { SALTS = 70000 }; /* more than one life of the pool */

static int by_bytes(const void *a, const void *b) { return memcmp(a, b, 16); }

static void salts_never_repeat(void **state)
{
    uint8_t(*salts)[16] = mem_array(SALTS, 16);

    (void)state;
    for (size_t i = 0; i < SALTS; i++)
        random_salt(salts[i]);
    qsort(salts, SALTS, 16, by_bytes);
    for (size_t i = 1; i < SALTS; i++)
        assert_int_not_equal(memcmp(salts[i - 1], salts[i], 16), 0);
    mem_free(&salts);
}

/* Of 70000 salts about half of the bits are set; far outside only by a fault.
 */
static void salts_are_half_ones(void **state)
{
    size_t ones = 0;
    uint8_t salt[16];

    (void)state;
    for (size_t i = 0; i < SALTS; i++) {
        random_salt(salt);
        for (size_t bit = 0; bit < 128; bit++)
            ones += ((unsigned)salt[bit / 8] >> (bit % 8)) & 1U;
    }
    assert_in_range(ones, SALTS * 63UL, SALTS * 65UL);
}

static void a_child_process_draws_other_salts_than_its_parent(void **state)
{
    uint8_t mine[16], theirs[16];
    int ends[2], status;
    pid_t child;

    (void)state;
    random_salt(mine); /* the pool is filled */
    assert_int_equal(pipe(ends), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        random_salt(theirs);
        _exit(write(ends[1], theirs, 16) == 16 ? 0 : 1);
    }
    random_salt(mine);
    assert_int_equal(read(ends[0], theirs, 16), 16);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_memory_not_equal(mine, theirs, 16);
    (void)close(ends[0]);
    (void)close(ends[1]);
}

static void bytes_from_the_kernel_fill_all_of_the_buffer(void **state)
{
    uint8_t seen[64] = {0};
    uint8_t bytes[64];

    (void)state;
    for (int round = 0; round < 32; round++) {
        memset(bytes, 0, sizeof bytes);
        random_bytes(bytes, sizeof bytes);
        for (size_t i = 0; i < sizeof bytes; i++)
            seen[i] |= bytes[i];
    }
    for (size_t i = 0; i < sizeof seen; i++)
        assert_int_not_equal(seen[i], 0);
}

static int64_t time_in(const struct id *id)
{
    int64_t ms = 0;

    for (size_t i = 0; i < 6; i++)
        ms = ms * 256 + id->bytes[i];
    return ms;
}

static void an_id_is_a_version_7_uuid_of_its_time(void **state)
{
    struct id id = random_id(1795442400123);

    (void)state;
    assert_int_equal(time_in(&id), 1795442400123);
    assert_int_equal(id.bytes[6] >> 4, 7);
    assert_int_equal(id.bytes[8] >> 6, 2);
}

static void
ids_increase_within_a_millisecond_and_when_the_clock_goes_back(void **state)
{
    const int64_t start = 1795442500000;
    struct id last = random_id(start);

    (void)state;
    for (int i = 0; i < 20000; i++) {
        int64_t now = i < 10000 ? start : start - 3600000;
        struct id next = random_id(now);

        assert_true(id_compare(&last, &next) < 0);
        last = next;
    }
    /* at least 2048 ids fit in a millisecond: ten ahead at most */
    assert_in_range(time_in(&last) - start, 1, 10);
}

static void
ids_of_one_millisecond_differ_in_more_than_their_counter(void **state)
{
    struct id a = random_id(1795442600000);
    struct id b = random_id(1795442600000);

    (void)state;
    assert_memory_not_equal(a.bytes + 8, b.bytes + 8, 8);
}

static void equal_means_every_byte(void **state)
{
    uint8_t a[40] = {1, 2, 3};
    uint8_t b[40] = {1, 2, 3};

    (void)state;
    assert_true(crypto_equal(a, b, sizeof a));
    for (size_t i = 0; i < sizeof b; i++) {
        b[i] ^= 0x80;
        assert_false(crypto_equal(a, b, sizeof a));
        b[i] ^= 0x80;
    }
    assert_true(crypto_equal(NULL, NULL, 0));
}

static int open_crypto(void **state)
{
    (void)state;
    crypto_open();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(salts_never_repeat),
        cmocka_unit_test(salts_are_half_ones),
        cmocka_unit_test(a_child_process_draws_other_salts_than_its_parent),
        cmocka_unit_test(bytes_from_the_kernel_fill_all_of_the_buffer),
        cmocka_unit_test(an_id_is_a_version_7_uuid_of_its_time),
        cmocka_unit_test(
            ids_increase_within_a_millisecond_and_when_the_clock_goes_back),
        cmocka_unit_test(
            ids_of_one_millisecond_differ_in_more_than_their_counter),
        cmocka_unit_test(equal_means_every_byte),
    };

    return cmocka_run_group_tests(tests, open_crypto, NULL);
}
