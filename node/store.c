/* node/store.c - every statement of the node, prepared when the file opens: a
 * typo stops the start, not a turn at three in the morning. */
#include "node/store.h"

#include <string.h>

#include "common/base/mem.h"

/* the ledger's steps and the node's own */
extern const char *const node_schema[];
extern const size_t node_schema_count;

enum {
    Q_SETTING,
    Q_SET,
    Q_PUT_TRUST,
    Q_TRUST,
    Q_PUT_INTAKE,
    Q_INTAKE,
    Q_DROP_INTAKE,
    Q_PUT_ERASURE,
    Q_ERASURE,
    Q_PUT_ALERT,
    Q_REPLACE_LATER,
    Q_REPLACE_ALERT,
    Q_IS_REPLACED,
    Q_ALERT,
    Q_ALERTS,
    Q_ALERTS_SHOWN,
    Q_ACKNOWLEDGE,
    Q_RECEIPTS_DUE,
    Q_RECEIPT_WRITTEN,
    Q_RECEIPT_DUE,
    Q_RAISE,
    Q_ALARMS,
    Q_CLEAR_ALARM,
    Q_CLEAR_ALARMS,
    Q_PUT_SEALING_KEY,
    Q_DROP_UNHELD,
    Q_SEALING_KEY,
    Q_SEALING_KEYS,
    Q_USER_ROWS,
    Q_WRAPPED,
    Q_WRAP_KEY,
    Q_HOLDERS,
    Q_KEYS_HELD,
    Q_COUNT
};

#define ALERT_COLUMNS                                                          \
    "id, verdict, type, severity, issued_ms, expires_ms, for_us,"              \
    " replaced_by IS NOT NULL, coalesce(replaced_type, 0), stored_ms,"         \
    " shown_ms, acknowledged_ms, event, headline, text, by,"                   \
    " coalesce((SELECT c.text FROM alert c WHERE c.id = alert.replaced_by"     \
    " AND c.type = 3), '')"

static const char *const queries[Q_COUNT] = {
    [Q_SETTING] = "SELECT value FROM setting WHERE name = ?",
    [Q_SET] = "INSERT INTO setting (name, value) VALUES (?, ?)"
              " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
    [Q_PUT_TRUST] =
        "INSERT INTO trust (key_id, number, public) VALUES (?, ?, ?)"
        " ON CONFLICT (key_id) DO UPDATE SET number = excluded.number,"
        " public = excluded.public",
    [Q_TRUST] = "SELECT public FROM trust WHERE key_id = ? AND revoked = 0",
    [Q_PUT_INTAKE] = "INSERT INTO intake (record, fingerprint) VALUES (?, ?)",
    [Q_INTAKE] = "SELECT fingerprint FROM intake WHERE record = ?",
    [Q_DROP_INTAKE] = "DELETE FROM intake WHERE record = ?",
    [Q_PUT_ERASURE] = "INSERT INTO erasure (record, at_ms, by, reason)"
                      " VALUES (?, ?, ?, ?) ON CONFLICT (record) DO NOTHING",
    [Q_ERASURE] = "SELECT at_ms, by, reason FROM erasure WHERE record = ?",
    [Q_PUT_ALERT] =
        "INSERT INTO alert (id, verdict, type, severity, issued_ms,"
        " expires_ms, event, headline, text, for_us, receipt_due, stored_ms,"
        " replaced_by, replaced_type)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10, ?11,"
        " (SELECT by FROM replaced WHERE id = ?1),"
        " (SELECT type FROM replaced WHERE id = ?1))"
        " ON CONFLICT (id) DO NOTHING",
    [Q_REPLACE_LATER] = "INSERT INTO replaced (id, by, type) VALUES (?, ?, ?)"
                        " ON CONFLICT (id) DO NOTHING",
    [Q_REPLACE_ALERT] = "UPDATE alert SET replaced_by = ?, replaced_type = ?"
                        " WHERE id = ? AND replaced_by IS NULL",
    [Q_IS_REPLACED] = "SELECT 1 FROM replaced WHERE id = ?",
    [Q_ALERT] = "SELECT " ALERT_COLUMNS " FROM alert WHERE id = ?",
    [Q_ALERTS] = "SELECT " ALERT_COLUMNS " FROM alert ORDER BY issued_ms, id",
    [Q_ALERTS_SHOWN] =
        "UPDATE alert SET shown_ms = ?, receipt_due = 1"
        " WHERE for_us = 1 AND shown_ms = 0 AND replaced_by IS NULL"
        " AND stored_ms <= ?",
    [Q_ACKNOWLEDGE] =
        "UPDATE alert SET acknowledged_ms = ?1, by = ?2, receipt_due = 1,"
        " shown_ms = CASE shown_ms WHEN 0 THEN ?1 ELSE shown_ms END"
        " WHERE id = ?3 AND acknowledged_ms = 0",
    [Q_RECEIPTS_DUE] =
        "SELECT " ALERT_COLUMNS
        " FROM alert INDEXED BY alert_due WHERE receipt_due = 1 ORDER BY id",
    [Q_RECEIPT_DUE] = "UPDATE alert SET receipt_due = 1"
                      " WHERE id = ? AND for_us = 1",
    [Q_RECEIPT_WRITTEN] = "UPDATE alert SET receipt_due = 0 WHERE id = ?",
    [Q_RAISE] = "INSERT INTO alarm (code, text, since_ms, last_ms)"
                " VALUES (?1, ?2, ?3, ?3)"
                " ON CONFLICT (code) WHERE cleared_ms IS NULL DO UPDATE"
                " SET text = excluded.text, last_ms = excluded.last_ms,"
                " times = times + 1",
    [Q_ALARMS] = "SELECT id, code, text, since_ms FROM alarm"
                 " WHERE cleared_ms IS NULL ORDER BY id",
    [Q_CLEAR_ALARMS] = "UPDATE alarm SET cleared_ms = ? WHERE code = ?"
                       " AND cleared_ms IS NULL",
    [Q_CLEAR_ALARM] = "UPDATE alarm SET cleared_ms = ? WHERE id = ?"
                      " AND cleared_ms IS NULL",
    [Q_PUT_SEALING_KEY] =
        "INSERT INTO sealing_key (key_id, custodian, public, recovery_box,"
        " since_ms) VALUES (?, ?, ?, ?, ?)",
    [Q_DROP_UNHELD] = "DELETE FROM sealing_key WHERE key_id NOT IN"
                      " (SELECT key_id FROM wrapped_key)",
    [Q_SEALING_KEY] =
        "SELECT key_id, public, recovery_box, since_ms FROM sealing_key"
        " WHERE custodian = ? ORDER BY since_ms DESC, rowid DESC LIMIT 1",
    [Q_SEALING_KEYS] =
        "SELECT key_id, public, recovery_box, since_ms, custodian"
        " FROM sealing_key ORDER BY since_ms, rowid",
    [Q_USER_ROWS] = "SELECT name, role, password FROM user"
                    " WHERE disabled = 0 ORDER BY name",
    [Q_WRAPPED] = "SELECT key_id, salt, box FROM wrapped_key WHERE user = ?"
                  " ORDER BY key_id",
    [Q_WRAP_KEY] = "INSERT INTO wrapped_key (user, key_id, salt, box)"
                   " VALUES (?, ?, ?, ?) ON CONFLICT (user, key_id) DO UPDATE"
                   " SET salt = excluded.salt, box = excluded.box",
    [Q_HOLDERS] =
        "SELECT count(*) FROM wrapped_key JOIN user ON user.name = user"
        " WHERE key_id = ? AND disabled = 0",
    [Q_KEYS_HELD] = "SELECT count(*) FROM wrapped_key WHERE user = ?",
};

struct node_store {
    struct db *db;
    struct db_set *q;
    struct buf lent; /* what was lent last */
};

int node_store_open(struct node_store **out, const char *path,
                    enum db_mode mode, struct error *err)
{
    struct node_store *s = mem_new(sizeof *s);
    int rc;

    if ((rc = db_open(&s->db, path, mode, DB_APP_NODE, err)) != 0 ||
        (rc = db_migrate(s->db, node_schema, node_schema_count, err)) != 0 ||
        (rc = db_prepare(&s->q, s->db, queries, Q_COUNT, err)) != 0) {
        node_store_close(&s);
        return rc;
    }
    *out = s;
    return 0;
}

void node_store_close(struct node_store **store)
{
    if (*store == NULL)
        return;
    db_close(&(*store)->db);
    buf_free(&(*store)->lent);
    mem_free(store);
}

struct db *node_store_db(struct node_store *store) { return store->db; }

/* 0 when a row came, ERR_MISSING when none, or the error. */
static int found(int step)
{
    return step == 1 ? 0 : step == 0 ? ERR_MISSING : step;
}

const char *node_store_setting(struct node_store *s, const char *name)
{
    struct db_stmt *q = db_use(s->q, Q_SETTING);

    buf_clear(&s->lent);
    db_bind_text(q, name);
    if (db_step(q) == 1)
        buf_add_text(&s->lent, db_text(q, 0));
    db_done(q);
    return buf_text(&s->lent);
}

int node_store_set(struct node_store *s, const char *name, const char *value)
{
    struct db_stmt *q = db_use(s->q, Q_SET);

    db_bind_text(q, name);
    db_bind_text(q, value);
    return db_run(q);
}

/* ---- trusted hub signing keys */

int node_store_put_trust(struct node_store *s, const uint8_t key_id[8],
                         uint64_t number, const uint8_t public_key[32])
{
    struct db_stmt *q = db_use(s->q, Q_PUT_TRUST);

    db_bind_blob(q, key_id, 8);
    db_bind_i64(q, (int64_t)number);
    db_bind_blob(q, public_key, 32);
    return db_run(q);
}

static void copy_blob(uint8_t *out, size_t size, struct bytes from)
{
    memset(out, 0, size);
    if (from.size == size)
        memcpy(out, from.data, size);
}

int node_store_trust(struct node_store *s, const uint8_t key_id[8],
                     uint8_t public_key[32])
{
    struct db_stmt *q = db_use(s->q, Q_TRUST);
    int rc;

    db_bind_blob(q, key_id, 8);
    if ((rc = found(db_step(q))) == 0)
        copy_blob(public_key, 32, db_bytes(q, 0));
    db_done(q);
    return rc;
}

/* ---- intake */

int node_store_put_intake(struct node_store *s, const struct id *record,
                          const struct hash *fingerprint)
{
    struct db_stmt *q = db_use(s->q, Q_PUT_INTAKE);

    db_bind_id(q, record);
    db_bind_hash(q, fingerprint);
    return db_run(q);
}

int node_store_intake(struct node_store *s, const struct id *record,
                      struct hash *fingerprint)
{
    struct db_stmt *q = db_use(s->q, Q_INTAKE);
    int rc;

    db_bind_id(q, record);
    if ((rc = found(db_step(q))) == 0 && !db_hash(q, 0, fingerprint))
        rc = ERR_DAMAGED;
    db_done(q);
    return rc;
}

/* ---- erasures */

int node_store_put_erasure(struct node_store *s, const struct id *record,
                           const struct erasure *erasure)
{
    struct db_stmt *q = db_use(s->q, Q_DROP_INTAKE);
    int rc;

    db_bind_id(q, record);
    if ((rc = db_run(q)) != 0)
        return rc;
    q = db_use(s->q, Q_PUT_ERASURE);
    db_bind_id(q, record);
    db_bind_i64(q, erasure->at_ms);
    db_bind_text(q, erasure->by);
    db_bind_text(q, erasure->reason);
    return db_run(q);
}

int node_store_erasure(struct node_store *s, const struct id *record,
                       struct erasure *out)
{
    struct db_stmt *q = db_use(s->q, Q_ERASURE);
    size_t reason;
    int rc;

    db_bind_id(q, record);
    if ((rc = found(db_step(q))) == 0) {
        out->at_ms = db_i64(q, 0);
        buf_clear(&s->lent);
        buf_add(&s->lent, db_text(q, 1), strlen(db_text(q, 1)) + 1);
        reason = s->lent.size;
        buf_add(&s->lent, db_text(q, 2), strlen(db_text(q, 2)) + 1);
        out->by = (const char *)s->lent.data;
        out->reason = (const char *)s->lent.data + reason;
    }
    db_done(q);
    return rc;
}

/* ---- alerts */

static int replace_one(struct node_store *s, const struct alert *by,
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

int node_store_put_alert(struct node_store *s, const struct alert *alert,
                         int verdict, bool for_us, int64_t stored_ms)
{
    struct db_stmt *q = db_use(s->q, Q_PUT_ALERT);
    int rc;

    db_bind_id(q, &alert->id);
    db_bind_i64(q, verdict);
    db_bind_i64(q, alert->type);
    db_bind_i64(q, alert->severity);
    db_bind_i64(q, alert->issued_ms);
    db_bind_i64(q, alert->expires_ms);
    db_bind_text(q, alert->event);
    db_bind_text(q, alert->headline);
    db_bind_text(q, alert->text);
    db_bind_i64(q, for_us);
    db_bind_i64(q, stored_ms);
    if ((rc = db_run(q)) != 0 || db_changes(s->db) == 0)
        return rc; /* known already */
    for (size_t i = 0; rc == 0 && i < alert->reference_count; i++)
        rc = replace_one(s, alert, &alert->references[i]);
    return rc;
}

/* Is there a row for this id? */
static bool has_row(struct node_store *s, int query, const struct id *id)
{
    struct db_stmt *q = db_use(s->q, query);
    bool there;

    db_bind_id(q, id);
    there = db_step(q) == 1;
    db_done(q);
    return there;
}

bool node_store_has_alert(struct node_store *s, const struct id *id)
{
    return has_row(s, Q_ALERT, id);
}

bool node_store_is_replaced(struct node_store *s, const struct id *id)
{
    return has_row(s, Q_IS_REPLACED, id);
}

static void read_alert(struct db_stmt *q, struct node_alert *out)
{
    memset(out, 0, sizeof *out);
    (void)db_id(q, 0, &out->id);
    out->verdict = (int)db_i64(q, 1);
    out->type = (int)db_i64(q, 2);
    out->severity = (int)db_i64(q, 3);
    out->issued_ms = db_i64(q, 4);
    out->expires_ms = db_i64(q, 5);
    out->for_us = db_i64(q, 6) != 0;
    out->replaced = db_i64(q, 7) != 0;
    out->replaced_type = (int)db_i64(q, 8);
    out->stored_ms = db_i64(q, 9);
    out->shown_ms = db_i64(q, 10);
    out->acknowledged_ms = db_i64(q, 11);
    out->event = db_text(q, 12);
    out->headline = db_text(q, 13);
    out->text = db_text(q, 14);
    out->by = db_text(q, 15);
    out->reason = db_text(q, 16);
}

/* Puts the texts, one after another, where they outlive the statement. */
static void lend_texts(struct node_store *s, struct node_alert *alert)
{
    const char **texts[] = {&alert->event, &alert->headline, &alert->text,
                            &alert->by, &alert->reason};
    size_t at[5];

    buf_clear(&s->lent);
    for (size_t i = 0; i < 5; i++) {
        at[i] = s->lent.size;
        buf_add(&s->lent, *texts[i], strlen(*texts[i]) + 1);
    }
    for (size_t i = 0; i < 5; i++)
        *texts[i] = (const char *)s->lent.data + at[i];
}

int node_store_alert(struct node_store *s, const struct id *id,
                     struct node_alert *out)
{
    struct db_stmt *q = db_use(s->q, Q_ALERT);
    int rc;

    db_bind_id(q, id);
    if ((rc = found(db_step(q))) == 0) {
        read_alert(q, out);
        lend_texts(s, out);
    }
    db_done(q);
    return rc;
}

static int each_alert(struct node_store *s, int query,
                      int (*each)(void *who, const struct node_alert *alert),
                      void *who)
{
    struct db_stmt *q = db_use(s->q, query);
    int rc;

    while ((rc = db_step(q)) == 1) {
        struct node_alert alert;

        read_alert(q, &alert);
        if ((rc = each(who, &alert)) != 0)
            break;
    }
    db_done(q);
    return rc;
}

int node_store_alerts(struct node_store *s,
                      int (*each)(void *who, const struct node_alert *alert),
                      void *who)
{
    return each_alert(s, Q_ALERTS, each, who);
}

int node_store_alerts_shown(struct node_store *s, int64_t until_ms,
                            int64_t now_ms)
{
    struct db_stmt *q = db_use(s->q, Q_ALERTS_SHOWN);

    db_bind_i64(q, now_ms);
    db_bind_i64(q, until_ms);
    return db_run(q);
}

int node_store_alert_acknowledged(struct node_store *s, const struct id *id,
                                  const char *by, int64_t now_ms)
{
    struct db_stmt *q = db_use(s->q, Q_ACKNOWLEDGE);

    db_bind_i64(q, now_ms);
    db_bind_text(q, by);
    db_bind_id(q, id);
    return db_run(q);
}

int node_store_receipts_due(struct node_store *s,
                            int (*each)(void *who,
                                        const struct node_alert *alert),
                            void *who)
{
    return each_alert(s, Q_RECEIPTS_DUE, each, who);
}

int node_store_receipt_due(struct node_store *s, const struct id *alert)
{
    struct db_stmt *q = db_use(s->q, Q_RECEIPT_DUE);

    db_bind_id(q, alert);
    return db_run(q);
}

int node_store_receipt_written(struct node_store *s, const struct id *alert)
{
    struct db_stmt *q = db_use(s->q, Q_RECEIPT_WRITTEN);

    db_bind_id(q, alert);
    return db_run(q);
}

/* ---- alarms */

int node_store_raise(struct node_store *s, int code, const char *text,
                     int64_t now_ms)
{
    struct db_stmt *q = db_use(s->q, Q_RAISE);

    db_bind_i64(q, code);
    db_bind_text(q, text);
    db_bind_i64(q, now_ms);
    return db_run(q);
}

int node_store_alarms(struct node_store *s,
                      int (*each)(void *who, int64_t id, int code,
                                  const char *text, int64_t since_ms),
                      void *who)
{
    struct db_stmt *q = db_use(s->q, Q_ALARMS);
    int rc;

    while ((rc = db_step(q)) == 1)
        if ((rc = each(who, db_i64(q, 0), (int)db_i64(q, 1), db_text(q, 2),
                       db_i64(q, 3))) != 0)
            break;
    db_done(q);
    return rc;
}

int node_store_clear_alarm(struct node_store *s, int64_t id, int64_t now_ms)
{
    struct db_stmt *q = db_use(s->q, Q_CLEAR_ALARM);
    int rc;

    db_bind_i64(q, now_ms);
    db_bind_i64(q, id);
    if ((rc = db_run(q)) != 0)
        return rc;
    return db_changes(s->db) == 1 ? 0 : ERR_MISSING;
}

int node_store_clear_alarms(struct node_store *s, int code, int64_t now_ms)
{
    struct db_stmt *q = db_use(s->q, Q_CLEAR_ALARMS);

    db_bind_i64(q, now_ms);
    db_bind_i64(q, code);
    return db_run(q);
}

/* ---- sealing keys, users */

int node_store_put_sealing_key(struct node_store *s,
                               const struct sealing_key *key)
{
    struct db_stmt *q = db_use(s->q, Q_PUT_SEALING_KEY);

    db_bind_blob(q, key->key_id, sizeof key->key_id);
    db_bind_i64(q, key->custodian);
    db_bind_blob(q, key->public_key, sizeof key->public_key);
    db_bind_bytes(q, key->recovery_box);
    db_bind_i64(q, key->since_ms);
    return db_run(q);
}

int node_store_drop_unheld_keys(struct node_store *s)
{
    return db_run(db_use(s->q, Q_DROP_UNHELD));
}

int node_store_sealing_key(struct node_store *s, bool custodian,
                           struct sealing_key *out)
{
    struct db_stmt *q = db_use(s->q, Q_SEALING_KEY);
    int rc;

    memset(out, 0, sizeof *out);
    db_bind_i64(q, custodian);
    if ((rc = found(db_step(q))) == 0) {
        out->custodian = custodian;
        copy_blob(out->key_id, sizeof out->key_id, db_bytes(q, 0));
        copy_blob(out->public_key, sizeof out->public_key, db_bytes(q, 1));
        buf_clear(&s->lent);
        buf_add_bytes(&s->lent, db_bytes(q, 2));
        out->recovery_box = buf_bytes(&s->lent);
        out->since_ms = db_i64(q, 3);
    }
    db_done(q);
    return rc;
}

int node_store_sealing_keys(struct node_store *s,
                            int (*each)(void *who,
                                        const struct sealing_key *key),
                            void *who)
{
    struct db_stmt *q = db_use(s->q, Q_SEALING_KEYS);
    struct sealing_key key;
    int rc;

    while ((rc = db_step(q)) == 1) {
        memset(&key, 0, sizeof key);
        copy_blob(key.key_id, sizeof key.key_id, db_bytes(q, 0));
        copy_blob(key.public_key, sizeof key.public_key, db_bytes(q, 1));
        key.recovery_box = db_bytes(q, 2);
        key.since_ms = db_i64(q, 3);
        key.custodian = db_i64(q, 4) != 0;
        if ((rc = each(who, &key)) != 0)
            break;
    }
    db_done(q);
    return rc > 0 ? 0 : rc;
}

int node_store_user_rows(struct node_store *s,
                         int (*each)(void *who, const struct user_row *user),
                         void *who)
{
    struct db_stmt *q = db_use(s->q, Q_USER_ROWS);
    struct user_row user;
    int rc;

    while ((rc = db_step(q)) == 1) {
        user = (struct user_row){db_text(q, 0), db_text(q, 1), db_text(q, 2)};
        if ((rc = each(who, &user)) != 0)
            break;
    }
    db_done(q);
    return rc > 0 ? 0 : rc;
}

int node_store_wrapped(struct node_store *s, const char *user,
                       int (*each)(void *who, const uint8_t key_id[8],
                                   struct bytes salt, struct bytes box),
                       void *who)
{
    struct db_stmt *q = db_use(s->q, Q_WRAPPED);
    uint8_t key_id[8];
    int rc;

    db_bind_text(q, user);
    while ((rc = db_step(q)) == 1) {
        copy_blob(key_id, sizeof key_id, db_bytes(q, 0));
        if ((rc = each(who, key_id, db_bytes(q, 1), db_bytes(q, 2))) != 0)
            break;
    }
    db_done(q);
    return rc > 0 ? 0 : rc;
}

int node_store_wrap_key(struct node_store *s, const char *user,
                        const uint8_t key_id[8], struct bytes salt,
                        struct bytes box)
{
    struct db_stmt *q = db_use(s->q, Q_WRAP_KEY);

    db_bind_text(q, user);
    db_bind_blob(q, key_id, 8);
    db_bind_bytes(q, salt);
    db_bind_bytes(q, box);
    return db_run(q);
}

int64_t node_store_holders(struct node_store *s, const uint8_t key_id[8])
{
    struct db_stmt *q = db_use(s->q, Q_HOLDERS);
    int64_t count = 0;

    db_bind_blob(q, key_id, 8);
    if (db_step(q) == 1)
        count = db_i64(q, 0);
    db_done(q);
    return count;
}

int64_t node_store_keys_held(struct node_store *s, const char *user)
{
    struct db_stmt *q = db_use(s->q, Q_KEYS_HELD);
    int64_t count = 0;

    db_bind_text(q, user);
    if (db_step(q) == 1)
        count = db_i64(q, 0);
    db_done(q);
    return count;
}
