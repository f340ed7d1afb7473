/* hub/statistics.c - cells added up along the axes that were asked for. */
#include "hub/statistics.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/domain/category.h"
#include "common/domain/report.h"

static const char *const axis_names[BY_COUNT] = {
    [BY_UNIT] = "unit",   [BY_VILLAGE] = "village", [BY_CATEGORY] = "category",
    [BY_STATE] = "state", [BY_DAY] = "day",
};

struct row {
    struct axes axes; /* those not asked for are zero */
    int64_t count;
};

struct sum {
    const struct statistics_question *q;
    struct row *rows;
    size_t count, room;
    int64_t total;
};

int hub_statistics_parse_by(struct statistics_question *q, const char *words,
                            struct error *err)
{
    char *copy = mem_text(words);
    char *rest = copy, *word;
    int rc = 0;

    while (rc == 0 && (word = strsep(&rest, ",")) != NULL) {
        size_t axis = 0;

        while (axis < BY_COUNT && strcmp(axis_names[axis], word) != 0)
            axis++;
        if (axis == BY_COUNT)
            rc = error_set(err, ERR_INVALID,
                           "--by: \"%s\" is none of unit, village, category, "
                           "state, day",
                           word);
        else
            q->by[axis] = true;
    }
    mem_free(&copy);
    return rc;
}

/* Keeps only the axes asked for. */
static struct axes narrow(const struct statistics_question *q,
                          const struct axes *from)
{
    struct axes to = {0};

    if (q->by[BY_UNIT])
        to.home = from->home;
    if (q->by[BY_VILLAGE]) {
        to.home = from->home;
        to.village = from->village;
    }
    if (q->by[BY_CATEGORY])
        to.category = from->category;
    if (q->by[BY_STATE])
        to.state = from->state;
    if (q->by[BY_DAY])
        to.day = from->day;
    return to;
}

static int add_cell(void *who, const struct axes *axes, int64_t count)
{
    struct sum *sum = who;

    if (sum->count == sum->room) {
        sum->room = sum->room == 0 ? 256 : sum->room * 2;
        sum->rows = mem_grow(sum->rows, sum->room, sizeof *sum->rows);
    }
    sum->rows[sum->count++] = (struct row){narrow(sum->q, axes), count};
    sum->total += count;
    return 0;
}

static int compare(const void *a, const void *b)
{
    int64_t x = axes_pack(&((const struct row *)a)->axes);
    int64_t y = axes_pack(&((const struct row *)b)->axes);

    return x < y ? -1 : x > y;
}

/* Rows of equal axes become one. */
static void fold(struct sum *sum)
{
    size_t kept = 0;

    if (sum->count == 0)
        return;
    qsort(sum->rows, sum->count, sizeof *sum->rows, compare);
    for (size_t i = 1; i < sum->count; i++)
        if (compare(&sum->rows[kept], &sum->rows[i]) == 0)
            sum->rows[kept].count += sum->rows[i].count;
        else
            sum->rows[++kept] = sum->rows[i];
    sum->count = kept + 1;
}

static struct json *row_json(struct hub *hub, const struct sum *sum,
                             const struct row *row)
{
    const struct statistics_question *q = sum->q;
    struct json *out = json_object_new();
    char day[CLOCK_TEXT_BYTES];

    if (q->by[BY_UNIT] || q->by[BY_VILLAGE])
        json_set_text(
            out, "unit",
            hub_unit_name(hub, ledger_word(hub->ledger, row->axes.home)));
    if (q->by[BY_VILLAGE])
        json_set_text(out, "village",
                      ledger_word(hub->ledger, row->axes.village));
    if (q->by[BY_CATEGORY])
        json_set_text(out, "category",
                      row->axes.category < category_count
                          ? categories[row->axes.category].code
                          : "");
    if (q->by[BY_STATE])
        json_set_text(out, "state", report_state_text((int)row->axes.state));
    if (q->by[BY_DAY])
        json_set_text(out, "day", clock_day_text(day, row->axes.day));
    json_set_i64(out, "count", row->count);
    return out;
}

static void set_time(struct json *out, const char *key, int64_t wall_ms)
{
    char text[CLOCK_TEXT_BYTES];

    json_set_text(out, key, wall_ms == 0 ? NULL : clock_text(text, wall_ms));
}

/* Every unit of the roster, also those that never said a word: silence is not
 * zero. Returns the oldest as-of of those that did. */
static int64_t units_json(struct hub *hub, struct json *out)
{
    int64_t oldest = 0;

    for (size_t i = 0; i < hub->roster.count; i++) {
        const struct unit *unit = &hub->roster.units[i];
        struct stream_name up = stream_name_make(unit->key, STREAM_UP);
        struct ledger_stream s;
        struct json *one = json_object_new();

        if (ledger_stream(hub->ledger, &s, &up, false) != 0)
            memset(&s, 0, sizeof s);
        json_set_text(one, "unit", unit->slug);
        set_time(one, "as_of", s.clock_ms);
        json_set_i64(one, "delivered", (int64_t)s.head.seq);
        json_add(out, one);
        if (s.clock_ms != 0 && (oldest == 0 || s.clock_ms < oldest))
            oldest = s.clock_ms;
    }
    return oldest;
}

struct json *hub_statistics_answer(struct hub *hub,
                                   const struct statistics_question *q)
{
    struct json *out = json_object_new();
    struct json *units = json_array_new(), *rows = json_array_new();
    struct sum sum = {.q = q};
    bool grouped = false;

    (void)ledger_figures(hub->ledger, q->from, q->to, add_cell, &sum);
    fold(&sum);
    for (size_t axis = 0; axis < BY_COUNT; axis++)
        grouped = grouped || q->by[axis];
    for (size_t i = 0; grouped && i < sum.count; i++)
        json_add(rows, row_json(hub, &sum, &sum.rows[i]));
    set_time(out, "as_of", units_json(hub, units));
    json_set_i64(out, "total", sum.total);
    json_set(out, "units", units);
    json_set(out, "rows", rows);
    mem_free(&sum.rows);
    return out;
}
