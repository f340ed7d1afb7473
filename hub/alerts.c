/* hub/alerts.c - alerts as the hub's own records, receipts as the nodes'. */
#include "hub/alerts.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/crypto/random.h"
#include "common/domain/text.h"

/* ---- counting: issuer_seq */

struct count {
    struct hub *hub;
    uint64_t epoch, number;
};

static int count_one(void *who, const struct record_row *row,
                     const struct entry *entry)
{
    struct count *count = who;
    struct signed_bytes blob;
    struct alert alert;

    (void)row;
    wire_arena_clear(count->hub->arena);
    if (entry != NULL &&
        wire_signed_decode(&blob, entry->change.part[PART_FACT].bytes) == 0 &&
        wire_alert_decode(&alert, count->hub->arena, blob.body, NULL) == 0 &&
        alert.epoch == count->epoch && alert.number > count->number)
        count->number = alert.number;
    return 0;
}

uint64_t hub_alerts_latest(struct hub *hub)
{
    struct count count = {hub, hub->epoch, 0};

    (void)ledger_records(hub->ledger, KIND_ALERT, hub->keys.home, count_one,
                         &count);
    return count.number;
}

/* ---- issuing */

static void compose(struct hub *hub, const struct alert_order *order,
                    struct alert *alert)
{
    memset(alert, 0, sizeof *alert);
    alert->id = random_id(hub->wall_ms);
    alert->issuer = hub->keys.home;
    alert->epoch = hub->epoch;
    alert->number = hub_alerts_latest(hub) + 1;
    alert->issued_ms = hub->wall_ms;
    alert->expires_ms = order->expires_ms;
    alert->type = order->type;
    alert->severity = order->severity;
    alert->event = order->event;
    alert->headline = order->headline;
    alert->text = order->text;
    alert->instruction = "";
    alert->audience = order->units;
    alert->audience_count = order->unit_count;
    alert->references = order->references;
    alert->reference_count = order->reference_count;
}

/* What is no UTF-8 stays as it is: alert_check says so. */
static const char *in_nfc(struct buf *out, const char *text)
{
    return text != NULL && text_nfc(out, bytes_of_text(text)) == 0
               ? buf_text(out)
               : text;
}

static int sign_and_append(struct hub *hub, const struct alert *alert,
                           struct error *err)
{
    struct buf body = {0}, fact = {0};
    struct signed_bytes blob;
    int rc = alert_check(alert, err);

    if (rc != 0)
        return rc;
    wire_alert_encode(&body, alert);
    hub_keys_sign(&hub->keys, &blob, ALERT_SIGN_DOMAIN, buf_bytes(&body));
    wire_signed_encode(&fact, &blob);
    rc = hub_append(hub, &hub->all, KIND_ALERT, &alert->id, 1, CHANGE_EXPEDITED,
                    buf_bytes(&fact), err);
    buf_free(&body);
    buf_free(&fact);
    return rc;
}

int hub_alerts_issue(struct hub *hub, const struct alert_order *order,
                     struct id *out, struct error *err)
{
    struct buf event = {0}, headline = {0}, text = {0};
    struct alert alert;
    int rc;

    compose(hub, order, &alert);
    alert.event = in_nfc(&event, order->event);
    alert.headline = in_nfc(&headline, order->headline);
    alert.text = in_nfc(&text, order->text);
    rc = sign_and_append(hub, &alert, err);
    buf_free(&event);
    buf_free(&headline);
    buf_free(&text);
    *out = alert.id;
    return rc;
}

/* ---- cancelling */

enum { AUDIENCE_LIMIT = ALERT_AUDIENCE_LIMIT };

/* Splits the stored lines; `text` is cut in place. */
static size_t split_audience(char *text, const char *out[AUDIENCE_LIMIT])
{
    size_t count = 0;

    for (char *end; (end = strchr(text, '\n')) != NULL; text = end + 1) {
        *end = '\0';
        if (count < AUDIENCE_LIMIT)
            out[count++] = text;
    }
    return count;
}

/* The active alert with this id. */
static int find_active(struct hub *hub, const struct id *id,
                       struct alert_row *row, struct error *err)
{
    const char *state;
    int rc = hub_store_alert(hub->store, id, row);

    if (rc != 0)
        return error_set(err, rc, "no alert with this id: see `alert list`");
    state = hub_alerts_state(row, hub->wall_ms);
    if (strcmp(state, "updated") == 0)
        return error_set(err, ERR_REFUSED,
                         "a newer alert took the place of this one: give the "
                         "id of that one, see `alert list`");
    if (strcmp(state, "active") != 0)
        return error_set(err, ERR_REFUSED, "this alert is %s already", state);
    return 0;
}

/* A reason in one line, cut where it is too long for one: all of it is the
 * text. */
static void add_headline(struct buf *out, const char *reason)
{
    static const char cut[] = "\xe2\x80\xa6"; /* "..", one character */
    size_t end = 0;

    for (const char *at = reason + strspn(reason, " \t\n"); *at != '\0';) {
        size_t size = strcspn(at, " \t\n");

        if (out->size > 0)
            buf_add_u8(out, ' ');
        buf_add(out, at, size);
        at += size + strspn(at + size, " \t\n");
    }
    if (text_length(buf_bytes(out)) <= ALERT_HEADLINE_LIMIT)
        return;
    for (int i = 1; i < ALERT_HEADLINE_LIMIT; i++)
        do
            end++;
        while ((out->data[end] & 0xc0) == 0x80);
    out->size = end;
    buf_add_text(out, cut);
}

static int cancel(struct hub *hub, const struct id *id, const char *reason,
                  struct id *out, struct error *err)
{
    const char *audience[AUDIENCE_LIMIT];
    struct alert_row row;
    struct buf headline = {0};
    struct alert_order order = {.type = ALERT_CANCEL,
                                .event = "cancel",
                                .text = reason,
                                .severity = ALERT_MINOR,
                                .references = id,
                                .reference_count = 1};
    char *text;
    int rc;

    if ((rc = find_active(hub, id, &row, err)) != 0)
        return rc;
    text = mem_text(row.audience);
    order.units = audience;
    order.unit_count = split_audience(text, audience);
    order.severity = row.severity;
    order.expires_ms = row.expires_ms;
    add_headline(&headline, reason);
    order.headline = buf_text(&headline);
    rc = hub_alerts_issue(hub, &order, out, err);
    mem_free(&text);
    buf_free(&headline);
    return rc;
}

int hub_alerts_cancel(struct hub *hub, const struct id *id, const char *reason,
                      struct id *out, struct error *err)
{
    struct buf nfc = {0}; /* before anything is counted or cut */
    int rc = cancel(hub, id, in_nfc(&nfc, reason), out, err);

    buf_free(&nfc);
    return rc;
}

/* ---- updating */

static bool is_among(const char *unit, const char *const *units, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(units[i], unit) == 0)
            return true;
    return false;
}

/* Nobody whom the old one was for may be left out of the new one. */
static int check_audience(struct hub *hub, const char *const *old,
                          size_t old_count, const struct alert_order *order,
                          struct error *err)
{
    if (order->unit_count == 0)
        return 0;
    if (old_count == 0)
        return error_set(err, ERR_REFUSED,
                         "this alert is for every unit, and so is its update: "
                         "leave --to out, or cancel it and issue another");
    for (size_t i = 0; i < old_count; i++)
        if (!is_among(old[i], (const char *const *)order->units,
                      order->unit_count))
            return error_set(err, ERR_REFUSED,
                             "%s has this alert and must have its update: add "
                             "it to --to, or cancel the alert and issue "
                             "another",
                             hub_unit_name(hub, old[i]));
    return 0;
}

int hub_alerts_update(struct hub *hub, const struct id *id,
                      const struct alert_order *order, struct id *out,
                      struct error *err)
{
    const char *audience[AUDIENCE_LIMIT];
    struct alert_order next = *order;
    struct alert_row row;
    char *event, *headline, *text, *units;
    size_t count;
    int rc;

    if ((rc = find_active(hub, id, &row, err)) != 0)
        return rc;
    event = mem_text(row.event);
    headline = mem_text(row.headline);
    text = mem_text(row.text);
    units = mem_text(row.audience);
    count = split_audience(units, audience);
    rc = check_audience(hub, audience, count, order, err);
    next.type = ALERT_UPDATE;
    next.references = id;
    next.reference_count = 1;
    next.event = order->event != NULL ? order->event : event;
    next.headline = order->headline != NULL ? order->headline : headline;
    next.text = order->text != NULL ? order->text : text;
    next.severity = order->severity != 0 ? order->severity : row.severity;
    next.expires_ms =
        order->expires_ms != 0 ? order->expires_ms : row.expires_ms;
    if (order->unit_count == 0) {
        next.units = audience;
        next.unit_count = count;
    }
    if (rc == 0)
        rc = hub_alerts_issue(hub, &next, out, err);
    mem_free(&event);
    mem_free(&headline);
    mem_free(&text);
    mem_free(&units);
    return rc;
}

/* ---- the clock they end by */

enum { CLOCKS_LEAST = 3, CLOCK_OFF_MS = 2 * 60000, HEARD_MS = 3600 * 1000 };

static int by_size(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

int64_t hub_alerts_clock_off(struct hub *hub)
{
    int64_t *off = mem_array(hub->roster.count + 1, sizeof *off), median = 0;
    size_t count = 0;
    struct contact c;

    for (size_t i = 0; i < hub->roster.count; i++)
        if (hub_store_contact(hub->store, hub->roster.units[i].key, &c) == 0 &&
            c.last_seen_ms <= hub->wall_ms + HEARD_MS &&
            c.last_seen_ms >= hub->wall_ms - HEARD_MS)
            off[count++] = c.clock_offset_ms;
    if (count >= CLOCKS_LEAST) {
        qsort(off, count, sizeof *off, by_size);
        median = off[count / 2];
    }
    mem_free(&off);
    return median > CLOCK_OFF_MS || median < -CLOCK_OFF_MS ? median : 0;
}

/* ---- applying */

int hub_alerts_decode(struct hub *hub, const struct change *change,
                      struct alert *out, struct error *err)
{
    struct signed_bytes blob;
    int rc;

    rc = wire_signed_decode(&blob, change->part[PART_FACT].bytes);
    if (rc != 0)
        return error_set(err, rc, "an alert without its signature");
    wire_arena_clear(hub->arena);
    return wire_alert_decode(out, hub->arena, blob.body, err);
}

int hub_alerts_apply(struct hub *hub, const struct change *change,
                     struct error *err)
{
    struct alert alert;
    int rc = hub_alerts_decode(hub, change, &alert, err);

    return rc != 0 ? rc : hub_store_put_alert(hub->store, &alert);
}

int hub_alerts_apply_receipt(struct hub *hub, const struct change *change,
                             struct error *err)
{
    struct receipt receipt;
    int rc;

    rc = wire_receipt_decode(&receipt, change->part[PART_FACT].bytes, err);
    if (rc != 0)
        return rc;
    return hub_store_put_receipt(hub->store, change->header.home, &receipt);
}

int hub_alerts_sent(struct hub *hub, const struct change *change,
                    const char *unit)
{
    return hub_store_alert_sent(hub->store, &change->header.record, unit,
                                hub->wall_ms);
}

const char *hub_alerts_state(const struct alert_row *row, int64_t now_ms)
{
    if (row->replaced)
        return row->replaced_type == ALERT_CANCEL ? "cancelled" : "updated";
    return now_ms >= row->expires_ms ? "expired" : "active";
}
