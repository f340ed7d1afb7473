/* hub/api_board.c - the board and the statistics as JSON (hub/api_reads.h). */
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/domain/category.h"
#include "hub/api_reads.h"
#include "hub/board.h"
#include "hub/policy.h"
#include "hub/statistics.h"

enum {
    BOARD_DAYS = 14,
    BOARD_DAYS_MOST = 400,
    URGENT_ROWS = 20,
    URGENT_LOOKED_AT = 100, /* of all, where some are asked for */
    VILLAGE_ROWS = 200,
    SMALL = 4,   /* counts of 1 to 4 */
    ROUNDS = 200 /* of hiding what would give them away */
};

/* ---- small cells (reference P9): a number below five is hidden, and where it
 * is alone in a sum that is told elsewhere the next one of that sum as well, or
 * it could be computed. */

struct cell {
    int64_t count;
    bool hidden;
};

/* One cell of a sum; sorted, those of one sum stand together. */
struct addend {
    int64_t sum;
    struct cell *cell;
};

static int compare_addends(const void *a, const void *b)
{
    const struct addend *x = a, *y = b;

    if (x->sum != y->sum)
        return x->sum < y->sum ? -1 : 1;
    return x->cell < y->cell ? -1 : x->cell > y->cell;
}

static bool is_next(const struct cell *cell, const struct cell *least)
{
    return !cell->hidden && (least == NULL || cell->count < least->count);
}

/* Did it hide any? That may leave one alone in a sum of another kind. */
static bool hide_seconds(const struct addend *addends, size_t count)
{
    bool any = false;

    for (size_t i = 0; i < count;) {
        int64_t sum = addends[i].sum;
        struct cell *next = NULL;
        size_t hidden = 0;

        for (; i < count && addends[i].sum == sum; i++) {
            hidden += addends[i].cell->hidden;
            if (is_next(addends[i].cell, next))
                next = addends[i].cell;
        }
        if (hidden == 1 && next != NULL)
            any = next->hidden = true;
    }
    return any;
}

static bool is_small(int64_t count) { return count > 0 && count <= SMALL; }

static void set_cell(struct json *out, const char *key, const struct cell *cell)
{
    if (cell->hidden)
        json_set_null(out, key);
    else
        json_set_i64(out, key, cell->count);
}

static void set_count(struct json *out, const struct cell *cell)
{
    set_cell(out, "count", cell);
}

/* The cells of one sum. Owned. */
static struct cell *cells_of(const int64_t *counts, size_t count, bool hide)
{
    struct cell *cells = mem_array(count + 1, sizeof *cells);
    struct addend *addends = mem_array(count + 1, sizeof *addends);

    for (size_t i = 0; i < count; i++) {
        cells[i] = (struct cell){counts[i], hide && is_small(counts[i])};
        addends[i] = (struct addend){0, &cells[i]};
    }
    (void)hide_seconds(addends, count);
    mem_free(&addends);
    return cells;
}

/* The board of one commune, or of one kind, is a table of two axes: what of it
 * is hidden from who sees no single report. Of both, its sums are cells. */
struct hiding {
    bool lists, kinds, units, sums;
};

static struct hiding hiding_of(const struct hub_query *q,
                               const struct board_question *ask)
{
    bool hides = hub_api_hides_small(q);
    bool unit = ask->unit != NULL, kind = ask->category >= 0;

    return (struct hiding){.lists = hides && (unit || kind),
                           .kinds = hides && unit,
                           .units = hides && kind,
                           .sums = hides && unit && kind};
}

/* ---- the parts of the board */

static struct json *totals(const struct board_figures *f, bool hide)
{
    const struct {
        const char *key;
        int64_t count;
    } sums[] = {
        {"open", f->now.open},       {"urgent", f->now.urgent},
        {"waiting", f->now.waiting}, {"overdue", f->now.overdue},
        {"today", f->today},         {"today_last_week", f->today_last_week},
        {"week", f->week},           {"week_before", f->week_before},
        {"range", f->total}};
    struct json *out = json_object_new();

    for (size_t i = 0; i < sizeof sums / sizeof *sums; i++)
        set_cell(
            out, sums[i].key,
            &(struct cell){sums[i].count, hide && is_small(sums[i].count)});
    return out;
}

enum { UNIT_FIGURES = 5 };
static const char *const unit_figures[UNIT_FIGURES] = {
    "open", "urgent", "waiting", "overdue", "today"};

static int64_t figure_of(const struct board_unit *unit, size_t which)
{
    const int64_t all[UNIT_FIGURES] = {unit->now.open, unit->now.urgent,
                                       unit->now.waiting, unit->now.overdue,
                                       unit->today};

    return all[which];
}

/* One figure of every commune: they add up to that of the district. */
static struct cell *unit_cells(const struct board_figures *f, size_t which,
                               bool hide)
{
    int64_t *counts = mem_array(f->unit_count + 1, sizeof *counts);
    struct cell *cells;

    for (size_t i = 0; i < f->unit_count; i++)
        counts[i] = figure_of(&f->units[i], which);
    cells = cells_of(counts, f->unit_count, hide);
    mem_free(&counts);
    return cells;
}

static void set_backlog(struct hub *hub, const struct unit *unit,
                        struct json *out)
{
    struct stream_name up = stream_name_make(unit->key, STREAM_UP);
    struct ledger_stream s;
    struct contact c;

    if (ledger_stream(hub->ledger, &s, &up, false) != 0)
        memset(&s, 0, sizeof s);
    hub_api_time(out, "as_of", s.clock_ms);
    if (hub_store_contact(hub->store, unit->key, &c) != 0) {
        json_set_null(out, "backlog");
        json_set_null(out, "last_seen");
        return;
    }
    json_set_i64(out, "backlog",
                 c.head <= s.head.seq ? 0 : (int64_t)c.backlog.records);
    hub_api_time(out, "last_seen", c.last_seen_ms);
}

static struct json *units(struct hub *hub, const struct hub_query *q,
                          const struct board_question *ask,
                          const struct board_figures *f, bool hide)
{
    struct json *out = json_array_new();
    struct cell *cells[UNIT_FIGURES];

    for (size_t which = 0; which < UNIT_FIGURES; which++)
        cells[which] = unit_cells(f, which, hide);
    for (size_t i = 0; i < f->unit_count; i++) {
        const struct unit *unit = &hub->roster.units[i];
        struct json *one;

        if (ask->unit != NULL && ask->unit != unit)
            continue;
        one = json_object_new();
        json_set_text(one, "unit", unit->slug);
        json_set_text(one, "slug", unit->slug);
        json_set_text(one, "name", unit->name);
        json_set_text(one, "phone", unit->phone);
        json_set_flag(one, "online", hub_api_online(hub, q, unit));
        set_backlog(hub, unit, one);
        for (size_t which = 0; which < UNIT_FIGURES; which++)
            set_cell(one, unit_figures[which], &cells[which][i]);
        json_add(out, one);
    }
    for (size_t which = 0; which < UNIT_FIGURES; which++)
        mem_free(&cells[which]);
    return out;
}

static struct json *by_day(const struct board_question *ask,
                           const struct board_figures *f, bool hide)
{
    struct cell *cells = cells_of(f->days, f->day_count, hide);
    struct json *out = json_array_new();
    char day[CLOCK_TEXT_BYTES];

    for (size_t i = 0; i < f->day_count; i++) {
        struct json *one = json_object_new();

        json_set_text(one, "day", clock_day_text(day, ask->from + (int32_t)i));
        set_count(one, &cells[i]);
        json_add(out, one);
    }
    mem_free(&cells);
    return out;
}

static struct json *by_category(const struct board_figures *f, bool hide)
{
    struct cell *cells = cells_of(f->categories, category_count, hide);
    struct json *out = json_array_new();

    for (size_t i = 0; i < category_count; i++) {
        struct json *one;

        if (cells[i].count == 0 && !cells[i].hidden)
            continue;
        one = json_object_new();
        json_set_text(one, "category", categories[i].code);
        set_count(one, &cells[i]);
        json_add(out, one);
    }
    mem_free(&cells);
    return out;
}

/* Bands of four hours; the last one of those whose hour is not known. */
static struct json *by_hour(const struct board_figures *f, bool hide)
{
    struct cell *cells = cells_of(f->bands, BOARD_BANDS, hide);
    struct json *out = json_array_new();

    for (int band = 1; band <= BOARD_BANDS; band++) {
        struct json *one = json_object_new();

        if (band < BOARD_BANDS) {
            json_set_i64(one, "from", (band - 1) * BOARD_BAND_HOURS);
            json_set_i64(one, "to", band * BOARD_BAND_HOURS);
        } else {
            json_set_null(one, "from");
            json_set_null(one, "to");
        }
        set_count(one, &cells[band % BOARD_BANDS]);
        json_add(out, one);
    }
    mem_free(&cells);
    return out;
}

/* In a commune's total. */
static void hide_villages(const struct board_figures *f, struct cell *cells)
{
    struct addend *addends = mem_array(f->village_count + 1, sizeof *addends);

    for (size_t i = 0; i < f->village_count; i++) {
        cells[i].hidden = is_small(cells[i].count);
        addends[i] = (struct addend){f->villages[i].home, &cells[i]};
    }
    qsort(addends, f->village_count, sizeof *addends, compare_addends);
    (void)hide_seconds(addends, f->village_count);
    mem_free(&addends);
}

static struct json *by_village(struct hub *hub, const struct hub_query *q,
                               const struct board_figures *f)
{
    struct json *out = json_array_new();
    struct cell *cells = mem_array(f->village_count + 1, sizeof *cells);

    for (size_t i = 0; i < f->village_count; i++)
        cells[i].count = f->villages[i].count;
    if (hub_api_hides_small(q))
        hide_villages(f, cells);
    for (size_t i = 0; i < f->village_count && i < VILLAGE_ROWS; i++) {
        struct json *one = json_object_new();
        const char *home = ledger_word(hub->ledger, f->villages[i].home);
        const char *village = ledger_village(hub->ledger, f->villages[i].home,
                                             f->villages[i].village);

        json_set_text(one, "unit", hub_unit_name(hub, home));
        json_set_text(one, "village", village[0] != '\0' ? village : NULL);
        set_count(one, &cells[i]);
        json_add(out, one);
    }
    mem_free(&cells);
    return out;
}

/* ---- what nobody has acknowledged */

struct waiting {
    struct hub *hub;
    const struct board_question *ask;
    struct json *rows;
    int64_t ring_after_ms;
    size_t looked_at;
    int64_t left; /* that there are */
    bool more;
};

static int add_waiting(void *who, const struct ledger_waiting *w)
{
    struct waiting *l = who;
    const struct unit *unit;
    char id[ID_TEXT_BYTES], day[CLOCK_TEXT_BYTES];
    struct json *one;

    if (l->left == 0)
        return 1;
    if (json_count(l->rows) == URGENT_ROWS ||
        l->looked_at++ == URGENT_LOOKED_AT) {
        l->more = true;
        return 1;
    }
    if (w->axes.category >= category_count ||
        (l->ask->category >= 0 &&
         (uint32_t)l->ask->category != w->axes.category) ||
        (l->ask->unit != NULL && strcmp(l->ask->unit->key, w->home) != 0) ||
        (unit = roster_find(&l->hub->roster, w->home)) == NULL)
        return 0;
    one = json_object_new();
    json_set_text(one, "id", id_text(id, &w->id));
    json_set_text(one, "unit", unit->slug);
    json_set_text(one, "name", unit->name);
    json_set_text(one, "phone", unit->phone);
    json_set_text(one, "category", categories[w->axes.category].code);
    json_set_text(one, "state", report_state_text((int)w->axes.state));
    json_set_flag(one, "urgent", true);
    json_set_text(one, "village",
                  w->axes.village_text[0] ? w->axes.village_text : NULL);
    json_set_text(one, "day", clock_day_text(day, w->axes.day));
    hub_api_time(one, "received", w->axes.waits_ms);
    hub_api_time(one, "rings", w->axes.waits_ms + l->ring_after_ms);
    json_set_flag(one, "ring",
                  w->axes.waits_ms + l->ring_after_ms <= l->ask->now_ms);
    json_add(l->rows, one);
    l->left--;
    return 0;
}

/* The latest of the `count` there are ("waiting" among the totals). */
static void set_urgent(struct hub *hub, const struct hub_query *q,
                       const struct board_question *ask, int64_t count,
                       struct json *out)
{
    struct waiting l = {.hub = hub,
                        .ask = ask,
                        .left = count,
                        .rows = json_array_new(),
                        .ring_after_ms = hub_board_ring_after_ms(hub)};

    if (count > 0 && hub_policy_sees(q->role, HUB_SEES_SINGLE))
        (void)ledger_waiting(hub->ledger, INT64_MAX, add_waiting, &l);
    json_set(out, "urgent", l.rows);
    json_set_flag(out, "urgent_more", l.more);
}

static int question(struct hub *hub, const struct hub_query *q,
                    struct board_question *ask, struct error *err)
{
    int32_t today = clock_day(q->now_ms);
    int rc;

    *ask = (struct board_question){.now_ms = q->now_ms, .to = today};
    if ((rc = hub_api_day(q, "to", &ask->to, err)) != 0)
        return rc;
    ask->from = ask->to - BOARD_DAYS + 1;
    if ((rc = hub_api_day(q, "from", &ask->from, err)) != 0 ||
        (rc = hub_api_unit(hub, q, &ask->unit, err)) != 0 ||
        (rc = hub_api_category(q, &ask->category, err)) != 0)
        return rc;
    if (ask->from > ask->to || ask->to - ask->from >= BOARD_DAYS_MOST)
        return error_set(err, ERR_INVALID,
                         "from and to: at most %d days, in this order",
                         BOARD_DAYS_MOST);
    return 0;
}

int hub_api_board(struct hub *hub, const struct hub_query *q, struct json *out,
                  struct error *err)
{
    struct board_question ask;
    struct board_figures f;
    struct hiding hide;
    char day[CLOCK_TEXT_BYTES];
    int rc = question(hub, q, &ask, err);

    if (rc != 0)
        return rc;
    hide = hiding_of(q, &ask);
    rc = hub_board_read(hub, &ask, &f);
    if (rc == 0) {
        json_set_text(out, "from", clock_day_text(day, ask.from));
        json_set_text(out, "to", clock_day_text(day, ask.to));
        json_set(out, "holds", hub_api_holds(hub, ask.unit));
        json_set(out, "totals", totals(&f, hide.sums));
        json_set_i64(out, "ring_after_ms", hub_board_ring_after_ms(hub));
        set_urgent(hub, q, &ask, f.now.waiting, out);
        json_set(out, "units", units(hub, q, &ask, &f, hide.units));
        json_set(out, "by_day", by_day(&ask, &f, hide.lists));
        json_set(out, "by_category", by_category(&f, hide.kinds));
        json_set(out, "by_hour", by_hour(&f, hide.lists));
        json_set(out, "by_village", by_village(hub, q, &f));
    }
    hub_board_figures_free(&f);
    return rc == 0 ? 0 : error_set(err, rc, "the board cannot be read");
}

/* ---- statistics */

/* Who sees no single report gets no table so fine that a cell is one. */
static int check_fine(const struct hub_query *q,
                      const struct statistics_question *ask, struct error *err)
{
    size_t axes = 0;

    for (size_t i = 0; i < BY_COUNT; i++)
        axes += ask->by[i];
    if (!hub_api_hides_small(q) || axes <= 2)
        return 0;
    return error_set(err, ERR_INVALID, "by: at most two at once");
}

/* Which sum a row is in when that one axis is asked for no more. */
static int64_t sum_of(const struct statistics *s, size_t row,
                      enum statistics_axis without)
{
    struct axes axes;

    axes_unpack(&axes, s->rows[row].key);
    switch (without) {
    case BY_UNIT:
        if (!s->q->by[BY_VILLAGE]) /* a village is one of its unit */
            axes.home = 0;
        break;
    case BY_VILLAGE:
        axes.village = 0;
        break;
    case BY_CATEGORY:
        axes.category = 0;
        break;
    case BY_STATE:
        axes.state = 0;
        break;
    case BY_DAY:
        axes.day = 0;
        break;
    case BY_COUNT:
        break;
    }
    return axes_pack(&axes);
}

/* Until no sum of either kind has one alone. Each round hides more; what takes
 * too many is made to, and is hidden whole. */
static void hide_rows(struct statistics *s)
{
    struct cell *cells = mem_array(s->count + 1, sizeof *cells);
    struct addend *addends[BY_COUNT] = {NULL};
    bool again = true;

    for (size_t i = 0; i < s->count; i++)
        cells[i] = (struct cell){s->rows[i].count, is_small(s->rows[i].count)};
    for (enum statistics_axis axis = BY_UNIT; axis < BY_COUNT; axis++) {
        if (!s->q->by[axis])
            continue;
        addends[axis] = mem_array(s->count + 1, sizeof *addends[axis]);
        for (size_t i = 0; i < s->count; i++)
            addends[axis][i] = (struct addend){sum_of(s, i, axis), &cells[i]};
        qsort(addends[axis], s->count, sizeof *addends[axis], compare_addends);
    }
    for (int round = 0; again && round < ROUNDS; round++) {
        again = false;
        for (size_t axis = 0; axis < BY_COUNT; axis++)
            if (addends[axis] != NULL && hide_seconds(addends[axis], s->count))
                again = true;
    }
    for (size_t i = 0; i < s->count; i++)
        s->rows[i].hidden = again || cells[i].hidden;
    for (size_t axis = 0; axis < BY_COUNT; axis++)
        mem_free(&addends[axis]);
    mem_free(&cells);
}

int hub_api_stats(struct hub *hub, const struct hub_query *q, struct json *out,
                  struct error *err)
{
    struct statistics_question ask = {
        .from = 0, .to = INT32_MAX, .coarse = true};
    const char *by = hub_api_get(q, "by");
    struct statistics found;
    bool cross;
    int rc;

    if ((rc = hub_api_day(q, "from", &ask.from, err)) != 0 ||
        (rc = hub_api_day(q, "to", &ask.to, err)) != 0 ||
        (by != NULL && (rc = hub_statistics_parse_by(&ask, by, err)) != 0) ||
        (rc = check_fine(q, &ask, err)) != 0)
        return rc;
    if (ask.from > ask.to) /* no reports would be a statement */
        return error_set(err, ERR_INVALID,
                         "from and to: the first day, then the last");
    cross = ask.by[BY_VILLAGE] || (by != NULL && strchr(by, ',') != NULL);
    json_set(out, "holds", hub_api_holds(hub, NULL));
    if ((rc = hub_statistics_read(hub, &ask, &found)) == 0) {
        if (cross && hub_api_hides_small(q))
            hide_rows(&found);
        hub_statistics_set(hub, &found, out);
        hub_statistics_write_rows(hub, &found, q->rows);
    }
    hub_statistics_free(&found);
    return rc == 0 ? 0 : error_set(err, rc, "the statistics cannot be read");
}
