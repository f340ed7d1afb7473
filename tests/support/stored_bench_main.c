/* tests/support/stored_bench_main.c - what one change costs a hub to apply,
 * with so many reports stored.
 *
 * lienxa-stored_bench FOLDER ROSTER CHANGES YEARLY SIZE..
 *
 * Makes a hub for each SIZE in FOLDER (one that is there is measured again): so
 * many reports have come to it through its own ledger, YEARLY each year until
 * now. Then all get the same, in turns, so that whatever else the machine does
 * slows all of them: CHANGES reports of now (new), the same ones moved on
 * (move), as many open ones of the last month, by chance (later), and, where
 * there are as many, open ones of any time before (old). They come as ten
 * communes would deliver them: in batches of a hundred, each a transaction on
 * disk. A first turn is not counted: what it reads is in memory then, as it is
 * where work goes on. Only while a hub is filled is nothing waited for
 * (synchronous=OFF).
 *
 * One line a size, of a change: {"stored","days",KIND:{"cpu_us","us","ratio",
 * "least","median","most"},..,"file_bytes"}; processor time, so that others at
 * work matter less. `ratio` is to the first size, of all turns together (a
 * checkpoint falls into some of them), the others of each turn by itself; of
 * old ones to what is moved on later there.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/crypto/random.h"
#include "hub/set_up.h"
#include "tests/support/many.h"

enum { UNITS = 10, AT_ONCE = 100, SIZES_MOST = 16, TURNS = 11, MONTH = 30 };

enum kind { NEW, MOVE, LATER, OLD, KINDS };
static const char *const kind_names[KINDS] = {"new", "move", "later", "old"};

struct size {
    char folder[4096];
    size_t stored;
    int64_t span_ms; /* from the first report to the last */
    struct hub *hub;
    struct many_commune communes[UNITS];
    /* struct many_old, open ones, in no order: LATER and OLD */
    struct buf open[KINDS][UNITS];
    bool has[KINDS]; /* enough of them */
    struct many_spent spent[TURNS][KINDS];
};

static struct many_made made; /* one batch at a time */

static void set_sync(struct hub *hub, const char *how)
{
    char sql[64];
    struct error err = {"the database takes no pragma"};

    (void)snprintf(sql, sizeof sql, "PRAGMA synchronous = %s", how);
    many_must(db_exec(hub_store_db(hub->store), sql), &err);
}

/* ---- filling */

static void fill(struct size *s)
{
    struct many_spent spent = {0, 0};
    size_t each = s->stored / UNITS;

    set_sync(s->hub, "OFF");
    for (size_t done = 0; done < each; done += MANY_BATCH)
        for (size_t i = 0; i < UNITS; i++) {
            struct many_commune *c = &s->communes[i];
            size_t count = each - done < MANY_BATCH ? each - done : MANY_BATCH;

            many_make(&made, c, count, each, s->hub->wall_ms);
            many_deliver(s->hub, c, &made, 0, count, &spent);
        }
}

static void begin(struct size *s)
{
    struct error err = {""};

    many_must(hub_open(&s->hub, s->folder, HUB_COMMAND, &err), &err);
    for (size_t i = 0; i < UNITS; i++) {
        s->communes[i] = many_begin(s->hub, i);
        s->communes[i].span_ms = s->span_ms;
    }
}

static void make_hub(struct size *s, const char *roster)
{
    static char first[SHARE_TEXT_BYTES], second[SHARE_TEXT_BYTES];
    struct error err = {""};

    if (access(s->folder, F_OK) == 0)
        return;
    many_must(hub_set_up(s->folder, "Quảng Điền", roster, first, second, &err),
              &err);
    begin(s);
    fill(s);
    hub_close(&s->hub);
}

/* ---- open ones, of the last month and of before */

struct picking {
    struct size *s;
    enum kind kind;
    int64_t end; /* row: no further than that */
};

static int look(void *who, const struct record_row *row)
{
    const struct picking *p = who;
    struct size *s = p->s;
    struct many_old old = many_old_of(row);
    int64_t age = s->hub->wall_ms - old.received_ms;
    bool is_old = age > INT64_C(86400000) * MONTH;
    size_t i = 0;

    if (row->row <= p->end || (is_old && p->kind == LATER))
        return 1;
    if (!row->counts || !report_is_open((int)old.axes.state) ||
        is_old != (p->kind == OLD))
        return 0;
    while (i < UNITS && strcmp(s->communes[i].up.home, row->home) != 0)
        i++;
    assert(i < UNITS);
    buf_add(&s->open[p->kind][i], &old, sizeof old);
    return p->kind == OLD;
}

static int see_newest(void *who, const struct record_row *row)
{
    *(int64_t *)who = row->row;
    return 1;
}

/* All of the last month; one of each of `count` stretches of all rows. */
static void look_for(struct size *s, enum kind kind, int64_t count)
{
    struct ledger *l = s->hub->ledger;
    struct picking p = {s, kind, 0};
    struct error err = {"the reports cannot be read"};
    int64_t newest = 0;

    if (kind == LATER) {
        many_must(ledger_reports_below(l, 0, look, &p), &err);
        return;
    }
    many_must(ledger_reports_below(l, 0, see_newest, &newest), &err);
    for (int64_t i = 1; i <= count; i++) {
        p.end = (i - 1) * newest / count;
        many_must(ledger_reports_below(l, i * newest / count + 1, look, &p),
                  &err);
    }
}

static void shuffle(struct buf *open, uint64_t seed)
{
    struct many_old *o = (struct many_old *)(void *)open->data;

    for (size_t left = open->size / sizeof *o; left > 1; left--) {
        size_t at = many_noise(&seed) % left;
        struct many_old other = o[at];

        o[at] = o[left - 1];
        o[left - 1] = other;
    }
}

/* What was read for it is forgotten again. */
static void pick_open(struct size *s, size_t batches)
{
    size_t each = TURNS * ((batches + UNITS - 1) / UNITS) * AT_ONCE;

    begin(s);
    s->has[NEW] = s->has[MOVE] = true;
    for (enum kind kind = LATER; kind <= OLD; kind++) {
        look_for(s, kind, (int64_t)(2 * each * UNITS));
        s->has[kind] = true;
        for (size_t i = 0; i < UNITS; i++) {
            shuffle(&s->open[kind][i], i + 1);
            if (s->open[kind][i].size < each * sizeof(struct many_old))
                s->has[kind] = false;
        }
    }
    hub_close(&s->hub);
    begin(s);
}

/* ---- measuring */

static void measure_open(struct size *s, size_t unit, enum kind kind,
                         struct many_spent *spent)
{
    struct many_commune *c = &s->communes[unit];
    struct buf *open = &s->open[kind][unit];

    if (!s->has[kind])
        return;
    open->size -= AT_ONCE * sizeof(struct many_old);
    many_make_old(&made, c, AT_ONCE,
                  (const struct many_old *)(void *)(open->data + open->size));
    many_move(&made, c, AT_ONCE);
    many_deliver(s->hub, c, &made, 0, AT_ONCE, &spent[kind]);
}

static void measure_batch(struct size *s, size_t unit, struct many_spent *spent)
{
    struct many_commune *c = &s->communes[unit];

    many_make_now(&made, c, AT_ONCE, s->hub->wall_ms);
    many_deliver(s->hub, c, &made, 0, AT_ONCE, &spent[NEW]);
    many_move(&made, c, AT_ONCE);
    many_deliver(s->hub, c, &made, 0, AT_ONCE, &spent[MOVE]);
    measure_open(s, unit, LATER, spent);
}

/* Old ones apart: nobody's day is like that, and they would push what it needs
 * out of the memory. */
static void measure_turn(struct size *s, size_t batches,
                         struct many_spent *spent)
{
    for (size_t b = 0; b < batches; b++)
        measure_batch(s, b % UNITS, spent);
    for (size_t b = 0; b < batches; b++)
        measure_open(s, b % UNITS, OLD, spent);
}

/* In turns. */
static void measure(struct size *sizes, size_t count, size_t batches)
{
    for (size_t turn = 0; turn < TURNS; turn++)
        for (size_t i = 0; i < count; i++)
            measure_turn(&sizes[i], batches, sizes[i].spent[turn]);
}

/* ---- saying */

static int by_value(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;

    return (a > b) - (a < b);
}

/* What an old one is compared with: the smallest hub has none. */
static enum kind base_of(enum kind kind) { return kind == OLD ? LATER : kind; }

static struct many_spent sum_of(const struct size *s, enum kind kind)
{
    struct many_spent sum = {0, 0};

    for (size_t turn = 1; turn < TURNS; turn++) {
        sum.us += s->spent[turn][kind].us;
        sum.cpu_us += s->spent[turn][kind].cpu_us;
    }
    return sum;
}

static void say_kind(const struct size *s, const struct size *first,
                     enum kind kind, size_t each)
{
    enum kind base = base_of(kind);
    struct many_spent all = sum_of(s, kind), with = sum_of(first, base);
    double turns[TURNS - 1], count = (double)((TURNS - 1) * each);

    for (size_t turn = 1; turn < TURNS; turn++)
        turns[turn - 1] = (double)s->spent[turn][kind].cpu_us /
                          (double)first->spent[turn][base].cpu_us;
    qsort(turns, TURNS - 1, sizeof *turns, by_value);
    printf(",\"%s\":{\"cpu_us\":%.2f,\"us\":%.2f,\"ratio\":%.3f,"
           "\"least\":%.3f,\"median\":%.3f,\"most\":%.3f}",
           kind_names[kind], (double)all.cpu_us / count, (double)all.us / count,
           (double)all.cpu_us / (double)with.cpu_us, turns[0],
           (turns[(TURNS - 2) / 2] + turns[(TURNS - 1) / 2]) / 2,
           turns[TURNS - 2]);
}

static size_t bytes_of_files(const struct size *s)
{
    static const char *const names[] = {"hub.db", "hub.db-wal"};
    size_t bytes = 0;

    for (size_t i = 0; i < 2; i++) {
        char path[4200];
        struct stat status;

        (void)snprintf(path, sizeof path, "%s/%s", s->folder, names[i]);
        if (stat(path, &status) == 0)
            bytes += (size_t)status.st_size;
    }
    return bytes;
}

static void say(const struct size *s, const struct size *first, size_t each)
{
    printf("{\"stored\":%zu,\"days\":%lld", s->stored,
           (long long)(s->span_ms / 86400000));
    for (enum kind kind = NEW; kind < KINDS; kind++)
        if (s->has[kind] && first->has[base_of(kind)])
            say_kind(s, first, kind, each);
    printf(",\"file_bytes\":%zu}\n", bytes_of_files(s));
}

int main(int argc, char **argv)
{
    static struct size sizes[SIZES_MOST];
    size_t count = (size_t)argc - 5, batches;
    double yearly;

    if (argc < 6 || count > SIZES_MOST) {
        (void)fprintf(
            stderr,
            "lienxa-stored_bench FOLDER ROSTER CHANGES YEARLY SIZE..\n");
        return 2;
    }
    log_open(LOG_LEVEL_ERROR);
    crypto_open();
    (void)umask(077);
    batches = strtoul(argv[3], NULL, 10) / (AT_ONCE * (TURNS - 1));
    yearly = strtod(argv[4], NULL);
    for (size_t i = 0; i < count; i++) {
        struct size *s = &sizes[i];

        s->stored = strtoul(argv[5 + i], NULL, 10);
        s->span_ms = (int64_t)((double)s->stored / yearly * 365 * 86400 * 1000);
        (void)snprintf(s->folder, sizeof s->folder, "%s/%zu", argv[1],
                       s->stored);
        make_hub(s, argv[2]);
        pick_open(s, batches);
    }
    measure(sizes, count, batches);
    for (size_t i = 0; i < count; i++) {
        say(&sizes[i], &sizes[0], batches * AT_ONCE);
        for (size_t k = 0; k < UNITS; k++) {
            buf_free(&sizes[i].open[LATER][k]);
            buf_free(&sizes[i].open[OLD][k]);
        }
        hub_close(&sizes[i].hub);
    }
    return 0;
}
