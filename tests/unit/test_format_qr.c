/* tests/unit/test_format_qr.c - for common/format/qr.c: what is drawn is read
 * again by a reader of its own, which knows version 2 only. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/format/qr.h"

enum { SIDE = 25, MOST = 177 + 2 * QR_QUIET }; /* version 2; version 40 */

struct picture {
    unsigned side;
    bool dark[MOST][MOST];
};

/* The modules that the path fills; each exactly once. */
static void draw(struct picture *out, const char *path)
{
    unsigned x, y, run, back;
    int used;

    memset(out->dark, 0, sizeof out->dark);
    for (; *path != '\0'; path += used) {
        used = 0;
        assert_int_equal(
            sscanf(path, "M%u %uh%uv1h-%uz%n", &x, &y, &run, &back, &used), 4);
        assert_true(used > 0 && run == back && run > 0);
        assert_true(y < out->side && x + run <= out->side);
        for (unsigned i = 0; i < run; i++) {
            assert_false(out->dark[y][x + i]);
            out->dark[y][x + i] = true;
        }
    }
}

static struct picture picture_of(const char *text)
{
    static struct picture out;
    struct buf path = {0};

    assert_int_equal(
        format_qr_path(&path, &out.side, bytes_of_text(text), NULL), 0);
    draw(&out, buf_text(&path));
    buf_free(&path);
    return out;
}

static bool at(const struct picture *p, unsigned x, unsigned y)
{
    return p->dark[y + QR_QUIET][x + QR_QUIET];
}

/* ---- the reader */

/* Level and mask, from the fifteen bits around the first corner. */
static unsigned format_of(const struct picture *p)
{
    static const uint8_t xs[15] = {0, 1, 2, 3, 4, 5, 7, 8, 8, 8, 8, 8, 8, 8, 8};
    static const uint8_t ys[15] = {8, 8, 8, 8, 8, 8, 8, 8, 7, 5, 4, 3, 2, 1, 0};
    unsigned bits = 0, rest;

    for (int i = 0; i < 15; i++)
        bits = bits << 1 | at(p, xs[i], ys[i]);
    bits ^= 0x5412;
    rest = bits;
    for (int i = 14; i >= 10; i--)
        if ((rest >> i & 1) != 0)
            rest ^= 0x537U << (i - 10);
    assert_int_equal(rest, 0); /* a word of the BCH code */
    return bits >> 10;
}

static bool masked(unsigned mask, unsigned x, unsigned y)
{
    switch (mask) {
    case 0:
        return (x + y) % 2 == 0;
    case 1:
        return y % 2 == 0;
    case 2:
        return x % 3 == 0;
    case 3:
        return (x + y) % 3 == 0;
    case 4:
        return (y / 2 + x / 3) % 2 == 0;
    case 5:
        return x * y % 2 + x * y % 3 == 0;
    case 6:
        return (x * y % 2 + x * y % 3) % 2 == 0;
    default:
        return ((x + y) % 2 + x * y % 3) % 2 == 0;
    }
}

/* Corners with their format, timing, and the alignment of version 2. */
static bool is_function(unsigned x, unsigned y)
{
    return (x < 9 && y < 9) || (x >= SIDE - 8 && y < 9) ||
           (x < 9 && y >= SIDE - 8) || x == 6 || y == 6 ||
           (x >= 16 && x <= 20 && y >= 16 && y <= 20);
}

/* The bits in their order, up and down through columns of two. */
static void read_bits(const struct picture *p, unsigned mask, uint8_t out[44])
{
    size_t count = 0;
    bool up = true;

    memset(out, 0, 44);
    for (unsigned right = SIDE - 1; right < SIDE; right -= 2, up = !up) {
        if (right == 6)
            right--;
        for (unsigned i = 0; i < SIDE; i++)
            for (unsigned x = right; x + 2 > right; x--) {
                unsigned y = up ? SIDE - 1 - i : i;

                if (is_function(x, y) || count >= (size_t)44 * 8)
                    continue;
                if (at(p, x, y) != masked(mask, x, y))
                    out[count / 8] |= (uint8_t)(0x80 >> count % 8);
                count++;
            }
    }
    assert_int_equal(count, 44 * 8);
}

/* ---- tests */

static void what_is_drawn_reads_as_it_was_written(void **state)
{
    static const char *const texts[] = {"https://hub.lan:8443/",
                                        "Li\xc3\xaan x\xc3\xa3",
                                        "abcdefghijklmnopqrstuvwxyz"};

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct picture p;
        uint8_t bytes[44];
        size_t size = strlen(texts[i]);
        unsigned format;

        p = picture_of(texts[i]);
        if (p.side != SIDE + 2 * QR_QUIET) { /* version 1 for the short one */
            assert_int_equal(p.side, 21 + 2 * QR_QUIET);
            assert_true(size <= 14);
            continue;
        }
        format = format_of(&p);
        assert_int_equal(format >> 3, 0); /* level M */
        read_bits(&p, format & 7, bytes);
        assert_int_equal(bytes[0] >> 4, 4); /* bytes */
        assert_int_equal((bytes[0] & 15) << 4 | bytes[1] >> 4, size);
        for (size_t c = 0; c < size; c++)
            assert_int_equal((uint8_t)(bytes[c + 1] << 4 | bytes[c + 2] >> 4),
                             (uint8_t)texts[i][c]);
    }
}

static void corners_stand_in_a_quiet_zone(void **state)
{
    static const char *const corner[7] = {"#######", "#     #", "# ### #",
                                          "# ### #", "# ### #", "#     #",
                                          "#######"};
    struct picture p = picture_of("https://hub.lan:8443/");

    (void)state;
    for (unsigned y = 0; y < 7; y++)
        for (unsigned x = 0; x < 7; x++) {
            bool dark = corner[y][x] == '#';

            assert_int_equal(at(&p, x, y), dark);
            assert_int_equal(at(&p, SIDE - 7 + x, y), dark);
            assert_int_equal(at(&p, x, SIDE - 7 + y), dark);
        }
    for (unsigned i = 0; i < p.side; i++)
        for (unsigned q = 0; q < QR_QUIET; q++) {
            assert_false(p.dark[q][i] || p.dark[i][q]);
            assert_false(p.dark[p.side - 1 - q][i] ||
                         p.dark[i][p.side - 1 - q]);
        }
}

static void sizes_have_an_end(void **state)
{
    static char text[QR_TEXT_LIMIT + 2];
    struct buf path = {0};
    unsigned side = 0;

    (void)state;
    memset(text, 'x', sizeof text - 1);
    assert_int_equal(
        format_qr_path(&path, &side, bytes_of(text, QR_TEXT_LIMIT), NULL), 0);
    assert_true(side <= MOST);
    buf_clear(&path);
    assert_int_equal(
        format_qr_path(&path, &side, bytes_of(text, QR_TEXT_LIMIT + 1), NULL),
        ERR_INVALID);
    assert_int_equal(format_qr_path(&path, &side, bytes_of(text, 0), NULL),
                     ERR_INVALID);
    assert_int_equal(path.size, 0);
    buf_free(&path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_drawn_reads_as_it_was_written),
        cmocka_unit_test(corners_stand_in_a_quiet_zone),
        cmocka_unit_test(sizes_have_an_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
