/* hub/board_read.c - the board's figures as they are read, and verified. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/domain/category.h"
#include "hub/board_inside.h"

enum {
    MINUTE_MS = 60000,
    WEEK = 7,
    PASSED_MOST = 100000 /* reports that are not asked for */
};

static uint32_t word_of(int64_t place, int shift)
{
    return (uint32_t)(place >> shift) & ((1U << BOARD_WORD_BITS) - 1);
}

/* ---- reading */

struct reader {
    struct hub *hub;
    const struct board_question *q;
    struct board_figures *out;
    int32_t today;
    uint32_t *homes; /* words of the units, in the order of the roster */
    size_t asked;    /* of them: the one that is asked for, or all (count) */
    size_t last;     /* unit found last: places come in their order */
    /* of the unit being read */
    size_t unit;
    int64_t villages[1 << BOARD_WORD_BITS]; /* of one unit */
    uint32_t named[1 << BOARD_WORD_BITS];   /* those that are not 0 */
    size_t named_count, village_room;
    int32_t block;                       /* of which next_asked tells */
    uint16_t next_asked[BOARD_KEYS + 1]; /* from a key on; BOARD_KEYS: none */
};

/* SIZE_MAX: no unit of the roster, or not asked for. */
static size_t unit_of(struct reader *r, uint32_t home)
{
    size_t count = r->out->unit_count;

    if (home == 0)
        return SIZE_MAX;
    for (size_t i = 0; i < count; i++) {
        size_t at = (r->last + i) % count;

        if (r->homes[at] != home)
            continue;
        r->last = at;
        return r->asked == count || r->asked == at ? at : SIZE_MAX;
    }
    return SIZE_MAX;
}

static void add_village(struct reader *r, uint32_t village, int64_t count)
{
    if (r->villages[village] == 0)
        r->named[r->named_count++] = village;
    r->villages[village] += count;
}

/* The unit is read. */
static void flush_villages(struct reader *r)
{
    struct board_figures *out = r->out;

    for (size_t i = 0; i < r->named_count; i++) {
        uint32_t village = r->named[i];

        if (out->village_count == r->village_room) {
            r->village_room = r->village_room * 2 + 64;
            out->villages =
                mem_grow(out->villages, r->village_room, sizeof *out->villages);
        }
        out->villages[out->village_count++] = (struct board_village){
            r->homes[r->unit], village, r->villages[village]};
        r->villages[village] = 0;
    }
    r->named_count = 0;
}

static bool in_range(const struct reader *r, int32_t day)
{
    return day >= r->q->from && day <= r->q->to;
}

static void add_to_day(struct reader *r, size_t unit, int32_t day,
                       int64_t count)
{
    struct board_figures *out = r->out;

    if (in_range(r, day)) {
        out->total += count;
        out->days[day - r->q->from] += count;
    }
    if (day == r->today) {
        out->today += count;
        out->units[unit].today += count;
    }
    if (day == r->today - WEEK)
        out->today_last_week += count;
    if (day > r->today - WEEK && day <= r->today)
        out->week += count;
    else if (day > r->today - 2 * WEEK && day <= r->today - WEEK)
        out->week_before += count;
}

/* ---- part of a block: every count there is */

static bool is_asked_for(const struct reader *r, uint32_t key)
{
    int32_t day = r->block * BOARD_BLOCK + (int32_t)(key / BOARD_DAY_KEYS);
    int category = (int)(key % BOARD_DAY_KEYS / BOARD_BANDS);

    return in_range(r, day) &&
           (r->q->category < 0 || r->q->category == category);
}

static void set_block(struct reader *r, int32_t block)
{
    if (r->block == block)
        return;
    r->block = block;
    r->next_asked[BOARD_KEYS] = BOARD_KEYS;
    for (uint32_t key = BOARD_KEYS; key-- > 0;)
        r->next_asked[key] =
            is_asked_for(r, key) ? (uint16_t)key : r->next_asked[key + 1];
}

/* Sixteen days of a village. */
static int add_row(void *who, int64_t place, struct bytes counts)
{
    struct reader *r = who;
    int64_t village = 0;
    uint32_t key = 0, count;

    board_skip(&counts, &key, r->next_asked[0]);
    while (board_next_count(&counts, &key, &count)) {
        if (r->next_asked[key] != key) {
            board_skip(&counts, &key, r->next_asked[key]);
            continue;
        }
        r->out->bands[key % BOARD_BANDS] += count;
        r->out->categories[key % BOARD_DAY_KEYS / BOARD_BANDS] += count;
        village += count;
    }
    if (village != 0)
        add_village(r, word_of(place, 0), village);
    return 0;
}

/* ---- a block: its days from its sums, and the rest as well where all of its
 * reports are asked for */

static void add_whole(struct reader *r, struct bytes counts, uint32_t key)
{
    struct board_figures *out = r->out;
    uint32_t count;

    while (board_next(&counts, &key, &count, SUM_KEYS))
        if (key >= SUM_VILLAGE)
            add_village(r, (key - SUM_VILLAGE) / SUM_STATES, count);
        else if (key >= SUM_KIND)
            out->categories[(key - SUM_KIND) / SUM_STATES] += count;
        else if (key - SUM_BAND < BOARD_BANDS)
            out->bands[key - SUM_BAND] += count;
}

/* Reads the days; what follows is left, behind `*key`. */
static void take_days(struct bytes *counts, uint32_t *key,
                      int64_t days[BOARD_BLOCK])
{
    struct bytes rest = *counts;
    uint32_t at = *key, count;

    while (board_next(&rest, &at, &count, SUM_KEYS) && at < SUM_BAND) {
        days[at / SUM_STATES] += count;
        *counts = rest;
        *key = at;
    }
}

static int add_sum(void *who, const struct board_sum *sum)
{
    struct reader *r = who;
    struct bytes counts = sum->counts;
    int64_t days[BOARD_BLOCK] = {0}, in = 0, all = 0;
    uint32_t key = 0;

    take_days(&counts, &key, days);
    for (int32_t i = 0; i < BOARD_BLOCK; i++) {
        int32_t day = sum->block * BOARD_BLOCK + i;

        if (days[i] == 0)
            continue;
        add_to_day(r, r->unit, day, days[i]);
        all += days[i];
        in += in_range(r, day) ? days[i] : 0;
    }
    if (in == 0)
        return 0;
    if (in < all) {
        set_block(r, sum->block);
        return board_store_days(
            r->hub->board.store, board_day_place(sum->block, sum->home, 0),
            board_day_place(sum->block, sum->home + 1, 0), add_row, r);
    }
    if (sum->kind >= 0)
        r->out->categories[sum->kind] += in;
    add_whole(r, counts, key);
    return 0;
}

/* ---- what is open */

static int add_open(void *who, int64_t place, const struct board_open *open)
{
    struct reader *r = who;
    size_t unit = unit_of(r, word_of(place, BOARD_CATEGORY_BITS));
    int category = (int)(place & ((1 << BOARD_CATEGORY_BITS) - 1));

    if (unit == SIZE_MAX || (r->q->category >= 0 && r->q->category != category))
        return 0;
    for (uint32_t field = OPEN_ALL; field <= OPEN_OVERDUE; field++) {
        int64_t more = *board_open_field((struct board_open[]){*open}, field);

        *board_open_field(&r->out->units[unit].now, field) += more;
        *board_open_field(&r->out->now, field) += more;
    }
    return 0;
}

static int add_due(void *who, uint32_t home, uint32_t category)
{
    struct board_open more = {.overdue = 1};

    return add_open(who, board_open_place(home, category), &more);
}

/* Overdue is what was when it was last settled, and what fell due since. */
static int read_open(struct hub *hub, struct reader *r)
{
    struct board_store *s = hub->board.store;
    struct board_state state = {0, 0};
    int rc = board_store_opens(s, add_open, r);

    if (rc == 0 && (rc = board_store_state(s, &state)) == ERR_MISSING)
        rc = 0;
    return rc != 0 ? rc
                   : board_store_due(s, state.settled, r->q->now_ms / MINUTE_MS,
                                     add_due, r);
}

static int most_first(const void *left, const void *right)
{
    const struct board_village *a = left, *b = right;

    if (a->count != b->count)
        return a->count < b->count ? 1 : -1;
    if (a->home != b->home)
        return a->home > b->home ? 1 : -1;
    return (a->village > b->village) - (a->village < b->village);
}

static void start(struct hub *hub, struct reader *r)
{
    struct board_figures *out = r->out;

    memset(out, 0, sizeof *out);
    r->today = clock_day(r->q->now_ms);
    out->unit_count = hub->roster.count;
    out->units = mem_array(out->unit_count, sizeof *out->units);
    out->day_count = (size_t)(r->q->to - r->q->from) + 1;
    out->days = mem_array(out->day_count, sizeof *out->days);
    r->homes = mem_array(out->unit_count, sizeof *r->homes);
    r->block = -1;
    r->asked = out->unit_count;
    for (size_t i = 0; i < out->unit_count; i++) {
        r->homes[i] = ledger_word_number(hub->ledger, hub->roster.units[i].key);
        if (&hub->roster.units[i] == r->q->unit)
            r->asked = i;
    }
}

static int read_blocks(struct reader *r, int32_t first, int32_t last)
{
    struct board_sums q = {r->homes[r->unit], first, last,
                           r->q->category < 0 ? SUM_ALL_KINDS : r->q->category};

    return hub_board_sums(r->hub->board.store, &q, add_sum, r);
}

static int32_t block_of(int32_t day) { return day < 0 ? 0 : day / BOARD_BLOCK; }

/* The range asked for, and the two weeks up to today. */
static int read_unit(struct reader *r)
{
    int32_t first = block_of(r->q->from), last = block_of(r->q->to);
    int32_t weeks = block_of(r->today - 2 * WEEK + 1);
    int rc = read_blocks(r, first, last);

    for (int32_t block = weeks; block <= block_of(r->today) && rc == 0; block++)
        if (block < first || block > last)
            rc = read_blocks(r, block, block);
    flush_villages(r);
    return rc;
}

static int read_all(struct hub *hub, struct reader *r)
{
    int rc = 0;

    for (r->unit = 0; r->unit < r->out->unit_count && rc == 0; r->unit++)
        if (r->homes[r->unit] != 0 &&
            (r->asked == r->out->unit_count || r->asked == r->unit))
            rc = read_unit(r);
    if (rc == 0)
        rc = read_open(hub, r);
    return rc;
}

int hub_board_read(struct hub *hub, const struct board_question *q,
                   struct board_figures *out)
{
    struct db *db = hub_store_db(hub->store);
    struct reader *r = mem_new(sizeof *r);
    bool begun = !db_in_transaction(db);
    int rc = 0;

    r->hub = hub;
    r->q = q;
    r->out = out;
    start(hub, r);
    if (db_can_write(db) && !begun)
        rc = ledger_flush(hub->ledger);
    if (rc == 0 && begun)
        rc = db_begin(db);
    if (rc == 0)
        rc = read_all(hub, r);
    if (begun)
        db_rollback(db);
    if (out->village_count > 0)
        qsort(out->villages, out->village_count, sizeof *out->villages,
              most_first);
    mem_free(&r->homes);
    mem_free(&r);
    return rc;
}

/* ---- open reports, by what falls due first */

struct by_due {
    struct hub *hub;
    const struct board_wanted *wanted;
    uint32_t home; /* word, when asked for */
    struct board_place after;
    int64_t passed;
    int (*each)(void *who, const struct record_row *row,
                const struct board_place *at);
    void *who;
};

static bool is_wanted(const struct by_due *d, const struct axes *axes,
                      uint32_t home)
{
    const struct board_wanted *w = d->wanted;

    return (w->unit == NULL || d->home == home) &&
           (w->village == NULL ||
            strcmp(w->village, ledger_village(d->hub->ledger, axes->home,
                                              axes->village)) == 0) &&
           (w->category < 0 || (uint32_t)w->category == axes->category) &&
           (w->state == 0 || (uint32_t)w->state == axes->state) &&
           (!w->urgent || axes->urgent);
}

static int see_report(void *who, const struct board_report *r)
{
    struct by_due *d = who;
    struct board_place at = {r->due, r->row};
    struct record_row row = {.kind = KIND_REPORT, .counts = true};

    if (at.due == d->after.due && at.row <= d->after.row)
        return 0;
    axes_unpack(&row.axes, r->cell);
    if (!is_wanted(d, &row.axes, r->home))
        return ++d->passed < PASSED_MOST ? 0 : d->each(d->who, NULL, &at);
    row.row = r->row;
    row.id = r->id;
    row.axes.village_text =
        ledger_village(d->hub->ledger, row.axes.home, row.axes.village);
    (void)snprintf(row.home, sizeof row.home, "%s",
                   ledger_word(d->hub->ledger, r->home));
    return d->each(d->who, &row, &at);
}

int hub_board_by_due(struct hub *hub, const struct board_wanted *wanted,
                     const struct board_place *after,
                     int (*each)(void *who, const struct record_row *row,
                                 const struct board_place *at),
                     void *who)
{
    struct ledger *l = hub->ledger;
    struct by_due d = {.hub = hub,
                       .wanted = wanted,
                       .after = *after,
                       .each = each,
                       .who = who};
    int rc;

    if (wanted->unit != NULL &&
        (d.home = ledger_word_number(l, wanted->unit->key)) == 0)
        return 0;
    if (wanted->village != NULL && !ledger_village_named(l, wanted->village))
        return 0;
    rc = board_store_by_due(hub->board.store, after->due, see_report, &d);
    return rc > 0 ? 0 : rc;
}

struct naming {
    struct hub *hub;
    void (*each)(void *who, const char *home, const char *village);
    void *who;
};

static int name_village(void *who, int64_t place, int64_t count)
{
    const struct naming *n = who;
    const char *village = ledger_village(
        n->hub->ledger, word_of(place, BOARD_WORD_BITS), word_of(place, 0));

    (void)count;
    if (village[0] != '\0')
        n->each(n->who,
                ledger_word(n->hub->ledger, word_of(place, BOARD_WORD_BITS)),
                village);
    return 0;
}

int hub_board_villages(struct hub *hub,
                       void (*each)(void *who, const char *home,
                                    const char *village),
                       void *who)
{
    struct naming n = {hub, each, who};

    return board_store_villages(hub->board.store, name_village, &n);
}

void hub_board_figures_free(struct board_figures *figures)
{
    mem_free(&figures->units);
    mem_free(&figures->days);
    mem_free(&figures->villages);
}

/* ---- verifying: what the records say, less what is written */

enum { FOLD_BYTES = 32 << 20 };

struct verifying {
    struct buf bumps;
    int64_t settled;
    size_t fold_at;
};

static void add_less(struct verifying *v, unsigned table, int64_t place,
                     uint32_t key, int64_t count)
{
    struct board_bump b = {board_at(table, place, key), -count};

    buf_add(&v->bumps, &b, sizeof b);
}

/* The bumps from `size` on: of days also what they say to sums, which alone
 * know the state. */
static void add_sums(struct buf *bumps, size_t size)
{
    size_t end = bumps->size / sizeof(struct board_bump);

    for (size_t i = size / sizeof(struct board_bump); i < end; i++) {
        struct board_bump *b = (struct board_bump *)(void *)bumps->data + i;
        struct board_bump day = *b;

        if (board_table(day.at) != BOARD_DAY)
            continue;
        b->at &= ~(uint64_t)((1U << BOARD_STATE_BITS) - 1);
        hub_board_sum_bumps(bumps, &day);
    }
}

static int see_steps(void *who, const struct ledger_step *steps, size_t count)
{
    struct verifying *v = who;
    size_t size = v->bumps.size;

    for (size_t i = 0; i < count; i++)
        hub_board_bumps(&v->bumps, &steps[i], v->settled);
    add_sums(&v->bumps, size);
    if (v->bumps.size >= v->fold_at) {
        (void)hub_board_fold(&v->bumps);
        v->fold_at = v->bumps.size + FOLD_BYTES;
    }
    return 0;
}

static int see_day(void *who, int64_t place, struct bytes counts)
{
    uint32_t key = 0, count;

    while (board_next_count(&counts, &key, &count))
        add_less(who, BOARD_DAY, place, key << BOARD_STATE_BITS, count);
    if (counts.size > 0) /* not numbers */
        add_less(who, BOARD_DAY, place, 0, INT32_MAX);
    return 0;
}

static int see_open(void *who, int64_t place, const struct board_open *open)
{
    for (uint32_t field = OPEN_ALL; field <= OPEN_OVERDUE; field++)
        add_less(who, BOARD_OPEN, place, field,
                 *board_open_field((struct board_open[]){*open}, field));
    return 0;
}

static int see_village(void *who, int64_t place, int64_t count)
{
    add_less(who, BOARD_VILLAGE, place, 0, count);
    return 0;
}

static int see_all(struct hub *hub, struct verifying *v)
{
    struct board_store *s = hub->board.store;
    struct board_state state = {0, 0};
    int rc = board_store_state(s, &state);

    v->settled = state.settled;
    if (rc == ERR_MISSING)
        rc = 0;
    if (rc != 0 || (rc = ledger_steps(hub->ledger, see_steps, v)) != 0 ||
        (rc = board_store_days(s, 0, INT64_MAX, see_day, v)) != 0 ||
        (rc = hub_board_sums_less(s, &v->bumps)) != 0 ||
        (rc = board_store_opens(s, see_open, v)) != 0)
        return rc;
    return board_store_villages(s, see_village, v);
}

/* Where the unit is in a place, and when it is of days: the first of them. */
static int unit_shift(unsigned table)
{
    return table == BOARD_DAY || table == BOARD_VILLAGE || table == BOARD_SUM
               ? BOARD_WORD_BITS
               : BOARD_CATEGORY_BITS;
}

static void tell_where(struct hub *hub, const struct board_bump *b,
                       struct buf *text)
{
    static const char *const open[] = {"open", "urgent", "unacknowledged",
                                       "overdue"};
    int64_t place = board_place(b->at);
    uint32_t key = board_key_of(b->at);
    char day[CLOCK_TEXT_BYTES];

    switch (board_table(b->at)) {
    case BOARD_DAY:
        buf_printf(text, "on %s",
                   clock_day_text(day, (int32_t)(place >> 2 * BOARD_WORD_BITS) *
                                               BOARD_BLOCK +
                                           (int32_t)((key >> BOARD_STATE_BITS) /
                                                     BOARD_DAY_KEYS)));
        break;
    case BOARD_SUM:
        buf_printf(
            text, "of the sixteen days from %s",
            clock_day_text(day, (int32_t)word_of(place, 0) * BOARD_BLOCK));
        break;
    case BOARD_VILLAGE:
        buf_printf(text, "in %s",
                   ledger_village(hub->ledger, word_of(place, BOARD_WORD_BITS),
                                  word_of(place, 0)));
        break;
    default:
        buf_printf(text, "(%s)", open[key]);
    }
}

static void tell(struct hub *hub, const struct board_bump *b,
                 void (*fault)(void *who, const struct ledger_fault *fault),
                 void *who)
{
    int64_t place = board_place(b->at);
    uint32_t home = word_of(place, unit_shift(board_table(b->at)));
    struct ledger_fault f = {.what = "board"};
    struct buf text = {0};

    buf_printf(&text, "the board's figure of %s ",
               hub_unit_name(hub, ledger_word(hub->ledger, home)));
    tell_where(hub, b, &text);
    buf_printf(&text, " is %lld too %s",
               (long long)(b->delta < 0 ? -b->delta : b->delta),
               b->delta > 0 ? "low" : "high");
    f.detail = buf_text(&text);
    fault(who, &f);
    buf_free(&text);
}

int hub_board_verify(struct hub *hub,
                     void (*fault)(void *who, const struct ledger_fault *fault),
                     void *who, uint64_t *faults)
{
    struct db *db = hub_store_db(hub->store);
    struct verifying v = {.fold_at = FOLD_BYTES};
    bool begun = !db_in_transaction(db);
    int rc = begun ? db_begin(db) : ledger_flush(hub->ledger);
    size_t count;

    if (rc == 0)
        rc = see_all(hub, &v);
    if (begun)
        db_rollback(db);
    count = rc == 0 ? hub_board_fold(&v.bumps) : 0;
    for (size_t i = 0; i < count; i++)
        tell(hub, (const struct board_bump *)(const void *)v.bumps.data + i,
             fault, who);
    *faults += count;
    buf_free(&v.bumps);
    return rc;
}
