/* common/control/keeper.h - keeps the web process running beside the core.
 *
 * Its listening socket is the core's and is handed on, so the port survives it.
 * It ends with the core, however that ends. When it ends by itself it is
 * started again at once; when it does so again and again, after growing pauses
 * of at most KEEPER_PAUSE_MS. Loop thread only; never blocks but in
 * keeper_close. The caller lets SIGCHLD wake its loop.
 */
#ifndef LIENXA_CONTROL_KEEPER_H
#define LIENXA_CONTROL_KEEPER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/base/error.h"
#include "common/control/listen.h"

enum {
    KEEPER_PAUSE_MS = 10000,
    KEEPER_STEADY_MS = 10000, /* who ran so long is started again at once */
    KEEPER_SHARE_MS = 10000,
    KEEPER_DEATHS = 5, /* in KEEPER_DEATHS_MS: it fails, until it has run for */
    KEEPER_DEATHS_MS = 10 * 60000, /* so long */
    KEEPER_END_MS = 3000           /* to end by itself when asked */
};

struct keeper;

struct keeper_config {
    const char *program; /* "lienxa-node-web": beside the running program */
    const char *folder;  /* DATA */
    const char *listen;  /* A:P */
    const char *again;   /* A:P of last time: tried first when the port is 0 */
    const char *flag;    /* one more option of the program, or NULL */
    const char *user;    /* NULL: ours, or KEEPER_USER when we are root and it
                          * exists */
    const char *metrics; /* A:P for its --metrics, or NULL */
    bool apart;          /* it is a service of its own, as `user`: we start
                          * nothing and do not listen, we share what it needs */
    /* Asked before each start: is what it needs there (and shared)? It is asked
     * again every second; apart, once it was, every KEEPER_SHARE_MS, because
     * files are made anew. */
    bool (*ready)(void *who, const struct keeper *keeper);
    void *who;
};
#define KEEPER_USER "lienxa-web"

/* Listens, finds the program and the user; starts nothing yet. A port that is
 * taken is waited for, three seconds: the web process of a core that was killed
 * holds it a moment longer. ERR_MISSING: no such program or user; ERR_REFUSED:
 * only root can run it as somebody else; as listen_open. Owned. */
int keeper_open(struct keeper **out, const struct keeper_config *config,
                struct error *err);
/* Asks it to end, insists after KEEPER_END_MS. NULL is fine. */
void keeper_close(struct keeper **keeper);

/* "127.0.0.1:8443", as it listens. */
const char *keeper_address(const struct keeper *keeper);

/* Who it runs as. False: as we do, nothing is to be shared. */
bool keeper_user(const struct keeper *keeper, uid_t *uid, gid_t *gid);
/* Lets its group do with `path` what the middle digit of `mode` says; the file
 * need not be there. Nothing when it runs as we do. */
int keeper_share(const struct keeper *keeper, const char *path, unsigned mode,
                 struct error *err);

/* Is there a certificate in DATA (`folder`)? Then also: its group may read what
 * pages need there, the database of that name, key and certificate of TLS. */
bool keeper_is_ready(const struct keeper *keeper, const char *folder,
                     const char *database);

/* Starts, or starts again, what should run. `now_ms` monotonic. */
void keeper_work(struct keeper *keeper, int64_t now_ms);
/* When keeper_work has something to do without a SIGCHLD; INT64_MAX: never. */
int64_t keeper_deadline(const struct keeper *keeper);

/* It ended again and again, and has not run for long since. NULL: no. */
bool keeper_is_failing(const struct keeper *keeper);

#endif
