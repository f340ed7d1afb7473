/* hub/api_metrics.c - the district in figures, for whoever watches it. Each is
 * read when it is asked for; nothing is kept. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/base/mem.h"
#include "common/domain/category.h"
#include "common/format/metrics.h"
#include "common/sync/session.h"
#include "common/wire/disclosure.h"
#include "hub/api.h"
#include "hub/api_reads.h"
#include "hub/board_inside.h"
#include "hub/closings.h"
#include "hub/reading.h"
#include "hub/reading_referral.h"
#include "hub/settings.h"

enum { ALARM_CONFLICT = 101, TIMELY_DAYS = 5 };

struct writing {
    struct hub *hub;
    struct buf *out;
    int64_t now_ms;
};

/* ---- the communes' machines */

static double seconds(int64_t ms) { return (double)ms / 1000; }

static void about_contacts(struct buf *out, size_t which)
{
    static const char *const texts[][2] = {
        {"lienxa_node_last_seen_timestamp_seconds",
         "When the machine last said anything."},
        {"lienxa_node_online", "1 while the machine is on the line."},
        {"lienxa_node_backlog_records",
         "Changes that wait at the machine, as it last said."},
        {"lienxa_node_backlog_oldest_seconds",
         "How long the oldest of them has waited."},
        {"lienxa_node_clock_offset_seconds",
         "The machine's clock less the hub's."},
        {"lienxa_node_bulk_open",
         "1 while its settings let the machine deliver all it has."}};

    metrics_about(out, texts[which][0], "gauge", texts[which][1]);
}

static void write_contact(const struct writing *w, const struct unit *unit,
                          size_t which)
{
    struct contact c;
    struct pace_rule rule;
    struct buf *out = w->out;

    if (hub_store_contact(w->hub->store, unit->key, &c) != 0)
        return;
    switch (which) {
    case 0:
        metrics_put(out, "lienxa_node_last_seen_timestamp_seconds", "unit",
                    unit->slug, seconds(c.last_seen_ms));
        return;
    case 1:
        metrics_put(out, "lienxa_node_online", "unit", unit->slug,
                    hub_api_is_online(w->hub, unit->key) ? 1 : 0);
        return;
    case 2:
        metrics_put(out, "lienxa_node_backlog_records", "unit", unit->slug,
                    (double)c.backlog.records);
        return;
    case 3:
        metrics_put(out, "lienxa_node_backlog_oldest_seconds", "unit",
                    unit->slug,
                    c.backlog.records == 0 || c.backlog.oldest_ms == 0
                        ? 0
                        : seconds(w->now_ms - c.backlog.oldest_ms));
        return;
    case 4:
        metrics_put(out, "lienxa_node_clock_offset_seconds", "unit", unit->slug,
                    seconds(c.clock_offset_ms));
        return;
    default:
        rule = hub_settings_rule(w->hub, unit->key);
        metrics_put(out, "lienxa_node_bulk_open", "unit", unit->slug,
                    pace_rule_open(&rule, w->now_ms) ? 1 : 0);
    }
}

static void write_contacts(const struct writing *w)
{
    for (size_t which = 0; which < 6; which++) {
        about_contacts(w->out, which);
        for (size_t i = 0; i < w->hub->roster.count; i++)
            write_contact(w, &w->hub->roster.units[i], which);
    }
}

/* ---- canaries */

static int write_canary_time(void *who, const struct canary_row *row)
{
    const struct writing *w = who;

    metrics_put(w->out, "lienxa_canary_last_timestamp_seconds", "unit",
                hub_unit_name(w->hub, row->unit), seconds(row->applied_ms));
    return 0;
}

static int write_canary_late(void *who, const struct canary_row *row)
{
    const struct writing *w = who;

    metrics_put(w->out, "lienxa_canary_latency_seconds", "unit",
                hub_unit_name(w->hub, row->unit), seconds(row->late_ms));
    return 0;
}

static int write_canary_took(void *who, const struct canary_row *row)
{
    const struct writing *w = who;

    if (row->took_ms > 0)
        metrics_put(w->out, "lienxa_canary_roundtrip_seconds", "unit",
                    hub_unit_name(w->hub, row->unit), seconds(row->took_ms));
    return 0;
}

static void write_canaries(struct writing *w)
{
    struct metrics_store *s = w->hub->metrics;

    metrics_about(w->out, "lienxa_canary_last_timestamp_seconds", "gauge",
                  "When the last canary of the machine was on the hub's disk.");
    (void)metrics_store_canaries(s, write_canary_time, w);
    metrics_about(w->out, "lienxa_canary_latency_seconds", "gauge",
                  "How long it took, from the machine's disk to the hub's.");
    (void)metrics_store_canaries(s, write_canary_late, w);
    metrics_about(w->out, "lienxa_canary_roundtrip_seconds", "gauge",
                  "How long the one before took to its acknowledgement, by the "
                  "machine's own clock.");
    (void)metrics_store_canaries(s, write_canary_took, w);
}

static int write_audit(void *who, const struct audit_row *row)
{
    const struct writing *w = who;

    metrics_put(w->out, "lienxa_audit_chain_ok", "unit",
                hub_unit_name(w->hub, row->unit),
                row->state == AUDIT_ROW_SIGNED);
    return 0;
}

static void write_audits(struct writing *w)
{
    metrics_about(w->out, "lienxa_audit_chain_ok", "gauge",
                  "1: the machine's audit log is what it was when the hub last "
                  "signed it, and more.");
    (void)metrics_store_audits(w->hub->metrics, write_audit, w);
}

/* ---- streams, quarantine, alarms */

struct travelled {
    uint64_t in, out;
};

static int add_stream(void *who, const struct ledger_stream *s)
{
    struct travelled *t = who;

    *(s->own ? &t->out : &t->in) += s->head.seq;
    return 0;
}

static int write_alarm(void *who, int code, int64_t times, int64_t open)
{
    const struct writing *w = who;
    char text[16];

    (void)times;
    (void)snprintf(text, sizeof text, "%d", code);
    metrics_put(w->out, "lienxa_alarms_open", "code", text, (double)open);
    return 0;
}

static int add_conflict(void *who, int code, int64_t times, int64_t open)
{
    (void)open;
    if (code == ALARM_CONFLICT)
        *(int64_t *)who += times;
    return 0;
}

static const struct {
    int code;
    const char *reason;
} rejections[] = {{ALARM_FORK, "fork"},
                  {ALARM_PROTOCOL, "protocol"},
                  {ALARM_VERSION, "version"}};
enum { REJECTIONS = sizeof rejections / sizeof *rejections };

static int add_rejected(void *who, int code, int64_t times, int64_t open)
{
    int64_t *counts = who;

    (void)open;
    for (size_t i = 0; i < REJECTIONS; i++)
        counts[i] += rejections[i].code == code ? times : 0;
    return 0;
}

static void write_rejected(const struct writing *w)
{
    int64_t counts[REJECTIONS] = {0};

    (void)metrics_store_alarms(w->hub->metrics, add_rejected, counts);
    metrics_about(w->out, "lienxa_sync_rejected_total", "counter",
                  "What machines sent and was not taken, by alarm.");
    for (size_t i = 0; i < REJECTIONS; i++)
        metrics_put(w->out, "lienxa_sync_rejected_total", "reason",
                    rejections[i].reason, (double)counts[i]);
}

static void write_sync(struct writing *w)
{
    struct travelled t = {0, 0};
    int64_t conflicts = 0;

    (void)ledger_streams(w->hub->ledger, add_stream, &t);
    metrics_about(w->out, "lienxa_sync_records_total", "counter",
                  "Changes in the streams here.");
    metrics_put(w->out, "lienxa_sync_records_total", "direction", "in",
                (double)t.in);
    metrics_put(w->out, "lienxa_sync_records_total", "direction", "out",
                (double)t.out);
    (void)metrics_store_alarms(w->hub->metrics, add_conflict, &conflicts);
    metrics_about(w->out, "lienxa_sync_conflicts_total", "counter",
                  "Records with two contents under one version, ever seen.");
    metrics_put(w->out, "lienxa_sync_conflicts_total", NULL, NULL,
                (double)conflicts);
    write_rejected(w);
    metrics_gauge(w->out, "lienxa_quarantine_records",
                  "Changes that are kept and cannot be used.",
                  (double)ledger_quarantine_count(w->hub->ledger));
    metrics_gauge(w->out, "lienxa_damage_records",
                  "Changes that are damaged on this disk.",
                  (double)ledger_damage_count(w->hub->ledger));
    metrics_about(w->out, "lienxa_alarms_open", "gauge",
                  "Alarms that nobody has dealt with, by their number.");
    (void)metrics_store_alarms(w->hub->metrics, write_alarm, w);
}

/* ---- reports */

struct received {
    struct hub *hub;
    int64_t *counts; /* by unit of the roster, then category */
};

/* The place of a ledger's word among the roster's units, or its count. */
static size_t unit_at(struct hub *hub, uint32_t home)
{
    const char *key = ledger_word(hub->ledger, home);
    size_t i = 0;

    while (i < hub->roster.count && strcmp(hub->roster.units[i].key, key) != 0)
        i++;
    return i;
}

static int add_figure(void *who, const struct axes *axes, int64_t count)
{
    struct received *r = who;
    size_t unit = unit_at(r->hub, axes->home);

    if (unit < r->hub->roster.count && axes->category < category_count)
        r->counts[unit * category_count + axes->category] += count;
    return 0;
}

static void write_received(const struct writing *w)
{
    size_t units = w->hub->roster.count;
    struct received r = {
        w->hub, mem_array(units * category_count + 1, sizeof *r.counts)};

    metrics_about(w->out, "lienxa_reports_received_total", "counter",
                  "Reports, each once, whatever became of it.");
    (void)hub_board_cells(
        w->hub, &(struct board_cells){.to = INT32_MAX, .category = true},
        add_figure, &r);
    for (size_t i = 0; i < units * category_count; i++) {
        const struct metrics_label labels[METRICS_LABELS] = {
            {"unit", w->hub->roster.units[i / category_count].slug},
            {"category", categories[i % category_count].code}};

        if (r.counts[i] > 0)
            metrics_value(w->out, "lienxa_reports_received_total", labels,
                          (double)r.counts[i]);
    }
    mem_free(&r.counts);
}

struct opened {
    struct hub *hub;
    struct board_open *units;
};

static int add_open(void *who, int64_t place, const struct board_open *open)
{
    struct opened *o = who;
    size_t unit = unit_at(o->hub, (uint32_t)(place >> BOARD_CATEGORY_BITS));

    if (unit < o->hub->roster.count) {
        o->units[unit].open += open->open;
        o->units[unit].waiting += open->waiting;
        o->units[unit].overdue += open->overdue;
    }
    return 0;
}

static void write_open(const struct writing *w)
{
    static const char *const names[][2] = {
        {"lienxa_reports_open", "Reports that are not dealt with."},
        {"lienxa_reports_overdue", "Of them, those whose clock has run out."},
        {"lienxa_reports_urgent_waiting",
         "Of them, the urgent ones that nobody has acknowledged."}};
    struct opened o = {w->hub,
                       mem_array(w->hub->roster.count + 1, sizeof *o.units)};

    (void)board_store_opens(w->hub->board.store, add_open, &o);
    for (size_t n = 0; n < sizeof names / sizeof *names; n++) {
        metrics_about(w->out, names[n][0], "gauge", names[n][1]);
        for (size_t i = 0; i < w->hub->roster.count; i++)
            metrics_put(w->out, names[n][0], "unit",
                        w->hub->roster.units[i].slug,
                        (double)(n == 0   ? o.units[i].open
                                 : n == 1 ? o.units[i].overdue
                                          : o.units[i].waiting));
    }
    mem_free(&o.units);
}

/* ---- histograms */

/* `label`: one more beside the bounds, or NULL. */
static void write_spread(const struct writing *w, const char *name,
                         const char *label, const char *value,
                         const struct metrics_spread *spread)
{
    char part[64], bound[16];

    (void)snprintf(part, sizeof part, "%s_bucket", name);
    for (size_t i = 0; i <= METRICS_BOUNDS; i++) {
        const struct metrics_label le = {"le", bound}, own = {label, value};
        const struct metrics_label labels[METRICS_LABELS] = {
            label != NULL ? own : le, {label != NULL ? "le" : NULL, bound}};

        (void)snprintf(bound, sizeof bound, i < METRICS_BOUNDS ? "%d" : "+Inf",
                       i < METRICS_BOUNDS ? metrics_bounds_s[i] : 0);
        metrics_value(
            w->out, part, labels,
            (double)(i < METRICS_BOUNDS ? spread->at_most[i] : spread->count));
    }
    (void)snprintf(part, sizeof part, "%s_sum", name);
    metrics_put(w->out, part, label, value, seconds(spread->sum_ms));
    (void)snprintf(part, sizeof part, "%s_count", name);
    metrics_put(w->out, part, label, value, (double)spread->count);
}

/* ---- referrals */

struct waited {
    struct metrics_spread spread;
    int64_t now_ms;
};

static void add_waiting(void *who, int64_t since_ms)
{
    struct waited *waited = who;
    int64_t age_ms = waited->now_ms - since_ms;

    metrics_spread_add(&waited->spread, age_ms > 0 ? age_ms : 0);
}

/* Of those that wait now: it shrinks when one is answered. */
static void write_referrals(const struct writing *w)
{
    struct waited waited = {.now_ms = w->now_ms};

    (void)metrics_store_waiting(w->hub->metrics, add_waiting, &waited);
    metrics_about(w->out, "lienxa_referral_age_seconds", "histogram",
                  "How long referrals that nobody has answered have waited.");
    write_spread(w, "lienxa_referral_age_seconds", NULL, NULL, &waited.spread);
}

/* ---- alerts */

static void write_step(const struct writing *w, int step)
{
    struct metrics_spread spread;

    (void)metrics_store_deliveries(w->hub->metrics, step, &spread);
    write_spread(w, "lienxa_alert_delivery_seconds", "step",
                 metrics_steps[step], &spread);
}

struct unheard {
    struct hub *hub;
    struct json *units; /* their names, as keys: each once */
};

static int add_unheard(void *who, const struct id *id)
{
    struct unheard *u = who;
    char text[ID_TEXT_BYTES];
    struct json *rows = hub_reading_receipts(u->hub, id_text(text, id), NULL);

    for (size_t i = 0; i < json_count(rows); i++) {
        const struct json *row = json_at(rows, i);

        if (json_get_text(row, "acknowledged") == NULL)
            json_set_flag(u->units, json_get_text(row, "unit"), true);
    }
    json_free(&rows);
    return 0;
}

static int count_one(void *who, const char *key, const struct json *value)
{
    (void)key;
    (void)value;
    ++*(size_t *)who;
    return 0;
}

static void write_alerts(const struct writing *w)
{
    struct unheard u = {w->hub, json_object_new()};
    size_t count = 0;

    metrics_about(w->out, "lienxa_alert_delivery_seconds", "histogram",
                  "From an alert's sending to the step, per commune.");
    for (int step = 0; step < METRICS_STEPS; step++)
        write_step(w, step);
    (void)metrics_store_live_alerts(w->hub->metrics, w->now_ms, add_unheard,
                                    &u);
    (void)json_each(u.units, count_one, &count);
    metrics_gauge(w->out, "lienxa_alert_unacked_nodes",
                  "Communes in which nobody has acknowledged an alert that "
                  "holds now.",
                  (double)count);
    json_free(&u.units);
}

/* ---- periods, sealed senders */

/* The last period that is over: 15th to 14th, named by its last month. */
static void write_period(const struct writing *w)
{
    time_t local = (time_t)(w->now_ms / 1000) + 7 * 3600;
    struct tm tm;
    int64_t done = 0, expected = 0;
    char period[32];
    struct json *closed;

    if (gmtime_r(&local, &tm) == NULL)
        return;
    if (tm.tm_mday < 15 && --tm.tm_mon < 0) {
        tm.tm_mon = 11;
        tm.tm_year--;
    }
    (void)snprintf(period, sizeof period, "%04d-%02d", tm.tm_year + 1900,
                   tm.tm_mon + 1);
    closed = hub_closings_period(w->hub, period, TIMELY_DAYS, NULL);
    if (json_get_i64(closed, "closed", &done) &&
        json_get_i64(closed, "expected", &expected) && expected > 0)
        metrics_gauge(w->out, "lienxa_period_closed_ratio",
                      "Communes that have closed the last period, of those "
                      "expected.",
                      (double)done / (double)expected);
    json_free(&closed);
}

struct looked {
    struct hub *hub;
    int64_t *counts; /* by unit of the roster */
};

static int add_looks(void *who, const struct record_row *row,
                     const struct entry *entry)
{
    const struct looked *l = who;
    const struct roster *roster = &l->hub->roster;
    struct disclosure d;

    if (entry == NULL ||
        wire_disclosure_decode(&d, entry->change.part[PART_FACT].bytes, NULL) !=
            0)
        return 0;
    for (size_t i = 0; i < roster->count; i++)
        if (strcmp(roster->units[i].key, row->home) == 0)
            l->counts[i] += d.openings;
    return 0;
}

static void write_seals(const struct writing *w)
{
    struct looked l = {w->hub,
                       mem_array(w->hub->roster.count + 1, sizeof *l.counts)};

    (void)ledger_records(w->hub->ledger, KIND_DISCLOSURE, NULL, add_looks, &l);
    metrics_about(w->out, "lienxa_seal_open_total", "counter",
                  "How often a sealed sender was looked at.");
    for (size_t i = 0; i < w->hub->roster.count; i++)
        metrics_put(w->out, "lienxa_seal_open_total", "unit",
                    w->hub->roster.units[i].slug, (double)l.counts[i]);
    mem_free(&l.counts);
}

/* One view of all tables. */
void hub_api_metrics(void *data, int64_t now_ms, struct buf *out)
{
    struct hub *hub = ((struct hub_api *)data)->hub;
    struct writing w = {hub, out, now_ms};
    struct db *db = hub_store_db(hub->store);
    bool reading = db_begin(db) == 0;

    write_contacts(&w);
    write_canaries(&w);
    write_audits(&w);
    write_sync(&w);
    write_received(&w);
    write_open(&w);
    write_referrals(&w);
    write_alerts(&w);
    write_period(&w);
    write_seals(&w);
    if (reading)
        db_rollback(db);
}

static int find_disk(void *who, const struct alarm_row *row)
{
    struct error *err = who;

    if (row->code != ALARM_DISK_FULL && row->code != ALARM_DISK_FAILED)
        return 0;
    (void)error_set(err, ERR_FULL, "%s", row->text);
    return 1;
}

int hub_api_health(void *data, struct error *err)
{
    struct hub *hub = ((struct hub_api *)data)->hub;
    struct error disk = {""};
    int rc = hub_store_alarms(hub->store, "", find_disk, &disk);

    if (rc < 0)
        return error_set(err, rc, "the database cannot be read");
    return rc == 0 ? 0 : error_set(err, ERR_FULL, "%s", disk.text);
}
