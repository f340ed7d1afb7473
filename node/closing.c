/* node/closing.c - see closing.h. */
#include "node/closing.h"

#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/crypto/digest.h"
#include "common/domain/period.h"

/* ---- days and names */

static int parse_days(struct closing *out, const char *text, struct error *err)
{
    struct period period;
    int rc = period_parse(&period, text == NULL ? "" : text, err);

    if (rc != 0)
        return rc;
    if (!clock_day_parse(&out->from, period.first) ||
        !clock_day_parse(&out->to, period.last))
        return error_set(err, ERR_INVALID, "\"%s\": no such day", text);
    if (out->to < out->from)
        return error_set(err, ERR_INVALID, "\"%s\" ends before it begins",
                         text);
    return 0;
}

/* One record for each stretch of days (PROTOCOL 4.6). */
static struct id closing_record(const struct node *node,
                                const struct closing *closing)
{
    char days[32];
    struct hash hash;

    (void)snprintf(days, sizeof days, "%ld %ld ", (long)closing->from,
                   (long)closing->to);
    hash = crypto_sha256((struct bytes[]){bytes_of_text("lienxa closing 1\n"),
                                          bytes_of_text(days),
                                          bytes_of_text(node->keys.unit)},
                         3);
    return id_derive(&hash);
}

static void describe(struct json *out, const struct closing *closing)
{
    char from[CLOCK_TEXT_BYTES], to[CLOCK_TEXT_BYTES], at[CLOCK_TEXT_BYTES];
    char period[2 * CLOCK_TEXT_BYTES + 4];

    (void)snprintf(period, sizeof period, "%s..%s",
                   clock_day_text(from, closing->from),
                   clock_day_text(to, closing->to));
    json_set_text(out, "period", period);
    json_set_text(out, "from", from);
    json_set_text(out, "to", to);
    json_set_i64(out, "total", (int64_t)closing->total);
    json_set_text(out, "closed", clock_text(at, closing->closed_ms));
    json_set_text(out, "by", closing->by);
}

/* ---- figures */

struct counting {
    struct closing *closing;
    const char *home;
    struct ledger *ledger;
};

static int add_cell(void *who, const struct axes *axes, int64_t count)
{
    struct counting *c = who;

    if (strcmp(ledger_word(c->ledger, axes->home), c->home) != 0 ||
        axes->category >= category_count || axes->state >= REPORT_STATE_END)
        return 0;
    c->closing->total += (uint64_t)count;
    c->closing->categories[axes->category] += (uint64_t)count;
    c->closing->states[axes->state] += (uint64_t)count;
    return 0;
}

/* The figures of the period and the head of `up`, as they are now. */
static int fill(struct node *node, struct closing *closing)
{
    struct counting counting = {closing, node->keys.unit, node->ledger};
    struct ledger_stream up;
    int rc;

    closing->total = 0;
    memset(closing->categories, 0, sizeof closing->categories);
    memset(closing->states, 0, sizeof closing->states);
    if ((rc = ledger_stream(node->ledger, &up, &node->up, true)) != 0)
        return rc;
    closing->seq = up.head.seq;
    closing->h = up.head.h;
    return ledger_figures(node->ledger, closing->from, closing->to, add_cell,
                          &counting);
}

static int append(struct node *node, const struct id *record, uint64_t version,
                  const struct closing *closing, struct error *err)
{
    struct node_write write = {.kind = KIND_CLOSING,
                               .record = *record,
                               .version = version,
                               .flags = CHANGE_EXPEDITED};
    struct buf fact = {0};
    int rc;

    wire_closing_encode(&fact, closing);
    write.part[PART_FACT].whole = true;
    write.part[PART_FACT].bytes = buf_bytes(&fact);
    rc = node_append(node, &write, err);
    buf_free(&fact);
    return rc;
}

/* ---- closing a period */

static int check_over(const struct node *node, const struct closing *closing,
                      struct error *err)
{
    char last[CLOCK_TEXT_BYTES];

    if (closing->to < clock_day(node->wall_ms))
        return 0;
    return error_set(err, ERR_REFUSED,
                     "this period ends on %s and can be closed from the day "
                     "after",
                     clock_day_text(last, closing->to));
}

static int read_closing(void *who, const struct record_row *row,
                        const struct entry *entry)
{
    (void)row;
    if (entry != NULL)
        (void)wire_closing_decode(who, entry->change.part[PART_FACT].bytes,
                                  NULL);
    return 0;
}

int node_closing_write(struct node *node, const struct closing_order *order,
                       struct json *out, struct error *err)
{
    struct closing closing = {0}, before = {0};
    char at[CLOCK_TEXT_BYTES];
    struct record_row row = {0};
    struct id record;
    int rc;

    if ((rc = parse_days(&closing, order->period, err)) != 0 ||
        (rc = check_over(node, &closing, err)) != 0)
        return rc;
    record = closing_record(node, &closing);
    rc = ledger_record(node->ledger, node->keys.unit, &record, &row,
                       read_closing, &before);
    if (rc != 0 && rc != ERR_MISSING)
        return rc;
    if (rc == 0 && !order->again)
        return error_set(err, ERR_REFUSED,
                         "%s closed this period on %s with %llu reports; what "
                         "came since shows as a correction at the district. To "
                         "sign new figures all the same: --again",
                         before.by, clock_text(at, before.closed_ms),
                         (unsigned long long)before.total);
    closing.closed_ms = node->wall_ms;
    (void)snprintf(closing.by, sizeof closing.by, "%s", order->by);
    if ((rc = fill(node, &closing)) != 0 ||
        (rc = append(node, &record, row.version + 1, &closing, err)) != 0)
        return rc;
    describe(out, &closing);
    return 0;
}

/* ---- after a rebase */

struct stale {
    struct node *node;
    struct {
        struct id record;
        uint64_t version;
        struct closing closing;
    } items[8];
    size_t count;
};

static int note_stale(void *who, const struct record_row *row,
                      const struct entry *entry)
{
    struct stale *s = who;
    struct closing closing;
    struct hash h;

    if (entry == NULL ||
        wire_closing_decode(&closing, entry->change.part[PART_FACT].bytes,
                            NULL) != 0)
        return 0;
    if (closing.seq == 0 ||
        (ledger_hash_at(s->node->ledger, &s->node->up, closing.seq, &h) == 0 &&
         hash_equal(&h, &closing.h)))
        return 0;
    s->items[s->count].record = row->id;
    s->items[s->count].version = row->version;
    s->items[s->count++].closing = closing;
    return s->count == sizeof s->items / sizeof *s->items;
}

int node_closing_mend(struct node *node, struct error *err)
{
    struct stale *s = mem_new(sizeof *s);
    int rc;

    s->node = node;
    do { /* some at a time; what was written anew is no longer stale */
        s->count = 0;
        rc = ledger_records(node->ledger, KIND_CLOSING, node->keys.unit,
                            note_stale, s);
        if (rc > 0)
            rc = 0;
        for (size_t i = 0; rc == 0 && i < s->count; i++)
            if ((rc = fill(node, &s->items[i].closing)) == 0)
                rc = append(node, &s->items[i].record, s->items[i].version + 1,
                            &s->items[i].closing, err);
    } while (rc == 0 && s->count > 0);
    mem_free(&s);
    return rc;
}

/* ---- the list */

static int list_one(void *who, const struct record_row *row,
                    const struct entry *entry)
{
    struct closing closing;
    struct json *one;

    (void)row;
    if (entry == NULL ||
        wire_closing_decode(&closing, entry->change.part[PART_FACT].bytes,
                            NULL) != 0)
        return 0;
    one = json_object_new();
    describe(one, &closing);
    json_add(who, one);
    return 0;
}

struct json *node_closing_list(struct node *node)
{
    struct json *out = json_array_new();

    (void)ledger_records(node->ledger, KIND_CLOSING, node->keys.unit, list_one,
                         out);
    return out;
}
