/* common/sync/session_push.c - what goes out: batches behind credit and acks,
 * a node's own stream handed back (PROTOCOL 6). */
#include <assert.h>
#include <string.h>

#include "common/base/error.h"
#include "common/base/mem.h"
#include "common/sync/session_inside.h"

static uint64_t smaller(uint64_t a, uint64_t b) { return a < b ? a : b; }

static uint64_t larger(uint64_t a, uint64_t b) { return a > b ? a : b; }

static uint64_t credit_left(const struct lane_count *lane)
{
    return lane->credit > lane->sent ? lane->credit - lane->sent : 0;
}

/* ---- streams and what of them is under way */

struct outgoing *session_out_set(struct sync_session *s,
                                 const struct stream_name *name, uint64_t head,
                                 uint64_t position)
{
    struct outgoing *out = session_out_find(s, name);
    uint64_t high = position;

    if (out == NULL) {
        assert(s->out_count < OUT_LIMIT);
        out = &s->out[s->out_count++];
    } else {
        high = larger(high, out->high);
        session_out_forget(s, out);
    }
    memset(out, 0, sizeof *out);
    out->name = *name;
    out->head = larger(head, position);
    out->acked = out->sent = out->announced = position;
    out->high = high;
    out->cursor = position + 1;
    return out;
}

static struct flight *flight_at(struct outgoing *out, size_t i)
{
    return &out->flights[(out->flight_first + i) % FLIGHT_LIMIT];
}

void session_out_forget(struct sync_session *s, struct outgoing *out)
{
    for (size_t i = 0; i < out->flight_count; i++)
        pace_forget(&s->pace, &flight_at(out, i)->ticket);
    mem_free(&out->flights);
    out->flight_count = 0;
}

void session_out_rewind(struct sync_session *s, struct outgoing *out)
{
    session_out_forget(s, out);
    out->sent = out->acked;
    out->from = 0;
}

static void flight_add(struct session_step *at, struct outgoing *out)
{
    const struct sync_event *event = at->event;

    if (out->flights == NULL) {
        out->flights = mem_array(FLIGHT_LIMIT, sizeof *out->flights);
        out->flight_first = 0;
    }
    if (out->flight_count == 0)
        out->progress_ms = event->now_ms;
    *flight_at(out, out->flight_count++) = (struct flight){
        .last = event->seq,
        .ticket = pace_send(&at->s->pace, event->bytes, event->now_ms)};
}

static void flights_land(struct session_step *at, struct outgoing *out)
{
    while (out->flight_count > 0 && flight_at(out, 0)->last <= out->acked) {
        pace_land(&at->s->pace, &flight_at(out, 0)->ticket, at->event->now_ms);
        out->flight_first = (out->flight_first + 1) % FLIGHT_LIMIT;
        out->flight_count--;
    }
    if (out->flight_count == 0)
        session_out_forget(at->s, out); /* idle costs nothing */
}

/* ---- what the peer answers */

void session_rewind_over(struct sync_session *s)
{
    s->hub.rewinding = false;
    s->hub.rewound = (struct id){0};
}

int session_ack(struct session_step *at)
{
    struct sync_session *s = at->s;
    const struct msg_ack *ack = &at->event->message->ack;
    struct outgoing *out = session_out_find(s, &ack->name);

    if (out == NULL || ack->seq > out->high)
        return session_refuse(at, "an ack of what was never sent");
    if (ack->seq <= out->acked) {
        session_granted(s, LANE_BULK, ack->credit);
        return 0;
    }
    out->acked = ack->seq;
    out->sent = larger(out->sent, out->acked);
    out->progress_ms = at->event->now_ms;
    flights_land(at, out);
    session_granted(s, LANE_BULK, ack->credit);
    if (out->vault) {
        if (!out->loan) {
            session_act_on(at, SYNC_VAULTED, &out->name, out->acked);
            s->node.vault_from = s->node.vault_known = out->acked;
        }
        return 0;
    }
    if (!out->loan)
        session_act_on(at, SYNC_ACKED, &out->name, out->acked);
    else if (out->acked == out->head)
        session_rewind_over(s);
    if (s->config.role == SYNC_NODE && s->state == SYNC_LIVE) {
        s->node.acked = larger(s->node.acked, out->acked);
        session_vault_acked(at, out->acked);
    }
    s->node.status_due = true;
    return 0;
}

static void hold(struct sync_session *s, struct outgoing *out, int64_t until_ms)
{
    session_out_rewind(s, out);
    out->push_ms = until_ms;
}

static int64_t later_ms(const struct session_step *at)
{
    const struct msg_nak *nak = &at->event->message->nak;

    return at->event->now_ms +
           (int64_t)larger(smaller(nak->wait_ms, LATER_MOST_MS),
                           SOCKET_RETRY_MS);
}

static int nak_gap(struct session_step *at, struct outgoing *out,
                   uint64_t expected)
{
    if (expected == 0 || expected - 1 > out->high)
        return session_refuse(at, "a gap beyond what was sent");
    if (expected - 1 < out->acked) {
        session_restart(at, "you lack what you have acknowledged");
        return 0;
    }
    session_out_rewind(at->s, out);
    out->sent = expected - 1;
    return 0;
}

static void refused(struct sync_session *s, struct outgoing *out,
                    int64_t again_ms)
{
    s->again_ms = again_ms;
    if (out == NULL)
        return;
    session_out_rewind(s, out);
    out->refused = true;
}

/* The peer takes this stream not at all: a new hello sorts it out, at once
 * unless one has just failed to. */
static void nak_fork(struct session_step *at, struct outgoing *out)
{
    struct sync_session *s = at->s;
    int64_t now = at->event->now_ms;

    if (now < s->forgive_ms) {
        refused(s, out, s->forgive_ms);
        return;
    }
    s->forgive_ms = now + FORK_PAUSE_MS;
    session_restart(at, "let us compare our copies again");
}

int session_nak(struct session_step *at)
{
    struct sync_session *s = at->s;
    const struct msg_nak *nak = &at->event->message->nak;
    struct outgoing *out = session_out_find(s, &nak->name);

    if (session_vault_nak(at))
        return 0;
    if (nak->code == NAK_FORK || nak->code == NAK_FOREIGN) {
        nak_fork(at, out);
        return 0;
    }
    if (s->state == SYNC_REBASING && nak->code == NAK_LATER &&
        stream_name_equal(&nak->name, &s->up)) {
        s->node.pull_ms = later_ms(at);
        return 0;
    }
    if (out == NULL)
        return 0;
    if (nak->code == NAK_GAP)
        return nak_gap(at, out, nak->expected);
    if (nak->code == NAK_LATER)
        hold(s, out, later_ms(at));
    else
        refused(s, out, at->event->now_ms + REFUSED_MS);
    return 0;
}

/* ---- hub: a node asks for its own stream */

static void lend(struct session_step *at, uint64_t after)
{
    struct sync_session *s = at->s;
    const struct incoming *in = session_in_find(s, &s->up);

    s->hub.pulled_ms = at->event->now_ms;
    session_out_set(s, &s->up, in->expected - 1, after)->loan = true;
}

/* Once for a rewind, however often it is asked on the way. */
static void tell_rewound(struct session_step *at, uint64_t after)
{
    struct sync_session *s = at->s;

    if (!s->hub.was_acked || s->hub.rewinding ||
        id_equal(&s->hub.rewound, &s->hub.present.instance))
        return;
    s->hub.rewinding = true;
    session_alarm(at, ALARM_NODE_REWOUND, after, "")->name = s->up;
}

void session_loan_end(struct sync_session *s, bool vault)
{
    for (size_t i = 0; i < s->out_count; i++)
        if (s->out[i].loan && (vault || !s->out[i].vault)) {
            session_out_rewind(s, &s->out[i]);
            s->out[i].head = s->out[i].acked;
        }
}

int session_pull(struct session_step *at)
{
    struct sync_session *s = at->s;
    const struct msg_pull *pull = &at->event->message->pull;
    const struct incoming *in = session_in_find(s, &pull->name);
    int64_t since_ms = at->event->now_ms - s->hub.pulled_ms;
    struct msg_nak *nak;

    if (stream_name_equal(&pull->name, &s->vault))
        return session_vault_pull(at);
    if (in == NULL || pull->after >= in->expected)
        return session_refuse(at, "a pull of what we do not hold");
    if (since_ms >= PULL_PAUSE_MS) {
        lend(at, pull->after);
        tell_rewound(at, pull->after);
        return 0;
    }
    nak = &session_say(at, MSG_NAK, LANE_EXPRESS)->nak;
    nak->name = pull->name;
    nak->code = NAK_LATER;
    nak->wait_ms = (uint32_t)(PULL_PAUSE_MS - since_ms);
    return 0;
}

/* ---- what the host reports of its sending */

static void pushed(struct session_step *at, struct outgoing *out)
{
    struct sync_session *s = at->s;
    const struct sync_event *event = at->event;
    uint64_t from = out->from;

    if (event->code != 0) { /* the route is gone; the node opens another */
        session_bulk_reset(s, BULK_NONE);
        return;
    }
    out->from = 0;
    if (event->seq < from) {
        out->push_ms = event->now_ms + SOCKET_RETRY_MS;
        return;
    }
    s->lanes[LANE_BULK].sent += event->bytes;
    s->bulk_ms = event->now_ms;
    out->high = larger(out->high, event->seq);
    if (from != out->sent + 1 || event->seq <= out->acked)
        return; /* overtaken by an answer */
    out->sent = event->seq;
    flight_add(at, out);
}

void session_sent(struct session_step *at)
{
    const struct sync_event *event = at->event;
    struct outgoing *out = session_out_find(at->s, &event->name);

    if (event->lane == LANE_BULK) {
        if (out == NULL) /* single objects, pieces */
            at->s->lanes[LANE_BULK].sent += event->bytes;
        else if (out->from != 0)
            pushed(at, out);
        if (stream_name_equal(&event->name, &at->s->media_stream))
            session_media_sent(at);
        else if (event->name.home[0] == '\0')
            session_vault_given(at);
        return;
    }
    at->s->lanes[LANE_EXPRESS].sent += event->bytes;
    if (event->name.home[0] == '\0')
        session_back_sent(at);
    if (at->s->drain.listing && stream_name_equal(&event->name, &at->s->up))
        session_drain_listed(at);
    if (at->s->lack.listing && stream_name_equal(&event->name, &at->s->vault))
        session_lack_asked(at);
    session_urgent_sent(at);
}

/* ---- what may go now */

void session_announce(struct session_step *at)
{
    struct sync_session *s = at->s;

    if (s->config.role != SYNC_HUB || s->bulk == BULK_OPEN)
        return;
    for (size_t i = 0; i < s->out_count; i++) {
        struct outgoing *out = &s->out[i];
        struct msg_announce *announce;

        if (out->loan || out->vault || out->head <= out->announced ||
            at->event->now_ms < out->push_ms)
            continue;
        announce = &session_say(at, MSG_ANNOUNCE, LANE_EXPRESS)->announce;
        announce->name = out->name;
        announce->head = out->announced = out->head;
    }
}

static bool backlog_equal(const struct backlog *a, const struct backlog *b)
{
    return a->records == b->records && a->bytes == b->bytes &&
           a->oldest_ms == b->oldest_ms;
}

static bool status_differs(const struct sync_session *s)
{
    return s->node.head != s->node.said_head ||
           !backlog_equal(&s->node.backlog, &s->node.said_backlog);
}

static void say_status(struct session_step *at)
{
    struct sync_session *s = at->s;
    struct msg_status *status =
        &session_say(at, MSG_STATUS, LANE_EXPRESS)->status;

    status->head = s->node.said_head = s->node.head;
    status->backlog = s->node.said_backlog = s->node.backlog;
    status->clock_ms = at->event->wall_ms;
    s->node.status_ms = at->event->now_ms;
}

/* Node: only with a backlog just told by the host. */
static void pump_status(struct session_step *at)
{
    struct sync_session *s = at->s;
    const struct sync_event *event = at->event;

    if (s->config.role != SYNC_NODE ||
        (event->type != SYNC_TICK && event->type != SYNC_GREW))
        return;
    if (event->local != NULL) {
        s->node.backlog = event->local->backlog;
        s->node.status_due = status_differs(s);
    }
    /* A sign of life, also of a session the hub gave to another machine. */
    if (event->now_ms - s->node.status_ms >= STATUS_IDLE_MS)
        s->node.status_due = true;
    if (!s->node.status_due ||
        event->now_ms - s->node.status_ms < STATUS_PAUSE_MS)
        return;
    if (event->local == NULL && event->type == SYNC_GREW)
        return; /* a tick is to come */
    if (event->local != NULL)
        say_status(at);
    s->node.status_due = false;
    s->node.status_ms =
        event->now_ms; /* said or not: no tick before the next */
}

/* Node: something is to be carried on bulk, either way. */
static bool bulk_needed(const struct sync_session *s)
{
    if (s->state == SYNC_REBASING || s->lack.asking || s->node.bulk_asked ||
        session_media_waits(s))
        return true;
    for (size_t i = 0; i < s->out_count; i++)
        if (s->out[i].head > s->out[i].acked && !s->out[i].refused)
            return true;
    for (size_t i = 0; i < s->in_count; i++)
        if (!s->in[i].staged && s->in[i].known_head >= s->in[i].expected)
            return true;
    return false;
}

static bool bulk_wanted(const struct sync_session *s)
{
    return session_bulk_hour(s) && bulk_needed(s);
}

/* Node: when an open bulk line is to be closed, idle or dead. */
static int64_t bulk_deadline(const struct sync_session *s)
{
    return bulk_wanted(s) ? s->heard_ms + BULK_SILENT_MS
                          : s->bulk_ms + BULK_IDLE_MS;
}

static void pump_bulk(struct session_step *at)
{
    struct sync_session *s = at->s;

    if (s->config.role != SYNC_NODE)
        return;
    if (s->bulk == BULK_OPEN && at->event->now_ms >= bulk_deadline(s)) {
        session_act(at, SYNC_DROP_BULK);
        session_bulk_reset(s, BULK_NONE);
    }
    if (s->bulk == BULK_NONE && bulk_wanted(s)) {
        s->bulk = BULK_DIALLING;
        session_act(at, SYNC_DIAL_BULK);
    }
}

/* Nothing has been acknowledged for too long: what is under way is lost, or the
 * batches are too large for what the line has become. */
static void resend_overdue(struct session_step *at, struct outgoing *out)
{
    struct sync_session *s = at->s;

    if (out->flight_count == 0 ||
        at->event->now_ms - out->progress_ms < s->config.ack_timeout_ms)
        return;
    session_out_rewind(s, out);
    pace_doubt(&s->pace);
}

/* While something is under way a little credit is left to grow: its acks bring
 * more, and full batches are cheaper. */
static bool credit_serves(const struct sync_session *s,
                          const struct outgoing *out, uint64_t left)
{
    const struct lane_count *bulk = &s->lanes[LANE_BULK];

    return left > 0 &&
           (out->flight_count == 0 ||
            left >= smaller(pace_frame(&s->pace, UINT64_MAX), bulk->wide / 4));
}

static enum pace_class class_of(const struct outgoing *out)
{
    return out->vault ? PACE_VAULT : PACE_WORDS;
}

/* But for the time and the line: a batch of this stream may leave. */
static bool may_push(const struct sync_session *s, const struct outgoing *out)
{
    return !out->refused && out->from == 0 && out->sent < out->head &&
           out->flight_count < FLIGHT_LIMIT &&
           credit_serves(s, out, credit_left(&s->lanes[LANE_BULK]));
}

static void pump_push(struct session_step *at, struct outgoing *out)
{
    struct sync_session *s = at->s;
    struct sync_action *action;
    uint64_t room;

    resend_overdue(at, out);
    room = session_room(s, class_of(out));
    if (room == 0 || !may_push(s, out) || at->event->now_ms < out->push_ms)
        return;
    out->from = out->sent + 1;
    action = session_act_on(at, out->vault ? SYNC_PUSH_VAULT : SYNC_PUSH,
                            &out->name, out->from);
    action->lane = LANE_BULK;
    action->bytes = smaller(room, credit_left(&s->lanes[LANE_BULK]));
    action->route = s->hub.route[LANE_BULK];
    out->announced = larger(out->announced, out->head);
}

/* Hub: the unit's early arrivals are named, at first all of them, then what
 * another machine handed over. Behind the alerts that go now. */
static void list_early(struct session_step *at)
{
    struct sync_session *s = at->s;
    bool greets = s->hub.list_greets;
    struct sync_action *list;

    if (!greets && (!s->hub.list_due || at->event->now_ms < s->hub.list_ms ||
                    session_back_waits(s)))
        return;
    list = session_act(at, SYNC_LIST_EARLY);
    memcpy(list->name.home, s->config.unit, sizeof s->config.unit);
    list->route = s->hub.route[LANE_EXPRESS];
    list->seq = greets || s->hub.list_all ? 0 : 1;
    s->hub.list_greets = false;
    if (greets)
        return;
    s->hub.list_due = s->hub.list_all = false;
    s->hub.list_ms = at->event->now_ms + LIST_PAUSE_MS;
}

void session_pump(struct session_step *at)
{
    struct sync_session *s = at->s;

    session_back_pump(at);
    if (s->state == SYNC_DRAINING)
        session_drain_pump(at);
    if (s->state != SYNC_LIVE && s->state != SYNC_REBASING)
        return;
    session_lack_pump(at);
    session_announce(at);
    pump_status(at);
    pump_bulk(at);
    session_urgent_pump(at);
    list_early(at);
    if (s->state == SYNC_LIVE) {
        session_vault_pump(at);
        for (size_t i = 0; i < s->out_count; i++)
            pump_push(at, &s->out[i]);
    }
    session_media_pump(at);
}

static int64_t earlier(int64_t a, int64_t b) { return a < b ? a : b; }

static int64_t later(int64_t a, int64_t b) { return a > b ? a : b; }

static int64_t out_deadline(const struct sync_session *s,
                            const struct outgoing *out)
{
    int64_t at = INT64_MAX;

    if (s->state != SYNC_LIVE)
        return at;
    if (s->config.role == SYNC_HUB && s->bulk != BULK_OPEN && !out->loan &&
        !out->vault && out->head > out->announced)
        at = earlier(at, out->push_ms);
    if (out->flight_count > 0)
        at = earlier(at, out->progress_ms + s->config.ack_timeout_ms);
    if (may_push(s, out))
        at =
            earlier(at, later(out->push_ms, session_room_ms(s, class_of(out))));
    return at;
}

int64_t session_push_deadline(const struct sync_session *s)
{
    int64_t at = s->again_ms != 0 ? s->again_ms : INT64_MAX;

    if (s->hub.list_due && !session_back_waits(s))
        at = earlier(at, s->hub.list_ms);
    at = earlier(at, session_back_deadline(s));
    for (size_t i = 0; i < s->out_count; i++)
        at = earlier(at, out_deadline(s, &s->out[i]));
    at = earlier(at, session_urgent_deadline(s));
    at = earlier(at, session_lack_deadline(s));
    at = earlier(at, session_media_deadline(s));
    if (s->state == SYNC_LIVE)
        at = earlier(at, session_vault_give_ms(s));
    if (s->config.role != SYNC_NODE)
        return at;
    at = earlier(at, s->node.vault_pull_ms);
    at = earlier(at, s->node.status_ms + (s->node.status_due ? STATUS_PAUSE_MS
                                                             : STATUS_IDLE_MS));
    if (s->bulk == BULK_OPEN)
        at = earlier(at, bulk_deadline(s));
    else if (s->bulk == BULK_NONE && bulk_needed(s))
        at = earlier(at, session_bulk_hour_ms(s));
    return at;
}
