/* common/store/accounts.h - users as far as both programs know them, sessions,
 * second factors, and the audit log, as verbs.
 *
 * Stands on the program's database. Looking works on a reading connection as
 * well; the rest needs the writing one and a transaction. What is stored here
 * lets nobody in: hashes and boxes only (common/account).
 */
#ifndef LIENXA_STORE_ACCOUNTS_H
#define LIENXA_STORE_ACCOUNTS_H

#include "common/store/audit.h"

enum {
    ACCOUNT_NAME_BYTES = 65,
    ACCOUNT_ROLE_BYTES = 16,
    ACCOUNT_FROM_BYTES = 48,
    ACCOUNT_PASSWORD_BYTES = 128,
    ACCOUNT_BOX_BYTES = 60,          /* of a second factor's secret */
    ACCOUNT_SESSIONS_MOST = 10,      /* of one user: the oldest goes */
    ACCOUNT_SESSIONS_ALL_MOST = 1000 /* the one unused for longest goes */
};

struct accounts;

/* `f` is borrowed. */
int accounts_open(struct accounts **out, struct db *db,
                  const struct hash_function *f, struct error *err);
void accounts_close(struct accounts **accounts); /* the database stays */
struct db *accounts_db(struct accounts *a);

/* ---- users */
struct accounts_user {
    char name[ACCOUNT_NAME_BYTES];
    char role[ACCOUNT_ROLE_BYTES];
    char password[ACCOUNT_PASSWORD_BYTES]; /* as stored */
    bool disabled;
};
int accounts_user(struct accounts *a, const char *name,
                  struct accounts_user *out); /* ERR_MISSING */
int accounts_add_user(struct accounts *a, const struct accounts_user *user,
                      int64_t now_ms); /* ERR_EXISTS */
int accounts_set_password(struct accounts *a, const char *name,
                          const char *password);
int accounts_set_disabled(struct accounts *a, const char *name, bool disabled);
struct accounts_listed {
    const char *name, *role;
    bool disabled, totp;
    int64_t created_ms, seen_ms; /* 0: no session now */
    int64_t recovery_codes;      /* left */
};
int accounts_users(struct accounts *a,
                   int (*each)(void *who, const struct accounts_listed *user),
                   void *who);

/* ---- sessions */
struct accounts_session {
    struct hash token;
    char user[ACCOUNT_NAME_BYTES];
    char from[ACCOUNT_FROM_BYTES];
    int64_t opened_ms, seen_ms, code_ms;
    bool code_due; /* worth nothing until a code was shown */
    /* of its user, when found: */
    char role[ACCOUNT_ROLE_BYTES];
    bool disabled, totp;
};
int accounts_session(struct accounts *a, const struct hash *token,
                     struct accounts_session *out); /* ERR_MISSING */
/* What is over or too much goes first. */
int accounts_put_session(struct accounts *a,
                         const struct accounts_session *session,
                         int64_t idle_ms, int64_t life_ms);
/* Rotation: the old token is worth nothing any more. */
int accounts_move_session(struct accounts *a, const struct hash *token,
                          const struct hash *to, int64_t code_ms);
int accounts_touch_session(struct accounts *a, const struct hash *token,
                           int64_t now_ms);
int accounts_end_session(struct accounts *a, const struct hash *token);
/* All of the user's but `except`, which may be NULL. */
int accounts_end_sessions(struct accounts *a, const char *user,
                          const struct hash *except);

/* ---- second factors */
struct accounts_totp {
    uint8_t secret[ACCOUNT_BOX_BYTES], pending[ACCOUNT_BOX_BYTES]; /* boxed */
    bool has_secret, has_pending;
    int64_t last_step;
};
int accounts_totp(struct accounts *a, const char *user,
                  struct accounts_totp *out); /* ERR_MISSING */
/* A new one, with no recovery codes yet; a pending one leaves the present one
 * in force until it is confirmed. */
int accounts_put_totp(struct accounts *a, const char *user,
                      const uint8_t box[ACCOUNT_BOX_BYTES], bool pending);
int accounts_put_recovery(struct accounts *a, const char *user,
                          const struct hash *code, bool pending);
/* What is pending takes the place of what was. */
int accounts_confirm_totp(struct accounts *a, const char *user);
int accounts_totp_used(struct accounts *a, const char *user, int64_t step);
/* Takes it: once only. ERR_MISSING: not one of the user's. */
int accounts_use_recovery(struct accounts *a, const char *user,
                          const struct hash *code);
int accounts_drop_totp(struct accounts *a, const char *user);

/* ---- the audit log: every command that changed something */
struct accounts_command {
    struct id id;
    const char *name, *actor;
    const char *role, *from, *subject; /* role "": the command line */
    int64_t at_ms;
    struct bytes reply; /* to be repeated */
};
/* Appends it, and links it to the one before. */
int accounts_log(struct accounts *a, const struct accounts_command *command);
struct audit *accounts_chain(struct accounts *a); /* borrowed */
/* Appends the reply of a command that was carried out already. ERR_MISSING: it
 * was not. ERR_CONFLICT: the id is of another command or of somebody else. */
int accounts_reply(struct accounts *a, const struct id *id, const char *name,
                   const char *actor, struct buf *reply);
/* Newest first, those before place `before` (INT64_MAX: from the newest on). */
int accounts_audit(struct accounts *a, int64_t before, int64_t limit,
                   int (*each)(void *who, int64_t place,
                               const struct accounts_command *command),
                   void *who);

/* After a restore: nobody is logged in, and no code of before `step` is taken
 * any more. */
int accounts_restored(struct accounts *a, int64_t step);

#endif
