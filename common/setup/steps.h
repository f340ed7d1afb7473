/* common/setup/steps.h - what a program does when it is set up from the
 * browser.
 *
 * Each function runs in a process of its own that ends with it (child.h): it
 * may take its time, use libraries that are not safe to take down, and whatever
 * secret it had in memory goes with the process. Whatever is said in `err` and
 * in `about` reaches the page; so never a secret.
 */
#ifndef LIENXA_SETUP_STEPS_H
#define LIENXA_SETUP_STEPS_H

#include "common/setup/door.h"

struct setup_steps {
    const char *program; /* "hub" or "node" */
    bool keeps;          /* `people` needs the shares */
    /* How far it is: {"step":"make|shares|people|done", ..}. */
    int (*look)(const char *folder, struct json *out, struct error *err);
    /* Makes it. What stays to be said of a failure goes into `about`. */
    int (*make)(const char *folder, const struct json *args,
                struct setup_shares *shares, struct json *about,
                struct error *err);
    /* Other shares in place of those that nobody was shown. NULL: then `look`
     * says "make" instead. */
    int (*shares)(const char *folder, struct setup_shares *shares,
                  struct error *err);
    /* They are on paper. */
    int (*shown)(const char *folder, struct error *err);
    /* The first users; all of them or none. `shares`: see `keeps`; perhaps not
     * there, then they are among `args`. */
    int (*people)(const char *folder, const struct json *args,
                  const struct setup_shares *shares, struct error *err);
};

#endif
