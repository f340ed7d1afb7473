/* common/setup/serve.h - `serve --setup`: a folder in which nothing was made
 * yet is set up from the browser.
 *
 * The page is the program's own web process (`--setup`), in DATA/setup:
 *   code      SHA-256 of the codes that let in, hex, one a line
 *   web/      key and certificate of the page, by its own key
 *   web.sock  what the page asks (door.h)
 * Without DATA/setup nothing of this exists. A code is printed at each start
 * (stdout and log), the last four are good, until all is done; so whoever has
 * one goes on after a power cut. control.sock answers meanwhile: `address` with
 * the page's, everything else with a refusal in words.
 */
#ifndef LIENXA_SETUP_SERVE_H
#define LIENXA_SETUP_SERVE_H

#include "common/control/listen.h"
#include "common/setup/steps.h"

struct setup_config {
    const struct setup_steps *steps;
    const char *folder;      /* DATA; made when it is not there */
    const char *web_program; /* "lienxa-hub-web" */
    const char *listen;      /* A:P */
    const char *user;        /* as keeper_config.user .. */
    bool apart;              /* .. and keeper_config.apart */
};

/* Was a set-up begun here, or is the folder not there at all or as good as
 * empty (a lock, a socket, a reserve)? */
bool setup_is_wanted(const char *folder);

enum { SETUP_STOPPED = 1 };
/* Until all is done: 0, `address` is where the page was and the program's pages
 * should be. SETUP_STOPPED: a signal. ERR_MISSING, ERR_EXISTS, ERR_IO, .. in
 * words. */
int setup_serve(const struct setup_config *config,
                char address[LISTEN_TEXT_BYTES], struct error *err);

#endif
