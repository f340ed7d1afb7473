/* tests/unit/test_crypto_share.c - for common/crypto/share.c. */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/buf.h"
#include "common/crypto/random.h"
#include "common/crypto/share.h"

struct paper {
    uint8_t secret[SHARE_SECRET_BYTES];
    char one[SHARE_TEXT_BYTES], two[SHARE_TEXT_BYTES];
};

static struct paper print_key(const char *name)
{
    struct paper paper;

    random_bytes(paper.secret, sizeof paper.secret);
    share_split(paper.one, paper.two, name, paper.secret);
    return paper;
}

static void expect_joined(const struct paper *paper, const char *name,
                          const char *one, const char *two)
{
    uint8_t out[SHARE_SECRET_BYTES] = {0};
    struct error err = {""};

    assert_int_equal(share_join(out, name, one, two, &err), 0);
    assert_memory_equal(out, paper->secret, sizeof out);
}

/* Refused, with `words` in the reason and `out` left alone. */
static void expect_refused(const char *name, const char *one, const char *two,
                           const char *words)
{
    static const uint8_t zero[SHARE_SECRET_BYTES];
    uint8_t out[SHARE_SECRET_BYTES] = {0};
    struct error err = {""};

    assert_int_equal(share_join(out, name, one, two, &err), ERR_INVALID);
    if (strstr(err.text, words) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", err.text, words);
    assert_memory_equal(out, zero, sizeof out);
    assert_int_equal(share_join(out, name, one, two, NULL), ERR_INVALID);
}

static void the_two_lines_give_the_secret_back_in_either_order(void **state)
{
    struct paper paper = print_key("root");

    (void)state;
    expect_joined(&paper, "root", paper.one, paper.two);
    expect_joined(&paper, "root", paper.two, paper.one);
}

static void a_line_reads_share_name_number_and_groups_of_four(void **state)
{
    struct paper paper = print_key("recovery");
    static const char one[] = "share recovery-1 ", two[] = "share recovery-2 ";
    const char *at = paper.one + strlen(one);

    (void)state;
    assert_memory_equal(paper.one, one, strlen(one));
    assert_memory_equal(paper.two, two, strlen(two));
    assert_int_equal(strlen(at), 66 + 16);
    for (size_t i = 0; at[i] != '\0'; i++)
        if (i % 5 == 4)
            assert_int_equal(at[i], '-');
        else
            assert_true(isupper((unsigned char)at[i]) ||
                        (at[i] >= '2' && at[i] <= '7'));
}

static void how_a_person_types_it_does_not_matter(void **state)
{
    struct paper paper = print_key("root");
    char typed[2 * SHARE_TEXT_BYTES] = "  ";
    size_t size = 2;

    (void)state;
    for (const char *at = paper.two; *at != '\0'; at++) {
        typed[size++] = (char)tolower((unsigned char)*at);
        if (at > paper.two + 13 && (at - paper.two) % 7 == 0)
            typed[size++] = ' ';
    }
    memcpy(typed + size, "\r\n", 3);
    expect_joined(&paper, "root", paper.one, typed);
    for (size_t i = 12; typed[i] != '\0'; i++)
        if (typed[i] == '-')
            typed[i] = ' ';
    expect_joined(&paper, "root", typed, paper.one);
    for (size_t i = 0; typed[i] != '\0'; i++)
        typed[i] = (char)toupper((unsigned char)typed[i]);
    expect_joined(&paper, "root", typed, paper.one);
}

/* The 32 bytes on a line, behind its number and the id of the pair. */
static struct buf bytes_on(const char *line)
{
    struct buf out = {0};

    assert_true(base32_decode(&out, strrchr(line, ' ') + 1));
    assert_int_equal(out.size, 1 + 4 + 32 + 4);
    memmove(out.data, out.data + 5, 32);
    out.size = 32;
    return out;
}

static void one_line_alone_says_nothing(void **state)
{
    struct paper first = print_key("root"), again = first;
    const char *lines[] = {first.one, first.two, again.one, again.two};
    struct buf shares[4];

    (void)state;
    share_split(again.one, again.two, "root", again.secret);
    for (size_t i = 0; i < 4; i++) {
        shares[i] = bytes_on(lines[i]);
        assert_memory_not_equal(shares[i].data, first.secret, 32);
        for (size_t j = 0; j < i; j++)
            assert_memory_not_equal(shares[i].data, shares[j].data, 32);
    }
    for (size_t i = 0; i < 4; i++)
        buf_free(&shares[i]);
}

static void a_repeated_line_is_told(void **state)
{
    struct paper paper = print_key("root");

    (void)state;
    expect_refused("root", paper.one, paper.one, "root-1 again: root-2");
    expect_refused("root", paper.two, paper.two, "root-2 again: root-1");
}

static void a_line_of_another_pair_is_told(void **state)
{
    struct paper paper = print_key("root");
    struct paper other = print_key("root");

    (void)state;
    expect_refused("root", paper.one, other.two, "belongs to another root key");
    expect_refused("root", paper.one, other.one, "belongs to another root key");
}

static void a_line_of_another_key_is_told(void **state)
{
    struct paper root = print_key("root");
    struct paper recovery = print_key("recovery");
    char forged[SHARE_TEXT_BYTES + 8];

    (void)state;
    expect_refused("root", root.one, recovery.two,
                   "the second line is not a share of the root key");
    expect_refused("root", recovery.one, root.two,
                   "the first line is not a share of the root key");
    (void)snprintf(forged, sizeof forged, "share root-2%s", recovery.two + 16);
    expect_refused("root", root.one, forged, "second line has a mistyped");
}

static void every_mistyped_letter_is_noticed(void **state)
{
    struct paper paper = print_key("root");
    char line[SHARE_TEXT_BYTES];

    (void)state;
    for (size_t i = 13; paper.two[i] != '\0'; i++) {
        memcpy(line, paper.two, sizeof line);
        if (line[i] == '-')
            continue;
        line[i] = line[i] == 'Q' ? 'R' : 'Q';
        expect_refused("root", paper.one, line,
                       "the second line has a mistyped letter");
    }
}

static void two_letters_in_the_wrong_order_are_noticed(void **state)
{
    struct paper paper = print_key("root");

    (void)state;
    for (size_t i = 13; paper.one[i + 1] != '\0'; i++) {
        char line[SHARE_TEXT_BYTES];

        memcpy(line, paper.one, sizeof line);
        if (line[i] == '-' || line[i + 1] == '-' || line[i] == line[i + 1])
            continue;
        line[i] = paper.one[i + 1];
        line[i + 1] = paper.one[i];
        expect_refused("root", line, paper.two, "the first line has");
    }
}

static void a_line_cut_short_or_too_long_is_told(void **state)
{
    struct paper paper = print_key("root");
    char line[SHARE_TEXT_BYTES + 8];

    (void)state;
    (void)snprintf(line, sizeof line, "%sAA", paper.two);
    expect_refused("root", paper.one, line, "68 letters and digits instead");
    memcpy(line, paper.two, SHARE_TEXT_BYTES);
    line[strlen(line) - 2] = '\0';
    expect_refused("root", paper.one, line, "64 letters and digits instead");
    line[12] = '\0';
    expect_refused("root", paper.one, line, "should come first");
}

static void what_is_not_a_line_at_all_is_told(void **state)
{
    struct paper paper = print_key("root");
    char line[SHARE_TEXT_BYTES];

    (void)state;
    expect_refused("root", "", paper.two,
                   "the first line does not begin with \"share root-\"");
    expect_refused("root", paper.one, "shareroot-2", "does not begin");
    expect_refused("root", paper.one, paper.two + 6, "does not begin");
    expect_refused("root", paper.one, "share root-3 AAAA", "should come first");
    expect_refused("root", paper.one, "share roots-2 AAAA", "not a share of");
    memcpy(line, paper.two, sizeof line);
    line[15] = '1';
    expect_refused("root", paper.one, line, "character 3 of the code");
    line[15] = '\xc3';
    expect_refused("root", paper.one, line, "character 3 of the code");
}

static void a_wrong_number_in_front_is_told(void **state)
{
    struct paper paper = print_key("root");

    (void)state;
    paper.two[11] = '1';
    expect_refused("root", paper.one, paper.two,
                   "the second line says root-1, its code is that of root-2");
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
        cmocka_unit_test(the_two_lines_give_the_secret_back_in_either_order),
        cmocka_unit_test(a_line_reads_share_name_number_and_groups_of_four),
        cmocka_unit_test(how_a_person_types_it_does_not_matter),
        cmocka_unit_test(one_line_alone_says_nothing),
        cmocka_unit_test(a_repeated_line_is_told),
        cmocka_unit_test(a_line_of_another_pair_is_told),
        cmocka_unit_test(a_line_of_another_key_is_told),
        cmocka_unit_test(every_mistyped_letter_is_noticed),
        cmocka_unit_test(two_letters_in_the_wrong_order_are_noticed),
        cmocka_unit_test(a_line_cut_short_or_too_long_is_told),
        cmocka_unit_test(what_is_not_a_line_at_all_is_told),
        cmocka_unit_test(a_wrong_number_in_front_is_told),
    };

    return cmocka_run_group_tests(tests, open_crypto, NULL);
}
