/* hub/statistics.c - cells added up along the axes that were asked for. */
#include "hub/statistics.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/domain/category.h"
#include "common/domain/report.h"
#include "hub/board.h"

static const char *const axis_names[BY_COUNT] = {
    [BY_UNIT] = "unit",   [BY_VILLAGE] = "village", [BY_CATEGORY] = "category",
    [BY_STATE] = "state", [BY_DAY] = "day",
};

struct row {
    struct axes axes; /* those not asked for are zero */
    int64_t key;      /* axes_pack of them */
    int64_t count;
};

/* Cells come in no order of ours and nearly all of them fall together, so each
 * is looked up: `places` are numbers of rows + 1, by their key's hash. */
struct sum {
    const struct statistics_question *q;
    struct row *rows;
    size_t count;
    uint32_t *places;
    size_t room; /* of places: a power of two, twice the rows at least */
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

static size_t place_of(const struct sum *sum, int64_t key)
{
    uint64_t mixed = (uint64_t)key; /* of a day alone the low bits are 0 */
    size_t at;

    mixed ^= mixed >> 30;
    mixed *= UINT64_C(0x9e3779b97f4a7c15);
    for (at = (size_t)(mixed >> 32) & (sum->room - 1); sum->places[at] != 0;
         at = (at + 1) % sum->room)
        if (sum->rows[sum->places[at] - 1].key == key)
            break;
    return at;
}

static void grow(struct sum *sum)
{
    mem_free(&sum->places);
    sum->room = sum->room == 0 ? 512 : sum->room * 2;
    sum->places = mem_array(sum->room, sizeof *sum->places);
    sum->rows = mem_grow(sum->rows, sum->room / 2, sizeof *sum->rows);
    for (size_t i = 0; i < sum->count; i++)
        sum->places[place_of(sum, sum->rows[i].key)] = (uint32_t)i + 1;
}

static int add_cell(void *who, const struct axes *axes, int64_t count)
{
    struct sum *sum = who;
    struct axes kept = narrow(sum->q, axes);
    int64_t key = axes_pack(&kept);
    size_t at;

    if (sum->count == sum->room / 2)
        grow(sum);
    at = place_of(sum, key);
    if (sum->places[at] == 0) {
        sum->rows[sum->count++] = (struct row){kept, key, 0};
        sum->places[at] = (uint32_t)sum->count;
    }
    sum->rows[sum->places[at] - 1].count += count;
    sum->total += count;
    return 0;
}

static int compare(const void *a, const void *b)
{
    int64_t x = ((const struct row *)a)->key, y = ((const struct row *)b)->key;

    return x < y ? -1 : x > y;
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

    if (q->coarse)
        (void)hub_board_cells(
            hub,
            &(struct board_cells){.from = q->from,
                                  .to = q->to,
                                  .village = q->by[BY_VILLAGE],
                                  .category = q->by[BY_CATEGORY],
                                  .day = q->by[BY_DAY],
                                  .state = q->by[BY_STATE]},
            add_cell, &sum);
    else
        (void)ledger_figures(hub->ledger, q->from, q->to, add_cell, &sum);
    if (sum.count > 0)
        qsort(sum.rows, sum.count, sizeof *sum.rows, compare);
    for (size_t axis = 0; axis < BY_COUNT; axis++)
        grouped = grouped || q->by[axis];
    for (size_t i = 0; grouped && i < sum.count; i++)
        json_add(rows, row_json(hub, &sum, &sum.rows[i]));
    set_time(out, "as_of", units_json(hub, units));
    json_set_i64(out, "total", sum.total);
    json_set(out, "units", units);
    json_set(out, "rows", rows);
    mem_free(&sum.rows);
    mem_free(&sum.places);
    return out;
}
