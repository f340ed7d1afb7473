/* common/media/fetch.h - one peer is asked for the files that are wanted of it,
 * one after the other, piece by piece (PROTOCOL 7.12); and what the bodies of
 * changes say of files becomes rows.
 */
#ifndef LIENXA_MEDIA_FETCH_H
#define LIENXA_MEDIA_FETCH_H

#include "common/media/shelf.h"
#include "common/sync/chunk.h"
#include "common/sync/message.h"
#include "common/wire/record.h"

enum {
    MEDIA_RESERVE = 32 * 1024 * 1024, /* stays free on the disk */
    MEDIA_MINUTE_MS = 60000,
    MEDIA_DAY_MS = 24 * 60 * MEDIA_MINUTE_MS
};
#define MEDIA_SHARE (UINT64_C(8) << 30) /* of one unit, bytes */

struct media_fetch { /* zeroed: looks for work at once */
    struct media_part part;
    struct chunk_flow flow;
    int64_t look_ms;    /* monotonic: nothing is looked for before */
    bool tight;         /* there is no room for the next one */
    bool broken;        /* the disk said no to one that waits now */
    uint64_t pieces;    /* stored, of all files */
    uint64_t unwelcome; /* came without being asked for */
    bool moved;         /* another peer may be asked for one of ours */
};

struct media_now {
    int64_t mono_ms, wall_ms;
};

/* Something was named, the peer has greeted, a pause may be over. */
void media_fetch_look(struct media_fetch *fetch);
/* Within a transaction, while the peer is there: true, `want` is to be said to
 * it. Errors of the world in `rc`. */
bool media_fetch_ask(struct media_fetch *fetch, struct media_shelf *shelf,
                     const char *source, struct media_now now,
                     struct msg_media_want *want, int *rc);
/* What came. 0: stored; 1: and the file is whole; ERR_AGAIN: not asked for;
 * ERR_DAMAGED: wrong; ERR_MISSING: the peer does not have it (any more); errors
 * of the world. */
int media_fetch_take(struct media_fetch *fetch, struct media_shelf *shelf,
                     const struct msg_media *piece, struct media_now now);
/* The line is gone. */
void media_fetch_lost(struct media_fetch *fetch);
void media_fetch_close(struct media_fetch *fetch);
/* Monotonic: when media_fetch_ask may have something to say. */
int64_t media_fetch_deadline(const struct media_fetch *fetch);

/* A piece, or why it does not come, for whoever asked. `data` is kept in
 * `room`. `may` is false when he may not have it; `asker` as a source: what is
 * still to come from somebody else than him comes later. */
void media_give(struct media_shelf *shelf, bool may, const char *asker,
                const struct hash *name, uint32_t piece, struct buf *room,
                struct msg_media *out);

/* What a record's body says of files, as rows and uses; media_store_unuse ends
 * them.
 * Other changes, and those without files, cost nothing. */
struct media_naming {
    const char *source; /* who is asked for them */
    int state;          /* of those that are not known: WANTED or AWAY */
    int kept_state;     /* of those that stay at the commune */
    int64_t wall_ms;
};
int media_named(struct media_store *rows, const struct change *change,
                const struct media_naming *how, bool *wanted);

#endif
