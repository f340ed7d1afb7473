/* node/store.h - everything the node keeps beside the ledger, as verbs.
 *
 * One database, node.db. Writing needs the writing connection and a
 * transaction; reading works on both. Texts handed to `each` are borrowed for
 * the call.
 */
#ifndef LIENXA_NODE_STORE_H
#define LIENXA_NODE_STORE_H

#include "common/store/ledger.h"
#include "common/wire/record.h"

struct node_store;

int node_store_open(struct node_store **out, const char *path,
                    enum db_mode mode, struct error *err);
void node_store_close(struct node_store **store);
struct db *node_store_db(struct node_store *store);

/* "" when not set; borrowed until the next call. Settings in use: last_contact
 * (wall ms, decimal), online ("1"), body ("referred" or "always"), beacon_ms
 * and beacon_boot_ms (last signed time of the hub), recovery_public (64 hex),
 * retired ("1": this machine was replaced), drained (since when, wall ms), web
 * (where the pages are, or ""), public (hex: node_keys_write_public).
 */
#define NODE_PUBLIC_SETTING "public"

const char *node_store_setting(struct node_store *s, const char *name);
int node_store_set(struct node_store *s, const char *name, const char *value);

/* ---- trusted hub signing keys */
int node_store_put_trust(struct node_store *s, const uint8_t key_id[8],
                         uint64_t number, const uint8_t public_key[32]);
/* ERR_MISSING: not trusted or revoked. */
int node_store_trust(struct node_store *s, const uint8_t key_id[8],
                     uint8_t public_key[32]);

/* ---- intake */
int node_store_put_intake(struct node_store *s, const struct id *record,
                          const struct hash *fingerprint);
int node_store_intake(struct node_store *s, const struct id *record,
                      struct hash *fingerprint); /* ERR_MISSING */

/* ---- erasures */
struct erasure {
    int64_t at_ms;
    const char *by, *reason;
};
/* The first one stays; what the intake kept to compare with goes. */
int node_store_put_erasure(struct node_store *s, const struct id *record,
                           const struct erasure *erasure);
/* ERR_MISSING. Texts borrowed until the next call. */
int node_store_erasure(struct node_store *s, const struct id *record,
                       struct erasure *out);

/* ---- alerts */
struct node_alert {
    struct id id;
    int verdict, type, severity;
    int64_t issued_ms, expires_ms;
    const char *event, *headline, *text, *by;
    const char *reason; /* why it was taken back; "" when it was not */
    bool for_us, replaced;
    int replaced_type;
    int64_t stored_ms, shown_ms, acknowledged_ms;
};
/* Inserts with receipt_due when it is for us; marks those it replaces, before
 * or after they came. A known id changes nothing. */
int node_store_put_alert(struct node_store *s, const struct alert *alert,
                         int verdict, bool for_us, int64_t stored_ms);
bool node_store_has_alert(struct node_store *s, const struct id *id);
bool node_store_is_replaced(struct node_store *s, const struct id *id);
int node_store_alert(struct node_store *s, const struct id *id,
                     struct node_alert *out); /* ERR_MISSING; texts borrowed
                                               * until the next call */
int node_store_alerts(struct node_store *s,
                      int (*each)(void *who, const struct node_alert *alert),
                      void *who);
/* Marks all shown that are for us, were stored by `until_ms` and were not yet;
 * receipts become due. */
int node_store_alerts_shown(struct node_store *s, int64_t until_ms,
                            int64_t now_ms);
int node_store_alert_acknowledged(struct node_store *s, const struct id *id,
                                  const char *by, int64_t now_ms);
/* Alerts whose receipt must be written now; clear one when it has been. */
int node_store_receipts_due(struct node_store *s,
                            int (*each)(void *who,
                                        const struct node_alert *alert),
                            void *who);
int node_store_receipt_written(struct node_store *s, const struct id *alert);
/* One more receipt is to be written; of an unknown alert none. */
int node_store_receipt_due(struct node_store *s, const struct id *alert);

/* ---- alarms: one open alarm per code; raising it again counts */
int node_store_raise(struct node_store *s, int code, const char *text,
                     int64_t now_ms);
int node_store_alarms(struct node_store *s,
                      int (*each)(void *who, int64_t id, int code,
                                  const char *text, int64_t since_ms),
                      void *who);
int node_store_clear_alarm(struct node_store *s, int64_t id, int64_t now_ms);
/* What it was about is over: the open one of this code, if any. */
int node_store_clear_alarms(struct node_store *s, int code, int64_t now_ms);

/* ---- sealing keys, users */
struct sealing_key {
    uint8_t key_id[8];
    bool custodian;
    uint8_t public_key[32];
    struct bytes recovery_box; /* borrowed */
    int64_t since_ms;
};
int node_store_put_sealing_key(struct node_store *s,
                               const struct sealing_key *key);
/* Forgets the keys that no user holds wrapped. */
int node_store_drop_unheld_keys(struct node_store *s);
/* The newest of each use; recovery_box borrowed until the next call. */
int node_store_sealing_key(struct node_store *s, bool custodian,
                           struct sealing_key *out); /* ERR_MISSING */
/* All of them, in the order of their time. */
int node_store_sealing_keys(struct node_store *s,
                            int (*each)(void *who,
                                        const struct sealing_key *key),
                            void *who);
int node_store_wrap_key(struct node_store *s, const char *user,
                        const uint8_t key_id[8], struct bytes salt,
                        struct bytes box);
/* Every user as stored, and one user's wrapped keys. */
struct user_row {
    const char *name, *role, *password;
};
int node_store_user_rows(struct node_store *s,
                         int (*each)(void *who, const struct user_row *user),
                         void *who);
int node_store_wrapped(struct node_store *s, const char *user,
                       int (*each)(void *who, const uint8_t key_id[8],
                                   struct bytes salt, struct bytes box),
                       void *who);
/* How many users hold this key wrapped. */
int64_t node_store_holders(struct node_store *s, const uint8_t key_id[8]);
/* How many keys this user holds wrapped. */
int64_t node_store_keys_held(struct node_store *s, const char *user);

#endif
