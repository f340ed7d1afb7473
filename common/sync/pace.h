/* common/sync/pace.h - how much of a line bulk may fill, and when.
 *
 * PROTOCOL 11.5. One line carries all that an office says, and what stands in
 * it stands before the next urgent report. So no more of bulk is under way than
 * the line moves in one round trip and one second, as the acks tell;
 * and no more leaves than the hub's settings allow.
 *
 * Urgent copies go on express, by no rate and at every hour, but not in a burst
 * either: what is written now would stand behind all that was written before.
 * Of them so much is under way as fills the line and forms no queue, and while
 * some wait, bulk has a quarter of its window.
 *
 * Whoever sends on bulk asks pace_room, says pace_send with the size of the
 * frame that left, and gives the ticket back: pace_land when the peer has
 * answered for it, pace_forget when nobody will. pace_urgent_room and
 * pace_send_urgent are the same for copies. What of several things goes
 * first is not decided here: session_room (session_inside.h). Pure: no clock.
 */
#ifndef LIENXA_SYNC_PACE_H
#define LIENXA_SYNC_PACE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/sync/limits.h"
#include "common/sync/message.h"

/* What waits on bulk, the first before the others: streams, what is locked
 * behind them (PROTOCOL 7.10), pictures and films. */
enum pace_class { PACE_WORDS, PACE_VAULT, PACE_MEDIA, PACE_CLASS_COUNT };

enum {
    PACE_FRAME_LEAST = 2 * 1024, /* bytes; half a second of 32 kbit/s */
    PACE_FRAME_MOST = LIMIT_FRAME - 8 * 1024, /* our framing needs some */
    PACE_DAY_MINUTES = 24 * 60
};

/* From the hub's signed settings; zeroed: none. */
struct pace_rule {
    uint64_t rate;        /* bytes a second; 0: as the line moves them */
    uint16_t from, until; /* minutes of Vietnam's day; over midnight when `from`
                           * is the later one; the same: all day */
};

/* Is it time for bulk? And in how many ms, 0 when it is. */
bool pace_rule_open(const struct pace_rule *rule, int64_t wall_ms);
int64_t pace_rule_opens_ms(const struct pace_rule *rule, int64_t wall_ms);

struct pace_now {
    int64_t mono_ms, wall_ms;
};

/* What one lane has moved. Each counts for itself: they are two connections,
 * and what a loss held up on one comes all at once beside what the other moved
 * meanwhile. The speed of the line is what both moved in the same time. */
struct pace_flow {
    uint64_t under_way; /* bytes sent and not answered for */
    uint64_t delivered; /* bytes ever answered for */
    int64_t landed_ms;  /* the last that was answered for: when, and when it */
    int64_t origin_ms;  /* had left */
    uint64_t seen;      /* bytes a second that it told .. */
    int64_t seen_from_ms, seen_until_ms; /* .. of this time */
};

/* Of one line and one direction. Zeroed is a line nobody knows anything of. */
struct pace {
    struct pace_rule rule;
    int64_t allowance;    /* bytes that may leave by the rate; overdrawn when */
    int64_t allowance_ms; /* below 0; as of then */
    bool urgent_waits;    /* set by whoever sends them: more are to go */
    struct pace_flow flow[LANE_COUNT];
    uint64_t speed[2]; /* bytes a second: the best of this period, and of */
    int64_t speed_ms;  /* the one before; 0 unknown */
    int64_t trip[2];   /* ms, as well: the least; 0 unknown */
    int64_t trip_ms;
    int64_t next_ms; /* frames leave one after the other, not in a burst */
    bool emptying;   /* nothing leaves before all is answered: the queue must be
                      * empty now and then, or nobody sees how long it is */
};

/* One frame under way. */
struct pace_ticket {
    uint64_t bytes;
    int64_t sent_ms;
    uint64_t before;   /* its lane's `delivered` when it left .. */
    int64_t before_ms; /* .. and when that was answered .. */
    int64_t origin_ms; /* .. and sent: what one loss held up comes all at once,
                        * and must not be taken for speed */
    bool alone;        /* nothing else was under way, on either lane */
    bool limited;      /* so little was that it says nothing against the line */
    enum lane lane;    /* LANE_EXPRESS: a copy */
};

/* What was overdrawn under the rule before is paid in no more time than it
 * would have been; said again, a rule changes nothing. */
void pace_set_rule(struct pace *pace, const struct pace_rule *rule,
                   int64_t mono_ms);
/* Another line, nothing under way. What was learnt stays. */
void pace_open(struct pace *pace);
/* Something small was answered after so long: the line and back. */
void pace_trip(struct pace *pace, int64_t took_ms, int64_t mono_ms);
/* Nothing was answered for too long: frames are a quarter of what they were. */
void pace_doubt(struct pace *pace);

/* Bytes sent and not answered for, on both lanes. */
uint64_t pace_under_way(const struct pace *pace);
/* Bytes of one frame that may leave now; 0: none. */
uint64_t pace_room(const struct pace *pace, const struct pace_now *now);
/* Monotonic ms: when pace_room may find some without an answer from the peer;
 * INT64_MAX: never. */
int64_t pace_when(const struct pace *pace, const struct pace_now *now);
/* Monotonic ms: when the rate lets something leave, whatever the line does. */
int64_t pace_paid_ms(const struct pace *pace, int64_t mono_ms);
/* What the line moves in half a second: the size of a frame. */
uint64_t pace_frame(const struct pace *pace, uint64_t most);

/* Bytes of urgent copies that may leave now; 0: none. */
uint64_t pace_urgent_room(const struct pace *pace);
/* Where that is 0: may one copy leave of what has become urgent just now? */
bool pace_urgent_spare(const struct pace *pace);

struct pace_ticket pace_send(struct pace *pace, uint64_t bytes,
                             int64_t mono_ms);
struct pace_ticket pace_send_urgent(struct pace *pace, uint64_t bytes,
                                    int64_t mono_ms);
void pace_land(struct pace *pace, const struct pace_ticket *ticket,
               int64_t mono_ms);
void pace_forget(struct pace *pace, const struct pace_ticket *ticket);

#endif
