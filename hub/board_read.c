/* hub/board_read.c - the board's figures as they are read, and verified. */
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/domain/category.h"
#include "hub/board_inside.h"

enum { MINUTE_MS = 60000, WEEK = 7 };

static uint32_t word_of(int64_t place, int shift)
{
    return (uint32_t)(place >> shift) & ((1U << BOARD_WORD_BITS) - 1);
}

/* ---- reading */

struct reader {
    const struct board_question *q;
    /* of one unit and block: the counts of its villages by key, and which keys
     * are asked for */
    uint32_t counts[BOARD_KEYS];
    uint8_t asked_for[BOARD_KEYS];
    int32_t block;
    size_t unit; /* SIZE_MAX: none is being summed */
    struct board_figures *out;
    int32_t today;
    uint32_t *homes; /* words of the units, in the order of the roster */
    size_t asked;    /* of them: the one that is asked for, or all (count) */
    size_t village_room;
    size_t last; /* unit found last: places come in their order */
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

static void add_village(struct reader *r, int64_t place, int64_t count)
{
    struct board_figures *out = r->out;

    if (out->village_count == r->village_room) {
        r->village_room = r->village_room * 2 + 64;
        out->villages =
            mem_grow(out->villages, r->village_room, sizeof *out->villages);
    }
    out->villages[out->village_count++] = (struct board_village){
        word_of(place, BOARD_WORD_BITS), word_of(place, 0), count};
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

static void set_asked_for(struct reader *r)
{
    int category = r->q->category;

    memset(r->asked_for, 0, sizeof r->asked_for);
    for (int32_t day = 0; day < BOARD_BLOCK; day++) {
        uint8_t *at = r->asked_for + (size_t)day * BOARD_DAY_KEYS;

        if (!in_range(r, r->block * BOARD_BLOCK + day))
            continue;
        if (category < 0)
            memset(at, 1, BOARD_DAY_KEYS);
        else
            memset(at + (size_t)category * BOARD_BANDS, 1, BOARD_BANDS);
    }
}

/* The counts of one day, of the category asked for or of all. */
static int64_t sum_day(struct reader *r, const uint32_t *counts, bool in)
{
    int one = r->q->category;
    size_t first = one < 0 ? 0 : (size_t)one;
    size_t end = one < 0 ? BOARD_CATEGORIES : first + 1;
    int64_t sum = 0;

    for (size_t category = first; category < end; category++) {
        const uint32_t *at = counts + category * BOARD_BANDS;
        int64_t of_it = 0;

        for (size_t band = 0; band < BOARD_BANDS; band++) {
            of_it += at[band];
            r->out->bands[band] += in ? at[band] : 0;
        }
        r->out->categories[category] += in ? of_it : 0;
        sum += of_it;
    }
    return sum;
}

/* What was summed of a unit goes where it belongs. */
static void flush(struct reader *r)
{
    int32_t first = r->block * BOARD_BLOCK;

    if (r->unit == SIZE_MAX)
        return;
    for (int32_t day = 0; day < BOARD_BLOCK; day++) {
        int64_t sum = sum_day(r, r->counts + (size_t)day * BOARD_DAY_KEYS,
                              in_range(r, first + day));

        if (sum != 0)
            add_to_day(r, r->unit, first + day, sum);
    }
    memset(r->counts, 0, sizeof r->counts);
    r->unit = SIZE_MAX;
}

/* Sixteen days of a village; this loop sees all there is. */
static int add_row(void *who, int64_t place, struct bytes counts)
{
    struct reader *r = who;
    size_t unit = unit_of(r, word_of(place, BOARD_WORD_BITS));
    int64_t village = 0;
    uint32_t key = 0, count;

    if (unit == SIZE_MAX)
        return 0;
    if (unit != r->unit)
        flush(r);
    r->unit = unit;
    while (board_next_count(&counts, &key, &count)) {
        r->counts[key] += count;
        village += r->asked_for[key] != 0 ? count : 0;
    }
    if (village != 0)
        add_village(r, place, village);
    return 0;
}

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

static int add_due(void *who, int64_t place, int64_t count)
{
    struct board_open more = {.overdue = count};

    return add_open(who, place & ((INT64_C(1) << BOARD_OPEN_BITS) - 1), &more);
}

static int same_village(const void *left, const void *right)
{
    const struct board_village *a = left, *b = right;

    if (a->home != b->home)
        return a->home > b->home ? 1 : -1;
    return (a->village > b->village) - (a->village < b->village);
}

static int most_first(const void *left, const void *right)
{
    const struct board_village *a = left, *b = right;

    if (a->count != b->count)
        return a->count < b->count ? 1 : -1;
    return same_village(left, right);
}

static void fold_villages(struct board_figures *out)
{
    size_t kept = 0;

    if (out->village_count == 0)
        return;
    qsort(out->villages, out->village_count, sizeof *out->villages,
          same_village);
    for (size_t i = 1; i < out->village_count; i++)
        if (same_village(&out->villages[kept], &out->villages[i]) == 0)
            out->villages[kept].count += out->villages[i].count;
        else
            out->villages[++kept] = out->villages[i];
    out->village_count = kept + 1;
    qsort(out->villages, out->village_count, sizeof *out->villages, most_first);
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
    r->unit = SIZE_MAX;
    r->asked = out->unit_count;
    for (size_t i = 0; i < out->unit_count; i++) {
        r->homes[i] = ledger_word_number(hub->ledger, hub->roster.units[i].key);
        if (&hub->roster.units[i] == r->q->unit)
            r->asked = i;
    }
}

/* One row of sixteen days for each village, of one unit or of all. */
static int read_block(struct hub *hub, struct reader *r, int32_t block)
{
    bool one = r->asked < r->out->unit_count;
    uint32_t home = one ? r->homes[r->asked] : 0;

    int rc;

    r->block = block;
    set_asked_for(r);
    rc = board_store_days(hub->board.store, board_day_place(block, home, 0),
                          one ? board_day_place(block, home + 1, 0)
                              : board_day_place(block + 1, 0, 0),
                          add_row, r);
    flush(r);
    return rc;
}

static bool touches(int32_t block, int32_t from, int32_t to)
{
    int32_t first = block * BOARD_BLOCK;

    return first <= to && first + BOARD_BLOCK > from;
}

/* The range asked for, and the two weeks up to today. */
static int read_all(struct hub *hub, struct reader *r)
{
    int32_t weeks = r->today - 2 * WEEK + 1, from = r->q->from, to = r->q->to;
    int32_t first = from < weeks ? from : weeks;
    int32_t last = to > r->today ? to : r->today;
    int rc = 0;

    for (int32_t block = first < 0 ? 0 : first / BOARD_BLOCK;
         block <= last / BOARD_BLOCK && rc == 0; block++)
        if (touches(block, from, to) || touches(block, weeks, r->today))
            rc = read_block(hub, r, block);
    if (rc == 0)
        rc = board_store_opens(hub->board.store, add_open, r);
    if (rc == 0)
        rc = board_store_due(hub->board.store,
                             (r->q->now_ms / MINUTE_MS + 1) << BOARD_OPEN_BITS,
                             false, add_due, r);
    return rc;
}

int hub_board_read(struct hub *hub, const struct board_question *q,
                   struct board_figures *out)
{
    struct db *db = hub_store_db(hub->store);
    struct reader *r = mem_new(sizeof *r);
    bool begun = !db_in_transaction(db);
    int rc = 0;

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
    fold_villages(out);
    mem_free(&r->homes);
    mem_free(&r);
    return rc;
}

struct naming {
    struct hub *hub;
    void (*each)(void *who, const char *home, const char *village);
    void *who;
};

static int name_village(void *who, int64_t place, int64_t count)
{
    const struct naming *n = who;
    const char *village = ledger_word(n->hub->ledger, word_of(place, 0));

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

static int see_steps(void *who, const struct ledger_step *steps, size_t count)
{
    struct verifying *v = who;

    for (size_t i = 0; i < count; i++)
        hub_board_bumps(&v->bumps, &steps[i], v->settled);
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
        add_less(who, BOARD_DAY, place, key, count);
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

static int see_due(void *who, int64_t place, int64_t count)
{
    add_less(who, BOARD_DUE, place, 0, count);
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
        (rc = board_store_opens(s, see_open, v)) != 0 ||
        (rc = board_store_villages(s, see_village, v)) != 0)
        return rc;
    return board_store_due(s, INT64_MAX, false, see_due, v);
}

static void tell(struct hub *hub, const struct board_bump *b,
                 void (*fault)(void *who, const struct ledger_fault *fault),
                 void *who)
{
    static const char *const open[] = {"open", "urgent", "unacknowledged",
                                       "overdue"};
    unsigned table = board_table(b->at);
    int64_t place = board_place(b->at);
    uint32_t key = board_key_of(b->at);
    bool by_village = table == BOARD_DAY || table == BOARD_VILLAGE;
    int shift = by_village ? BOARD_WORD_BITS : BOARD_CATEGORY_BITS;
    struct ledger_fault f = {.what = "board"};
    struct buf text = {0};
    char day[CLOCK_TEXT_BYTES];

    buf_printf(
        &text, "the board's figure of %s ",
        hub_unit_name(hub, ledger_word(hub->ledger, word_of(place, shift))));
    if (table == BOARD_DAY)
        buf_printf(&text, "on %s",
                   clock_day_text(day, (int32_t)(place >> 2 * BOARD_WORD_BITS) *
                                               BOARD_BLOCK +
                                           (int32_t)(key / BOARD_DAY_KEYS)));
    else if (table == BOARD_VILLAGE)
        buf_printf(&text, "in %s", ledger_word(hub->ledger, word_of(place, 0)));
    else
        buf_printf(&text, "(%s)", table == BOARD_DUE ? "due later" : open[key]);
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
