/* tests/support/generate_main.c - lienxa-generate: reports of one commune as
 * import lines, and what a correct node must answer to them.
 *
 * A line is a pure function of (seed, unit, index), so nothing is remembered: a
 * repeated line is made again from the index of the first one. Every name and
 * phone number is invented; villages are only those the design confirms.
 */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/clock.h"
#include "common/base/id.h"
#include "common/domain/category.h"
#include "tests/support/generate_text.h"

enum fault { /* what is wrong with a line; they take turns */
             BROKEN_JSON,
             UNKNOWN_CATEGORY,
             NO_TEXT,
             BAD_ID,
             BAD_TIME,
             TEXT_TOO_LONG,
             BAD_STATE,
             BAD_UTF8,
             OTHER_CONTENT,
             FAULT_COUNT,
             NO_FAULT = FAULT_COUNT
};

struct options {
    uint64_t seed;
    const char *unit;
    uint64_t count, repeat_every, malformed_every;
    int64_t start_ms;
    uint64_t days;
    size_t body_size; /* of every text; 0 = as it comes */
    const char *names_file, *expect_file;
    bool expect, no_senders;
};

/* One report before it is written down. */
struct report {
    struct id id;
    const struct generate_kind *kind;
    struct buf text;
    const char *village, *channel, *state; /* NULL: left out */
    int64_t received_ms, occurred_ms;      /* occurred 0: left out */
    bool urgent, has_point;
    double lat, lon;
    char name[64], phone[16]; /* "": left out */
};

struct tally { /* how often each value occurs */
    struct entry {
        char key[32];
        uint64_t count;
    } * entries;
    size_t count, room;
};

static void die(const char *what)
{
    (void)fprintf(stderr, "lienxa-generate: %s (--help shows the options)\n",
                  what);
    exit(2);
}

/* splitmix64 */
static uint64_t next(uint64_t *random)
{
    uint64_t z = (*random += 0x9e3779b97f4a7c15u);

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static size_t below(uint64_t *random, size_t limit)
{
    return (size_t)(next(random) % limit);
}

static bool chance(uint64_t *random, size_t percent)
{
    return below(random, 100) < percent;
}

static uint64_t random_for(const struct options *o, uint64_t index)
{
    uint64_t random = o->seed;

    for (const char *c = o->unit; *c != '\0'; c++)
        random = (random ^ (uint8_t)*c) * 0x100000001b3u;
    random = next(&random) ^ index;
    (void)next(&random);
    return next(&random);
}

/* ---- one report ---- */

static const char *pick(const char *const *list, uint64_t *random)
{
    size_t count = 0;

    while (list[count] != NULL)
        count++;
    return list[below(random, count)];
}

static const struct generate_kind *pick_kind(uint64_t *random)
{
    const struct generate_kind *kind = generate_kinds;
    int at = (int)below(random, 10000);

    while (at >= kind->weight && kind[1].category != NULL)
        at -= (kind++)->weight;
    return kind;
}

static const char *pick_village(const char *unit, uint64_t *random)
{
    const struct generate_place *place = generate_places;

    while (place->unit != NULL && strcmp(place->unit, unit) != 0)
        place++;
    if (place->unit == NULL || chance(random, 20))
        return NULL;
    return pick(place->villages, random);
}

static void add_place(struct buf *out, const char *village, uint64_t *random)
{
    buf_add_text(out, pick(generate_spots, random));
    if (village != NULL)
        buf_printf(out, " thôn %s", village);
}

/* The first letter of a template may come from a placeholder in lower case:
 * people write like that, and it stays. */
static void add_sentence(struct buf *out, const struct generate_kind *kind,
                         const char *village, uint64_t *random)
{
    for (const char *c = pick(kind->texts, random); *c != '\0'; c++) {
        if (*c != '{') {
            buf_add(out, c, 1);
            continue;
        }
        if (c[1] == 'p')
            add_place(out, village, random);
        else
            buf_add_text(out, c[1] == 't' ? pick(generate_hours, random)
                                          : kind->things[below(random, 4)]);
        c += 2;
    }
}

/* Exactly `size` bytes: more sentences, then cut between two characters. */
static void fit(struct buf *text, size_t size, const struct generate_kind *kind,
                const char *village, uint64_t *random)
{
    while (text->size < size) {
        buf_add_text(text, " ");
        add_sentence(text, kind, village, random);
    }
    text->size = size;
    while (text->size > 0 && (text->data[text->size] & 0xc0) == 0x80)
        text->size--;
    while (text->size < size)
        buf_add_text(text, ".");
}

static void write_text(struct report *r, const struct options *o,
                       uint64_t *random)
{
    const char *ending = pick(generate_endings, random);

    add_sentence(&r->text, r->kind, r->village, random);
    if (*ending != '\0')
        buf_printf(&r->text, " %s", ending);
    if (o->body_size > 0)
        fit(&r->text, o->body_size, r->kind, r->village, random);
}

/* Old reports are closed, those of the last month are at work. */
static const char *pick_state(const struct options *o, uint64_t index,
                              uint64_t *random)
{
    uint64_t days_left = (o->count - index) * o->days / o->count;

    if (days_left > 30 && chance(random, 93))
        return "dong";
    return chance(random, 15) ? NULL : pick(generate_open_states, random);
}

static void pick_sender(struct report *r, uint64_t *random)
{
    const char *family = pick(generate_families, random);
    const char *middle = pick(generate_middles, random);
    const char *given = pick(generate_given, random);

    if (chance(random, 45))
        (void)snprintf(r->name, sizeof r->name, "%s %s %s", family, middle,
                       given);
    if (chance(random, 40)) /* 0900: no operator has given it out */
        (void)snprintf(r->phone, sizeof r->phone, "0900%06zu",
                       below(random, 1000000));
}

static void pick_times(struct report *r, const struct options *o,
                       uint64_t index, uint64_t *random)
{
    int64_t span = (int64_t)o->days * 86400000;
    int64_t slot = span / (int64_t)o->count;
    uint8_t noise[10];

    if (slot < 1)
        slot = 1;
    r->received_ms =
        o->start_ms +
        (int64_t)((double)span * (double)(index - 1) / (double)o->count);
    r->received_ms += (int64_t)below(random, (size_t)slot);
    for (size_t i = 0; i < sizeof noise; i++)
        noise[i] = (uint8_t)next(random);
    put_u32(noise, (uint32_t)index); /* in order within a millisecond too */
    r->id = id_make(r->received_ms, noise);
    if (chance(random, 35))
        r->occurred_ms = r->received_ms - (int64_t)below(random, 43200) * 1000;
}

static void make_report(struct report *r, const struct options *o,
                        uint64_t index)
{
    uint64_t random = random_for(o, index);

    buf_clear(&r->text);
    *r = (struct report){.text = r->text};
    r->kind = pick_kind(&random);
    r->village = pick_village(o->unit, &random);
    pick_times(r, o, index, &random);
    write_text(r, o, &random);
    if (chance(&random, 90))
        r->channel = pick(generate_channels, &random);
    r->state = pick_state(o, index, &random);
    r->urgent = chance(
        &random, strcmp(r->kind->category, "cat_trai_phep") == 0 ? 40 : 0);
    if (chance(&random, 5)) {
        r->has_point = true;
        r->lat = 16.53 + (double)below(&random, 10000) / 100000;
        r->lon = 107.43 + (double)below(&random, 10000) / 100000;
    }
    if (!o->no_senders)
        pick_sender(r, &random);
}

/* ---- which line is what ---- */

static bool is_malformed(const struct options *o, uint64_t index)
{
    return o->malformed_every > 1 &&
           index % o->malformed_every == o->malformed_every - 1;
}

static bool is_ordinary(const struct options *o, uint64_t index)
{
    return !is_malformed(o, index) &&
           (o->repeat_every < 2 || index % o->repeat_every != 0);
}

/* An ordinary line before `index`, 0 when there is none. */
static uint64_t earlier(const struct options *o, uint64_t index)
{
    uint64_t random = random_for(o, ~index);
    uint64_t at = index > 1 ? 1 + next(&random) % (index - 1) : 0;

    while (at > 0 && !is_ordinary(o, at))
        at--;
    return at;
}

/* ---- a line ---- */

static void add_string(struct buf *out, const char *key, const char *value)
{
    buf_printf(out, "%s\"%s\":\"", out->size > 1 ? "," : "", key);
    for (const char *c = value; *c != '\0'; c++) {
        if (*c == '"' || *c == '\\')
            buf_add_text(out, "\\");
        buf_add(out, c, 1);
    }
    buf_add_text(out, "\"");
}

static void add_time(struct buf *out, const char *key, int64_t wall_ms)
{
    char text[CLOCK_TEXT_BYTES];

    add_string(out, key, clock_text(text, wall_ms));
}

static void add_text_field(struct buf *out, struct report *r, enum fault fault)
{
    if (fault == NO_TEXT)
        return;
    if (fault == BAD_UTF8)
        buf_add_text(&r->text, " \xc3\x28");
    while (fault == TEXT_TOO_LONG && r->text.size <= 32768)
        buf_add_text(&r->text, " rất dài");
    add_string(out, "text", buf_text(&r->text));
}

static void add_line(struct buf *out, struct report *r, enum fault fault)
{
    char id[ID_TEXT_BYTES];

    buf_clear(out);
    buf_add_text(out, "{");
    add_string(out, "id",
               fault == BAD_ID ? "0190f5-khong-phai-ma" : id_text(id, &r->id));
    add_string(out, "category",
               fault == UNKNOWN_CATEGORY ? "trom_trang" : r->kind->category);
    add_text_field(out, r, fault);
    if (r->village != NULL)
        add_string(out, "village", r->village);
    if (fault == BAD_TIME)
        add_string(out, "received", "2025-13-45T25:61:00+07:00");
    else
        add_time(out, "received", r->received_ms);
    if (r->occurred_ms != 0)
        add_time(out, "occurred", r->occurred_ms);
    if (r->channel != NULL)
        add_string(out, "channel", r->channel);
    if (fault == BAD_STATE)
        add_string(out, "state", "dang_ngu");
    else if (r->state != NULL)
        add_string(out, "state", r->state);
    if (r->urgent)
        buf_add_text(out, ",\"urgent\":true");
    if (r->has_point)
        buf_printf(out, ",\"lat\":%.5f,\"lon\":%.5f", r->lat, r->lon);
    if (r->name[0] != '\0')
        add_string(out, "name", r->name);
    if (r->phone[0] != '\0')
        add_string(out, "phone", r->phone);
    buf_add_text(out, "}");
    if (fault == BROKEN_JSON)
        out->size -= out->size / 3;
    buf_add_text(out, "\n");
}

/* ---- what is expected ---- */

static void tally_add(struct tally *tally, const char *key)
{
    size_t i = tally->count;

    while (i > 0 && strcmp(tally->entries[i - 1].key, key) != 0)
        i--;
    if (i == 0) {
        if (tally->count == tally->room) {
            tally->room = tally->room * 2 + 64;
            tally->entries =
                realloc(tally->entries, tally->room * sizeof *tally->entries);
            if (tally->entries == NULL)
                die("no memory");
        }
        i = ++tally->count;
        (void)snprintf(tally->entries[i - 1].key,
                       sizeof tally->entries[i - 1].key, "%s", key);
        tally->entries[i - 1].count = 0;
    }
    tally->entries[i - 1].count++;
}

static void tally_print(FILE *out, const char *name, const struct tally *tally)
{
    (void)fprintf(out, ",\"%s\":{", name);
    for (size_t i = 0; i < tally->count; i++)
        (void)fprintf(out, "%s\"%s\":%" PRIu64, i > 0 ? "," : "",
                      tally->entries[i].key, tally->entries[i].count);
    (void)fputc('}', out);
}

struct expected {
    uint64_t accepted, repeated, refused;
    struct tally category, state, village, day;
};

/* Once taken: what is said about an officer is passed on at once. */
static const char *state_taken(const struct report *r)
{
    const char *state = r->state != NULL ? r->state : "moi";

    return strcmp(state, "moi") == 0 &&
                   category_find(r->kind->category)->bypasses_post
               ? "da_chuyen"
               : state;
}

static void expect_accepted(struct expected *e, const struct report *r)
{
    char day[CLOCK_TEXT_BYTES];

    e->accepted++;
    tally_add(&e->category, r->kind->category);
    tally_add(&e->state, state_taken(r));
    tally_add(&e->village, r->village != NULL ? r->village : "");
    tally_add(&e->day, clock_day_text(day, clock_day(r->received_ms)));
}

static void expect_print(FILE *out, const struct options *o,
                         const struct expected *e)
{
    (void)fprintf(out,
                  "{\"unit\":\"%s\",\"lines\":%" PRIu64 ",\"accepted\":%" PRIu64
                  ",\"repeated\":%" PRIu64 ",\"refused\":%" PRIu64,
                  o->unit, o->count, e->accepted, e->repeated, e->refused);
    tally_print(out, "by_category", &e->category);
    tally_print(out, "by_state", &e->state);
    tally_print(out, "by_village", &e->village);
    tally_print(out, "by_day", &e->day);
    (void)fputs("}\n", out);
}

/* ---- the whole file ---- */

static void make_line(struct buf *line, struct report *r,
                      const struct options *o, uint64_t index,
                      struct expected *e)
{
    uint64_t before = is_ordinary(o, index) ? 0 : earlier(o, index);
    enum fault fault = NO_FAULT;

    if (is_malformed(o, index)) {
        fault = (enum fault)(index / o->malformed_every % FAULT_COUNT);
        if (fault == OTHER_CONTENT && before == 0)
            fault = NO_TEXT; /* nothing there to contradict yet */
        make_report(r, o, index);
        if (fault == OTHER_CONTENT) {
            struct report other = {0};

            make_report(&other, o, before);
            r->id = other.id;
            buf_free(&other.text);
        }
        e->refused++;
    } else if (before != 0) {
        make_report(r, o, before);
        e->repeated++;
    } else {
        make_report(r, o, index);
        expect_accepted(e, r);
    }
    add_line(line, r, fault);
}

static FILE *open_out(const char *path)
{
    FILE *file = fopen(path, "w");

    if (file == NULL) {
        perror(path);
        exit(1);
    }
    return file;
}

static void close_out(FILE *file)
{
    if (fflush(file) != 0 || ferror(file)) {
        perror("lienxa-generate: writing");
        exit(1);
    }
    if (file != stdout)
        (void)fclose(file);
}

static void generate(const struct options *o)
{
    FILE *names = o->names_file != NULL ? open_out(o->names_file) : NULL;
    struct expected expected = {0};
    struct report report = {0};
    struct buf line = {0};

    for (uint64_t index = 1; index <= o->count; index++) {
        make_line(&line, &report, o, index, &expected);
        if (!o->expect)
            (void)fwrite(line.data, 1, line.size, stdout);
        if (names != NULL && report.name[0] != '\0')
            (void)fprintf(names, "%s\n", report.name);
        if (names != NULL && report.phone[0] != '\0')
            (void)fprintf(names, "%s\n", report.phone);
    }
    if (o->expect)
        expect_print(stdout, o, &expected);
    if (o->expect_file != NULL) {
        FILE *file = open_out(o->expect_file);

        expect_print(file, o, &expected);
        close_out(file);
    }
    if (names != NULL)
        close_out(names);
    close_out(stdout);
    buf_free(&line);
    buf_free(&report.text);
    free(expected.category.entries);
    free(expected.state.entries);
    free(expected.village.entries);
    free(expected.day.entries);
}

/* ---- the command line ---- */

static const char help[] =
    "lienxa-generate --seed N --unit SLUG --count N [options]\n"
    "Prints import lines of one commune; the same options give the same "
    "bytes.\n"
    "  --repeat-every N     every N-th line repeats an earlier one (0: none)\n"
    "  --malformed-every N  one line in N must be refused (0: none)\n"
    "  --start DATE         first day, YYYY-MM-DD (2024-06-15)\n"
    "  --days N             over so many days (365)\n"
    "  --body-size N        every text has exactly N bytes\n"
    "  --no-senders         no names, no phones\n"
    "  --names-file FILE    the names and phones used, one a line\n"
    "  --expect             print what a correct node answers instead\n"
    "  --expect-file FILE   write that to FILE as well\n";

static const struct option long_options[] = {
    {"seed", required_argument, NULL, 's'},
    {"unit", required_argument, NULL, 'u'},
    {"count", required_argument, NULL, 'c'},
    {"repeat-every", required_argument, NULL, 'r'},
    {"malformed-every", required_argument, NULL, 'm'},
    {"start", required_argument, NULL, 'S'},
    {"days", required_argument, NULL, 'd'},
    {"body-size", required_argument, NULL, 'b'},
    {"names-file", required_argument, NULL, 'n'},
    {"no-senders", no_argument, NULL, 'N'},
    {"expect", no_argument, NULL, 'e'},
    {"expect-file", required_argument, NULL, 'E'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0}};

static uint64_t number(const char *text, uint64_t limit)
{
    char *end = NULL;
    unsigned long long value = strtoull(text, &end, 10);

    if (*text < '0' || *text > '9' || *end != '\0' || value > limit)
        die("a number is malformed or too large");
    return value;
}

static int64_t day_start(const char *text)
{
    char midnight[64];
    int64_t wall_ms = 0;

    (void)snprintf(midnight, sizeof midnight, "%sT00:00:00+07:00", text);
    if (!clock_parse(&wall_ms, midnight))
        die("--start takes a date, YYYY-MM-DD");
    return wall_ms;
}

static void take_option(struct options *o, int option)
{
    switch (option) {
    case 's':
        o->seed = number(optarg, UINT64_MAX);
        break;
    case 'u':
        o->unit = optarg;
        break;
    case 'c':
        o->count = number(optarg, 10000000);
        break;
    case 'r':
        o->repeat_every = number(optarg, UINT32_MAX);
        break;
    case 'm':
        o->malformed_every = number(optarg, UINT32_MAX);
        break;
    case 'S':
        o->start_ms = day_start(optarg);
        break;
    case 'd':
        o->days = number(optarg, 3650);
        break;
    case 'b':
        o->body_size = number(optarg, 30000);
        break;
    case 'n':
        o->names_file = optarg;
        break;
    case 'N':
        o->no_senders = true;
        break;
    case 'e':
        o->expect = true;
        break;
    case 'E':
        o->expect_file = optarg;
        break;
    case 'h':
        (void)fputs(help, stdout);
        exit(0);
    default:
        die("unknown option");
    }
}

int main(int argc, char **argv)
{
    struct options o = {.days = 365};
    int option = 0;

    o.start_ms = day_start("2024-06-15");
    while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1)
        take_option(&o, option);
    if (optind != argc)
        die("no arguments, only options");
    if (o.unit == NULL ||
        strspn(o.unit, "abcdefghijklmnopqrstuvwxyz0123456789-") !=
            strlen(o.unit))
        die("--unit takes a slug such as quang-tho");
    if (o.count == 0 || o.days == 0)
        die("--count and --days must be at least 1");
    if (o.repeat_every == 1 || o.malformed_every == 1)
        die("--repeat-every and --malformed-every take 0 or at least 2");
    generate(&o);
    return 0;
}
