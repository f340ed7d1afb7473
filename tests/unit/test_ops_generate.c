/* tests/unit/test_ops_generate.c - the lines that demo, bench and end-to-end
 * tests feed to a node, and the answers they hold it to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/clock.h"
#include "common/base/id.h"
#include "common/domain/category.h"
#include "common/domain/report.h"
#include "common/format/json.h"

#define GENERATE                                                               \
    LIENXA_BINARY_DIR "/bin/lienxa-generate --unit quang-tho --seed 7"

static void run(struct buf *out, const char *command)
{
    uint8_t piece[65536];
    size_t size = 0;
    FILE *pipe = popen(command, "re");

    assert_non_null(pipe);
    while ((size = fread(piece, 1, sizeof piece, pipe)) > 0)
        buf_add(out, piece, size);
    assert_int_equal(pclose(pipe), 0);
}

/* The next line of `text` from `*at` on, without its end; false at the end. */
static bool next_line(struct bytes *line, const struct buf *text, size_t *at)
{
    const uint8_t *begin = text->data + *at;
    const uint8_t *end = NULL;

    if (*at >= text->size)
        return false;
    end = memchr(begin, '\n', text->size - *at);
    assert_non_null(end);
    *line = bytes_of(begin, (size_t)(end - begin));
    *at += line->size + 1;
    return true;
}

/* What design 11 asks of one line taken by itself. */
static bool is_good(const struct json *line)
{
    const char *id = json_get_text(line, "id");
    const char *category = json_get_text(line, "category");
    const char *text = json_get_text(line, "text");
    const char *received = json_get_text(line, "received");
    const char *state = json_get_text(line, "state");
    const char *channel = json_get_text(line, "channel");
    int64_t when = 0;
    struct id parsed;

    return id != NULL && id_parse(&parsed, id) && category != NULL &&
           category_find(category) != NULL && text != NULL &&
           strlen(text) <= REPORT_TEXT_LIMIT && received != NULL &&
           clock_parse(&when, received) &&
           (state == NULL || report_state_parse(state) != 0) &&
           (channel == NULL || report_channel_parse(channel) != 0);
}

static void the_same_seed_gives_the_same_bytes(void **state)
{
    struct buf first = {0}, second = {0}, other = {0};

    (void)state;
    run(&first, GENERATE " --count 500 --repeat-every 9 --malformed-every 7");
    run(&second, GENERATE " --count 500 --repeat-every 9 --malformed-every 7");
    run(&other, GENERATE "8 --count 500 --repeat-every 9 --malformed-every 7");
    assert_true(bytes_equal(buf_bytes(&first), buf_bytes(&second)));
    assert_false(bytes_equal(buf_bytes(&first), buf_bytes(&other)));
    buf_free(&first);
    buf_free(&second);
    buf_free(&other);
}

static void without_faults_every_line_is_good_and_in_order(void **state)
{
    struct buf text = {0};
    struct bytes line;
    char last[ID_TEXT_BYTES] = "";
    size_t at = 0, count = 0;

    (void)state;
    run(&text, GENERATE " --count 2000");
    while (next_line(&line, &text, &at)) {
        struct json *value = json_parse(line, NULL);

        assert_true(is_good(value));
        assert_true(strcmp(json_get_text(value, "id"), last) > 0);
        (void)snprintf(last, sizeof last, "%s", json_get_text(value, "id"));
        json_free(&value);
        count++;
    }
    assert_int_equal(count, 2000);
    buf_free(&text);
}

/* Of the faults only "same id, other content" needs more than the line. */
static void the_expected_counts_are_those_of_the_lines(void **state)
{
    struct buf text = {0}, expected = {0};
    struct bytes line;
    struct json *expect = NULL;
    int64_t accepted = 0, repeated = 0, refused = 0;
    size_t at = 0, good = 0, count = 0;

    (void)state;
    run(&text, GENERATE " --count 1800 --repeat-every 50 --malformed-every 10");
    run(&expected, GENERATE " --count 1800 --repeat-every 50"
                            " --malformed-every 10 --expect");
    while (next_line(&line, &text, &at)) {
        struct json *value = json_parse(line, NULL);

        good += is_good(value) ? 1 : 0;
        json_free(&value);
        count++;
    }
    expect = json_parse(buf_bytes(&expected), NULL);
    assert_true(json_get_i64(expect, "accepted", &accepted));
    assert_true(json_get_i64(expect, "repeated", &repeated));
    assert_true(json_get_i64(expect, "refused", &refused));
    assert_int_equal(count, 1800);
    assert_int_equal(refused, 180); /* 20 of each of nine kinds */
    assert_int_equal(repeated, 36);
    assert_int_equal(accepted + repeated + refused, 1800);
    assert_int_equal(good, accepted + repeated + 20);
    json_free(&expect);
    buf_free(&text);
    buf_free(&expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_seed_gives_the_same_bytes),
        cmocka_unit_test(without_faults_every_line_is_good_and_in_order),
        cmocka_unit_test(the_expected_counts_are_those_of_the_lines),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
