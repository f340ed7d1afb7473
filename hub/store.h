/* hub/store.h - everything the hub keeps beside the ledger, as verbs.
 *
 * One database, hub.db. Writing needs the writing connection and a transaction;
 * reading works on both. Texts handed to `each` are borrowed for the call.
 */
#ifndef LIENXA_HUB_STORE_H
#define LIENXA_HUB_STORE_H

#include "common/domain/unit.h"
#include "common/store/ledger.h"
#include "common/sync/message.h"
#include "common/wire/record.h"

struct hub_store;

int hub_store_open(struct hub_store **out, const char *path, enum db_mode mode,
                   struct error *err);
void hub_store_close(struct hub_store **store);
struct db *hub_store_db(struct hub_store *store);

/* "" when not set; borrowed until the next call. Among them web (where the
 * pages are, or "") and public (hex: hub_keys_write_public). */
#define HUB_PUBLIC_SETTING "public"
const char *hub_store_setting(struct hub_store *s, const char *name);
int hub_store_set(struct hub_store *s, const char *name, const char *value);

/* The setting that names the units in conversation with the core, a key a line;
 * for readers, worth something while the core is up. */
#define HUB_ONLINE "online"

int hub_store_add_unit(struct hub_store *s, const struct unit *unit);
int hub_store_load_roster(struct hub_store *s, struct roster *out);
int hub_store_set_phone(struct hub_store *s, const char *key,
                        const char *phone);

/* ---- key directory */
int hub_store_put_node(struct hub_store *s, const struct node_key *key);
int hub_store_nodes(struct hub_store *s,
                    int (*each)(void *who, const struct node_key *key),
                    void *who);

/* ---- contacts */
struct contact {
    char unit[LIMIT_HOME];
    int64_t last_seen_ms, clock_offset_ms;
    const char *address, *software;
    uint64_t head; /* of its stream, as it last said */
    struct backlog backlog;
};
int hub_store_put_contact(struct hub_store *s, const struct contact *contact);
/* ERR_MISSING. Texts borrowed until the next call. */
int hub_store_contact(struct hub_store *s, const char *unit,
                      struct contact *out);

/* ---- invites */
struct invite {
    struct hash secret_hash;
    char unit[LIMIT_HOME];
    int64_t created_ms, expires_ms;
    bool used;
    uint8_t curve[32];
    struct bytes certificate; /* borrowed until the next call */
};
int hub_store_add_invite(struct hub_store *s, const struct invite *invite);
int hub_store_invite(struct hub_store *s, const struct hash *secret_hash,
                     struct invite *out); /* ERR_MISSING */
int hub_store_use_invite(struct hub_store *s, const struct hash *secret_hash,
                         const uint8_t curve[32], struct bytes certificate);

/* ---- alerts and receipts */
struct alert_row {
    struct id id;
    int64_t issued_ms, expires_ms;
    int type, severity;
    const char *event, *headline, *text, *audience;
    bool replaced;
    int replaced_type;
};
/* Known already: nothing. What it takes back is marked as replaced, also when
 * that comes later: a hub that was set back gets both from its communes, in
 * whatever order they call. */
int hub_store_put_alert(struct hub_store *s, const struct alert *alert);
int hub_store_alert(struct hub_store *s, const struct id *id,
                    struct alert_row *out); /* ERR_MISSING; texts borrowed
                                             * until the next call */
int hub_store_alerts(struct hub_store *s,
                     int (*each)(void *who, const struct alert_row *row),
                     void *who);
int hub_store_alert_sent(struct hub_store *s, const struct id *alert,
                         const char *unit, int64_t sent_ms);
/* What was marked since then did not leave: the unit's machine was gone. */
int hub_store_alerts_unsent(struct hub_store *s, const char *unit,
                            int64_t since_ms);
int hub_store_put_receipt(struct hub_store *s, const char *unit,
                          const struct receipt *receipt);
struct receipt_row {
    char unit[LIMIT_HOME];
    int64_t sent_ms, stored_ms, shown_ms, acknowledged_ms;
    int verdict;
    const char *by;
};
int hub_store_receipts(struct hub_store *s, const struct id *alert,
                       int (*each)(void *who, const struct receipt_row *row),
                       void *who);

/* ---- alarms: one open alarm per unit and code; raising it again counts */
int hub_store_raise(struct hub_store *s, const char *unit, int code,
                    const char *text, int64_t now_ms);
struct alarm_row {
    int64_t id;
    const char *unit, *text;
    int code;
    int64_t since_ms, last_ms, times;
};
int hub_store_alarms(struct hub_store *s, const char *unit_or_null,
                     int (*each)(void *who, const struct alarm_row *row),
                     void *who);
int hub_store_clear_alarm(struct hub_store *s, int64_t id, int64_t now_ms);
/* What it was about is over: the open one of this unit and code, if any. */
int hub_store_clear_alarms(struct hub_store *s, const char *unit, int code,
                           int64_t now_ms);

/* Newest first, without secrets. */
int hub_store_invites(struct hub_store *s,
                      int (*each)(void *who, const struct invite *invite),
                      void *who);

#endif
