/* node/read_reports.c - the queue, and the search (node/read.h). */
#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/crypto/digest.h"
#include "common/domain/text.h"
#include "node/read.h"
#include "node/units.h"

enum {
    ROWS = 50,
    ROWS_MOST = 200,
    COUNTED_MOST = 1000 /* of what a search finds */
};

static const struct hash_function hash_function = {crypto_sha256};

/* ---- one row */

/* Where it was passed on to, or whence it came; null for most. */
static void set_referred(struct node *node, const struct record_row *row,
                         const struct report_fact *fact, struct json *out)
{
    bool ours = fact->continues_home[0] == '\0';
    struct unit_fact unit;
    struct handover h;
    struct json *one;

    json_set_null(out, "referred");
    if (ours && fact->state != REPORT_DA_CHUYEN)
        return;
    if (handover_look(node->ledger, &hash_function,
                      ours ? node->keys.unit : fact->continues_home,
                      ours ? &row->id : &fact->continues_record, &h) == 0 &&
        h.offered) {
        one = json_object_new();
        node_units_name(node, ours ? h.offer.to : h.offer.report_home, &unit);
        json_set_text(one, "direction", ours ? "out" : "in");
        json_set_text(one, "unit", unit.slug);
        json_set_text(one, "name", unit.name);
        json_set_text(one, "stage", referral_stage_text(h.stage));
        json_set(out, "referred", one);
    }
    handover_free(&h);
}

void node_read_facts(struct node *node, const struct record_row *row,
                     const struct report_fact *fact, struct json *out)
{
    char day[CLOCK_TEXT_BYTES];

    node_read_id(out, "id", &row->id);
    json_set_text(out, "category", fact->category->code);
    json_set_text(out, "state", report_state_text(fact->state));
    json_set_flag(out, "urgent", fact->urgent);
    node_read_time(out, "received", fact->received_ms);
    json_set_text(out, "day", clock_day_text(day, fact->day));
    if (fact->hour >= 0)
        json_set_i64(out, "hour", fact->hour);
    else
        json_set_null(out, "hour");
    json_set_text(out, "village", fact->village[0] ? fact->village : NULL);
    json_set_text(out, "channel", report_channel_text(fact->channel));
    json_set_text(out, "outcome",
                  fact->outcome == OUTCOME_NONE
                      ? NULL
                      : report_outcome_text(fact->outcome));
    set_referred(node, row, fact, out);
    json_set_flag(out, "ring", clock_rules_rings(fact) && !row->final);
}

void node_read_words(struct json *out, const char *text, size_t characters)
{
    json_set_text_cut(out, "text", text, characters);
}

void node_read_due(struct json *out, const struct clock_due *due,
                   int64_t now_ms)
{
    struct json *one;

    if (due == NULL) {
        json_set_null(out, "due");
        return;
    }
    one = json_object_new();
    json_set_text(one, "what", due_what_text(due->what));
    /* when a clock that stands still will ring, nobody knows */
    node_read_time(one, "at", due->state == DUE_PAUSED ? 0 : due->due_ms);
    json_set_flag(one, "overdue",
                  due->state != DUE_PAUSED && now_ms > due->due_ms);
    json_set_flag(one, "paused", due->state == DUE_PAUSED);
    json_set(out, "due", one);
}

/* ---- a page of them */

struct page {
    struct node *node;
    const struct node_query *q;
    struct json *rows;
    size_t most;
    bool more;
    struct desk_cursor last; /* of the rows that are in it */
    const struct desk_row *at;
};

static int add_entry(void *who, const struct record_row *row,
                     const struct entry *entry)
{
    const struct part *part;
    struct page *p = who;
    struct report_fact fact;
    struct report_body body;
    struct clock_due due = {.what = DUE_ACKNOWLEDGE};
    struct json *one;

    part = entry == NULL ? NULL : &entry->change.part[PART_FACT];
    if (part == NULL || part->form != PART_WHOLE ||
        wire_report_fact_decode(&fact, part->bytes, NULL) != 0)
        return 0;
    one = json_object_new();
    node_read_facts(p->node, row, &fact, one);
    part = &entry->change.part[PART_BODY];
    wire_arena_clear(p->node->arena);
    if (part->form != PART_WHOLE ||
        wire_report_body_decode(&body, p->node->arena, part->bytes, NULL) != 0)
        body.text = NULL;
    node_read_words(one, body.text, READ_TEXT_CHARACTERS);
    if (p->at->what >= 0) {
        due.what = (enum due_what)p->at->what;
        due.due_ms = p->at->due_ms;
        due.state = p->at->paused ? DUE_PAUSED : DUE_RUNNING;
    }
    node_read_due(one, p->at->what >= 0 ? &due : NULL, p->q->now_ms);
    json_set_flag(one, "erased", row->final);
    json_add(p->rows, one);
    return 0;
}

static int add_row(void *who, const struct desk_row *row)
{
    struct page *p = who;
    int rc;

    if (json_count(p->rows) == p->most) {
        p->more = true;
        return 1;
    }
    p->at = row;
    rc = ledger_record(p->node->ledger, p->node->keys.unit, &row->uid, NULL,
                       add_entry, p);
    p->last.place = row->place;
    p->last.record = row->record;
    /* a damaged one is passed by; it is fetched again */
    return rc == ERR_MISSING || rc == ERR_DAMAGED ? 0 : rc;
}

static int add_found(void *who, const struct desk_row *row, bool loose)
{
    struct page *p = who;
    int rc = add_row(p, row);

    if (rc == 0)
        p->last.loose = loose;
    return rc;
}

/* ---- what is asked for */

struct wanted {
    struct desk_filter filter;
    struct desk_cursor after;
    int64_t limit;
    struct buf words; /* NFC; empty: no search */
};

static int take_view(const struct node_query *q, struct desk_filter *out,
                     struct error *err)
{
    static const char *const views[] = {"open", "closed", "all"};
    const char *text = node_read_get(q, "view");

    for (int i = 0; text != NULL && i < DESK_VIEW_END; i++)
        if (strcmp(text, views[i]) == 0) {
            out->view = (enum desk_view)i;
            return 0;
        }
    if (text != NULL)
        return error_set(err, ERR_INVALID, "view: open, closed or all");
    out->view = DESK_OPEN;
    return 0;
}

static int take_filter(const struct node_query *q, struct desk_filter *out,
                       struct error *err)
{
    const char *state = node_read_get(q, "state");
    const char *category = node_read_get(q, "category");
    const char *urgent = node_read_get(q, "urgent");
    const struct category *found;

    *out = (struct desk_filter){.category = -1,
                                .urgent = urgent == NULL ? -1 : 1,
                                .hidden = node_read_hidden(q),
                                .village = node_read_get(q, "village")};
    if (urgent != NULL && strcmp(urgent, "0") == 0)
        out->urgent = 0;
    if (state != NULL && (out->state = report_state_parse(state)) == 0)
        return error_set(err, ERR_INVALID, "state: none of that name");
    if (category != NULL) {
        if ((found = category_find(category)) == NULL)
            return error_set(err, ERR_INVALID, "category: none of that name");
        out->category = (int)(found - categories);
    }
    return take_view(q, out, err);
}

/* "PLACE.RECORD.LOOSE", as it was given away. */
static int take_cursor(const struct node_query *q, struct desk_cursor *out,
                       struct error *err)
{
    const char *text = node_read_get(q, "after");
    long long place, record;
    int loose, end = 0;

    *out = (struct desk_cursor){0, 0, false};
    if (text == NULL)
        return 0;
    if (sscanf(text, "%19lld.%19lld.%1d%n", &place, &record, &loose, &end) !=
            3 ||
        text[end] != '\0' || record <= 0)
        return error_set(err, ERR_INVALID, "after: not from an answer");
    *out = (struct desk_cursor){place, record, loose != 0};
    return 0;
}

static int take_wanted(const struct node_query *q, struct wanted *out,
                       struct error *err)
{
    const char *words = node_read_get(q, "q");
    int rc;

    out->limit = ROWS;
    if ((rc = take_filter(q, &out->filter, err)) != 0 ||
        (rc = take_cursor(q, &out->after, err)) != 0 ||
        (rc = node_read_number(q, "limit", ROWS_MOST, &out->limit, err)) != 0)
        return rc;
    if (out->limit == 0)
        return error_set(err, ERR_INVALID, "limit: at least 1");
    if (words != NULL && text_nfc(&out->words, bytes_of_text(words)) != 0)
        return error_set(err, ERR_INVALID, "q: not text");
    return 0;
}

static int list(struct page *p, struct wanted *w, int64_t *total)
{
    struct desk_store *store = p->node->desk.store;
    int rc;

    if (w->words.size == 0) {
        rc = desk_store_list(store, &w->filter, &w->after, add_row, p);
        return rc != 0 ? rc : desk_store_count(store, &w->filter, total);
    }
    rc = desk_store_search(store, &w->filter, buf_text(&w->words), &w->after,
                           add_found, p);
    if (rc == 0)
        rc = desk_store_search_count(store, &w->filter, buf_text(&w->words),
                                     COUNTED_MOST, total);
    return rc == ERR_INVALID ? 0 : rc; /* nothing but marks */
}

int node_read_reports(struct node *node, const struct node_query *q,
                      struct json **out, struct error *err)
{
    struct page p = {.node = node, .q = q, .rows = json_array_new()};
    struct wanted w = {.limit = 0};
    int64_t total = 0;
    char next[64];
    int rc = take_wanted(q, &w, err);

    p.most = (size_t)w.limit;
    p.last.loose = w.after.loose;
    if (rc == 0 && (rc = list(&p, &w, &total)) != 0)
        (void)error_set(err, rc, "the database cannot be read");
    (void)snprintf(next, sizeof next, "%lld.%lld.%d", (long long)p.last.place,
                   (long long)p.last.record, p.last.loose);
    *out = json_object_new();
    json_set_i64(*out, "total", total);
    json_set_flag(*out, "total_is_least",
                  w.words.size > 0 && total == COUNTED_MOST);
    json_set_text(*out, "next", p.more ? next : NULL);
    json_set_flag(*out, "filling", !node_desk_is_whole(node));
    json_set(*out, "rows", p.rows);
    buf_free(&w.words);
    return rc;
}
