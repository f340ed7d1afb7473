/* common/sync/session_urgent.c - copies of what is urgent, ahead of everything
 * (PROTOCOL 7.4, 11.5).
 *
 * In two orders. What warns and what proves it (alerts, receipts, the hub's
 * keys) goes first, in the order of its stream. Of the rest the newest goes
 * first, whatever waits: a stream is sent from its beginning, so what is oldest
 * comes with it, and the two meet. And no more is under way than fills the
 * line, so that what becomes urgent next has little before it; of what was
 * written just now one may leave beyond that, and does not wait for answers.
 *
 * What went is known by positions, not by a list: of each stream the spans that
 * still wait. When they are too many two of them are joined, and what lay in
 * between goes once more. */
#include <string.h>

#include "common/base/mem.h"
#include "common/sync/session_inside.h"

enum {
    ONE = 1,           /* byte: one copy, however large */
    LOOK_PAUSE_MS = 1, /* it has looked at many, none was to go */
    HOLD_MS = 3000     /* for the hub's list, and between two parts of it */
};

static uint64_t smaller(uint64_t a, uint64_t b) { return a < b ? a : b; }

static uint64_t credit_left(const struct sync_session *s)
{
    const struct lane_count *lane = &s->lanes[LANE_EXPRESS];

    return lane->credit > lane->sent ? lane->credit - lane->sent : 0;
}

/* ---- what waits */

static void drop_span(struct outgoing *out, size_t i)
{
    memmove(&out->rest[i], &out->rest[i + 1],
            (out->rest_count - i - 1) * sizeof *out->rest);
    out->rest_count--;
}

/* Above all that is there. */
static void add_span(struct outgoing *out, uint64_t low, uint64_t high)
{
    struct span *top = out->rest + out->rest_count;

    if (out->rest_count > 0 && top[-1].high + 1 >= low) {
        top[-1].high = high;
        return;
    }
    if (out->rest_count == URGENT_SPANS) {
        out->rest[1].low = out->rest[0].low;
        drop_span(out, 0);
        top--;
    }
    *top = (struct span){low, high};
    out->rest_count++;
}

/* What the peer holds in the stream needs no copy. */
static void drop_acked(struct outgoing *out)
{
    while (out->rest_count > 0 && out->rest[0].high <= out->acked)
        drop_span(out, 0);
    if (out->rest_count > 0 && out->rest[0].low <= out->acked)
        out->rest[0].low = out->acked + 1;
    if (out->cursor <= out->acked)
        out->cursor = out->acked + 1;
}

void session_urgent_begin(struct sync_session *s, struct outgoing *out)
{
    if (stream_name_equal(&s->urgent.name, &out->name))
        s->urgent.stale = true;
    out->first_due = true;
    out->cursor = out->acked + 1;
    out->rest_count = 0;
    if (out->head > out->acked)
        add_span(out, out->acked + 1, out->head);
}

/* The copies go ahead at once; an idle stream follows a moment later, so that
 * what is urgent does not compete with its own repeat. */
void session_urgent_grew(struct session_step *at, struct outgoing *out,
                         uint64_t head)
{
    int64_t follow_ms = at->event->now_ms + FOLLOW_MS;

    out->first_due = true;
    if (head > out->head)
        add_span(out, out->head + 1, head);
    if (out->sent == out->head && out->push_ms < follow_ms)
        out->push_ms = follow_ms;
}

bool session_urgent_waits(const struct sync_session *s)
{
    for (size_t i = 0; i < s->out_count; i++)
        if (s->out[i].rest_count > 0)
            return true;
    return false;
}

/* ---- what the hub holds already */

void session_urgent_hold(struct session_step *at)
{
    if (at->s->minor < LIST_MINOR) /* it may have none, and say nothing */
        return;
    at->s->urgent.held = at->s->node.head;
    at->s->urgent.hold_ms = at->event->now_ms + HOLD_MS;
}

void session_urgent_listed(struct session_step *at)
{
    struct sync_session *s = at->s;

    if (s->urgent.hold_ms != 0)
        s->urgent.hold_ms = at->event->message->early_list.last
                                ? 0
                                : at->event->now_ms + HOLD_MS;
}

/* So far, of this position on. */
static bool is_held(const struct sync_session *s, uint64_t seq)
{
    return s->now.mono_ms < s->urgent.hold_ms && seq <= s->urgent.held;
}

/* ---- what is under way */

static struct counted_flight *flight_at(struct sync_session *s, size_t i)
{
    return &s->urgent.flights[(s->urgent.first + i) % URGENT_FLIGHTS];
}

static void forget_flights(struct sync_session *s)
{
    for (size_t i = 0; i < s->urgent.count; i++)
        pace_forget(&s->pace, &flight_at(s, i)->ticket);
    mem_free(&s->urgent.flights);
    s->urgent.first = s->urgent.count = 0;
}

void session_urgent_forget(struct sync_session *s)
{
    forget_flights(s);
    memset(&s->urgent, 0, sizeof s->urgent);
}

/* A grant is what was handled so far and a window, which stays the same. */
void session_urgent_answered(struct session_step *at)
{
    struct sync_session *s = at->s;
    const struct lane_count *lane = &s->lanes[LANE_EXPRESS];

    while (s->urgent.count > 0 &&
           flight_at(s, 0)->end + lane->peer_window <= lane->credit) {
        pace_land(&s->pace, &flight_at(s, 0)->ticket, at->event->now_ms);
        s->urgent.first = (s->urgent.first + 1) % URGENT_FLIGHTS;
        s->urgent.count--;
        s->urgent.progress_ms = at->event->now_ms;
    }
    if (s->urgent.count == 0)
        mem_free(&s->urgent.flights); /* idle costs nothing */
}

static void left(struct session_step *at)
{
    struct sync_session *s = at->s;

    if (at->event->bytes == 0)
        return;
    if (s->urgent.flights == NULL) {
        s->urgent.flights =
            mem_array(URGENT_FLIGHTS, sizeof *s->urgent.flights);
        s->urgent.progress_ms = at->event->now_ms;
    }
    *flight_at(s, s->urgent.count++) = (struct counted_flight){
        .end = s->lanes[LANE_EXPRESS].sent,
        .ticket =
            pace_send_urgent(&s->pace, at->event->bytes, at->event->now_ms)};
}

/* ---- sending */

/* Where the line is full of older ones, still one of what was just written. */
static bool may_leave(const struct sync_session *s, const struct outgoing *out)
{
    bool is_new =
        out->rest_count > 0 && out->rest[out->rest_count - 1].high == out->head;

    return !out->loan && credit_left(s) > 0 &&
           s->urgent.count < URGENT_FLIGHTS &&
           (pace_urgent_room(&s->pace) > 0 ||
            (is_new && pace_urgent_spare(&s->pace)));
}

static struct sync_action *expedite(struct session_step *at,
                                    const struct outgoing *out,
                                    enum sync_urgent order, uint64_t from)
{
    struct sync_session *s = at->s;
    uint64_t room = pace_urgent_room(&s->pace);
    struct sync_action *action =
        session_act_on(at, SYNC_EXPEDITE, &out->name, from);

    s->urgent.order = order;
    s->urgent.name = out->name;
    s->urgent.from = from;
    s->urgent.stale = false;
    action->code = (int)order;
    action->bytes =
        smaller(smaller(credit_left(s), room > 0 ? room : ONE), EXPEDITE_BYTES);
    action->route = s->hub.route[LANE_EXPRESS];
    return action;
}

static bool expedite_first(struct session_step *at, struct outgoing *out)
{
    if (!out->first_due || !may_leave(at->s, out) ||
        at->event->now_ms < out->expedite_ms || is_held(at->s, out->cursor))
        return false;
    out->first_due = false;
    if (out->cursor > out->head)
        return false;
    expedite(at, out, URGENT_FIRST, out->cursor)->to = out->head;
    return true;
}

static bool expedite_rest(struct session_step *at, struct outgoing *out)
{
    const struct sync_session *s = at->s;
    const struct span *top;
    uint64_t to;

    if (out->rest_count == 0 || !may_leave(s, out) ||
        at->event->now_ms < out->expedite_ms)
        return false;
    top = &out->rest[out->rest_count - 1];
    if (is_held(s, top->high))
        return false;
    to = is_held(s, top->low) ? s->urgent.held + 1 : top->low;
    expedite(at, out, URGENT_REST, top->high)->to = to;
    return true;
}

/* One question at a time: what it sent counts before the next one. */
void session_urgent_pump(struct session_step *at)
{
    struct sync_session *s = at->s;

    if (s->urgent.count > 0 &&
        at->event->now_ms - s->urgent.progress_ms >= s->config.ack_timeout_ms)
        forget_flights(s); /* a peer that says nothing */
    for (size_t i = 0; i < s->out_count; i++)
        drop_acked(&s->out[i]);
    if (s->urgent.order == URGENT_ALL) {
        bool asked = false;

        for (size_t i = 0; i < s->out_count && !asked; i++)
            asked = expedite_first(at, &s->out[i]);
        for (size_t i = 0; i < s->out_count && !asked; i++)
            asked = expedite_rest(at, &s->out[i]);
    }
    s->pace.urgent_waits = session_urgent_waits(s);
}

static void first_left(struct outgoing *out, const struct sync_event *event)
{
    out->first_due = out->first_due || event->more;
    if (event->seq > out->cursor)
        out->cursor = event->seq;
}

static void rest_left(struct outgoing *out, const struct sync_event *event)
{
    struct span *top;

    if (out->rest_count == 0)
        return;
    top = &out->rest[out->rest_count - 1];
    if (event->seq < top->low)
        out->rest_count--;
    else if (event->seq < top->high)
        top->high = event->seq;
}

void session_urgent_sent(struct session_step *at)
{
    struct sync_session *s = at->s;
    const struct sync_event *event = at->event;
    struct outgoing *out = session_out_find(s, &event->name);
    enum sync_urgent order = s->urgent.order;

    if (order == URGENT_ALL ||
        !stream_name_equal(&s->urgent.name, &event->name))
        return; /* something else left */
    s->urgent.order = URGENT_ALL;
    memset(&s->urgent.name, 0, sizeof s->urgent.name);
    left(at);
    if (out == NULL || s->urgent.stale)
        return; /* these are other positions now */
    if (event->more && event->bytes == 0)
        out->expedite_ms =
            event->now_ms +
            (event->seq == s->urgent.from ? SOCKET_RETRY_MS : LOOK_PAUSE_MS);
    if (order == URGENT_FIRST)
        first_left(out, event);
    else
        rest_left(out, event);
}

/* When a copy of this stream may leave; INT64_MAX: none waits. */
static int64_t ready_ms(const struct sync_session *s,
                        const struct outgoing *out)
{
    bool rest = out->rest_count > 0;
    uint64_t newest = rest ? out->rest[out->rest_count - 1].high : 0;

    if (!may_leave(s, out) || (!out->first_due && !rest))
        return INT64_MAX;
    if (is_held(s,
                out->first_due && out->cursor > newest ? out->cursor : newest))
        return s->urgent.hold_ms;
    return out->expedite_ms;
}

int64_t session_urgent_deadline(const struct sync_session *s)
{
    int64_t at = INT64_MAX;

    if (s->urgent.count > 0)
        at = s->urgent.progress_ms + s->config.ack_timeout_ms;
    if (s->urgent.order != URGENT_ALL)
        return at;
    for (size_t i = 0; i < s->out_count; i++) {
        int64_t ready = ready_ms(s, &s->out[i]);

        at = ready < at ? ready : at;
    }
    return at;
}
