/* common/wire/record_closing.c - the fact of a closing (PROTOCOL 4.6). */
#include <assert.h>

#include "common/wire/inside.h"
#include "common/wire/record.h"

void wire_closing_encode(struct buf *out, const struct closing *closing)
{
    Lienxa__ClosingFact f = LIENXA__CLOSING_FACT__INIT;
    Lienxa__CategoryCount counts[CLOSING_CATEGORIES];
    Lienxa__CategoryCount *list[CLOSING_CATEGORIES];
    uint64_t states[REPORT_STATE_END];

    assert(category_count <= CLOSING_CATEGORIES);
    f.from_day = closing->from;
    f.to_day = closing->to;
    f.seq = closing->seq;
    f.h = wire_data(&closing->h, sizeof closing->h);
    f.total = closing->total;
    f.categories = list;
    for (size_t i = 0; i < category_count; i++) {
        if (closing->categories[i] == 0)
            continue;
        lienxa__category_count__init(&counts[f.n_categories]);
        counts[f.n_categories].category = (char *)categories[i].code;
        counts[f.n_categories].count = closing->categories[i];
        list[f.n_categories] = &counts[f.n_categories];
        f.n_categories++;
    }
    f.states = states;
    for (size_t state = 1; state < REPORT_STATE_END; state++) {
        states[state - 1] = closing->states[state];
        if (closing->states[state] != 0)
            f.n_states = state;
    }
    f.closed_ms = wire_time(closing->closed_ms);
    f.by = (char *)closing->by;
    wire_pack(out, &f.base);
}

static uint64_t read_categories(struct wire_reader *r, struct closing *out,
                                const Lienxa__ClosingFact *in)
{
    uint64_t sum = 0;

    if (!wire_read_count(r, in->n_categories, CLOSING_CATEGORIES, "categories"))
        return 0;
    for (size_t i = 0; i < in->n_categories && r->rc == 0; i++) {
        const Lienxa__CategoryCount *one = in->categories[i];
        const struct category *category = category_find(one->category);

        wire_read_known(r, &one->base, "category");
        if (category == NULL) {
            wire_read_fail(r, ERR_VERSION, "a category that is not known here");
            return 0;
        }
        out->categories[category - categories] =
            wire_read_number(r, one->count, "count");
    }
    for (size_t i = 0; i < CLOSING_CATEGORIES; i++)
        sum += out->categories[i];
    return sum;
}

static uint64_t read_states(struct wire_reader *r, struct closing *out,
                            const Lienxa__ClosingFact *in)
{
    uint64_t sum = 0;

    if (in->n_states >= REPORT_STATE_END) {
        wire_read_fail(r, ERR_VERSION, "states: state %zu is not known here",
                       in->n_states);
        return 0;
    }
    for (size_t i = 0; i < in->n_states; i++) {
        out->states[i + 1] = wire_read_number(r, in->states[i], "states");
        sum += out->states[i + 1];
    }
    return sum;
}

static void read_closing(struct wire_reader *r, struct closing *out,
                         const Lienxa__ClosingFact *in)
{
    uint64_t by_category, by_state;

    wire_read_known(r, &in->base, "closing");
    out->from = in->from_day;
    out->to = in->to_day;
    if (out->from < 0 || out->to < out->from || out->to > INT32_MAX / 2)
        wire_read_fail(r, ERR_INVALID, "a period that ends before it begins");
    out->seq = wire_read_number(r, in->seq, "seq");
    wire_read_fixed(r, &out->h, sizeof out->h, in->h, "h");
    out->total = wire_read_number(r, in->total, "total");
    by_category = read_categories(r, out, in);
    by_state = read_states(r, out, in);
    if (r->rc == 0 && (by_category != out->total || by_state != out->total))
        wire_read_fail(r, ERR_INVALID, "its counts do not add up");
    out->closed_ms = wire_read_time(r, in->closed_ms, "closed");
    wire_read_text(r, out->by, sizeof out->by, in->by, "by");
}

int wire_closing_decode(struct closing *out, struct bytes bytes,
                        struct error *err)
{
    struct wire_small small;
    const Lienxa__ClosingFact *in;

    *out = (struct closing){0};
    wire_small_open(&small, err);
    in = wire_unpack(&small.reader, &lienxa__closing_fact__descriptor, bytes,
                     "closing");
    if (in)
        read_closing(&small.reader, out, in);
    return wire_small_close(&small);
}
