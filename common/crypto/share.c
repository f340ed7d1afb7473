/* common/crypto/share.c - a 32-byte secret as two lines on paper.
 *
 * Behind "share NAME-N" stands in base32: N, the id of the pair (4 random
 * bytes), 32 bytes, and the first 4 bytes of SHA-256("share NAME\n", N, id, the
 * 32 bytes).
 */
#include "common/crypto/share.h"

#include <assert.h>
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "common/base/buf.h"
#include "common/base/id.h"
#include "common/base/mem.h"
#include "common/crypto/digest.h"
#include "common/crypto/random.h"

enum {
    PAIR_BYTES = 4,
    SUM_BYTES = 4,
    SUMMED_BYTES = 1 + PAIR_BYTES + SHARE_SECRET_BYTES,
    PART_BYTES = SUMMED_BYTES + SUM_BYTES,
    PART_LETTERS = (PART_BYTES * 8 + 4) / 5,
    NAME_LIMIT = 32
};

static_assert(sizeof "share -1 " + NAME_LIMIT + PART_LETTERS * 5 / 4 <=
                  SHARE_TEXT_BYTES,
              "a line fits");

struct part {
    uint8_t number; /* 1 or 2 */
    uint8_t pair[PAIR_BYTES];
    uint8_t secret[SHARE_SECRET_BYTES];
    uint8_t sum[SUM_BYTES];
};

static_assert(sizeof(struct part) == PART_BYTES, "no padding");

static void sum_of(uint8_t out[SUM_BYTES], const char *name,
                   const struct part *part)
{
    struct bytes pieces[] = {bytes_of_text("share "), bytes_of_text(name),
                             bytes_of_text("\n"), bytes_of(part, SUMMED_BYTES)};
    struct hash hash = crypto_sha256(pieces, sizeof pieces / sizeof *pieces);

    memcpy(out, hash.bytes, SUM_BYTES);
    mem_wipe(&hash, sizeof hash);
}

/* buf_free alone leaves the bytes in the heap. */
static void forget(struct buf *buf)
{
    if (buf->data != NULL)
        mem_wipe(buf->data, buf->room);
    buf_free(buf);
}

static void write_line(char out[SHARE_TEXT_BYTES], const char *name,
                       const struct part *part)
{
    struct buf letters = {0};
    struct buf line = {0};

    buf_reserve(&letters, SHARE_TEXT_BYTES); /* once: growing would copy */
    buf_reserve(&line, SHARE_TEXT_BYTES);
    base32_encode(&letters, bytes_of(part, PART_BYTES));
    buf_printf(&line, "share %s-%u ", name, part->number);
    for (size_t i = 0; i < letters.size; i++) {
        if (i > 0 && i % 4 == 0)
            buf_add_u8(&line, '-');
        buf_add_u8(&line, letters.data[i]);
    }
    assert(line.size < SHARE_TEXT_BYTES);
    memcpy(out, line.data, line.size);
    out[line.size] = '\0';
    forget(&letters);
    forget(&line);
}

void share_split(char first[SHARE_TEXT_BYTES], char second[SHARE_TEXT_BYTES],
                 const char *name, const uint8_t secret[SHARE_SECRET_BYTES])
{
    struct part one = {.number = 1};
    struct part two = {.number = 2};

    assert(strlen(name) > 0 && strlen(name) <= NAME_LIMIT);
    random_bytes(one.pair, sizeof one.pair);
    memcpy(two.pair, one.pair, sizeof two.pair);
    random_bytes(two.secret, sizeof two.secret);
    for (size_t i = 0; i < SHARE_SECRET_BYTES; i++)
        one.secret[i] = secret[i] ^ two.secret[i];
    sum_of(one.sum, name, &one);
    sum_of(two.sum, name, &two);
    write_line(first, name, &one);
    write_line(second, name, &two);
    mem_wipe(&one, sizeof one);
    mem_wipe(&two, sizeof two);
}

static const char *skip(const char *at)
{
    while (*at == '-' || isspace((unsigned char)*at))
        at++;
    return at;
}

/* Reads "share NAME-N" in any case; returns what follows, or NULL. */
static const char *read_label(const char *line, const char *name,
                              unsigned *number, const char *which,
                              struct error *err)
{
    const char *at = skip(line);
    size_t length = strlen(name);

    if (strncasecmp(at, "share", 5) != 0 || skip(at + 5) == at + 5) {
        (void)error_set(err, ERR_INVALID,
                        "the %s line does not begin with \"share %s-\"", which,
                        name);
        return NULL;
    }
    at = skip(at + 5);
    if (strncasecmp(at, name, length) != 0 ||
        isalnum((unsigned char)at[length])) {
        (void)error_set(err, ERR_INVALID,
                        "the %s line is not a share of the %s key", which,
                        name);
        return NULL;
    }
    at = skip(at + length);
    if ((at[0] != '1' && at[0] != '2') || skip(at + 1) == at + 1) {
        (void)error_set(err, ERR_INVALID,
                        "the %s line: \"%s-1\" or \"%s-2\" should come first",
                        which, name, name);
        return NULL;
    }
    *number = (unsigned)(at[0] - '0');
    return at + 1;
}

/* The letters alone, without groups; false with a reason when it is not them.
 */
static bool read_letters(char out[PART_LETTERS + 1], const char *at,
                         const char *which, struct error *err)
{
    size_t count = 0;

    for (at = skip(at); *at != '\0'; at = skip(at + 1)) {
        if (!isalpha((unsigned char)*at) && (*at < '2' || *at > '7')) {
            (void)error_set(err, ERR_INVALID,
                            "the %s line: character %zu of the code is "
                            "neither a letter nor one of 2 to 7",
                            which, count + 1);
            return false;
        }
        if (count < PART_LETTERS)
            out[count] = *at;
        count++;
    }
    if (count != PART_LETTERS) {
        (void)error_set(err, ERR_INVALID,
                        "the %s line: %zu letters and digits instead of %d",
                        which, count, PART_LETTERS);
        return false;
    }
    out[count] = '\0';
    return true;
}

static bool decode(struct part *out, const char *letters)
{
    struct buf bytes = {0};
    bool good;

    buf_reserve(&bytes, SHARE_TEXT_BYTES);
    good = base32_decode(&bytes, letters) && bytes.size == PART_BYTES;
    if (good)
        memcpy(out, bytes.data, PART_BYTES);
    forget(&bytes);
    return good;
}

static int read_line(struct part *out, const char *name, const char *line,
                     const char *which, struct error *err)
{
    char letters[PART_LETTERS + 1] = {0};
    uint8_t sum[SUM_BYTES];
    unsigned number;
    const char *at = read_label(line, name, &number, which, err);
    bool good;

    if (at == NULL)
        return ERR_INVALID;
    if (!read_letters(letters, at, which, err)) {
        mem_wipe(letters, sizeof letters);
        return ERR_INVALID;
    }
    good = decode(out, letters);
    mem_wipe(letters, sizeof letters);
    if (good) {
        sum_of(sum, name, out);
        good = crypto_equal(sum, out->sum, sizeof sum);
    }
    if (!good)
        return error_set(err, ERR_INVALID,
                         "the %s line has a mistyped letter: compare it with "
                         "the paper",
                         which);
    if (out->number != number)
        return error_set(err, ERR_INVALID,
                         "the %s line says %s-%u, its code is that of %s-%u",
                         which, name, number, name, out->number);
    return 0;
}

static int join(uint8_t out[SHARE_SECRET_BYTES], const char *name,
                const struct part *a, const struct part *b, struct error *err)
{
    if (memcmp(a->pair, b->pair, PAIR_BYTES) != 0)
        return error_set(err, ERR_INVALID,
                         "the second line belongs to another %s key than the "
                         "first",
                         name);
    if (a->number == b->number)
        return error_set(err, ERR_INVALID,
                         "the second line is %s-%u again: %s-%d is needed",
                         name, a->number, name, 3 - a->number);
    for (size_t i = 0; i < SHARE_SECRET_BYTES; i++)
        out[i] = a->secret[i] ^ b->secret[i];
    return 0;
}

int share_join(uint8_t out[SHARE_SECRET_BYTES], const char *name,
               const char *one, const char *other, struct error *err)
{
    struct part a = {0};
    struct part b = {0};
    int rc;

    if ((rc = read_line(&a, name, one, "first", err)) == 0 &&
        (rc = read_line(&b, name, other, "second", err)) == 0)
        rc = join(out, name, &a, &b, err);
    mem_wipe(&a, sizeof a);
    mem_wipe(&b, sizeof b);
    return rc;
}
