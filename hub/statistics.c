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

/* Cells come in no order of ours and nearly all of them fall together, so each
 * is looked up: `places` are numbers of rows + 1, by their key's hash. Those of
 * one commune mostly come as those of the one before did. */
struct sum {
    struct statistics *out;
    int64_t mask; /* of a packed cell: what was asked for */
    size_t next;  /* row: the one after that of the last cell */
    uint32_t *places;
    size_t room; /* of places: a power of two, twice the rows at least */
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

/* Every bit of the axes asked for: a village is one of a unit. */
static int64_t mask_of(const struct statistics_question *q)
{
    struct axes all, asked = {0};

    axes_unpack(&all, INT64_MAX);
    if (q->by[BY_UNIT] || q->by[BY_VILLAGE])
        asked.home = all.home;
    if (q->by[BY_VILLAGE])
        asked.village = all.village;
    if (q->by[BY_CATEGORY])
        asked.category = all.category;
    if (q->by[BY_STATE])
        asked.state = all.state;
    if (q->by[BY_DAY])
        asked.day = all.day;
    return axes_pack(&asked);
}

static size_t place_of(const struct sum *sum, int64_t key)
{
    uint64_t mixed = (uint64_t)key; /* of a day alone the low bits are 0 */
    size_t at;

    mixed ^= mixed >> 30;
    mixed *= UINT64_C(0x9e3779b97f4a7c15);
    for (at = (size_t)(mixed >> 32) & (sum->room - 1); sum->places[at] != 0;
         at = (at + 1) % sum->room)
        if (sum->out->rows[sum->places[at] - 1].key == key)
            break;
    return at;
}

static void grow(struct sum *sum)
{
    struct statistics *out = sum->out;

    mem_free(&sum->places);
    sum->room = sum->room == 0 ? 512 : sum->room * 2;
    sum->places = mem_array(sum->room, sizeof *sum->places);
    out->rows = mem_grow(out->rows, sum->room / 2, sizeof *out->rows);
    for (size_t i = 0; i < out->count; i++)
        sum->places[place_of(sum, out->rows[i].key)] = (uint32_t)i + 1;
}

/* The row of `key`, made when there is none. */
static size_t row_of(struct sum *sum, int64_t key)
{
    struct statistics *out = sum->out;
    size_t at;

    if (sum->next < out->count && out->rows[sum->next].key == key)
        return sum->next;
    if (out->count == sum->room / 2)
        grow(sum);
    at = place_of(sum, key);
    if (sum->places[at] == 0) {
        out->rows[out->count++] = (struct statistics_row){.key = key};
        sum->places[at] = (uint32_t)out->count;
    }
    return sum->places[at] - 1;
}

static int add_cell(void *who, const struct axes *axes, int64_t count)
{
    struct sum *sum = who;
    size_t row = row_of(sum, axes_pack(axes) & sum->mask);

    sum->out->rows[row].count += count;
    sum->out->total += count;
    sum->next = row + 1;
    return 0;
}

static int compare(const void *a, const void *b)
{
    int64_t x = ((const struct statistics_row *)a)->key;
    int64_t y = ((const struct statistics_row *)b)->key;

    return x < y ? -1 : x > y;
}

int hub_statistics_read(struct hub *hub, const struct statistics_question *q,
                        struct statistics *out)
{
    struct sum sum = {.out = out, .mask = mask_of(q)};
    int rc;

    *out = (struct statistics){.q = q};
    if (q->coarse)
        rc = hub_board_cells(
            hub,
            &(struct board_cells){.from = q->from,
                                  .to = q->to,
                                  .village = q->by[BY_VILLAGE],
                                  .category = q->by[BY_CATEGORY],
                                  .day = q->by[BY_DAY],
                                  .state = q->by[BY_STATE]},
            add_cell, &sum);
    else
        rc = ledger_figures(hub->ledger, q->from, q->to, add_cell, &sum);
    if (sum.mask == 0)
        out->count = 0;
    if (out->count > 0)
        qsort(out->rows, out->count, sizeof *out->rows, compare);
    mem_free(&sum.places);
    return rc;
}

void hub_statistics_free(struct statistics *statistics)
{
    mem_free(&statistics->rows);
}

/* ---- as text */

/* "unit":"quang-tho", of each word of an axis: made once, and then copied. */
struct pieces {
    struct buf text;
    struct piece {
        uint32_t at, size; /* 0: not made yet */
        uint32_t number;   /* of villages */
    } * made;              /* by number; villages by their number's hash */
    size_t room, count;
    uint32_t first; /* the least number */
};

struct writing {
    struct hub *hub;
    struct pieces pieces[BY_COUNT];
};

static uint32_t number_of(enum statistics_axis axis, const struct axes *axes)
{
    switch (axis) {
    case BY_UNIT:
        return axes->home;
    case BY_VILLAGE: /* each unit counts its own, in 13 bits */
        return axes->home << 13 | axes->village;
    case BY_CATEGORY:
        return axes->category;
    case BY_STATE:
        return axes->state;
    case BY_DAY:
        return (uint32_t)axes->day;
    case BY_COUNT:
        break;
    }
    return 0;
}

static const char *word_of(struct hub *hub, enum statistics_axis axis,
                           const struct axes *axes, char day[CLOCK_TEXT_BYTES])
{
    switch (axis) {
    case BY_UNIT:
        return hub_unit_name(hub, ledger_word(hub->ledger, axes->home));
    case BY_VILLAGE:
        return ledger_village(hub->ledger, axes->home, axes->village);
    case BY_CATEGORY:
        return axes->category < category_count ? categories[axes->category].code
                                               : "";
    case BY_STATE:
        return report_state_text((int)axes->state);
    case BY_DAY:
        return clock_day_text(day, axes->day);
    case BY_COUNT:
        break;
    }
    return "";
}

static void make_piece(struct writing *w, enum statistics_axis axis,
                       const struct axes *axes, struct piece *piece)
{
    struct buf *text = &w->pieces[axis].text;
    struct json *member = json_object_new();
    char day[CLOCK_TEXT_BYTES];
    size_t at = text->size;

    json_set_text(member, axis_names[axis], word_of(w->hub, axis, axes, day));
    json_write(text, member);
    json_free(&member);
    text->data[text->size - 1] = ','; /* {"unit":"quang-tho"} */
    piece->at = (uint32_t)at + 1;
    piece->size = (uint32_t)(text->size - at - 1);
}

static struct piece *numbered(struct pieces *p, uint32_t number)
{
    size_t i = number - p->first;

    if (i >= p->room) {
        size_t room = i + i / 2 + 64;

        p->made = mem_grow(p->made, room, sizeof *p->made);
        memset(p->made + p->room, 0, (room - p->room) * sizeof *p->made);
        p->room = room;
    }
    return &p->made[i];
}

static struct piece *hashed_place(const struct pieces *p, uint32_t number)
{
    size_t i = number * 2654435769u >> 7 & (p->room - 1);

    while (p->made[i].size != 0 && p->made[i].number != number)
        i = (i + 1) & (p->room - 1);
    return &p->made[i];
}

/* There are many homes, and few of the numbers of each are taken. */
static struct piece *hashed(struct pieces *p, uint32_t number)
{
    struct pieces old = *p;
    struct piece *place;

    if (2 * (p->count + 1) > p->room) {
        p->room = old.room == 0 ? 256 : 2 * old.room;
        p->made = mem_array(p->room, sizeof *p->made);
        for (size_t i = 0; i < old.room; i++)
            if (old.made[i].size != 0)
                *hashed_place(p, old.made[i].number) = old.made[i];
        mem_free(&old.made);
    }
    place = hashed_place(p, number);
    p->count += place->size == 0;
    return place;
}

static void add_piece(struct writing *w, enum statistics_axis axis,
                      const struct axes *axes, struct buf *out)
{
    struct pieces *p = &w->pieces[axis];
    uint32_t number = number_of(axis, axes);
    struct piece *piece =
        axis == BY_VILLAGE ? hashed(p, number) : numbered(p, number);

    if (piece->size == 0) {
        make_piece(w, axis, axes, piece);
        piece->number = number;
    }
    buf_add(out, p->text.data + piece->at, piece->size);
}

/* buf_printf is the most of the work, of a year by kind and day. */
static void add_decimal(struct buf *out, int64_t count)
{
    uint64_t rest = count < 0 ? -(uint64_t)count : (uint64_t)count;
    char digits[20];
    size_t at = sizeof digits;

    do
        digits[--at] = (char)('0' + rest % 10);
    while ((rest /= 10) > 0);
    if (count < 0)
        digits[--at] = '-'; /* the least has 19 digits */
    buf_add(out, digits + at, sizeof digits - at);
}

static void write_row(struct writing *w, const struct statistics *s,
                      const struct statistics_row *row, struct buf *out)
{
    struct axes axes;

    axes_unpack(&axes, row->key);
    buf_add_u8(out, '{');
    for (enum statistics_axis axis = BY_UNIT; axis < BY_COUNT; axis++)
        if (s->q->by[axis] || (axis == BY_UNIT && s->q->by[BY_VILLAGE]))
            add_piece(w, axis, &axes, out);
    buf_add_text(out, "\"count\":");
    if (row->hidden)
        buf_add_text(out, "null");
    else
        add_decimal(out, row->count);
    buf_add_u8(out, '}');
}

void hub_statistics_write_rows(struct hub *hub, const struct statistics *s,
                               struct buf *out)
{
    struct writing w = {.hub = hub};
    struct axes first = {0};

    if (s->count > 0)
        axes_unpack(&first, s->rows[0].key); /* they are sorted by day */
    w.pieces[BY_DAY].first = (uint32_t)first.day;
    buf_add_u8(out, '[');
    for (size_t i = 0; i < s->count; i++) {
        if (i > 0)
            buf_add_u8(out, ',');
        write_row(&w, s, &s->rows[i], out);
    }
    buf_add_u8(out, ']');
    for (size_t axis = 0; axis < BY_COUNT; axis++) {
        buf_free(&w.pieces[axis].text);
        mem_free(&w.pieces[axis].made);
    }
}

/* ---- as values */

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

void hub_statistics_set(struct hub *hub, const struct statistics *s,
                        struct json *out)
{
    struct json *units = json_array_new();

    set_time(out, "as_of", units_json(hub, units));
    json_set_i64(out, "total", s->total);
    json_set(out, "units", units);
}

/* The figures and their age are of one moment, whatever arrives meanwhile. */
struct json *hub_statistics_answer(struct hub *hub,
                                   const struct statistics_question *q)
{
    struct db *db = hub_store_db(hub->store);
    bool begun = !db_in_transaction(db);
    struct json *out = NULL;
    struct statistics s;
    struct error err;
    struct buf rows = {0};

    if (begun && db_begin(db) != 0)
        return NULL;
    if (hub_statistics_read(hub, q, &s) == 0) {
        out = json_object_new();
        hub_statistics_set(hub, &s, out);
        hub_statistics_write_rows(hub, &s, &rows);
        json_set(out, "rows", json_parse(buf_bytes(&rows), &err));
    }
    if (begun)
        db_rollback(db);
    hub_statistics_free(&s);
    buf_free(&rows);
    return out;
}
