/* node/node.h - the parts of a node, and its turn.
 *
 * Read this first. A node is opened in one of three ways: to serve (with its
 * line to the hub), to run one command in the process of the command line (no
 * sockets), or to read (mode=ro). The same commands work in the first two.
 */
#ifndef LIENXA_NODE_NODE_H
#define LIENXA_NODE_NODE_H

#include "common/account/desk.h"
#include "common/control/control.h"
#include "common/crypto/sign_memo.h"
#include "common/media/care.h"
#include "common/peer/handover.h"
#include "common/peer/repair.h"
#include "common/store/care.h"
#include "common/wire/codec.h"
#include "common/wire/record.h"
#include "node/canary.h"
#include "node/desk.h"
#include "node/keys.h"
#include "node/store.h"

enum node_mode {
    NODE_READ,
    NODE_WEB, /* reads, and touches no key: for another user's process, while a
               * core of this version serves or did; then `mode` is READ */
    NODE_COMMAND,
    NODE_SERVE,
    NODE_REBUILD /* the caller has the lock: an empty node.db.repaired beside
                  * node.db, old news comes once more: node/rebuild.h */
};

struct uplink;          /* node/uplink.h */
struct certificates;    /* node/certificates.h */
struct key_store;       /* node/store_keys.h */
struct disclosed_store; /* node/store_disclosed.h */

struct node {
    char folder[4096];
    enum node_mode mode;
    bool keyless; /* WEB: `keys` holds what is public */
    int lock;     /* descriptor of DATA/lock, or -1 */
    struct node_keys keys;
    struct node_store *store;
    struct ledger *ledger;
    struct accounts *accounts;
    struct account_desk *logins;  /* COMMAND, SERVE: sessions, second factors */
    struct notice_store *notices; /* node/store_notices.h: drafts */
    struct key_store *hub_keys;   /* the hub's keys, and how it is reached */
    struct disclosed_store *disclosed; /* senders that may be looked at now */
    int64_t disclosed_until;           /* wall: the first of them is over */
    struct wire_codec *codec;
    struct wire_arena *arena;       /* for records decoded in passing */
    struct sign_memo signatures;    /* of the hub, found good lately */
    struct stream_name up;          /* our stream */
    struct stream_name all;         /* our copies of the hub's channels */
    struct stream_name orders;      /* "unit:KEY" */
    struct uplink *uplink;          /* SERVE */
    struct care care;               /* SERVE: of the disk */
    struct media_care media;        /* node/media.h: the files of reports */
    struct node_original *original; /* node/original.h: open, or NULL */
    uint64_t media_given;           /* pieces of them, for `status` */
    unsigned topics;                /* enum topic: changed in this turn */
    struct id arrived;              /* an alert stored in this turn, or zero */
    int64_t receipts_ms;            /* mono: receipts rest until then; 0 */
    bool grew;                      /* `up` grew in this turn */
    bool moved;              /* what was ours came back, or a rebase moved our
                              * changes: closings may name another place, and
                              * what was passed on may have been erased */
    bool settings_came;      /* in this turn: node/settings.h */
    bool hub_key_came;       /* in this turn: another way to the hub */
    struct handover_due due; /* referrals that came in this turn */
    bool keys_came;          /* the key directory grew in this turn */
    bool erased;             /* words went: the log must be cut as well */
    bool vault_again;        /* objects are to be sent again (vault.h) */
    bool retired;            /* this machine was replaced by another */
    bool body_always;        /* setting body = always: bodies leave at once */
    struct repair repair;    /* SERVE: see node/repair.h */
    struct desk desk;        /* what the duty desk reads */
    struct certificates *certificates; /* SERVE: node/certificates.h */
    struct canary canary;              /* SERVE: node/canary.h */
    int64_t wall_ms, mono_ms;          /* of this turn */
};

/* Opens DATA. COMMAND and SERVE take DATA/lock (ERR_AGAIN: another process has
 * it). ERR_MISSING: no node there, "run join first". Owned. */
int node_open(struct node **out, const char *folder, enum node_mode mode,
              struct error *err);
void node_close(struct node **node);

/* A transaction around a command or a turn. settle writes the receipts that are
 * due and closings that must be written anew (they may make `up` grow); commit
 * settles, writes the desk's rows and the figures, commits.
 */
int node_begin(struct node *node);
int node_settle(struct node *node, struct error *err);
int node_commit(struct node *node, struct error *err);
void node_rollback(struct node *node);

/* One version of one of our records. Parts: bytes (salted here), or `keep` =
 * the entry of an earlier version whose part of that number stays as it is (it
 * is named by its hash, PROTOCOL 2.4), or neither: absent. Expedited changes
 * are signed. */
struct node_part {
    bool whole;
    struct bytes bytes;
    const struct part *keep;
};
struct node_write {
    uint32_t kind;
    struct id record;
    uint64_t version;
    uint32_t flags; /* enum change_flag */
    struct node_part part[PART_COUNT];
};
int node_append(struct node *node, const struct node_write *write,
                struct error *err);
/* By which a part that stays as it is is named (PROTOCOL 2.4). */
struct hash node_part_hash(const struct part *part);

/* Raises an alarm in words. */
void node_alarm(struct node *node, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

struct node_serve_options {
    bool compress;
    const char *web;      /* A:P of the pages, or NULL: none */
    const char *web_user; /* who shows them; NULL: see control/keeper.h */
    int64_t canary_ms;    /* between two canaries; 0: none */
    bool web_service;     /* they are a service of their own, as web_user */
    const char *metrics;  /* A:P of /metrics, or NULL: none */
};
/* `lienxa-node serve`: returns the exit code. */
int node_serve(struct node *node, const struct node_serve_options *options,
               struct error *err);

#endif
