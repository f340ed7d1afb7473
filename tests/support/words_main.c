/* tests/support/words_main.c - lienxa-words: the dictionary of short batches
 * (PROTOCOL 7.13), and what a report costs on the wire.
 *
 *     words train FILE    makes it of the import lines on standard input
 *     words bytes         of each of those lines, alone: its frame and the
 * fields of it; and of batches of them: bytes, processor time
 *
 * The same lines and the same zstd give the same dictionary: ops/dictionary.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <zdict.h>
#include <zstd.h>

#include "common/base/cli.h"
#include "common/base/file.h"
#include "common/base/mem.h"
#include "common/crypto/digest.h"
#include "common/crypto/random.h"
#include "common/crypto/sign.h"
#include "common/domain/report.h"
#include "common/sync/batch.h"
#include "common/wire/canary.h"
#include "common/wire/codec.h"
#include "common/wire/dictionary.h"
#include "tests/support/sample.h"
#include "tests/support/year.h"

static const struct hash_function sha256 = {crypto_sha256};

enum {
    DICTIONARY_BYTES = 32 * 1024,
    DICTIONARY_ID = 32769,
    LINE_BYTES = 65536,
    CANARY_EVERY = 20, /* lines */
    ROOM = 1024 * 1024
};

/* ---- a batch of one's own */

static struct sign_key key;

/* Signed as a node does; `m` borrows from `body`. */
static void make_batch(struct sync_message *m, struct buf *body,
                       const struct change *changes, size_t count,
                       uint64_t first)
{
    struct head head = {.clock_ms = changes[count - 1].header.clock_ms + 700};
    struct hash h = {{0}};

    *m = (struct sync_message){.type = MSG_BATCH};
    m->batch.name = head.name =
        stream_name_make(changes[0].header.home, STREAM_UP);
    m->batch.first = first;
    m->batch.count = count;
    m->batch.changes = changes;
    for (size_t i = 0; i < count; i++) {
        struct hash digest = change_digest(&sha256, &changes[i]);

        h = stream_next(&sha256, &h, first + i, &digest);
    }
    head.at = (struct stream_position){first + count - 1, h};
    buf_clear(body);
    wire_head_encode(body, &head);
    m->batch.head.body = buf_bytes(body);
    sign_key_id(m->batch.head.key_id, key.public_key);
    sign_bytes(m->batch.head.signature, &key, HEAD_SIGN_DOMAIN,
               buf_bytes(body));
}

static void sign_change(struct change *change)
{
    struct hash digest = change_digest(&sha256, change);

    change->is_signed = true;
    sign_key_id(change->key_id, key.public_key);
    sign_bytes(change->signature, &key, CHANGE_SIGN_DOMAIN,
               bytes_of(&digest, sizeof digest));
}

/* ---- training */

struct training {
    struct wire_codec *codec;
    struct buf samples, body, canary, header;
    size_t *sizes;
    size_t count, room;
    uint64_t random;
};

/* What stands in the only zstd frame of a PACK. */
static void keep(struct training *t, const struct sync_message *m)
{
    static const uint8_t magic[] = {0x28, 0xb5, 0x2f, 0xfd};
    const struct packing packing = {.packed = true, .short_head = true};
    struct bytes frame;
    const uint8_t *at;
    size_t size, from;

    if (wire_encode_packed(t->codec, &frame, m, &packing, NULL) != 0)
        return;
    at = memmem(frame.data, frame.size, magic, sizeof magic);
    if (at == NULL)
        return;
    size = (size_t)ZSTD_getFrameContentSize(at, frame.size -
                                                    (size_t)(at - frame.data));
    from = ZSTD_findFrameCompressedSize(at,
                                        frame.size - (size_t)(at - frame.data));
    buf_reserve(&t->samples, size);
    size = ZSTD_decompress(t->samples.data + t->samples.size, size, at, from);
    if (ZSTD_isError(size))
        return;
    t->samples.size += size;
    if (t->count == t->room) {
        t->room = t->room * 2 + 256;
        t->sizes = mem_grow(t->sizes, t->room, sizeof *t->sizes);
    }
    t->sizes[t->count++] = size;
}

/* No unit has this code, and two days from which many do: the code of nobody is
 * learnt by heart. */
static void draw_home(struct training *t, char out[LIMIT_HOME])
{
    (void)snprintf(out, LIMIT_HOME, "%05" PRIu32 "@%s",
                   year_below(&t->random, 100000),
                   year_chance(&t->random, 50) ? "20040708" : "20250701");
}

static void keep_alone(struct training *t, struct change *change)
{
    struct sync_message m, early = {.type = MSG_EARLY};

    if (change->header.flags & CHANGE_EXPEDITED) {
        sign_change(change);
        early.early.change = *change;
        keep(t, &early);
    }
    make_batch(&m, &t->body, change, 1, 1 + year_below(&t->random, 5000));
    keep(t, &m);
}

static void keep_canary(struct training *t, int64_t clock_ms)
{
    struct change change = {.header = {.kind = KIND_CANARY}};
    struct canary_fact fact = {.took_ms = 0};
    struct sync_message m;

    draw_home(t, change.header.home);
    for (size_t i = 0; i < sizeof change.header.record.bytes; i++)
        change.header.record.bytes[i] = (uint8_t)year_next(&t->random);
    change.header.version = 1 + year_below(&t->random, 500);
    change.header.clock_ms = clock_ms;
    buf_clear(&t->header);
    wire_header_encode(&t->header, &change.header);
    buf_clear(&t->canary);
    fact.took_ms = 20 + year_below(&t->random, 900);
    wire_canary_encode(&t->canary, &fact);
    change.header_bytes = buf_bytes(&t->header);
    change.part[PART_FACT].form = PART_WHOLE;
    change.part[PART_FACT].bytes = buf_bytes(&t->canary);
    make_batch(&m, &t->body, &change, 1, 1 + year_below(&t->random, 5000));
    keep(t, &m);
}

static void learn(struct training *t, struct sample *sample, size_t number)
{
    struct sync_message m;

    for (size_t i = 0; i < sample->count; i++)
        keep_alone(t, &sample->changes[i]);
    if (sample->count > 1) {
        make_batch(&m, &t->body, sample->changes, sample->count, number);
        keep(t, &m);
    }
    if (number % CANARY_EVERY == 0)
        keep_canary(t, sample->changes[0].header.clock_ms);
}

static int each_line(struct cli *cli, void *who,
                     void (*each)(void *who, struct sample *sample,
                                  size_t number),
                     void (*home)(void *who, char out[LIMIT_HOME]))
{
    static char line[LINE_BYTES];
    struct sample sample = {.count = 0};
    struct error err = {""};
    char unit[LIMIT_HOME];
    size_t number = 0;
    int rc = 0;

    while (rc == 0 && fgets(line, sizeof line, stdin) != NULL) {
        home(who, unit);
        rc = sample_make(&sample, line, unit, ++number, &err);
        if (rc == 0)
            each(who, &sample, number);
    }
    sample_free(&sample);
    return rc == 0 ? 0 : cli_fail(cli, "line %zu: %s", number, err.text);
}

/* What looks like somebody's number is not learnt. */
static void learn_line(void *who, struct sample *sample, size_t number)
{
    struct buf words = {0};
    size_t at;

    buf_add_bytes(&words, buf_bytes(&sample->body));
    if (report_find_phones(buf_text(&words), &at) == 0)
        learn(who, sample, number);
    buf_free(&words);
}

static void draw_line(void *who, char out[LIMIT_HOME]) { draw_home(who, out); }

static int write_dictionary(struct cli *cli, const struct training *t)
{
    static uint8_t words[DICTIONARY_BYTES];
    struct error err = {""};
    size_t size = ZDICT_trainFromBuffer(words, sizeof words, t->samples.data,
                                        t->sizes, (unsigned)t->count);

    if (ZDICT_isError(size))
        return cli_fail(cli, "%s", ZDICT_getErrorName(size));
    for (int i = 0; i < 4; i++) /* little-endian, behind the magic number */
        words[4 + i] = (uint8_t)(DICTIONARY_ID >> (8 * i));
    if (file_write(cli_argument(cli, 0), bytes_of(words, size), 0644, &err) !=
        0)
        return cli_fail(cli, "%s", err.text);
    (void)fprintf(stderr, "%zu samples of %zu bytes: %zu bytes\n", t->count,
                  t->samples.size, size);
    return 0;
}

static int run_train(struct cli *cli)
{
    struct training t = {.codec = wire_codec_new(true), .random = 1};
    int rc = each_line(cli, &t, learn_line, draw_line);

    if (rc == 0)
        rc = write_dictionary(cli, &t);
    buf_free(&t.samples);
    buf_free(&t.body);
    buf_free(&t.canary);
    buf_free(&t.header);
    mem_free(&t.sizes);
    wire_codec_free(&t.codec);
    return rc;
}

/* ---- counting */

enum way { WAY_PLAIN, WAY_ZSTD, WAY_PACK, WAY_WORDS, WAY_COUNT };

static const size_t batches[] = {1, 10, 100, 1000};
enum { BATCHES = sizeof batches / sizeof *batches, ROUNDS = 5 };

struct counting {
    struct wire_codec *plain, *codec;
    struct buf body;
    struct batch all; /* first versions of the lines so far, at most 1000 */
    uint64_t reports, bare, header, fact, words, salts;
    uint64_t frame[WAY_COUNT], early[2]; /* urgent ones: as it is, packed */
    uint64_t urgent;
};

static size_t frame_bytes(struct counting *c, const struct sync_message *m,
                          enum way way)
{
    size_t count;
    const struct packing packing = {
        .packed = way >= WAY_PACK,
        .short_head = true,
        .dictionary = way == WAY_WORDS ? wire_dictionaries(&count)[0] : 0};
    struct bytes frame = {NULL, 0};

    (void)wire_encode_packed(way == WAY_PLAIN ? c->plain : c->codec, &frame, m,
                             &packing, NULL);
    return frame.size;
}

static void count_one(void *who, struct sample *sample, size_t number)
{
    struct counting *c = who;
    struct change *change = &sample->changes[0];
    struct sync_message m, early = {.type = MSG_EARLY};

    make_batch(&m, &c->body, change, 1, number);
    for (int way = 0; way < WAY_COUNT; way++)
        c->frame[way] += frame_bytes(c, &m, (enum way)way);
    c->reports++;
    c->bare += sample_bare_bytes(change);
    c->header += change->header_bytes.size;
    c->fact += change->part[PART_FACT].bytes.size;
    c->words += change->part[PART_BODY].bytes.size;
    c->salts += 2 * sizeof change->part[PART_FACT].salt;
    if (c->all.count < batches[BATCHES - 1])
        batch_add(&c->all, change, wire_change_size(change));
    if ((change->header.flags & CHANGE_EXPEDITED) == 0)
        return;
    sign_change(change);
    early.early.change = *change;
    c->early[0] += frame_bytes(c, &early, WAY_PLAIN);
    c->early[1] += frame_bytes(c, &early, WAY_WORDS);
    c->urgent++;
}

static void same_unit(void *who, char out[LIMIT_HOME])
{
    (void)who;
    (void)snprintf(out, LIMIT_HOME, "19894@20040708");
}

/* "name bytes": of one report, on average. */
static void say(const char *name, uint64_t sum, uint64_t count)
{
    printf("%s %.1f\n", name, (double)sum / (double)(count > 0 ? count : 1));
}

static int64_t worked_us(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* "batch_WAY_COUNT bytes us": of one of so many reports in one frame, and what
 * making and reading it costs the processor. */
static void say_batch(struct counting *c, enum way way, size_t count)
{
    static const char *const names[WAY_COUNT] = {"plain", "zstd", "pack",
                                                 "words"};
    struct wire_codec *reader = wire_codec_new(false);
    struct sync_message m, out;
    int64_t began = 0, ended = 0;
    size_t size = 0, number;
    struct packing packing = {.packed = way >= WAY_PACK, .short_head = true};
    struct bytes frame;

    if (way == WAY_WORDS)
        packing.dictionary = wire_dictionaries(&number)[0];
    make_batch(&m, &c->body, c->all.changes, count, 1);
    for (int i = 0; i <= ROUNDS; i++) { /* the first makes what is needed */
        if (i == 1)
            began = worked_us();
        if (wire_encode_packed(way == WAY_PLAIN ? c->plain : c->codec, &frame,
                               &m, &packing, NULL) != 0 ||
            wire_decode(reader, &out, frame, NULL) != 0)
            return; /* larger than a frame may be */
        size = frame.size;
    }
    ended = worked_us();
    printf("batch_%s_%zu %.1f %.2f\n", names[way], count,
           (double)size / (double)count,
           (double)(ended - began) / ROUNDS / (double)count);
    wire_codec_free(&reader);
}

static void say_batches(struct counting *c)
{
    batch_seal(&c->all);
    for (size_t i = 0; i < BATCHES; i++)
        for (int way = 0; way < WAY_COUNT && batches[i] <= c->all.count; way++)
            say_batch(c, (enum way)way, batches[i]);
}

static int run_bytes(struct cli *cli)
{
    struct counting c = {.plain = wire_codec_new(false),
                         .codec = wire_codec_new(true)};
    int rc = each_line(cli, &c, count_one, same_unit);

    say("bare", c.bare, c.reports);
    say("header", c.header, c.reports);
    say("fact", c.fact, c.reports);
    say("body", c.words, c.reports);
    say("salts", c.salts, c.reports);
    say("batch_plain", c.frame[WAY_PLAIN], c.reports);
    say("batch_zstd", c.frame[WAY_ZSTD], c.reports);
    say("pack", c.frame[WAY_PACK], c.reports);
    say("pack_words", c.frame[WAY_WORDS], c.reports);
    say("early", c.early[0], c.urgent);
    say("early_words", c.early[1], c.urgent);
    say_batches(&c);
    batch_free(&c.all);
    buf_free(&c.body);
    wire_codec_free(&c.plain);
    wire_codec_free(&c.codec);
    return rc;
}

static const struct cli_command commands[] = {
    {"train", "FILE", 1, 1, NULL, "make the dictionary of import lines",
     run_train},
    {"bytes", "", 0, 0, NULL, "what a report of these lines costs, alone",
     run_bytes},
    {0}};

int main(int argc, char **argv)
{
    static const uint8_t seed[SIGN_SEED_BYTES] = {1};

    crypto_open();
    sign_key_from_seed(&key, seed);
    return cli_main(argc, argv, "lienxa-words", ".",
                    "the dictionary of short batches", commands, NULL);
}
