/* tests/support/store_world.h - a ledger on a temporary file, a host that obeys
 * the words in a change, and far homes whose streams it receives.
 *
 * A change's fact is "DAY VILLAGE CATEGORY STATE" when it counts. Words in it
 * make the host behave: "refuse" (judge says no), "burst" (applied says no),
 * "disk" (applied says the disk failed). `forgiving` makes it accept them.
 */
#ifndef LIENXA_TESTS_STORE_WORLD_H
#define LIENXA_TESTS_STORE_WORLD_H

#include "common/store/ledger.h"

enum { WORLD_APPLICATION = DB_APP_HUB };

struct world {
    char folder[64], path[96];
    struct db *db;
    struct ledger *ledger;
    struct error err;
    bool forgiving;
    uint64_t judged, applied, ended; /* calls */
    struct id last_ended;
    struct ledger_event last; /* its entry is gone */
    void **owned;
    size_t owned_count;
};

extern const struct hash_function world_hash;
struct ledger_host world_host(struct world *w);

struct world *world_new(void); /* open for writing, schema there */
void world_free(struct world *w);
void world_close(struct world *w);
void world_open(struct world *w);
/* A second, reading ledger on the same file. */
struct ledger *world_reader(struct world *w, struct db **db);

/* ---- changes; they live as long as the world */

struct spec {
    const char *home;
    uint32_t record; /* made into an id */
    uint64_t version;
    uint32_t kind; /* 0: a report */
    uint32_t flags;
    const char *fact, *body, *vault; /* NULL: absent */
    bool is_signed;
};
struct change world_change(struct world *w, const struct spec *spec);
struct id world_id(uint32_t number);
struct hash world_digest(const struct change *change);
/* Body and vault as stubs. */
struct change world_stubbed(const struct change *change);
/* Borrows the change. */
struct change_ref world_ref(const struct change *change);

/* ---- a far home's stream */

enum { FAR_MOST = 512 };
struct far {
    struct stream_name name;
    size_t count;
    struct change changes[FAR_MOST + 1]; /* [seq] */
    struct stream_position at[FAR_MOST + 1];
};
void far_begin(struct far *far, const char *home);
void far_add(struct far *far, const struct change *change);
/* from..to as a batch that borrows from `far`. */
struct ledger_batch far_batch(const struct far *far, uint64_t from,
                              uint64_t to);
/* ledger_receive of from..to in a transaction of its own. */
int far_send(struct world *w, const struct far *far, uint64_t from,
             uint64_t to);

/* ---- verbs in a transaction of their own; they answer the ledger's code */

int world_append(struct world *w, const struct stream_name *name,
                 const struct change *change);
int world_early(struct world *w, const struct change *change);
void world_begin(struct world *w);
void world_commit(struct world *w);
/* Commits when `rc` is 0, else rolls back; returns the first failure. */
int world_end(struct world *w, int rc);

/* ---- looking */

/* The number of faults that verify finds; prints them when `loud`. */
uint64_t world_faults(struct world *w, bool loud);
uint64_t world_count(struct world *w); /* sum of all figures */
struct record_row world_record(struct world *w, const char *home,
                               uint32_t record);

/* The state's parts as text, "-" when absent, "#" when a stub; "nothing" when
 * there is no state. */
struct shown {
    char fact[64], body[64], vault[64];
    struct hash digest;
    uint64_t seq;
};
struct shown world_shown(struct world *w, const char *home, uint32_t record);

/* The number that a query has in its first row, -1 when it has none. */
int64_t store_number(struct db *db, const char *sql);

/* A small generator, so that a failing seed can be run again. */
uint32_t world_random(uint64_t *seed, uint32_t below);

#endif
