/* common/store/accounts.c - every statement about accounts of both programs. */
#include "common/store/accounts.h"

#include <stdio.h>
#include <string.h>

#include "common/base/mem.h"

enum {
    Q_USER,
    Q_ADD_USER,
    Q_SET_PASSWORD,
    Q_SET_DISABLED,
    Q_USERS,
    Q_SESSION,
    Q_PUT_SESSION,
    Q_MOVE_SESSION,
    Q_TOUCH_SESSION,
    Q_END_SESSION,
    Q_END_SESSIONS,
    Q_SWEEP,
    Q_SWEEP_USER,
    Q_SWEEP_ALL,
    Q_TOTP,
    Q_PUT_TOTP,
    Q_PUT_PENDING,
    Q_CONFIRM_TOTP,
    Q_TOTP_USED,
    Q_DROP_TOTP,
    Q_PUT_RECOVERY,
    Q_CONFIRM_RECOVERY,
    Q_USE_RECOVERY,
    Q_DROP_RECOVERY,
    Q_DROP_CONFIRMED,
    Q_DROP_PENDING,
    Q_LOG,
    Q_REPLY,
    Q_AUDIT,
    Q_END_ALL,
    Q_VOID_CODES,
    Q_COUNT
};

static const char *const queries[Q_COUNT] = {
    [Q_USER] = "SELECT name, role, password, disabled FROM user WHERE name = ?",
    [Q_ADD_USER] = "INSERT INTO user (name, role, password, created_ms)"
                   " VALUES (?, ?, ?, ?) ON CONFLICT (name) DO NOTHING",
    [Q_SET_PASSWORD] = "UPDATE user SET password = ? WHERE name = ?",
    [Q_SET_DISABLED] = "UPDATE user SET disabled = ? WHERE name = ?",
    [Q_USERS] =
        "SELECT name, role, disabled, secret IS NOT NULL, created_ms,"
        " coalesce((SELECT max(seen_ms) FROM session"
        " WHERE session.user = user.name), 0),"
        " (SELECT count(*) FROM recovery_code"
        " WHERE recovery_code.user = user.name AND pending = 0)"
        " FROM user LEFT JOIN totp ON totp.user = user.name ORDER BY name",
    [Q_SESSION] =
        "SELECT session.user, address, opened_ms, seen_ms, code_ms, role,"
        " disabled, secret IS NOT NULL, code_due FROM session"
        " JOIN user ON user.name = session.user"
        " LEFT JOIN totp ON totp.user = session.user WHERE token = ?",
    [Q_PUT_SESSION] = "INSERT INTO session"
                      " (token, user, address, opened_ms, seen_ms, code_ms,"
                      " code_due) VALUES (?, ?, ?, ?, ?, ?, ?)",
    [Q_MOVE_SESSION] =
        "UPDATE session SET token = ?, code_ms = ? WHERE token = ?",
    [Q_TOUCH_SESSION] = "UPDATE session SET seen_ms = ? WHERE token = ?",
    [Q_END_SESSION] = "DELETE FROM session WHERE token = ?",
    [Q_END_SESSIONS] =
        "DELETE FROM session WHERE user = ?1 AND (?2 IS NULL OR token <> ?2)",
    [Q_SWEEP] = "DELETE FROM session WHERE seen_ms < ? OR opened_ms < ?",
    [Q_SWEEP_USER] =
        "DELETE FROM session WHERE token IN (SELECT token FROM session"
        " WHERE user = ? ORDER BY seen_ms DESC, rowid DESC LIMIT -1 OFFSET ?)",
    [Q_SWEEP_ALL] =
        "DELETE FROM session WHERE token IN (SELECT token FROM session"
        " ORDER BY seen_ms DESC, rowid DESC LIMIT -1 OFFSET ?)",
    [Q_TOTP] = "SELECT secret, pending, last_step FROM totp WHERE user = ?",
    [Q_PUT_TOTP] = "INSERT INTO totp (user, secret) VALUES (?, ?)"
                   " ON CONFLICT (user) DO UPDATE"
                   " SET secret = excluded.secret, pending = NULL",
    [Q_PUT_PENDING] =
        "INSERT INTO totp (user, pending) VALUES (?, ?)"
        " ON CONFLICT (user) DO UPDATE SET pending = excluded.pending",
    [Q_CONFIRM_TOTP] = "UPDATE totp SET secret = pending, pending = NULL"
                       " WHERE user = ? AND pending IS NOT NULL",
    [Q_TOTP_USED] = "UPDATE totp SET last_step = ? WHERE user = ?",
    [Q_DROP_TOTP] = "DELETE FROM totp WHERE user = ?",
    [Q_PUT_RECOVERY] = "INSERT INTO recovery_code (user, code, pending)"
                       " VALUES (?, ?, ?)",
    [Q_CONFIRM_RECOVERY] = "UPDATE recovery_code SET pending = 0"
                           " WHERE user = ?",
    [Q_USE_RECOVERY] = "DELETE FROM recovery_code"
                       " WHERE user = ? AND code = ? AND pending = 0",
    [Q_DROP_RECOVERY] = "DELETE FROM recovery_code WHERE user = ?",
    [Q_DROP_CONFIRMED] = "DELETE FROM recovery_code"
                         " WHERE user = ? AND pending = 0",
    [Q_DROP_PENDING] = "DELETE FROM recovery_code"
                       " WHERE user = ? AND pending = 1",
    [Q_LOG] = "INSERT INTO command"
              " (id, name, actor, at_ms, reply, role, address, subject,"
              " number, link) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [Q_REPLY] = "SELECT reply, name, actor FROM command WHERE id = ?",
    [Q_AUDIT] = "SELECT rowid, id, name, actor, at_ms, role, address, subject"
                " FROM command WHERE rowid < ? ORDER BY rowid DESC LIMIT ?",
    [Q_END_ALL] = "DELETE FROM session",
    [Q_VOID_CODES] = "UPDATE totp SET last_step = max(last_step, ?)",
};

struct accounts {
    struct db *db;
    struct db_set *q;
    struct audit *chain;
};

int accounts_open(struct accounts **out, struct db *db,
                  const struct hash_function *f, struct error *err)
{
    struct accounts *a = mem_new(sizeof *a);
    int rc = db_prepare(&a->q, db, queries, Q_COUNT, err);

    a->db = db;
    if (rc == 0)
        rc = audit_open(&a->chain, db, f, err);
    if (rc != 0)
        mem_free(&a);
    else
        *out = a;
    return rc;
}

void accounts_close(struct accounts **accounts)
{
    if (*accounts == NULL)
        return;
    audit_close(&(*accounts)->chain);
    mem_free(accounts);
}

struct audit *accounts_chain(struct accounts *a) { return a->chain; }

struct db *accounts_db(struct accounts *a) { return a->db; }

static void copy_text(char *out, size_t room, const char *text)
{
    (void)snprintf(out, room, "%s", text);
}

/* What db_step said of a statement that finds one thing. */
static int found(int rc) { return rc == 1 ? 0 : rc == 0 ? ERR_MISSING : rc; }

/* A statement that must have met something. */
static int run_on_one(struct accounts *a, struct db_stmt *q)
{
    int rc = db_run(q);

    return rc != 0 ? rc : db_changes(a->db) > 0 ? 0 : ERR_MISSING;
}

/* A statement about one user. */
static int run_for(struct accounts *a, int query, const char *user)
{
    struct db_stmt *q = db_use(a->q, query);

    db_bind_text(q, user);
    return db_run(q);
}

/* ---- users */

int accounts_user(struct accounts *a, const char *name,
                  struct accounts_user *out)
{
    struct db_stmt *q = db_use(a->q, Q_USER);
    int rc;

    db_bind_text(q, name);
    if ((rc = found(db_step(q))) == 0) {
        copy_text(out->name, sizeof out->name, db_text(q, 0));
        copy_text(out->role, sizeof out->role, db_text(q, 1));
        copy_text(out->password, sizeof out->password, db_text(q, 2));
        out->disabled = db_i64(q, 3) != 0;
    }
    db_done(q);
    return rc;
}

int accounts_add_user(struct accounts *a, const struct accounts_user *user,
                      int64_t now_ms)
{
    struct db_stmt *q = db_use(a->q, Q_ADD_USER);
    int rc;

    db_bind_text(q, user->name);
    db_bind_text(q, user->role);
    db_bind_text(q, user->password);
    db_bind_i64(q, now_ms);
    rc = run_on_one(a, q);
    return rc == ERR_MISSING ? ERR_EXISTS : rc;
}

int accounts_set_password(struct accounts *a, const char *name,
                          const char *password)
{
    struct db_stmt *q = db_use(a->q, Q_SET_PASSWORD);

    db_bind_text(q, password);
    db_bind_text(q, name);
    return run_on_one(a, q);
}

int accounts_set_disabled(struct accounts *a, const char *name, bool disabled)
{
    struct db_stmt *q = db_use(a->q, Q_SET_DISABLED);

    db_bind_i64(q, disabled);
    db_bind_text(q, name);
    return run_on_one(a, q);
}

int accounts_users(struct accounts *a,
                   int (*each)(void *who, const struct accounts_listed *user),
                   void *who)
{
    struct db_stmt *q = db_use(a->q, Q_USERS);
    int rc;

    while ((rc = db_step(q)) == 1) {
        struct accounts_listed user = {
            .name = db_text(q, 0),
            .role = db_text(q, 1),
            .disabled = db_i64(q, 2) != 0,
            .totp = db_i64(q, 3) != 0,
            .created_ms = db_i64(q, 4),
            .seen_ms = db_i64(q, 5),
            .recovery_codes = db_i64(q, 6),
        };

        if ((rc = each(who, &user)) != 0)
            break;
    }
    db_done(q);
    return rc > 0 ? 0 : rc;
}

/* ---- sessions */

int accounts_session(struct accounts *a, const struct hash *token,
                     struct accounts_session *out)
{
    struct db_stmt *q = db_use(a->q, Q_SESSION);
    int rc;

    db_bind_hash(q, token);
    if ((rc = found(db_step(q))) == 0) {
        out->token = *token;
        copy_text(out->user, sizeof out->user, db_text(q, 0));
        copy_text(out->from, sizeof out->from, db_text(q, 1));
        out->opened_ms = db_i64(q, 2);
        out->seen_ms = db_i64(q, 3);
        out->code_ms = db_i64(q, 4);
        copy_text(out->role, sizeof out->role, db_text(q, 5));
        out->disabled = db_i64(q, 6) != 0;
        out->totp = db_i64(q, 7) != 0;
        out->code_due = db_i64(q, 8) != 0;
    }
    db_done(q);
    return rc;
}

static int sweep(struct accounts *a, const struct accounts_session *session,
                 int64_t idle_ms, int64_t life_ms)
{
    struct db_stmt *q = db_use(a->q, Q_SWEEP);
    int rc;

    db_bind_i64(q, session->opened_ms - idle_ms);
    db_bind_i64(q, session->opened_ms - life_ms);
    if ((rc = db_run(q)) != 0)
        return rc;
    q = db_use(a->q, Q_SWEEP_USER);
    db_bind_text(q, session->user);
    db_bind_i64(q, ACCOUNT_SESSIONS_MOST - 1);
    if ((rc = db_run(q)) != 0)
        return rc;
    q = db_use(a->q, Q_SWEEP_ALL);
    db_bind_i64(q, ACCOUNT_SESSIONS_ALL_MOST - 1);
    return db_run(q);
}

int accounts_put_session(struct accounts *a,
                         const struct accounts_session *session,
                         int64_t idle_ms, int64_t life_ms)
{
    struct db_stmt *q;
    int rc = sweep(a, session, idle_ms, life_ms);

    if (rc != 0)
        return rc;
    q = db_use(a->q, Q_PUT_SESSION);
    db_bind_hash(q, &session->token);
    db_bind_text(q, session->user);
    db_bind_text(q, session->from);
    db_bind_i64(q, session->opened_ms);
    db_bind_i64(q, session->seen_ms);
    db_bind_i64(q, session->code_ms);
    db_bind_i64(q, session->code_due);
    return db_run(q);
}

int accounts_move_session(struct accounts *a, const struct hash *token,
                          const struct hash *to, int64_t code_ms)
{
    struct db_stmt *q = db_use(a->q, Q_MOVE_SESSION);

    db_bind_hash(q, to);
    db_bind_i64(q, code_ms);
    db_bind_hash(q, token);
    return run_on_one(a, q);
}

int accounts_touch_session(struct accounts *a, const struct hash *token,
                           int64_t now_ms)
{
    struct db_stmt *q = db_use(a->q, Q_TOUCH_SESSION);

    db_bind_i64(q, now_ms);
    db_bind_hash(q, token);
    return run_on_one(a, q);
}

int accounts_end_session(struct accounts *a, const struct hash *token)
{
    struct db_stmt *q = db_use(a->q, Q_END_SESSION);

    db_bind_hash(q, token);
    return db_run(q);
}

int accounts_end_sessions(struct accounts *a, const char *user,
                          const struct hash *except)
{
    struct db_stmt *q = db_use(a->q, Q_END_SESSIONS);

    db_bind_text(q, user);
    if (except == NULL)
        db_bind_null(q);
    else
        db_bind_hash(q, except);
    return db_run(q);
}

/* ---- second factors */

static bool take_box(uint8_t out[ACCOUNT_BOX_BYTES], struct bytes box)
{
    if (box.size != ACCOUNT_BOX_BYTES)
        return false;
    memcpy(out, box.data, box.size);
    return true;
}

int accounts_totp(struct accounts *a, const char *user,
                  struct accounts_totp *out)
{
    struct db_stmt *q = db_use(a->q, Q_TOTP);
    int rc;

    db_bind_text(q, user);
    if ((rc = found(db_step(q))) == 0) {
        out->has_secret = take_box(out->secret, db_bytes(q, 0));
        out->has_pending = take_box(out->pending, db_bytes(q, 1));
        out->last_step = db_i64(q, 2);
    }
    db_done(q);
    return rc;
}

int accounts_put_totp(struct accounts *a, const char *user,
                      const uint8_t box[ACCOUNT_BOX_BYTES], bool pending)
{
    struct db_stmt *q = db_use(a->q, pending ? Q_PUT_PENDING : Q_PUT_TOTP);
    int rc;

    db_bind_text(q, user);
    db_bind_blob(q, box, ACCOUNT_BOX_BYTES);
    if ((rc = db_run(q)) != 0)
        return rc;
    return run_for(a, pending ? Q_DROP_PENDING : Q_DROP_RECOVERY, user);
}

int accounts_put_recovery(struct accounts *a, const char *user,
                          const struct hash *code, bool pending)
{
    struct db_stmt *q = db_use(a->q, Q_PUT_RECOVERY);

    db_bind_text(q, user);
    db_bind_hash(q, code);
    db_bind_i64(q, pending);
    return db_run(q);
}

int accounts_confirm_totp(struct accounts *a, const char *user)
{
    struct db_stmt *q = db_use(a->q, Q_CONFIRM_TOTP);
    int rc;

    db_bind_text(q, user);
    if ((rc = run_on_one(a, q)) != 0 ||
        (rc = run_for(a, Q_DROP_CONFIRMED, user)) != 0)
        return rc;
    return run_for(a, Q_CONFIRM_RECOVERY, user);
}

int accounts_totp_used(struct accounts *a, const char *user, int64_t step)
{
    struct db_stmt *q = db_use(a->q, Q_TOTP_USED);

    db_bind_i64(q, step);
    db_bind_text(q, user);
    return run_on_one(a, q);
}

int accounts_use_recovery(struct accounts *a, const char *user,
                          const struct hash *code)
{
    struct db_stmt *q = db_use(a->q, Q_USE_RECOVERY);

    db_bind_text(q, user);
    db_bind_hash(q, code);
    return run_on_one(a, q);
}

int accounts_drop_totp(struct accounts *a, const char *user)
{
    int rc = run_for(a, Q_DROP_TOTP, user);

    return rc != 0 ? rc : run_for(a, Q_DROP_RECOVERY, user);
}

/* ---- the audit log */

int accounts_log(struct accounts *a, const struct accounts_command *command)
{
    struct db_stmt *q;
    uint64_t number;
    struct hash link;
    int rc = audit_next(a->chain, command, &number, &link);

    if (rc != 0)
        return rc;
    q = db_use(a->q, Q_LOG);
    db_bind_id(q, &command->id);
    db_bind_text(q, command->name);
    db_bind_text(q, command->actor);
    db_bind_i64(q, command->at_ms);
    db_bind_bytes(q, command->reply);
    db_bind_text(q, command->role);
    db_bind_text(q, command->from);
    db_bind_text(q, command->subject);
    db_bind_i64(q, (int64_t)number);
    db_bind_hash(q, &link);
    return db_run(q);
}

int accounts_reply(struct accounts *a, const struct id *id, const char *name,
                   const char *actor, struct buf *reply)
{
    struct db_stmt *q = db_use(a->q, Q_REPLY);
    int rc;

    db_bind_id(q, id);
    if ((rc = found(db_step(q))) == 0 &&
        (strcmp(db_text(q, 1), name) != 0 || strcmp(db_text(q, 2), actor) != 0))
        rc = ERR_CONFLICT;
    if (rc == 0)
        buf_add_bytes(reply, db_bytes(q, 0));
    db_done(q);
    return rc;
}

int accounts_audit(struct accounts *a, int64_t before, int64_t limit,
                   int (*each)(void *who, int64_t place,
                               const struct accounts_command *command),
                   void *who)
{
    struct db_stmt *q = db_use(a->q, Q_AUDIT);
    int rc;

    db_bind_i64(q, before);
    db_bind_i64(q, limit);
    while ((rc = db_step(q)) == 1) {
        struct accounts_command command = {.name = db_text(q, 2),
                                           .actor = db_text(q, 3),
                                           .role = db_text(q, 5),
                                           .from = db_text(q, 6),
                                           .subject = db_text(q, 7),
                                           .at_ms = db_i64(q, 4)};

        (void)db_id(q, 1, &command.id);
        if ((rc = each(who, db_i64(q, 0), &command)) != 0)
            break;
    }
    db_done(q);
    return rc > 0 ? 0 : rc;
}

/* ---- after a restore */

int accounts_restored(struct accounts *a, int64_t step)
{
    struct db_stmt *q;
    int rc = db_run(db_use(a->q, Q_END_ALL));

    if (rc != 0)
        return rc;
    q = db_use(a->q, Q_VOID_CODES);
    db_bind_i64(q, step);
    return db_run(q);
}
