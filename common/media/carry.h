/* common/media/carry.h - files that go by hand (PROTOCOL 15.4): what is lacking
 * is told, pieces are put into the blocks of a bundle and taken from them.
 *
 * Within the caller's transaction. Which files may go, and what is asked of
 * whom, is the program's.
 */
#ifndef LIENXA_MEDIA_CARRY_H
#define LIENXA_MEDIA_CARRY_H

#include "common/media/care.h"
#include "common/wire/bundle.h"

/* ---- making */

struct media_load { /* one block; zeroed but for the first lines */
    struct media_care *care;
    struct media_carry_rule rule; /* borrowed texts */
    void *who;
    void (*put)(void *who, const struct sync_message *m);
    struct bundle_files *at;
    int rc; /* what the database said, if not 0 */
    /* The next files, for as long as nothing else is done: in one block. */
    struct hash ahead[MEDIA_CARRY_FIRST];
    int ahead_count, ahead_at;
};
/* The next list of what is lacking here and is to come from `source`; `held` as
 * in the message. True: that was the last one. */
bool media_load_lacks(struct media_load *load, const char *source,
                      uint64_t held);
/* Pieces begin. */
void media_load_begin(struct media_load *load);
/* The next piece. True: there is none. */
bool media_load_piece(struct media_load *load);
/* What stays for the next bundle. */
void media_load_end(struct media_load *load);

/* ---- taking in */

struct media_unload { /* one block; zeroed but for the first line */
    struct media_care *care;
    const char *source; /* whose they are; at a node "" */
    bool tight;         /* nothing large is taken now */
    struct media_now now;
    struct bundle_count *count;
    void *who;
    /* Nobody else may write this file for now. */
    void (*hold)(void *who, const struct hash *name);
    struct media_part part;
    /* The first file beyond its source's share, as it was with the first one
     * of the block: pieces change nothing about it. */
    bool looked_at_share;
    int64_t beyond;
};
/* 0, or what the database said; the rest is counted. */
int media_unload_piece(struct media_unload *unload,
                       const struct msg_media_carried *piece);
/* The block is over. */
int media_unload_end(struct media_unload *unload);

/* What `rule.unit` said, when, that it lacks. A hub takes it as an
 * order. A node (unit '') takes what is not named as there, when `held` says
 * that the hub had the words then. */
struct media_lacking {
    struct media_care *care;
    struct media_carry_rule rule;
    struct media_said said;
    void *who;
    bool (*held)(void *who, const struct hash *name, uint64_t seq);
};
int media_lacking_take(const struct media_lacking *lacking,
                       const struct msg_media_lacks *said);

#endif
