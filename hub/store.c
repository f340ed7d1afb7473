/* hub/store.c - every statement of the hub, prepared when the file opens: a
 * typo stops the start, not a turn at three in the morning. */
#include "hub/store.h"

#include <string.h>

#include "common/base/mem.h"

/* the ledger's steps and the hub's own */
extern const char *const hub_schema[];
extern const size_t hub_schema_count;

enum {
    Q_SETTING,
    Q_SET,
    Q_ADD_UNIT,
    Q_ROSTER,
    Q_SET_PHONE,
    Q_PUT_NODE,
    Q_NODES,
    Q_PUT_CONTACT,
    Q_CONTACT,
    Q_ADD_INVITE,
    Q_INVITE,
    Q_USE_INVITE,
    Q_PUT_ALERT,
    Q_REPLACE_LATER,
    Q_REPLACE_ALERT,
    Q_ALERT,
    Q_ALERTS,
    Q_SENT,
    Q_UNSENT,
    Q_PUT_RECEIPT,
    Q_RECEIPTS,
    Q_RAISE,
    Q_ALARMS,
    Q_CLEAR_ALARM,
    Q_CLEAR_ALARMS,
    Q_INVITES,
    Q_COUNT
};

#define ALERT_COLUMNS                                                          \
    "id, issued_ms, expires_ms, type, severity, event, headline, text,"        \
    " audience, replaced_by IS NOT NULL, coalesce(replaced_type, 0)"

static const char *const queries[Q_COUNT] = {
    [Q_SETTING] = "SELECT value FROM setting WHERE name = ?",
    [Q_SET] = "INSERT INTO setting (name, value) VALUES (?, ?)"
              " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
    [Q_ADD_UNIT] = "INSERT INTO unit (key, code, valid_from, slug, name, phone)"
                   " VALUES (?, ?, ?, ?, ?, ?)",
    [Q_SET_PHONE] = "UPDATE unit SET phone = ? WHERE key = ?",
    [Q_ROSTER] = "SELECT key, code, valid_from, slug, name, phone FROM unit"
                 " ORDER BY position",
    [Q_PUT_NODE] =
        "INSERT INTO node (unit, number, state, curve, sign, since_ms)"
        " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (unit, number) DO UPDATE SET"
        " state = excluded.state, curve = excluded.curve,"
        " sign = excluded.sign, since_ms = excluded.since_ms",
    [Q_NODES] = "SELECT unit, number, state, curve, sign, since_ms FROM node"
                " ORDER BY unit, number",
    [Q_PUT_CONTACT] =
        "INSERT INTO contact (unit, last_seen_ms, address, software,"
        " clock_offset_ms, backlog, backlog_bytes, oldest_ms, head)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (unit) DO UPDATE SET"
        " last_seen_ms = excluded.last_seen_ms, address = excluded.address,"
        " software = excluded.software,"
        " clock_offset_ms = excluded.clock_offset_ms,"
        " backlog = excluded.backlog, backlog_bytes = excluded.backlog_bytes,"
        " oldest_ms = excluded.oldest_ms, head = excluded.head",
    [Q_CONTACT] = "SELECT last_seen_ms, address, software, clock_offset_ms,"
                  " backlog, backlog_bytes, oldest_ms, head FROM contact"
                  " WHERE unit = ?",
    [Q_ADD_INVITE] = "INSERT INTO invite (secret_hash, unit, created_ms,"
                     " expires_ms) VALUES (?, ?, ?, ?)",
    [Q_INVITE] = "SELECT unit, created_ms, expires_ms, curve, certificate"
                 " FROM invite WHERE secret_hash = ?",
    [Q_USE_INVITE] = "UPDATE invite SET curve = ?, certificate = ?"
                     " WHERE secret_hash = ? AND curve IS NULL",
    [Q_PUT_ALERT] =
        "INSERT INTO alert (id, issued_ms, expires_ms, type, severity, event,"
        " headline, text, audience, replaced_by, replaced_type)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9,"
        " (SELECT by FROM replaced WHERE id = ?1),"
        " (SELECT type FROM replaced WHERE id = ?1))"
        " ON CONFLICT (id) DO NOTHING",
    [Q_REPLACE_LATER] = "INSERT INTO replaced (id, by, type) VALUES (?, ?, ?)"
                        " ON CONFLICT (id) DO NOTHING",
    [Q_REPLACE_ALERT] = "UPDATE alert SET replaced_by = ?, replaced_type = ?"
                        " WHERE id = ? AND replaced_by IS NULL",
    [Q_ALERT] = "SELECT " ALERT_COLUMNS " FROM alert WHERE id = ?",
    [Q_ALERTS] = "SELECT " ALERT_COLUMNS " FROM alert ORDER BY issued_ms, id",
    [Q_SENT] = "INSERT INTO receipt (alert, unit, sent_ms) VALUES (?, ?, ?)"
               " ON CONFLICT (alert, unit) DO UPDATE SET"
               " sent_ms = excluded.sent_ms WHERE sent_ms = 0",
    [Q_UNSENT] = "UPDATE receipt SET sent_ms = 0 WHERE unit = ?"
                 " AND sent_ms >= ? AND stored_ms = 0",
    [Q_PUT_RECEIPT] =
        "INSERT INTO receipt (alert, unit, verdict, stored_ms, shown_ms,"
        " acknowledged_ms, by) VALUES (?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (alert, unit) DO UPDATE SET verdict = excluded.verdict,"
        " stored_ms = excluded.stored_ms, shown_ms = excluded.shown_ms,"
        " acknowledged_ms = excluded.acknowledged_ms, by = excluded.by",
    [Q_RECEIPTS] = "SELECT unit, verdict, sent_ms, stored_ms, shown_ms,"
                   " acknowledged_ms, by FROM receipt WHERE alert = ?",
    [Q_RAISE] = "INSERT INTO alarm (unit, code, text, since_ms, last_ms)"
                " VALUES (?1, ?2, ?3, ?4, ?4)"
                " ON CONFLICT (unit, code) WHERE cleared_ms IS NULL DO UPDATE"
                " SET text = excluded.text, last_ms = excluded.last_ms,"
                " times = times + 1",
    [Q_ALARMS] = "SELECT id, unit, code, text, since_ms, last_ms, times"
                 " FROM alarm WHERE cleared_ms IS NULL"
                 " AND (?1 IS NULL OR unit = ?1) ORDER BY id",
    [Q_CLEAR_ALARMS] =
        "UPDATE alarm SET cleared_ms = ? WHERE unit = ? AND code = ?"
        " AND cleared_ms IS NULL",
    [Q_CLEAR_ALARM] = "UPDATE alarm SET cleared_ms = ? WHERE id = ?"
                      " AND cleared_ms IS NULL",
    [Q_INVITES] = "SELECT unit, created_ms, expires_ms, curve IS NOT NULL"
                  " FROM invite ORDER BY created_ms DESC",
};

struct hub_store {
    struct db *db;
    struct db_set *q;
    struct buf setting; /* the value lent last */
};

int hub_store_open(struct hub_store **out, const char *path, enum db_mode mode,
                   struct error *err)
{
    struct hub_store *s = mem_new(sizeof *s);
    int rc;

    if ((rc = db_open(&s->db, path, mode, DB_APP_HUB, err)) != 0 ||
        (rc = db_migrate(s->db, hub_schema, hub_schema_count, err)) != 0 ||
        (rc = db_prepare(&s->q, s->db, queries, Q_COUNT, err)) != 0) {
        hub_store_close(&s);
        return rc;
    }
    *out = s;
    return 0;
}

void hub_store_close(struct hub_store **store)
{
    if (*store == NULL)
        return;
    db_close(&(*store)->db);
    buf_free(&(*store)->setting);
    mem_free(store);
}

struct db *hub_store_db(struct hub_store *store) { return store->db; }

const char *hub_store_setting(struct hub_store *s, const char *name)
{
    struct db_stmt *q = db_use(s->q, Q_SETTING);

    buf_clear(&s->setting);
    db_bind_text(q, name);
    if (db_step(q) == 1)
        buf_add_text(&s->setting, db_text(q, 0));
    db_done(q);
    return buf_text(&s->setting);
}

int hub_store_set(struct hub_store *s, const char *name, const char *value)
{
    struct db_stmt *q = db_use(s->q, Q_SET);

    db_bind_text(q, name);
    db_bind_text(q, value);
    return db_run(q);
}

int hub_store_add_unit(struct hub_store *s, const struct unit *unit)
{
    struct db_stmt *q = db_use(s->q, Q_ADD_UNIT);

    db_bind_text(q, unit->key);
    db_bind_text(q, unit->code);
    db_bind_text(q, unit->valid_from);
    db_bind_text(q, unit->slug);
    db_bind_text(q, unit->name);
    db_bind_text(q, unit->phone);
    return db_run(q);
}

/* Copies a text column into an array of `size` bytes, cut to fit. */
static void copy_text(char *out, size_t size, const char *text)
{
    size_t length = strnlen(text, size - 1);

    memcpy(out, text, length);
    out[length] = '\0';
}

int hub_store_load_roster(struct hub_store *s, struct roster *out)
{
    struct db_stmt *q = db_use(s->q, Q_ROSTER);
    size_t room = 0;
    int rc;

    memset(out, 0, sizeof *out);
    while ((rc = db_step(q)) == 1) {
        struct unit *u;

        if (out->count == room) {
            room = room == 0 ? 16 : room * 2;
            out->units = mem_grow(out->units, room, sizeof *out->units);
        }
        u = &out->units[out->count++];
        memset(u, 0, sizeof *u);
        copy_text(u->key, sizeof u->key, db_text(q, 0));
        copy_text(u->code, sizeof u->code, db_text(q, 1));
        copy_text(u->valid_from, sizeof u->valid_from, db_text(q, 2));
        copy_text(u->slug, sizeof u->slug, db_text(q, 3));
        copy_text(u->name, sizeof u->name, db_text(q, 4));
        copy_text(u->phone, sizeof u->phone, db_text(q, 5));
    }
    db_done(q);
    roster_index(out);
    return rc;
}

int hub_store_set_phone(struct hub_store *s, const char *key, const char *phone)
{
    struct db_stmt *q = db_use(s->q, Q_SET_PHONE);

    db_bind_text(q, phone);
    db_bind_text(q, key);
    return db_run(q);
}

/* ---- key directory */

int hub_store_put_node(struct hub_store *s, const struct node_key *key)
{
    struct db_stmt *q = db_use(s->q, Q_PUT_NODE);

    db_bind_text(q, key->unit);
    db_bind_i64(q, (int64_t)key->number);
    db_bind_i64(q, key->state);
    db_bind_blob(q, key->curve_public, sizeof key->curve_public);
    db_bind_blob(q, key->sign_public, sizeof key->sign_public);
    db_bind_i64(q, key->since_ms);
    return db_run(q);
}

static void copy_key(uint8_t out[32], struct bytes from)
{
    memset(out, 0, 32);
    if (from.size == 32)
        memcpy(out, from.data, 32);
}

int hub_store_nodes(struct hub_store *s,
                    int (*each)(void *who, const struct node_key *key),
                    void *who)
{
    struct db_stmt *q = db_use(s->q, Q_NODES);
    int rc;

    while ((rc = db_step(q)) == 1) {
        struct node_key key = {.number = (uint64_t)db_i64(q, 1),
                               .state = (int)db_i64(q, 2),
                               .since_ms = db_i64(q, 5)};

        copy_text(key.unit, sizeof key.unit, db_text(q, 0));
        copy_key(key.curve_public, db_bytes(q, 3));
        copy_key(key.sign_public, db_bytes(q, 4));
        if ((rc = each(who, &key)) != 0)
            break;
    }
    db_done(q);
    return rc;
}

/* ---- contacts */

int hub_store_put_contact(struct hub_store *s, const struct contact *contact)
{
    struct db_stmt *q = db_use(s->q, Q_PUT_CONTACT);

    db_bind_text(q, contact->unit);
    db_bind_i64(q, contact->last_seen_ms);
    db_bind_text(q, contact->address);
    db_bind_text(q, contact->software);
    db_bind_i64(q, contact->clock_offset_ms);
    db_bind_i64(q, (int64_t)contact->backlog.records);
    db_bind_i64(q, (int64_t)contact->backlog.bytes);
    db_bind_i64(q, contact->backlog.oldest_ms);
    db_bind_i64(q, (int64_t)contact->head);
    return db_run(q);
}

int hub_store_contact(struct hub_store *s, const char *unit,
                      struct contact *out)
{
    struct db_stmt *q = db_use(s->q, Q_CONTACT);
    int rc;

    memset(out, 0, sizeof *out);
    db_bind_text(q, unit);
    if ((rc = db_step(q)) != 1)
        return rc == 0 ? ERR_MISSING : rc;
    copy_text(out->unit, sizeof out->unit, unit);
    out->last_seen_ms = db_i64(q, 0);
    buf_clear(&s->setting);
    buf_add_text(&s->setting, db_text(q, 1));
    buf_add_u8(&s->setting, 0);
    out->clock_offset_ms = db_i64(q, 3);
    out->backlog.records = (uint64_t)db_i64(q, 4);
    out->backlog.bytes = (uint64_t)db_i64(q, 5);
    out->backlog.oldest_ms = db_i64(q, 6);
    out->head = (uint64_t)db_i64(q, 7);
    {
        size_t at = s->setting.size;

        buf_add_text(&s->setting, db_text(q, 2));
        out->address = buf_text(&s->setting);
        out->software = out->address + at;
    }
    db_done(q);
    return 0;
}

/* ---- invites */

int hub_store_add_invite(struct hub_store *s, const struct invite *invite)
{
    struct db_stmt *q = db_use(s->q, Q_ADD_INVITE);

    db_bind_hash(q, &invite->secret_hash);
    db_bind_text(q, invite->unit);
    db_bind_i64(q, invite->created_ms);
    db_bind_i64(q, invite->expires_ms);
    return db_run(q);
}

int hub_store_invite(struct hub_store *s, const struct hash *secret_hash,
                     struct invite *out)
{
    struct db_stmt *q = db_use(s->q, Q_INVITE);
    int rc;

    memset(out, 0, sizeof *out);
    db_bind_hash(q, secret_hash);
    if ((rc = db_step(q)) != 1)
        return rc == 0 ? ERR_MISSING : rc;
    out->secret_hash = *secret_hash;
    copy_text(out->unit, sizeof out->unit, db_text(q, 0));
    out->created_ms = db_i64(q, 1);
    out->expires_ms = db_i64(q, 2);
    out->used = !db_is_null(q, 3);
    copy_key(out->curve, db_bytes(q, 3));
    buf_clear(&s->setting);
    buf_add_bytes(&s->setting, db_bytes(q, 4));
    out->certificate = buf_bytes(&s->setting);
    db_done(q);
    return 0;
}

int hub_store_use_invite(struct hub_store *s, const struct hash *secret_hash,
                         const uint8_t curve[32], struct bytes certificate)
{
    struct db_stmt *q = db_use(s->q, Q_USE_INVITE);

    db_bind_blob(q, curve, 32);
    db_bind_bytes(q, certificate);
    db_bind_hash(q, secret_hash);
    return db_run(q);
}

/* ---- alerts */

static int replace_one(struct hub_store *s, const struct alert *by,
                       const struct id *id)
{
    struct db_stmt *q = db_use(s->q, Q_REPLACE_LATER);
    int rc;

    db_bind_id(q, id);
    db_bind_id(q, &by->id);
    db_bind_i64(q, by->type);
    if ((rc = db_run(q)) != 0)
        return rc;
    q = db_use(s->q, Q_REPLACE_ALERT);
    db_bind_id(q, &by->id);
    db_bind_i64(q, by->type);
    db_bind_id(q, id);
    return db_run(q);
}

int hub_store_put_alert(struct hub_store *s, const struct alert *alert)
{
    struct db_stmt *q = db_use(s->q, Q_PUT_ALERT);
    struct buf audience = {0};
    int rc;

    for (size_t i = 0; i < alert->audience_count; i++)
        buf_printf(&audience, "%s\n", alert->audience[i]);
    db_bind_id(q, &alert->id);
    db_bind_i64(q, alert->issued_ms);
    db_bind_i64(q, alert->expires_ms);
    db_bind_i64(q, alert->type);
    db_bind_i64(q, alert->severity);
    db_bind_text(q, alert->event);
    db_bind_text(q, alert->headline);
    db_bind_text(q, alert->text);
    db_bind_text(q, buf_text(&audience));
    rc = db_run(q);
    buf_free(&audience);
    for (size_t i = 0; rc == 0 && i < alert->reference_count; i++)
        rc = replace_one(s, alert, &alert->references[i]);
    return rc;
}

static void read_alert(struct db_stmt *q, struct alert_row *out)
{
    memset(out, 0, sizeof *out);
    (void)db_id(q, 0, &out->id);
    out->issued_ms = db_i64(q, 1);
    out->expires_ms = db_i64(q, 2);
    out->type = (int)db_i64(q, 3);
    out->severity = (int)db_i64(q, 4);
    out->event = db_text(q, 5);
    out->headline = db_text(q, 6);
    out->text = db_text(q, 7);
    out->audience = db_text(q, 8);
    out->replaced = db_i64(q, 9) != 0;
    out->replaced_type = (int)db_i64(q, 10);
}

/* The texts, in memory of the store's. */
static void lend_alert(struct hub_store *s, struct alert_row *row)
{
    const char **texts[] = {&row->event, &row->headline, &row->text,
                            &row->audience};
    enum { TEXTS = sizeof texts / sizeof *texts };
    size_t at[TEXTS];

    buf_clear(&s->setting);
    for (size_t i = 0; i < TEXTS; i++) {
        at[i] = s->setting.size;
        buf_add_text(&s->setting, *texts[i]);
        buf_add_u8(&s->setting, 0);
    }
    for (size_t i = 0; i < TEXTS; i++)
        *texts[i] = buf_text(&s->setting) + at[i];
}

int hub_store_alert(struct hub_store *s, const struct id *id,
                    struct alert_row *out)
{
    struct db_stmt *q = db_use(s->q, Q_ALERT);
    int rc;

    db_bind_id(q, id);
    if ((rc = db_step(q)) != 1)
        return rc == 0 ? ERR_MISSING : rc;
    read_alert(q, out);
    lend_alert(s, out);
    db_done(q);
    return 0;
}

int hub_store_alerts(struct hub_store *s,
                     int (*each)(void *who, const struct alert_row *row),
                     void *who)
{
    struct db_stmt *q = db_use(s->q, Q_ALERTS);
    int rc;

    while ((rc = db_step(q)) == 1) {
        struct alert_row row;

        read_alert(q, &row);
        if ((rc = each(who, &row)) != 0)
            break;
    }
    db_done(q);
    return rc;
}

int hub_store_alert_sent(struct hub_store *s, const struct id *alert,
                         const char *unit, int64_t sent_ms)
{
    struct db_stmt *q = db_use(s->q, Q_SENT);

    db_bind_id(q, alert);
    db_bind_text(q, unit);
    db_bind_i64(q, sent_ms);
    return db_run(q);
}

int hub_store_alerts_unsent(struct hub_store *s, const char *unit,
                            int64_t since_ms)
{
    struct db_stmt *q = db_use(s->q, Q_UNSENT);

    db_bind_text(q, unit);
    db_bind_i64(q, since_ms);
    return db_run(q);
}

int hub_store_put_receipt(struct hub_store *s, const char *unit,
                          const struct receipt *receipt)
{
    struct db_stmt *q = db_use(s->q, Q_PUT_RECEIPT);

    db_bind_id(q, &receipt->alert);
    db_bind_text(q, unit);
    db_bind_i64(q, receipt->verdict);
    db_bind_i64(q, receipt->stored_ms);
    db_bind_i64(q, receipt->shown_ms);
    db_bind_i64(q, receipt->acknowledged_ms);
    db_bind_text(q, receipt->by);
    return db_run(q);
}

int hub_store_receipts(struct hub_store *s, const struct id *alert,
                       int (*each)(void *who, const struct receipt_row *row),
                       void *who)
{
    struct db_stmt *q = db_use(s->q, Q_RECEIPTS);
    int rc;

    db_bind_id(q, alert);
    while ((rc = db_step(q)) == 1) {
        struct receipt_row row = {.verdict = (int)db_i64(q, 1),
                                  .sent_ms = db_i64(q, 2),
                                  .stored_ms = db_i64(q, 3),
                                  .shown_ms = db_i64(q, 4),
                                  .acknowledged_ms = db_i64(q, 5),
                                  .by = db_text(q, 6)};

        copy_text(row.unit, sizeof row.unit, db_text(q, 0));
        if ((rc = each(who, &row)) != 0)
            break;
    }
    db_done(q);
    return rc;
}

/* ---- alarms */

int hub_store_raise(struct hub_store *s, const char *unit, int code,
                    const char *text, int64_t now_ms)
{
    struct db_stmt *q = db_use(s->q, Q_RAISE);

    db_bind_text(q, unit);
    db_bind_i64(q, code);
    db_bind_text(q, text);
    db_bind_i64(q, now_ms);
    return db_run(q);
}

int hub_store_alarms(struct hub_store *s, const char *unit_or_null,
                     int (*each)(void *who, const struct alarm_row *row),
                     void *who)
{
    struct db_stmt *q = db_use(s->q, Q_ALARMS);
    int rc;

    db_bind_text(q, unit_or_null);
    while ((rc = db_step(q)) == 1) {
        struct alarm_row row = {.id = db_i64(q, 0),
                                .unit = db_text(q, 1),
                                .code = (int)db_i64(q, 2),
                                .text = db_text(q, 3),
                                .since_ms = db_i64(q, 4),
                                .last_ms = db_i64(q, 5),
                                .times = db_i64(q, 6)};

        if ((rc = each(who, &row)) != 0)
            break;
    }
    db_done(q);
    return rc;
}

int hub_store_clear_alarm(struct hub_store *s, int64_t id, int64_t now_ms)
{
    struct db_stmt *q = db_use(s->q, Q_CLEAR_ALARM);
    int rc;

    db_bind_i64(q, now_ms);
    db_bind_i64(q, id);
    if ((rc = db_run(q)) != 0)
        return rc;
    return db_changes(s->db) == 1 ? 0 : ERR_MISSING;
}

int hub_store_clear_alarms(struct hub_store *s, const char *unit, int code,
                           int64_t now_ms)
{
    struct db_stmt *q = db_use(s->q, Q_CLEAR_ALARMS);

    db_bind_i64(q, now_ms);
    db_bind_text(q, unit);
    db_bind_i64(q, code);
    return db_run(q);
}

/* ---- who was invited */

int hub_store_invites(struct hub_store *s,
                      int (*each)(void *who, const struct invite *invite),
                      void *who)
{
    struct db_stmt *q = db_use(s->q, Q_INVITES);
    int rc;

    while ((rc = db_step(q)) == 1) {
        struct invite i = {.created_ms = db_i64(q, 1),
                           .expires_ms = db_i64(q, 2),
                           .used = db_i64(q, 3) != 0};

        copy_text(i.unit, sizeof i.unit, db_text(q, 0));
        if ((rc = each(who, &i)) != 0)
            break;
    }
    db_done(q);
    return rc;
}
