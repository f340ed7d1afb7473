/* tests/support/sync_store.h - a store in memory for the engine's tests: arrays
 * of changes and their hashes. One flat struct: a copy of it is a snapshot, a
 * backup or what a rolled back transaction returns to.
 */
#ifndef LIENXA_TESTS_SYNC_STORE_H
#define LIENXA_TESTS_SYNC_STORE_H

#include "common/sync/session.h"

#define FAKE_UNIT "19870@20040708"
#define FAKE_HUB "district"

enum { FAKE_UP, FAKE_ALL, FAKE_ORDERS, FAKE_STREAMS };
enum { FAKE_MOST = 400, FAKE_HEADER = 48 };
enum { FAKE_FIRST = 77 /* what weighs so much goes first, as alerts do */ };

/* One change. `number` makes it another; `size` is what it weighs in a frame.
 */
struct fake_change {
    uint32_t number, size;
    uint8_t stream; /* of its home: FAKE_UP .. */
    bool expedited;
    bool object; /* its parts are here; at a hub: their object */
    uint8_t header[FAKE_HEADER];
    struct hash digest;
};

struct fake_stream {
    struct stream_name name;
    size_t count;
    struct fake_change changes[FAKE_MOST]; /* seq i + 1 */
    struct hash h[FAKE_MOST + 1];
};

struct fake_store {
    const char *home;
    struct fake_stream streams[FAKE_STREAMS];
    size_t early_count;
    struct fake_change early[FAKE_MOST];
    size_t settled_count; /* early copies the peer has */
    struct hash settled[FAKE_MOST];
    uint64_t acked;   /* highest of `up` */
    uint64_t vaulted; /* hub: to here; node: as told */
    bool vault_pull, vault_again, vault_lacks;
    uint64_t vault_pulled, vault_from;
    bool staging;
    uint64_t staged_after;
    struct fake_stream staged;
};

extern const struct hash_function fake_hash;

void fake_store_open(struct fake_store *store, const char *home);
struct fake_change fake_change_make(const char *home, unsigned stream,
                                    uint32_t number, bool expedited,
                                    uint32_t size);
/* A change as the engine sees it; borrows from `change`. */
struct change fake_change_view(const struct fake_change *change);
struct fake_change fake_change_read(const struct change *change);
struct early_ref fake_ref(const struct fake_change *change);

struct fake_stream *fake_stream_find(struct fake_store *store,
                                     const struct stream_name *name);
void fake_stream_add(struct fake_stream *stream,
                     const struct fake_change *change);
struct stream_claim fake_claim(const struct fake_stream *stream);
bool fake_holds(const struct fake_store *store, const struct hash *digest);
bool fake_in_streams(const struct fake_store *store, const struct hash *digest);

/* The engine's view of a `struct fake_store`. */
struct sync_view fake_view(struct fake_store *store);

/* EXPEDITE: the next one to go, at or behind `*at`, whose place it becomes;
 * NULL: `*at` is behind all of them. */
const struct fake_change *fake_urgent(struct fake_store *store,
                                      const struct sync_action *action,
                                      uint64_t *at);

/* What the actions of the same names ask. They return an enum nak_code. */
int fake_store_batch(struct fake_stream *stream, const struct msg_batch *batch,
                     uint64_t from);
int fake_store_early(struct fake_store *store, const struct change *change);
void fake_detach(struct fake_store *store, const struct stream_name *name,
                 uint64_t seq);
void fake_settle(struct fake_store *store, const struct hash *digest);
bool fake_settled(const struct fake_store *store, const struct hash *digest);
void fake_unsettle(struct fake_store *store, const struct stream_name *name,
                   uint64_t seq);
void fake_rebase_begin(struct fake_store *store, uint64_t seq);
uint64_t fake_rebase_finish(struct fake_store *store); /* the new head */
bool fake_stream_equal(const struct fake_stream *a,
                       const struct fake_stream *b);

#endif
