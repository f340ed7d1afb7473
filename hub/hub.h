/* hub/hub.h - the parts of a hub, and its turn.
 *
 * Read this first. A hub is opened in one of three ways: to serve (everything),
 * to run one command in the process of the command line (no sockets), or to
 * read (mode=ro). The same commands work in the first two.
 */
#ifndef LIENXA_HUB_HUB_H
#define LIENXA_HUB_HUB_H

#include "common/account/desk.h"
#include "common/control/control.h"
#include "common/media/care.h"
#include "common/net/server.h"
#include "common/peer/handover.h"
#include "common/peer/repair.h"
#include "common/store/care.h"
#include "common/wire/codec.h"
#include "hub/keys.h"
#include "hub/registry.h"
#include "hub/signers.h"
#include "hub/store.h"
#include "hub/store_board.h"
#include "hub/store_machines.h"
#include "hub/store_metrics.h"

enum hub_mode {
    HUB_READ,
    HUB_WEB, /* reads, and touches no key: for another user's process, while a
              * core of this version serves or did; then `mode` is READ */
    HUB_COMMAND,
    HUB_SERVE,
    HUB_REBUILD, /* the caller has the lock: an empty hub.db.repaired beside
                  * hub.db, old news comes once more: hub/rebuild.h */
    HUB_MAKING   /* as COMMAND, of a hub whose root key was not yet shown */
};

/* DATA/unfinished is there until `init` has shown the root key. */
#define HUB_UNFINISHED "unfinished"

/* The core's part of the board, in memory: hub/board.h. */
struct hub_board {
    struct board_store *store;
    int64_t settled;      /* as board_state says; -1: ask */
    int64_t next_ms;      /* wall clock: something falls due or rings; 0: ask */
    int64_t rung_ms;      /* what waited so long by then has rung */
    int64_t rung_kept_ms; /* as of the last turn that is on the disk */
    bool by_time;         /* the board changed by time alone in this turn */
    struct buf bumps, sums; /* while counting */
};

/* Some units, or all when they are too many to be named. */
struct hub_units {
    char keys[16][LIMIT_HOME];
    size_t count;
    bool all;
};
void hub_units_add(struct hub_units *units, const char *key);

struct exchange; /* hub/exchange.h */
struct rotation; /* hub/rotation.h */

struct hub {
    char folder[4096];
    enum hub_mode mode;
    bool keyless; /* WEB: `keys` holds what is public */
    int lock;     /* descriptor of DATA/lock, or -1 */
    struct hub_keys keys;
    struct hub_store *store;
    struct ledger *ledger;
    struct accounts *accounts;
    struct account_desk *logins; /* COMMAND, SERVE: sessions, second factors */
    struct roster roster;
    int64_t phones_changed; /* its numbers are as they were then */
    struct registry *registry;
    uint64_t settings;  /* grows whenever those of a unit change */
    uint64_t directory; /* grows whenever the registry changes */
    struct hub_board board;
    struct machine_store *machines; /* what is kept beside the directory */
    struct metrics_store *metrics;  /* canaries, and what metrics ask */
    struct signers *signers;        /* our signing keys, past ones as well */
    struct db_set *restored;        /* hub/store_restored.h */
    size_t unheard;                 /* units to be heard after a restore */
    int64_t remind_at;              /* monotonic: hub/backup.h */
    struct rotation *rotation;      /* hub/rotation.h: our CURVE keys */
    struct wire_codec *codec;
    struct wire_arena *arena;  /* for records decoded in passing */
    struct stream_name all;    /* the channel every node holds */
    struct exchange *exchange; /* SERVE: conversations with nodes */
    struct net_server *server; /* SERVE */
    uint64_t epoch;            /* of `all`: latest INCARNATION */
    struct id issued;          /* an alert of this turn, or zero */
    bool grew_all;             /* `all` grew in this turn */
    struct hub_units grew_for; /* these units' channels did */
    struct hub_units set_for;  /* whose settings changed with `settings` */
    bool staged_key;           /* hub/signing.h: a signing key is to be used */
    const char *actor;         /* of the command being run, or NULL */
    const struct account_call *call; /* the same, all of it */
    unsigned topics;                 /* enum topic: changed in this turn */
    struct handover_due due;         /* referrals that came in this turn */
    bool audits_came;         /* hub/audit.h: to be judged in this turn */
    bool new_units;           /* a machine was certified in this turn .. */
    struct hub_units new_for; /* .. of these units */
    bool erased;              /* words went: the log must be cut as well */
    bool ahead; /* in this turn what is in memory of our own records changed */
    struct recent_alarm { /* so that a noisy peer writes no flood */
        char unit[LIMIT_HOME];
        int code;
        int64_t at_ms;
    } recent_alarms[64];
    struct repair repair;    /* SERVE: see hub/repair.h */
    struct care care;        /* SERVE: of the disk */
    struct media_care media; /* hub/media.h: the files of reports */
    int64_t certificates_at; /* monotonic: hub/certificates.h */
    int64_t wall_ms;         /* of this turn */
    int64_t mono_ms;
};

/* Opens DATA. COMMAND and SERVE take DATA/lock (ERR_AGAIN: another process has
 * it). ERR_MISSING: no hub there, or only half of one: "run init". Owned. */
int hub_open(struct hub **out, const char *folder, enum hub_mode mode,
             struct error *err);
void hub_close(struct hub **hub);

/* A transaction around a command or a turn: end writes figures and commits; on
 * failure everything is rolled back and forgotten. */
int hub_begin(struct hub *hub);
int hub_commit(struct hub *hub, struct error *err);
/* What this transaction brought and is to be acted on in it (referrals, the
 * directory of units); commit does it otherwise. */
int hub_settle(struct hub *hub, struct error *err);
void hub_rollback(struct hub *hub);
/* A savepoint was undone, and nothing that memory holds is borrowed: it is as
 * the database has it. */
void hub_undone(struct hub *hub);
/* A reader that lives long: what others have written to the key directory. */
void hub_refresh(struct hub *hub);

/* Appends a change of the hub's own, signed, to one of its channels. */
struct hub_write {
    uint32_t kind;
    struct id record;
    uint64_t version;
    uint32_t flags;   /* enum change_flag */
    int64_t clock_ms; /* 0: now */
    struct bytes fact;
    struct bytes body; /* when has_body */
    bool has_body;
    const uint8_t *salts; /* 16 bytes for each part, or NULL: new ones */
};
int hub_write(struct hub *hub, const struct stream_name *channel,
              const struct hub_write *write, struct error *err);
/* The same for a change of nothing but a fact. */
int hub_append(struct hub *hub, const struct stream_name *channel,
               uint32_t kind, const struct id *record, uint64_t version,
               uint32_t flags, struct bytes fact, struct error *err);

/* A new epoch of a channel (PROTOCOL 3.4). */
int hub_new_epoch(struct hub *hub, const struct stream_name *channel,
                  struct error *err);

struct stream_name hub_unit_channel(const struct hub *hub, const char *unit);

/* Raises an alarm in words; unit "" is the hub itself. The same alarm of the
 * same unit is written at most every ten seconds. */
void hub_alarm(struct hub *hub, const char *unit, int code, const char *format,
               ...) __attribute__((format(printf, 4, 5)));
/* The same without a pause, for what a peer cannot cause again and again: the
 * words of a second one within the ten seconds matter as much. */
void hub_alarm_once(struct hub *hub, const char *unit, int code,
                    const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Slug for people, or the key itself when the roster does not know it. */
const char *hub_unit_name(const struct hub *hub, const char *key);

/* `lienxa-hub serve`: returns the exit code. */
struct serve_options {
    const char *address[NET_LANES];
    bool compress;
    const char *web;      /* A:P of the pages, or NULL: none */
    const char *web_user; /* who shows them; NULL: see control/keeper.h */
    bool web_service;     /* they are a service of their own, as web_user */
    const char *metrics;  /* A:P of /metrics, or NULL: none */
};
int hub_serve(struct hub *hub, const struct serve_options *options,
              struct error *err);

#endif
