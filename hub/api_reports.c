/* hub/api_reports.c - lists of reports, and one of them (hub/api_reads.h).
 * Words only of those that were passed on, or that no post may keep. */
#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/domain/clock_rules.h"
#include "hub/api_reads.h"
#include "hub/board.h"
#include "hub/policy.h"
#include "hub/reading_referral.h"

enum {
    ROWS = 50,
    ROWS_MOST = 200,
    LOOKED_AT_MOST = 20000, /* rows that did not fit, in one answer */
    TEXT_BYTES = 960        /* of a report's words in a list */
};

/* ---- one report's row */

static void set_due(struct json *out, const struct report_fact *fact,
                    int64_t now_ms)
{
    struct clock_step steps[REPORT_STATE_END];
    struct clock_due dues[DUE_COUNT];
    const struct clock_due *next;
    struct clock_case c;
    struct json *due;

    clock_case_of_fact(&c, steps, fact);
    next = clock_rules_next(
        dues, clock_rules_read(&clock_rules_default, &c, now_ms, dues));
    if (next == NULL) {
        json_set_null(out, "due");
        return;
    }
    due = json_object_new();
    json_set_text(due, "what", due_what_text(next->what));
    hub_api_time(due, "at", next->due_ms);
    json_set_flag(due, "overdue", next->state == DUE_MISSED);
    json_set_flag(due, "paused", next->state == DUE_PAUSED);
    json_set(out, "due", due);
}

static void set_facts(struct hub *hub, struct json *out,
                      const struct record_row *row,
                      const struct report_fact *fact, int64_t now_ms)
{
    char id[ID_TEXT_BYTES], day[CLOCK_TEXT_BYTES];

    json_set_text(out, "id", id_text(id, &row->id));
    json_set_text(out, "unit", hub_unit_name(hub, row->home));
    json_set_text(out, "category", fact->category->code);
    json_set_text(out, "state", report_state_text(fact->state));
    json_set_flag(out, "urgent", fact->urgent);
    hub_api_time(out, "received", fact->received_ms);
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
    json_set_i64(out, "attachments", fact->attachments);
    set_due(out, fact, now_ms);
    json_set_flag(out, "ring",
                  clock_rules_rings(fact) &&
                      fact->received_ms + hub_board_ring_after_ms(hub) <=
                          now_ms);
}

/* What concerns the post itself comes to the district with its words. */
static void set_words(struct hub *hub, struct json *out,
                      const struct report_fact *fact, const struct part *part)
{
    struct report_body body;

    if (!fact->category->bypasses_post || part->form != PART_WHOLE)
        return;
    wire_arena_clear(hub->arena);
    if (wire_report_body_decode(&body, hub->arena, part->bytes, NULL) == 0)
        json_set_text(out, "text", body.text);
}

/* ---- the list */

struct listing {
    struct hub *hub;
    const struct hub_query *q;
    struct json *rows;
    int64_t most, looked_at;
    struct board_place last; /* looked at */
    bool more;
    bool by_due; /* else the newest first */
    /* what is asked for */
    enum { VIEW_ALL, VIEW_OPEN, VIEW_CLOSED } view;
    int state, category;
    const struct unit *unit;
    const char *village;
    bool only_urgent;
};

static bool is_closed(uint32_t state) { return !report_is_open((int)state); }

static bool fits(const struct listing *l, const struct record_row *row)
{
    const struct axes *axes = &row->axes;

    return row->counts &&
           (l->view == VIEW_ALL ||
            (l->view == VIEW_CLOSED) == is_closed(axes->state)) &&
           (l->state == 0 || (uint32_t)l->state == axes->state) &&
           (l->category < 0 || (uint32_t)l->category == axes->category) &&
           (!l->only_urgent || axes->urgent) &&
           (l->unit == NULL || strcmp(l->unit->key, row->home) == 0) &&
           (l->village == NULL || strcmp(l->village, axes->village_text) == 0);
}

/* Cut at a character. */
static void cut_words(struct json *row)
{
    const char *text = json_get_text(row, "text");
    char cut[TEXT_BYTES + 4];
    size_t end = TEXT_BYTES;

    if (text == NULL || strlen(text) <= TEXT_BYTES)
        return;
    while (((unsigned char)text[end] & 0xc0) == 0x80)
        end--;
    memcpy(cut, text, end);
    memcpy(cut + end, "…", sizeof "…");
    json_set_text(row, "text", cut);
}

static int add_row(void *who, const struct record_row *row,
                   const struct entry *entry)
{
    struct listing *l = who;
    const struct part *part = &entry->change.part[PART_FACT];
    struct report_fact fact;
    struct json *one;

    if (part->form != PART_WHOLE ||
        wire_report_fact_decode(&fact, part->bytes, NULL) != 0)
        return 0;
    one = json_object_new();
    set_facts(l->hub, one, row, &fact, l->q->now_ms);
    json_set_null(one, "text");
    set_words(l->hub, one, &fact, &entry->change.part[PART_BODY]);
    json_add(l->rows, one);
    return 0;
}

/* The row of a record, and its words where it was passed on: of each row by
 * itself, for there are more that were passed on than a page has rows. */
static void add(struct listing *l, const struct record_row *row)
{
    size_t before = json_count(l->rows);
    struct json *one, *words;

    (void)ledger_record(l->hub->ledger, row->home, &row->id, NULL, add_row, l);
    if (json_count(l->rows) == before)
        return;
    one = json_take_at(l->rows, before);
    words = json_object_new();
    json_set_flag(one, "referred",
                  hub_reading_words_of(l->hub, row->home, &row->id, words));
    if (json_get_text(one, "text") == NULL)
        json_set_text(one, "text", json_get_text(words, "text"));
    cut_words(one);
    json_free(&words);
    json_free(&one);
}

static bool is_full(const struct listing *l)
{
    return (int64_t)json_count(l->rows) == l->most ||
           l->looked_at == LOOKED_AT_MOST;
}

static int look(void *who, const struct record_row *row)
{
    struct listing *l = who;

    if (is_full(l)) {
        l->more = true;
        return 1;
    }
    l->looked_at++;
    l->last.row = row->row;
    if (fits(l, row))
        add(l, row);
    return 0;
}

static int look_by_due(void *who, const struct record_row *row,
                       const struct board_place *at)
{
    struct listing *l = who;

    if (row == NULL || is_full(l)) {
        l->more = true;
        l->last = row == NULL ? *at : l->last;
        return 1;
    }
    l->last = *at;
    add(l, row);
    return 0;
}

static int list_by_due(struct listing *l, const struct board_place *after)
{
    struct board_wanted wanted = {l->unit, l->village, l->category, l->state,
                                  l->only_urgent};

    return hub_board_by_due(l->hub, &wanted, after, look_by_due, l);
}

/* Only what is open has a clock: anything else comes newest first. */
static int order_of(struct listing *l, struct error *err)
{
    const char *order = hub_api_get(l->q, "order");

    if (order != NULL && strcmp(order, "due") != 0 &&
        strcmp(order, "newest") != 0)
        return error_set(err, ERR_INVALID, "order: due or newest");
    l->by_due =
        (order == NULL || strcmp(order, "due") == 0) &&
        (l->view == VIEW_OPEN || (l->state != 0 && report_is_open(l->state)));
    return 0;
}

/* Digits, fewer than overflow. */
static bool take_number(const char **text, int64_t *out)
{
    size_t digits = 0;

    for (*out = 0; **text >= '0' && **text <= '9' && digits < 18; digits++)
        *out = *out * 10 + *(*text)++ - '0';
    return digits > 0;
}

static int view_of(struct listing *l, struct error *err)
{
    const char *view = hub_api_get(l->q, "view");
    const char *state = hub_api_get(l->q, "state");
    const char *urgent = hub_api_get(l->q, "urgent");

    if (view == NULL || strcmp(view, "open") == 0)
        l->view = VIEW_OPEN;
    else if (strcmp(view, "closed") == 0)
        l->view = VIEW_CLOSED;
    else if (strcmp(view, "all") != 0)
        return error_set(err, ERR_INVALID, "view: open, closed or all");
    if (state != NULL) {
        l->view = VIEW_ALL;
        if ((l->state = report_state_parse(state)) == 0)
            return error_set(err, ERR_INVALID, "state: none of that name");
    }
    l->only_urgent = urgent != NULL && strcmp(urgent, "0") != 0 &&
                     strcmp(urgent, "false") != 0;
    l->village = hub_api_get(l->q, "village");
    return order_of(l, err);
}

/* Where to go on: "DUE.ROW" by due, "ROW" from the newest on. */
static int place_of(const struct listing *l, struct board_place *out,
                    struct error *err)
{
    const char *after = hub_api_get(l->q, "after"), *text = after;

    *out = (struct board_place){0, 0};
    if (after == NULL)
        return 0;
    if (l->by_due && (!take_number(&text, &out->due) || *text++ != '.'))
        text = "no";
    if (!take_number(&text, &out->row) || *text != '\0')
        return error_set(err, ERR_INVALID,
                         "after: what `next` said, with the same order");
    return 0;
}

static void set_next(const struct listing *l, struct json *out)
{
    char next[48];

    if (!l->more) {
        json_set_null(out, "next");
        return;
    }
    if (l->by_due)
        (void)snprintf(next, sizeof next, "%lld.%lld", (long long)l->last.due,
                       (long long)l->last.row);
    else
        (void)snprintf(next, sizeof next, "%lld", (long long)l->last.row);
    json_set_text(out, "next", next);
}

/* Of open ones the board knows how many there are; null: nobody counted. */
static void set_total(const struct listing *l, struct json *out)
{
    struct board_question ask = {.now_ms = l->q->now_ms,
                                 .from = clock_day(l->q->now_ms),
                                 .to = clock_day(l->q->now_ms),
                                 .category = l->category,
                                 .unit = l->unit};
    struct board_figures f;
    bool known = l->view == VIEW_OPEN && l->village == NULL;

    if (known && hub_board_read(l->hub, &ask, &f) == 0)
        json_set_i64(out, "total", l->only_urgent ? f.now.urgent : f.now.open);
    else
        json_set_null(out, "total");
    if (known)
        hub_board_figures_free(&f);
}

int hub_api_reports(struct hub *hub, const struct hub_query *q,
                    struct json *out, struct error *err)
{
    struct listing l = {.hub = hub, .q = q, .most = ROWS};
    struct board_place after;
    int rc;

    if ((rc = hub_api_number(q, "limit", ROWS_MOST, &l.most, err)) != 0 ||
        (rc = hub_api_unit(hub, q, &l.unit, err)) != 0 ||
        (rc = hub_api_category(q, &l.category, err)) != 0 ||
        (rc = view_of(&l, err)) != 0 || (rc = place_of(&l, &after, err)) != 0)
        return rc;
    l.rows = json_array_new();
    rc = l.by_due ? list_by_due(&l, &after)
                  : ledger_reports_below(hub->ledger, after.row, look, &l);
    set_total(&l, out);
    json_set_text(out, "order", l.by_due ? "due" : "newest");
    set_next(&l, out);
    (void)hub_api_rows(out, l.rows);
    return rc == 0 ? 0 : error_set(err, rc, "the reports cannot be read");
}

/* ---- one report */

struct showing {
    struct hub *hub;
    const struct hub_query *q;
    struct json *out, *history;
    bool found;
};

static int show(void *who, const struct record_row *row,
                const struct entry *entry)
{
    struct showing *s = who;
    const struct part *part = &entry->change.part[PART_FACT];
    struct report_fact fact;

    if (row->kind != KIND_REPORT || part->form != PART_WHOLE ||
        wire_report_fact_decode(&fact, part->bytes, NULL) != 0)
        return 0;
    s->found = true;
    set_facts(s->hub, s->out, row, &fact, s->q->now_ms);
    json_set_flag(s->out, "erased", row->final);
    json_set_flag(s->out, "conflict", row->conflict);
    json_set_null(s->out, "text");
    set_words(s->hub, s->out, &fact, &entry->change.part[PART_BODY]);
    return 0;
}

static int add_version(void *who, const struct record_row *row,
                       const struct entry *entry)
{
    struct showing *s = who;
    const struct part *part = &entry->change.part[PART_FACT];
    struct report_fact fact;
    struct json *one;

    (void)row;
    if (part->form != PART_WHOLE ||
        wire_report_fact_decode(&fact, part->bytes, NULL) != 0)
        return 0;
    one = json_object_new();
    json_set_i64(one, "version", (int64_t)entry->change.header.version);
    hub_api_time(one, "at", entry->change.header.clock_ms);
    json_set_text(one, "state", report_state_text(fact.state));
    json_add(s->history, one);
    return 0;
}

static void set_clocks(struct json *out, const struct report_fact *fact,
                       int64_t now_ms)
{
    struct clock_step steps[REPORT_STATE_END];
    struct clock_due dues[DUE_COUNT];
    struct json *list = json_array_new();
    struct clock_case c;
    size_t count;

    clock_case_of_fact(&c, steps, fact);
    count = clock_rules_read(&clock_rules_default, &c, now_ms, dues);
    for (size_t i = 0; i < count; i++) {
        struct json *one = json_object_new();

        json_set_text(one, "what", due_what_text(dues[i].what));
        hub_api_time(one, "at", dues[i].due_ms);
        hub_api_time(one, "done", dues[i].done_ms);
        json_set_text(one, "state", due_state_text(dues[i].state));
        json_add(list, one);
    }
    json_set(out, "clocks", list);
}

static int show_clocks(void *who, const struct record_row *row,
                       const struct entry *entry)
{
    struct showing *s = who;
    struct report_fact fact;

    (void)row;
    if (wire_report_fact_decode(&fact, entry->change.part[PART_FACT].bytes,
                                NULL) == 0)
        set_clocks(s->out, &fact, s->q->now_ms);
    return 0;
}

/* The facts of any report; its words where it was passed on. */
int hub_api_report(struct hub *hub, const struct hub_query *q, struct json *out,
                   struct error *err)
{
    struct showing s = {hub, q, out, json_array_new(), false};
    const char *home = NULL;
    struct json *referral;
    struct id id;

    for (size_t i = 0;
         id_parse(&id, q->rest) && !s.found && i < hub->roster.count; i++) {
        home = hub->roster.units[i].key;
        (void)ledger_record(hub->ledger, home, &id, NULL, show, &s);
    }
    if (!s.found) {
        json_free(&s.history);
        return error_set(err, ERR_MISSING, "no report with this id is here");
    }
    (void)ledger_record(hub->ledger, home, &id, NULL, show_clocks, &s);
    (void)ledger_history(hub->ledger, home, &id, add_version, &s);
    json_set(out, "history", s.history);
    referral = hub_reading_referral(hub, q->rest, NULL);
    if (referral != NULL && json_get_text(referral, "text") != NULL)
        json_set_text(out, "text", json_get_text(referral, "text"));
    json_set_flag(out, "referred", referral != NULL);
    json_set(out, "referral", referral);
    json_set_text(out, "phone", roster_find(&hub->roster, home)->phone);
    return 0;
}
