/* common/sync/pace.c - see pace.h. Speed and round trip are kept as the best of
 * this period and the one before, so that what has passed is forgotten. */
#include "common/sync/pace.h"

enum {
    FRAME_MS = 500, /* of the line in one frame */
    QUEUE_MS =
        1000, /* under way beyond a round trip: what is lost is sent again */
    GAIN = 2, /* frames may follow each other so much faster than they arrive */
    APART_MOST_MS = 10000, /* .. but who thinks the line dead must find out */
    SPEED_PERIOD_MS = 10000,
    TRIP_PERIOD_MS = 60000,
    URGENT_QUEUE_MS = 100, /* of copies under way beyond a round trip */
    URGENT_START = 4096,   /* bytes of them, before the line is known */
    URGENT_SPARE = 2048,   /* beyond that, for what has just become urgent */
    BESIDE = 4,            /* of its window bulk has while copies wait */
    ALONE_SHARE = 8,       /* of a round trip at least is not the way itself */
    SLOW = 3,              /* times what it should take */
    DOUBT = 4,             /* a line in doubt is so many times slower */
    ZONE_MINUTES = 420     /* UTC+7 */
};

static uint64_t smaller(uint64_t a, uint64_t b) { return a < b ? a : b; }
static uint64_t larger(uint64_t a, uint64_t b) { return a > b ? a : b; }

/* ---- hours */

static int64_t minute_of(int64_t wall_ms)
{
    return (wall_ms / 60000 + ZONE_MINUTES) % PACE_DAY_MINUTES;
}

bool pace_rule_open(const struct pace_rule *rule, int64_t wall_ms)
{
    int64_t minute = minute_of(wall_ms);

    if (rule->from == rule->until)
        return true;
    if (rule->from < rule->until)
        return minute >= rule->from && minute < rule->until;
    return minute >= rule->from || minute < rule->until;
}

int64_t pace_rule_opens_ms(const struct pace_rule *rule, int64_t wall_ms)
{
    int64_t minutes =
        (rule->from - minute_of(wall_ms) + PACE_DAY_MINUTES) % PACE_DAY_MINUTES;

    return pace_rule_open(rule, wall_ms) ? 0
                                         : minutes * 60000 - wall_ms % 60000;
}

/* ---- the rate: a bucket that holds what half a second fills */

static int64_t bucket(const struct pace *pace)
{
    return (int64_t)larger(pace->rule.rate * FRAME_MS / 1000, PACE_FRAME_LEAST);
}

static int64_t allowance_at(const struct pace *pace, int64_t mono_ms)
{
    int64_t most = bucket(pace), rate = (int64_t)pace->rule.rate;
    int64_t passed = mono_ms - pace->allowance_ms, filled;

    if (passed / 1000 > (most - pace->allowance) / rate)
        return most; /* full since long, and nothing overflows */
    filled = pace->allowance + rate * passed / 1000;
    return filled < most ? filled : most;
}

/* What is owed is time: a lower rate does not make it longer than it was when a
 * frame overdrew, a higher one makes it shorter. */
static int64_t owed_under(int64_t owed, uint64_t before, uint64_t rate)
{
    return rate < before
               ? (int64_t)((double)owed * (double)rate / (double)before)
               : owed;
}

void pace_set_rule(struct pace *pace, const struct pace_rule *rule,
                   int64_t mono_ms)
{
    uint64_t before = pace->rule.rate;
    int64_t left = before > 0 ? allowance_at(pace, mono_ms) : INT64_MAX;

    pace->rule = *rule;
    pace->allowance = left < 0 ? owed_under(left, before, rule->rate)
                      : left < bucket(pace) ? left
                                            : bucket(pace);
    pace->allowance_ms = mono_ms;
}

static int64_t allowed_ms(const struct pace *pace)
{
    if (pace->allowance > 0)
        return pace->allowance_ms;
    return pace->allowance_ms +
           (1 - pace->allowance) * 1000 / (int64_t)pace->rule.rate + 1;
}

int64_t pace_paid_ms(const struct pace *pace, int64_t mono_ms)
{
    return pace->rule.rate > 0 && allowance_at(pace, mono_ms) <= 0
               ? allowed_ms(pace)
               : mono_ms;
}

/* ---- what is known of the line */

static uint64_t speed(const struct pace *pace)
{
    return larger(pace->speed[0], pace->speed[1]);
}

static int64_t trip(const struct pace *pace)
{
    if (pace->trip[0] == 0 || pace->trip[1] == 0)
        return pace->trip[0] + pace->trip[1];
    return pace->trip[0] < pace->trip[1] ? pace->trip[0] : pace->trip[1];
}

static void learn_speed(struct pace *pace, uint64_t seen, bool limited,
                        int64_t mono_ms)
{
    if (limited && (speed(pace) == 0 || seen <= speed(pace)))
        return;
    if (mono_ms - pace->speed_ms >= SPEED_PERIOD_MS) {
        pace->speed[1] = pace->speed[0];
        pace->speed[0] = 0;
        pace->speed_ms = mono_ms;
    }
    pace->speed[0] = larger(pace->speed[0], larger(seen, 1));
}

void pace_trip(struct pace *pace, int64_t took_ms, int64_t mono_ms)
{
    if (took_ms < 1)
        took_ms = 1;
    if (pace->trip_ms == 0)
        pace->trip_ms = mono_ms;
    if (pace->trip[0] == 0 || took_ms < pace->trip[0])
        pace->trip[0] = took_ms;
}

void pace_doubt(struct pace *pace)
{
    uint64_t most = pace_frame(pace, UINT64_MAX) * 1000 / FRAME_MS;

    for (int i = 0; i < 2; i++)
        if (pace->speed[i] > 0)
            pace->speed[i] = larger(smaller(pace->speed[i], most) / DOUBT, 1);
}

void pace_open(struct pace *pace)
{
    pace->flow[LANE_BULK].under_way = 0;
    pace->next_ms = 0;
    pace->emptying = false;
}

uint64_t pace_under_way(const struct pace *pace)
{
    return pace->flow[LANE_EXPRESS].under_way + pace->flow[LANE_BULK].under_way;
}

uint64_t pace_frame(const struct pace *pace, uint64_t most)
{
    uint64_t frame = LIMIT_FRAME_START;

    if (speed(pace) > 0)
        frame = speed(pace) * FRAME_MS / 1000;
    if (pace->rule.rate > 0)
        frame = smaller(frame, pace->rule.rate * FRAME_MS / 1000);
    return smaller(smaller(larger(frame, PACE_FRAME_LEAST), PACE_FRAME_MOST),
                   most);
}

/* A line nobody knows gets one frame, which tells. */
static uint64_t window(const struct pace *pace)
{
    if (speed(pace) == 0)
        return LIMIT_FRAME_START;
    return speed(pace) * (uint64_t)(trip(pace) + QUEUE_MS) / 1000;
}

/* ---- asking */

/* One frame may always be under way: copies may follow each other for ever. */
static bool line_is_full(const struct pace *pace)
{
    uint64_t most = window(pace), half = pace_frame(pace, UINT64_MAX) / 2;
    uint64_t bulk = pace->flow[LANE_BULK].under_way;
    uint64_t used = pace_under_way(pace);

    if (pace->urgent_waits) {
        used = bulk;
        most /= BESIDE;
    }
    return bulk > 0 && (pace->emptying || used + half > most);
}

static uint64_t urgent_window(const struct pace *pace)
{
    uint64_t most =
        speed(pace) * (uint64_t)(trip(pace) + URGENT_QUEUE_MS) / 1000;

    return speed(pace) == 0 ? (uint64_t)URGENT_START : larger(most, 1);
}

uint64_t pace_urgent_room(const struct pace *pace)
{
    uint64_t most = urgent_window(pace);

    uint64_t used = pace->flow[LANE_EXPRESS].under_way;

    return used < most ? most - used : 0;
}

bool pace_urgent_spare(const struct pace *pace)
{
    return pace->flow[LANE_EXPRESS].under_way <
           urgent_window(pace) + URGENT_SPARE;
}

uint64_t pace_room(const struct pace *pace, const struct pace_now *now)
{
    if (line_is_full(pace) || now->mono_ms < pace->next_ms ||
        !pace_rule_open(&pace->rule, now->wall_ms) ||
        (pace->rule.rate > 0 && allowance_at(pace, now->mono_ms) <= 0))
        return 0;
    return pace_frame(pace, UINT64_MAX);
}

int64_t pace_when(const struct pace *pace, const struct pace_now *now)
{
    int64_t wait_ms = pace_rule_opens_ms(&pace->rule, now->wall_ms);
    int64_t at = now->mono_ms;

    if (line_is_full(pace))
        return INT64_MAX;
    if (wait_ms > 0)
        return at + wait_ms;
    at = pace_paid_ms(pace, at);
    return at > pace->next_ms ? at : pace->next_ms;
}

/* ---- what leaves and lands */

static void look_at_trip(struct pace *pace, int64_t mono_ms)
{
    if (pace->trip[0] == 0 || mono_ms - pace->trip_ms < TRIP_PERIOD_MS)
        return;
    pace->trip[1] = pace->trip[0];
    pace->trip[0] = 0;
    pace->trip_ms = mono_ms;
    pace->emptying = true;
}

static struct pace_ticket leave(struct pace *pace, enum lane lane,
                                uint64_t bytes, int64_t mono_ms)
{
    struct pace_flow *flow = &pace->flow[lane];
    struct pace_ticket ticket = {.bytes = bytes,
                                 .sent_ms = mono_ms,
                                 .before = flow->delivered,
                                 .alone = pace_under_way(pace) == 0,
                                 .lane = lane};

    if (ticket.alone)
        pace->emptying = false;
    if (flow->under_way == 0)
        flow->landed_ms = flow->origin_ms = mono_ms;
    ticket.before_ms = flow->landed_ms;
    ticket.origin_ms = flow->origin_ms;
    flow->under_way += bytes;
    return ticket;
}

struct pace_ticket pace_send_urgent(struct pace *pace, uint64_t bytes,
                                    int64_t mono_ms)
{
    struct pace_ticket ticket = leave(pace, LANE_EXPRESS, bytes, mono_ms);

    ticket.limited =
        pace->flow[LANE_EXPRESS].under_way < urgent_window(pace) / 2;
    return ticket;
}

struct pace_ticket pace_send(struct pace *pace, uint64_t bytes, int64_t mono_ms)
{
    struct pace_ticket ticket = leave(pace, LANE_BULK, bytes, mono_ms);

    if (pace->rule.rate > 0) {
        pace->allowance = allowance_at(pace, mono_ms) - (int64_t)bytes;
        pace->allowance_ms = mono_ms;
    }
    ticket.limited = pace_under_way(pace) < window(pace) / 2;
    if (speed(pace) > 0)
        pace->next_ms =
            mono_ms +
            (int64_t)smaller(bytes * 1000 / GAIN / speed(pace), APART_MOST_MS);
    look_at_trip(pace, mono_ms);
    return ticket;
}

void pace_forget(struct pace *pace, const struct pace_ticket *ticket)
{
    struct pace_flow *flow = &pace->flow[ticket->lane];

    flow->under_way -= smaller(flow->under_way, ticket->bytes);
}

/* Of the time that a frame took alone on the line, what is not the way itself
 * but the frame's own length. Half of it only: who thinks the way too short
 * never fills the line, and then never learns better. */
static void learn_trip(struct pace *pace, const struct pace_ticket *ticket,
                       int64_t took_ms, int64_t mono_ms)
{
    int64_t own_ms =
        speed(pace) > 0 ? (int64_t)(ticket->bytes * 1000 / speed(pace) / 2) : 0;

    pace_trip(pace,
              took_ms - own_ms > took_ms / ALONE_SHARE ? took_ms - own_ms
                                                       : took_ms / ALONE_SHARE,
              mono_ms);
}

/* Bytes that the other lane moved meanwhile, as its last frame tells. */
static uint64_t beside(const struct pace_flow *other, int64_t from_ms,
                       int64_t until_ms)
{
    if (from_ms < other->seen_from_ms)
        from_ms = other->seen_from_ms;
    if (until_ms > other->seen_until_ms)
        until_ms = other->seen_until_ms;
    return from_ms < until_ms
               ? other->seen * (uint64_t)(until_ms - from_ms) / 1000
               : 0;
}

/* The time in which a lane moved what it did from the frame before until this
 * one: of being answered or of being sent, whichever took longer. */
static int64_t busy_time(const struct pace *pace,
                         const struct pace_ticket *ticket, int64_t mono_ms)
{
    int64_t took_ms = mono_ms - ticket->sent_ms;
    int64_t busy_ms = mono_ms - ticket->before_ms;

    if (busy_ms < ticket->sent_ms - ticket->origin_ms)
        busy_ms = ticket->sent_ms - ticket->origin_ms;
    if (ticket->alone && speed(pace) == 0) /* the rest of it was the way */
        busy_ms = took_ms - trip(pace) > took_ms / ALONE_SHARE
                      ? took_ms - trip(pace)
                      : took_ms / ALONE_SHARE;
    return busy_ms < 1 ? 1 : busy_ms;
}

void pace_land(struct pace *pace, const struct pace_ticket *ticket,
               int64_t mono_ms)
{
    struct pace_flow *flow = &pace->flow[ticket->lane];
    const struct pace_flow *other =
        &pace->flow[ticket->lane == LANE_BULK ? LANE_EXPRESS : LANE_BULK];
    int64_t took_ms = mono_ms - ticket->sent_ms;
    int64_t busy_ms = busy_time(pace, ticket, mono_ms);
    /* whatever it was, so long nothing takes on a line that is as it was */
    bool limited = ticket->limited && took_ms < SLOW * (trip(pace) + FRAME_MS);
    uint64_t moved;

    pace_forget(pace, ticket);
    flow->delivered += ticket->bytes;
    flow->landed_ms = mono_ms;
    flow->origin_ms = ticket->sent_ms;
    moved = flow->delivered - ticket->before;
    flow->seen = moved * 1000 / (uint64_t)busy_ms;
    flow->seen_from_ms = mono_ms - busy_ms;
    flow->seen_until_ms = mono_ms;
    moved += beside(other, mono_ms - busy_ms, mono_ms);
    learn_speed(pace, moved * 1000 / (uint64_t)busy_ms, limited, mono_ms);
    if (ticket->alone)
        learn_trip(pace, ticket, took_ms, mono_ms);
}
