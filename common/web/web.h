/* common/web/web.h - what the web processes of both programs share.
 *
 * Read common/http/http.h first. A web process reads the program's database
 * (mode=ro, no key) and changes things only by commands over DATA/web.sock. It
 * has four lanes: reads (their own connection to the database each), commands
 * (their own connection to the core each), the slow stretch of passwords (one
 * at a time), and the library's threads for pages and refusals.
 *
 * A program adds a read by one line in its table of struct web_route and one
 * function; roles are in its policy.c.
 */
#ifndef LIENXA_WEB_WEB_H
#define LIENXA_WEB_WEB_H

#include "common/base/id.h"
#include "common/format/json.h"
#include "common/http/http.h"
#include "common/store/accounts.h"

enum { WEB_NAME_BYTES = 128, WEB_ROLE_BYTES = 16 };

/* Who is asking. */
struct web_session {
    struct hash token; /* SHA-256 of the cookie's bytes */
    char user[WEB_NAME_BYTES];
    char role[WEB_ROLE_BYTES];
    bool needs_code; /* the password was right, the code is still to come: no
                      * read is reached */
    bool enrol;      /* needs_code, and a second factor must be set up first */
    int64_t seen_ms; /* its last sign of life */
};

struct web_core; /* a line to the core */

/* One read. Everything is borrowed for the call. */
struct web_call {
    const struct http_request *request;
    const struct web_session *session;
    void *data; /* the program's: struct node * or struct hub *, to read */
    const char *rest; /* what follows the route's path when it ends in '/' */
    bool core_up;     /* the core answers */
    struct web_core *core; /* for web_call_core */
    int64_t now_ms;        /* wall clock */
};

/* What only the core knows (who is online): a command that changes nothing, in
 * the name of who asks. Its "out", owned; NULL: the core is down or refused.
 * `args` is taken, NULL: none. */
struct json *web_call_core(const struct web_call *call, const char *command,
                           struct json *args);

/* The parameter of the query, or NULL (also when it is empty). */
const char *web_query(const struct web_call *call, const char *name);
/* A whole number of the query between `low` and `high`; `otherwise` when it is
 * not there. ERR_INVALID in words. */
int web_query_number(const struct web_call *call, const char *name, int64_t low,
                     int64_t high, int64_t otherwise, int64_t *out,
                     struct error *err);

struct web_route {
    const char *path; /* "/api/reports"; ending in '/': that and one more part,
                       * which is call->rest. NULL ends the table */
    /* Appends one JSON value to `out`. ERR_MISSING: 404, ERR_INVALID: 400,
     * ERR_REFUSED: 403, ERR_FULL: 507, else 503; `err` says it in words. */
    int (*read)(struct web_call *call, struct buf *out, struct error *err);
    /* The answer differs from user to user of one role, or looking leaves a
     * trace: it is never kept. */
    bool personal;
};
/* The usual body of a read that makes a struct json: `value` is taken; NULL is
 * ERR_MISSING (err is set already). */
int web_give(struct buf *out, struct json *value);

/* What a page handed in, all of it (common/web/uploads.c). */
struct web_uploaded {
    const char
        *folder;       /* DATA; what is made of it goes to its WEB_UPLOAD_FOLDER
                        */
    int fd;            /* a regular file, read from its start */
    const char *shown; /* what people call it: a line */
};
#define WEB_UPLOAD_FOLDER "upload"

/* What differs between the two programs. All functions may be called from
 * several threads, each with its own `data`. */
struct web_program {
    const char *program;  /* "node" or "hub" */
    const char *database; /* "node.db": its inode says when to reopen */
    const struct web_route *routes;
    const struct http_assets *assets; /* NULL: this build has no pages */
    int (*open)(void **data, const char *folder, struct error *err);
    void (*close)(void **data);
    /* Who may be in; borrowed from `data`. */
    struct accounts *(*accounts)(void *data);
    /* "name", "unit" into `out`: what the page shows before anybody is in. */
    void (*about)(void *data, struct json *out);
    bool (*may_read)(const char *role, const char *path);
    /* Slow: appends to `keys` what a password unlocks with, for the commands
     * that open a seal. ERR_MISSING: this user holds no key. NULL: none here.
     */
    int (*keys)(void *data, const char *user, const char *password,
                struct json *keys, struct error *err);
    /* Slow, one at a time: what a command that takes the file says of it, into
     * `out` (owned). ERR_INVALID: not a file that is taken; ERR_FULL, ERR_IO;
     * in words. NULL: this program takes no files. */
    int (*ready)(void *data, const struct web_uploaded *what, struct json **out,
                 struct error *err);
    /* A small picture of the one in `fd`, made in a process of its own: a
     * descriptor, or a code. NULL: this program shows none. */
    int (*small)(int fd, struct error *err);
    /* Appends the program's own metrics (common/format/metrics.h); `now_ms` is
     * wall clock. No word of a report and no name of a person. */
    void (*metrics)(void *data, int64_t now_ms, struct buf *out);
    /* What stops the program from doing its work, though it runs: 0, or a
     * negative code with one line. */
    int (*health)(void *data, struct error *err);
    /* The array of commands this role may run; owned by the caller. */
    struct json *(*may)(const char *role);
};

struct web_options {
    const char *folder;  /* DATA */
    int listener;        /* taken */
    const char *metrics; /* A:P on loopback, or NULL: none */
    bool setup;          /* nothing is made yet: only the page that sets it up,
                          * by `serve --setup` (common/setup/serve.h) */
    bool service;        /* a service of its own: waits for the core to make and
                          * share what is needed in `folder`, the set-up's or
                          * its own; ends, to be started anew, when the one has
                          * become the other */
};

/* Serves until SIGTERM or SIGINT. 0, or ERR_MISSING, ERR_INVALID (key and
 * certificate), ERR_IO in words. */
int web_serve(const struct web_program *program,
              const struct web_options *options, struct error *err);

/* All of main() of a web executable: its command line, and web_serve. Returns
 * the exit code. */
int web_main(int argc, char **argv, const struct web_program *program);

#endif
