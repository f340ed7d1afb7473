/* common/setup/door.h - setting a program up from the browser: who may, and how
 * far it is. No clock, no file and no process of its own.
 *
 * Requests come over DATA/setup/web.sock as over web.sock
 * (common/account/door.h); replies have the same form. Commands:
 *   setup.code    {code}           -> {session}: 64 hex, good for two hours
 *   setup.state   {}               -> where it stands, below
 *   setup.make    {..}             the hub: {name, roster}; a node: {token}
 *   setup.shares  {}               the two lines anew, when nobody has them
 *   setup.confirm {first, second}  the groups that were asked for
 *   setup.people  {..}             the first users
 * All but the first need the session. The last four begin a piece of work and
 * are answered at once with {"work":N}; the state then says what came of it:
 *   {"program","step":"make|shares|people|done","name",..,"working":bool,
 *    "work":N,"failed":{"work","code","error","about"} or null,
 *    "shares":{"first","second","ask":[a,b]} or null, "need_shares":bool}
 * `shares` stays in memory only, until the step that needs them last is done.
 *
 * Wrong codes are counted by address (common/account/throttle.h), so that a
 * stranger who tries does not hold up who has the code.
 */
#ifndef LIENXA_SETUP_DOOR_H
#define LIENXA_SETUP_DOOR_H

#include "common/base/id.h"
#include "common/crypto/share.h"
#include "common/format/json.h"

enum {
    SETUP_CODES = 4,
    SETUP_SESSIONS = 4,
    SETUP_SESSION_MS = 2 * 3600 * 1000
};

struct setup_shares {
    bool there;
    char first[SHARE_TEXT_BYTES], second[SHARE_TEXT_BYTES];
};

struct setup_door;

/* Owned. Freeing it wipes what is secret. */
struct setup_door_config {
    const char *program; /* "hub" or "node" */
    bool keeps;          /* the first users need the shares */
    bool again;          /* shares that nobody was shown can be made anew; else
                          * the step before is done again */
};
struct setup_door *setup_door_new(const struct setup_door_config *config);
void setup_door_free(struct setup_door **door);

/* Lets who has this code in; the latest SETUP_CODES count. */
void setup_door_code(struct setup_door *door, const struct hash *code);

enum setup_what {
    SETUP_NOTHING, /* the reply is all */
    SETUP_LOOK,    /* see how far it is: what the caller begins with */
    SETUP_MAKE,
    SETUP_SHARES,
    SETUP_SHOWN, /* the shares are on paper */
    SETUP_PEOPLE
};

/* Appends the reply to one request. Work to be begun now, or SETUP_NOTHING:
 * `args` is the request's (owned by the caller, wipe it) or NULL. */
enum setup_what setup_door_take(struct setup_door *door, struct bytes request,
                                int64_t mono_ms, struct buf *reply,
                                struct json **args);

/* The work has begun that setup_door_take did not ask for: SETUP_LOOK. */
void setup_door_begun(struct setup_door *door);
/* It is over. `look`: how far it is now, from the disk ({"step", ..}, taken;
 * NULL: could not be seen, stays). `shares`: new ones, or NULL. */
struct setup_fault {
    const char *code;   /* a word of the state's "failed", or NULL: none */
    const char *text;   /* one English line */
    struct json *about; /* taken, or NULL: what the page may need to say */
};
void setup_door_worked(struct setup_door *door, struct json *look,
                       const struct setup_shares *shares,
                       const struct setup_fault *fault);

/* What the present work may use; there or not. Borrowed. */
const struct setup_shares *setup_door_shares(const struct setup_door *door);
bool setup_door_working(const struct setup_door *door);
bool setup_door_done(const struct setup_door *door);
/* A page was told that it is done. */
bool setup_door_told(const struct setup_door *door);

#endif
