/* hub/closings.c - see closings.h. */
#include "hub/closings.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/domain/period.h"

int hub_closings_judge(const struct change *change, struct error *err)
{
    struct closing closing;

    if (change->part[PART_FACT].form != PART_WHOLE)
        return error_set(err, ERR_INVALID, "a closing without its fact");
    return wire_closing_decode(&closing, change->part[PART_FACT].bytes, err);
}

/* ---- one period, commune by commune */

struct closed_unit {
    bool is_closed;
    struct closing closing;
    int64_t arrived;
};

struct question {
    struct hub *hub;
    int32_t from, to;
    struct closed_unit *units; /* in the order of the roster */
};

static struct closed_unit *unit_of(struct question *q, const char *key)
{
    const struct roster *roster = &q->hub->roster;

    for (size_t i = 0; i < roster->count; i++)
        if (strcmp(roster->units[i].key, key) == 0)
            return &q->units[i];
    return NULL;
}

static int see_closing(void *who, const struct record_row *row,
                       const struct entry *entry)
{
    struct question *q = who;
    struct closed_unit *unit;
    struct closing closing;

    if (entry == NULL ||
        wire_closing_decode(&closing, entry->change.part[PART_FACT].bytes,
                            NULL) != 0 ||
        closing.from != q->from || closing.to != q->to ||
        (unit = unit_of(q, row->home)) == NULL)
        return 0;
    unit->is_closed = true;
    unit->closing = closing;
    return 0;
}

static int count_cell(void *who, const struct axes *axes, int64_t count)
{
    struct question *q = who;
    struct closed_unit *unit =
        unit_of(q, ledger_word(q->hub->ledger, axes->home));

    if (unit != NULL)
        unit->arrived += count;
    return 0;
}

/* Our copy has the head that the closing names. */
static bool is_fulfilled(struct hub *hub, const char *key,
                         const struct closing *closing)
{
    struct stream_name up = stream_name_make(key, STREAM_UP);
    struct hash h;

    return closing->seq == 0 ||
           (ledger_hash_at(hub->ledger, &up, closing->seq, &h) == 0 &&
            hash_equal(&h, &closing->h));
}

static void write_words(struct json *out, const struct closed_unit *unit,
                        bool fulfilled)
{
    int64_t more = unit->arrived - (int64_t)unit->closing.total;
    struct buf words = {0};

    if (!unit->is_closed)
        buf_printf(&words, "silent: not closed yet");
    else if (!fulfilled)
        buf_printf(&words, "closed, %lld of %lld arrived",
                   (long long)unit->arrived, (long long)unit->closing.total);
    else if (more == 0)
        buf_printf(&words, "closed, all %lld arrived",
                   (long long)unit->arrived);
    else
        buf_printf(&words, "closed with %lld, corrected by %+lld since",
                   (long long)unit->closing.total, (long long)more);
    json_set_text(out, "words", buf_text(&words));
    buf_free(&words);
}

static struct json *unit_json(const struct unit *unit,
                              const struct closed_unit *closed, bool fulfilled)
{
    struct json *out = json_object_new();
    char at[CLOCK_TEXT_BYTES];

    json_set_text(out, "unit", unit->slug);
    json_set_text(out, "closed",
                  closed->is_closed ? clock_text(at, closed->closing.closed_ms)
                                    : NULL);
    json_set_text(out, "by", closed->is_closed ? closed->closing.by : NULL);
    if (closed->is_closed)
        json_set_i64(out, "total", (int64_t)closed->closing.total);
    else
        json_set_null(out, "total");
    json_set_i64(out, "arrived", closed->arrived);
    json_set_flag(out, "fulfilled", fulfilled);
    if (fulfilled)
        json_set_i64(out, "corrections",
                     closed->arrived - (int64_t)closed->closing.total);
    else
        json_set_null(out, "corrections");
    write_words(out, closed, fulfilled);
    return out;
}

/* "7 of 10" as a share in hundredths; of nothing there is none. */
static void set_share(struct json *out, const char *key, int64_t part,
                      int64_t whole)
{
    if (whole == 0)
        json_set_null(out, key);
    else
        json_set_i64(out, key, (part * 100 + whole / 2) / whole);
}

/* The roster has units of after the period as well, where they are known. */
static bool is_expected(const struct question *q, size_t i)
{
    int32_t from;

    return q->units[i].is_closed || q->units[i].arrived != 0 ||
           !clock_day_parse(&from, q->hub->roster.units[i].valid_from) ||
           from <= q->to;
}

static struct json *answer(struct question *q, int timely_days)
{
    struct json *out = json_object_new(), *units = json_array_new();
    int64_t expected = 0, closed = 0, done = 0, timely = 0;
    char day[CLOCK_TEXT_BYTES];

    for (size_t i = 0; i < q->hub->roster.count; i++) {
        const struct unit *unit = &q->hub->roster.units[i];
        const struct closed_unit *c = &q->units[i];
        bool fulfilled =
            c->is_closed && is_fulfilled(q->hub, unit->key, &c->closing);

        if (!is_expected(q, i))
            continue;
        expected++;
        closed += c->is_closed;
        done += fulfilled;
        timely += c->is_closed &&
                  clock_day(c->closing.closed_ms) <= q->to + timely_days;
        json_add(units, unit_json(unit, c, fulfilled));
    }
    json_set_text(out, "from", clock_day_text(day, q->from));
    json_set_text(out, "to", clock_day_text(day, q->to));
    json_set_i64(out, "expected", expected);
    json_set_i64(out, "closed", closed);
    json_set_i64(out, "fulfilled", done);
    json_set_i64(out, "timely", timely);
    set_share(out, "completeness", closed, expected);
    set_share(out, "timeliness", timely, expected);
    json_set(out, "units", units);
    return out;
}

static int read_period(struct question *q)
{
    int rc = ledger_records(q->hub->ledger, KIND_CLOSING, NULL, see_closing, q);

    return rc != 0
               ? rc
               : ledger_figures(q->hub->ledger, q->from, q->to, count_cell, q);
}

struct json *hub_closings_period(struct hub *hub, const char *text,
                                 int timely_days, struct error *err)
{
    struct db *db = hub_store_db(hub->store);
    bool begun = !db_in_transaction(db);
    struct question q = {.hub = hub};
    struct period period;
    struct json *out = NULL;
    int rc;

    if (period_parse(&period, text, err) != 0)
        return NULL;
    if (!clock_day_parse(&q.from, period.first) ||
        !clock_day_parse(&q.to, period.last) || q.to < q.from) {
        (void)error_set(err, ERR_INVALID, "\"%s\": no such days", text);
        return NULL;
    }
    q.units = mem_array(hub->roster.count, sizeof *q.units);
    /* what arrives meanwhile is neither signed nor a correction */
    if ((rc = begun ? db_begin(db) : 0) == 0 && (rc = read_period(&q)) == 0)
        out = answer(&q, timely_days);
    else
        (void)error_set(err, rc, "the database cannot be read");
    if (begun)
        db_rollback(db);
    mem_free(&q.units);
    return out;
}

/* ---- the periods there are */

struct stretch {
    int32_t from, to;
    int64_t closed;
};

struct stretches {
    struct stretch *items;
    size_t count, room;
};

static int note_stretch(void *who, const struct record_row *row,
                        const struct entry *entry)
{
    struct stretches *s = who;
    struct closing closing;

    (void)row;
    if (entry == NULL ||
        wire_closing_decode(&closing, entry->change.part[PART_FACT].bytes,
                            NULL) != 0)
        return 0;
    for (size_t i = 0; i < s->count; i++)
        if (s->items[i].from == closing.from && s->items[i].to == closing.to) {
            s->items[i].closed++;
            return 0;
        }
    if (s->count == s->room) {
        s->room = s->room == 0 ? 16 : s->room * 2;
        s->items = mem_grow(s->items, s->room, sizeof *s->items);
    }
    s->items[s->count++] = (struct stretch){closing.from, closing.to, 1};
    return 0;
}

static int later_first(const void *a, const void *b)
{
    const struct stretch *x = a, *y = b;

    if (x->to != y->to)
        return x->to < y->to ? 1 : -1;
    return (x->from < y->from) - (x->from > y->from);
}

struct json *hub_closings_list(struct hub *hub)
{
    struct json *out = json_array_new();
    struct stretches s = {0};

    (void)ledger_records(hub->ledger, KIND_CLOSING, NULL, note_stretch, &s);
    if (s.count > 0)
        qsort(s.items, s.count, sizeof *s.items, later_first);
    for (size_t i = 0; i < s.count; i++) {
        struct json *one = json_object_new();
        char from[CLOCK_TEXT_BYTES], to[CLOCK_TEXT_BYTES];
        struct buf period = {0};

        buf_printf(&period, "%s..%s", clock_day_text(from, s.items[i].from),
                   clock_day_text(to, s.items[i].to));
        json_set_text(one, "period", buf_text(&period));
        json_set_text(one, "from", from);
        json_set_text(one, "to", to);
        json_set_i64(one, "closed", s.items[i].closed);
        json_add(out, one);
        buf_free(&period);
    }
    mem_free(&s.items);
    return out;
}
