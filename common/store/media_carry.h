/* common/store/media_carry.h - which files go by hand, to whom (PROTOCOL 15.4):
 * what a receiver said that it lacks, and how far the bundles for it have come.
 *
 * A receiver is a unit; at a node '' is the hub. What was put into a bundle
 * only tells what comes first in the next one: a stick may be lost. What a
 * receiver said last is what holds.
 */
#ifndef LIENXA_STORE_MEDIA_CARRY_H
#define LIENXA_STORE_MEDIA_CARRY_H

#include "common/store/media.h"

struct media_carry;

int media_carry_open(struct media_carry **out, struct db *db,
                     struct error *err);
void media_carry_close(struct media_carry **carry);

/* Which files may go to `unit`: those that are here and that it asked for, of
 * bodies that it wrote or that were passed on to it; at a node, `unit` is ''
 * and those that a body of `home` let leave (media_store_left). */
struct media_carry_rule {
    const char *unit, *home;
    uint32_t report_kind;
    bool reports;
};

struct media_carry_row {
    struct media_row file;
    int64_t told_ms, lacks, round, next;
};
/* The first ones that go into bundle `round`, in their order: asked for,
 * urgent, least often carried, oldest. Each of them looks at all rows: so
 * several at once. How many, or negative. */
enum { MEDIA_CARRY_FIRST = 64 };
int media_carry_first(struct media_carry *s,
                      const struct media_carry_rule *rule, int64_t round,
                      struct hash out[MEDIA_CARRY_FIRST]);
/* This one, if it still may go. ERR_MISSING. */
int media_carry_find(struct media_carry *s, const struct media_carry_rule *rule,
                     const struct hash *name, struct media_carry_row *out);
/* A number for a new bundle. */
int64_t media_carry_round(struct media_carry *s, const char *unit);
/* In bundle `round` it is whole, or (`next` not 0) goes on there. */
int media_carry_mark(struct media_carry *s, const char *unit,
                     const struct hash *name, int64_t round, uint32_t next);
/* What does not go into `round` and is still to go. */
void media_carry_left(struct media_carry *s,
                      const struct media_carry_rule *rule, int64_t round,
                      uint64_t *files, uint64_t *bytes);

/* ---- what a receiver said. Later words stay */

struct media_said {
    int64_t told_ms;
    int64_t beyond_ms; /* what stands here from after that came of a wrong clock
                        * and is not later than anything */
};
struct media_range { /* names in (after, last] */
    struct hash after, last;
};
/* It lacks this one, from piece `lacks` on; -1: it has it. */
int media_carry_told(struct media_carry *s, const char *unit,
                     const struct hash *name, int64_t lacks,
                     const struct media_said *said);
/* It said nothing of these: they are no longer asked for. */
int media_carry_clear(struct media_carry *s, const char *unit,
                      const struct media_range *range,
                      const struct media_said *said);
/* The first in the range that may go, which it is not known to have, named
 * after `name`, said at `told_ms` or before. ERR_MISSING. */
int media_carry_unsaid(struct media_carry *s,
                       const struct media_carry_rule *rule,
                       const struct media_range *range,
                       const struct media_said *said, struct media_row *out);
/* Ends when `each` answers not 0: the records of `home` that name it. */
int media_carry_records(struct media_carry *s, const struct hash *name,
                        const char *home,
                        int (*each)(void *who, const struct id *record),
                        void *who);

/* ---- what we lack ourselves, of `source`: by name, from behind `after` */
int media_carry_lack(struct media_carry *s, const char *source,
                     const struct hash *after, struct media_row *out,
                     uint32_t *reached);
int media_carry_reached(struct media_carry *s, const struct hash *name,
                        uint32_t reached);
uint32_t media_carry_has_reached(struct media_carry *s,
                                 const struct hash *name);

#endif
