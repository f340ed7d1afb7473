/* node/alerts.c - judging alerts without a line, and giving receipts. */
#include "node/alerts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/crypto/digest.h"
#include "common/crypto/sign.h"
#include "node/hub_keys.h"

enum {
    BEACON_TOLERANCE_MS = 2 * 60000,
    ALARM_CLOCK = 111,
    REST_MS = 8 /* from an alert to its receipt */
};

/* ---- the time (PROTOCOL 9.4) */

static int64_t setting_i64(struct node *node, const char *name)
{
    return strtoll(node_store_setting(node->store, name), NULL, 10);
}

int64_t node_alerts_now_ms(struct node *node)
{
    int64_t wall = clock_wall_ms();
    int64_t boot = clock_mono_ms();
    int64_t beacon = setting_i64(node, "beacon_ms");
    int64_t then = setting_i64(node, "beacon_boot_ms");

    if (beacon == 0)
        return wall;
    if (boot < then) /* rebooted since: the later of the two */
        return wall > beacon ? wall : beacon;
    return beacon + (boot - then);
}

static void set_i64(struct node *node, const char *name, int64_t value)
{
    char text[32];

    (void)snprintf(text, sizeof text, "%lld", (long long)value);
    (void)node_store_set(node->store, name, text);
}

void node_alerts_started(struct node *node)
{
    if (clock_mono_ms() < setting_i64(node, "beacon_boot_ms"))
        set_i64(node, "beacon_boot_ms", INT64_MAX);
}

void node_alerts_beacon(struct node *node, const struct signed_bytes *beacon)
{
    uint8_t public_key[32];
    struct beacon b;

    if (node_store_trust(node->store, beacon->key_id, public_key) != 0 ||
        !sign_verify(beacon->signature, public_key, BEACON_SIGN_DOMAIN,
                     beacon->body) ||
        wire_beacon_decode(&b, beacon->body) != 0 ||
        strcmp(b.hub, node->keys.hub) != 0) {
        log_warn("beacon.refused", "reason=\"not signed by our hub\"");
        return;
    }
    if (b.clock_ms < setting_i64(node, "beacon_ms"))
        return; /* an old one, repeated */
    set_i64(node, "beacon_ms", b.clock_ms);
    set_i64(node, "beacon_boot_ms", node->mono_ms);
    if (b.clock_ms - node->wall_ms > BEACON_TOLERANCE_MS ||
        node->wall_ms - b.clock_ms > BEACON_TOLERANCE_MS)
        node_alarm(node, ALARM_CLOCK,
                   "this machine's clock differs from the hub's by %lld "
                   "seconds: set the clock",
                   (long long)((b.clock_ms - node->wall_ms) / 1000));
    else
        (void)node_store_clear_alarms(node->store, ALARM_CLOCK, node->wall_ms);
}

/* ---- judging */

static bool in_audience(const struct alert *alert, const char *unit)
{
    if (alert->audience_count == 0)
        return true;
    for (size_t i = 0; i < alert->audience_count; i++)
        if (strcmp(alert->audience[i], unit) == 0)
            return true;
    return false;
}

/* Opens the envelope; what the signature is worth goes into `context`. */
static int open_alert(struct node *node, const struct change *change,
                      struct alert *out, struct alert_context *context)
{
    struct signed_bytes blob;
    uint8_t public_key[32];

    memset(context, 0, sizeof *context);
    context->unit = node->keys.unit;
    context->now_ms = node_alerts_now_ms(node);
    if (change->part[PART_FACT].form != PART_WHOLE ||
        wire_signed_decode(&blob, change->part[PART_FACT].bytes) != 0)
        return ERR_INVALID;
    context->key_known =
        node_store_trust(node->store, blob.key_id, public_key) == 0;
    context->signature_good =
        context->key_known &&
        sign_memo_verify(&node->signatures, blob.signature, public_key,
                         ALERT_SIGN_DOMAIN, blob.body);
    wire_arena_clear(node->arena);
    if (wire_alert_decode(out, node->arena, blob.body, NULL) != 0)
        return ERR_INVALID;
    context->known_already = node_store_has_alert(node->store, &out->id);
    context->superseded = node_store_is_replaced(node->store, &out->id);
    return 0;
}

static int judge(struct node *node, const struct change *change,
                 struct alert *alert)
{
    struct alert_context context;
    int rc = open_alert(node, change, alert, &context);

    if (!context.key_known)
        return ALERT_UNKNOWN_KEY;
    if (!context.signature_good) /* nothing it says is looked at before */
        return ALERT_BAD_SIGNATURE;
    if (rc != 0 || !id_equal(&alert->id, &change->header.record) ||
        strcmp(alert->issuer, change->header.home) != 0)
        return ALERT_MALFORMED;
    return alert_judge(alert, &context);
}

/* What cannot be believed or read is not stored as an alert at all. */
static bool is_believed(int verdict)
{
    return verdict != ALERT_UNKNOWN_KEY && verdict != ALERT_BAD_SIGNATURE &&
           verdict != ALERT_MALFORMED && verdict != ALERT_NO_REFERENCE;
}

int node_alerts_judge(struct node *node, const struct change *change,
                      int *verdict, struct error *err)
{
    struct alert alert;

    *verdict = judge(node, change, &alert);
    if (is_believed(*verdict))
        return 0;
    return error_set(err, ERR_REFUSED, "%d %s", *verdict,
                     alert_verdict_text(*verdict));
}

int node_alerts_apply(struct node *node, const struct change *change,
                      struct error *err)
{
    struct alert alert;
    int verdict = judge(node, change, &alert);
    char id[ID_TEXT_BYTES];

    if (!is_believed(verdict))
        return error_set(err, ERR_REFUSED, "%d %s", verdict,
                         alert_verdict_text(verdict));
    log_info("alert.arrived", "id=%s verdict=%d", id_text(id, &alert.id),
             verdict);
    if (verdict == ALERT_DUPLICATE)
        return 0;
    node->arrived = alert.id;
    if (node->mode == NODE_SERVE && node->receipts_ms == 0)
        node->receipts_ms = node->mono_ms + REST_MS;
    return node_store_put_alert(node->store, &alert, verdict,
                                in_audience(&alert, node->keys.unit),
                                node->wall_ms);
}

int node_alerts_apply_signing_key(struct node *node,
                                  const struct change *change,
                                  struct error *err)
{
    struct signed_bytes blob;
    struct signing_key key;
    uint8_t id[SIGN_KEY_ID_BYTES];
    int rc;

    if (wire_signed_decode(&blob, change->part[PART_FACT].bytes) != 0 ||
        !sign_verify(blob.signature, node->keys.root_public,
                     SIGNING_KEY_SIGN_DOMAIN, blob.body) ||
        wire_signing_key_decode(&key, blob.body) != 0 ||
        strcmp(key.hub, node->keys.hub) != 0)
        return error_set(err, ERR_REFUSED,
                         "a signing key that the hub's root did not sign");
    sign_key_id(id, key.sign_public);
    rc = node_store_put_trust(node->store, id, key.number, key.sign_public);
    return rc != 0 ? rc : node_hub_keys_revoke(node, &key);
}

/* ---- receipts */

static struct id receipt_record(const struct node *node, const struct id *alert)
{
    struct bytes pieces[] = {bytes_of_text("lienxa receipt 1\n"),
                             bytes_of(alert->bytes, sizeof alert->bytes),
                             bytes_of_text(node->keys.unit)};
    struct hash hash = crypto_sha256(pieces, 3);

    return id_derive(&hash);
}

struct due {
    struct id ids[32];
    size_t count;
};

static int note_due(void *who, const struct node_alert *alert)
{
    struct due *due = who;

    due->ids[due->count++] = alert->id;
    return due->count == sizeof due->ids / sizeof *due->ids;
}

/* Of two times the earlier one that is known. */
static int64_t earlier(int64_t a, int64_t b)
{
    return a == 0 || (b != 0 && b < a) ? b : a;
}

/* What earlier receipts of this alert say, of this machine or of the one before
 * it: nothing that a person did is taken back. */
static int add_earlier(void *who, const struct record_row *row,
                       const struct entry *entry)
{
    struct receipt *receipt = who;
    struct receipt old;

    (void)row;
    if (entry == NULL ||
        wire_receipt_decode(&old, entry->change.part[PART_FACT].bytes, NULL) !=
            0)
        return 0;
    receipt->stored_ms = earlier(receipt->stored_ms, old.stored_ms);
    receipt->shown_ms = earlier(receipt->shown_ms, old.shown_ms);
    if (old.acknowledged_ms != 0 &&
        earlier(receipt->acknowledged_ms, old.acknowledged_ms) ==
            old.acknowledged_ms) {
        receipt->acknowledged_ms = old.acknowledged_ms;
        memcpy(receipt->by, old.by, sizeof receipt->by);
    }
    return 0;
}

int node_alerts_receipt_twice(struct node *node, const struct change *change,
                              struct error *err)
{
    struct receipt receipt;
    int rc = wire_receipt_decode(&receipt, change->part[PART_FACT].bytes, err);

    return rc != 0 ? rc : node_store_receipt_due(node->store, &receipt.alert);
}

static int write_one(struct node *node, const struct id *id, struct error *err)
{
    struct node_alert alert;
    struct receipt receipt = {.alert = *id};
    struct node_write write = {.kind = KIND_RECEIPT, .flags = CHANGE_EXPEDITED};
    struct record_row row = {0};
    struct buf fact = {0};
    int rc = node_store_alert(node->store, id, &alert);

    if (rc != 0)
        return rc;
    receipt.verdict = alert.verdict;
    receipt.stored_ms = alert.stored_ms;
    receipt.shown_ms = alert.shown_ms;
    receipt.acknowledged_ms = alert.acknowledged_ms;
    (void)snprintf(receipt.by, sizeof receipt.by, "%s", alert.by);
    write.record = receipt_record(node, id);
    rc = ledger_record(node->ledger, node->keys.unit, &write.record, &row, NULL,
                       NULL);
    if (rc == 0)
        rc = ledger_history(node->ledger, node->keys.unit, &write.record,
                            add_earlier, &receipt);
    if (rc != 0 && rc != ERR_MISSING)
        return rc;
    if (receipt.acknowledged_ms != 0 && alert.acknowledged_ms == 0 &&
        (rc = node_store_alert_acknowledged(node->store, id, receipt.by,
                                            receipt.acknowledged_ms)) != 0)
        return rc;
    write.version = row.version + 1;
    wire_receipt_encode(&fact, &receipt);
    write.part[PART_FACT].whole = true;
    write.part[PART_FACT].bytes = buf_bytes(&fact);
    rc = node_append(node, &write, err);
    buf_free(&fact);
    return rc != 0 ? rc : node_store_receipt_written(node->store, id);
}

bool node_alerts_receipts_rest(const struct node *node)
{
    return node->mono_ms < node->receipts_ms;
}

int node_alerts_write_receipts(struct node *node, struct error *err)
{
    struct due due = {.count = 0};
    int rc;

    if (node_alerts_receipts_rest(node))
        return 0;
    node->receipts_ms = 0;
    rc = node_store_receipts_due(node->store, note_due, &due);
    if (rc < 0)
        return rc;
    rc = 0;
    for (size_t i = 0; rc == 0 && i < due.count; i++)
        rc = write_one(node, &due.ids[i], err);
    return rc;
}

void node_alerts_carried(struct node *node)
{
    if (node->receipts_ms != 0)
        node->receipts_ms = node->mono_ms;
}

int64_t node_alerts_deadline(const struct node *node)
{
    return node->receipts_ms != 0 ? node->receipts_ms : INT64_MAX;
}

const char *node_alerts_state(const struct node_alert *alert, int64_t now_ms)
{
    if (alert->replaced)
        return alert->replaced_type == ALERT_CANCEL ? "cancelled" : "updated";
    return now_ms >= alert->expires_ms ? "expired" : "active";
}
