/* common/sync/session_want.c - what is asked for by its exact name: what is
 * damaged here (PROTOCOL 7.11), and what the peer holds of ours or lacks of its
 * own (PROTOCOL 5.6). It comes back as an early copy.
 *
 * What was asked for needs no credit. But a hub hands it back some at a time,
 * and more when that was handled: what warns must not stand behind all of it,
 * nor may whoever asks again and again fill the hub's memory. */
#include <string.h>

#include "common/base/mem.h"
#include "common/sync/session_inside.h"

enum {
    BACK_LIMIT = 4096, /* names that wait; what is beyond is named again */
    BACK_LOOK = 64,    /* names looked up in one go */
    BACK_PAUSE_MS = 1  /* .. when none of them was there */
};

void session_ask(struct session_step *at)
{
    struct sync_session *s = at->s;
    size_t count = at->event->ref_count;
    struct early_ref *refs;
    struct msg_want *want;

    if (count > LIMIT_EARLY_LIST)
        count = LIMIT_EARLY_LIST;
    if (count == 0 || (s->state != SYNC_LIVE && s->state != SYNC_REBASING))
        return;
    refs = session_memory(s, count, sizeof *refs);
    memcpy(refs, at->event->refs, count * sizeof *refs);
    want = &session_say(at, MSG_WANT, LANE_EXPRESS)->want;
    want->count = count;
    want->refs = refs;
    s->wanted = count > s->wanted ? count : s->wanted;
}

/* ---- handing back */

void session_back_forget(struct sync_session *s)
{
    mem_free(&s->back.refs);
    memset(&s->back, 0, sizeof s->back);
}

bool session_back_waits(const struct sync_session *s)
{
    return s->back.count > 0;
}

/* What finds no room is among what is named again. */
static void keep(struct session_step *at)
{
    struct sync_session *s = at->s;
    const struct msg_want *want = &at->event->message->want;
    size_t count = want->count;

    if (count > BACK_LIMIT - s->back.count) {
        count = BACK_LIMIT - s->back.count;
        s->hub.list_due = s->hub.list_all = true;
        s->hub.list_ms = at->event->now_ms + LIST_AGAIN_MS;
    }
    if (count == 0)
        return;
    s->back.refs =
        mem_grow(s->back.refs, s->back.count + count, sizeof *s->back.refs);
    memcpy(s->back.refs + s->back.count, want->refs,
           count * sizeof *want->refs);
    s->back.count += count;
}

int session_want(struct session_step *at)
{
    struct sync_session *s = at->s;

    if (s->config.role == SYNC_HUB) {
        keep(at);
        return 0;
    }
    if (s->state == SYNC_DRAINING)
        session_drain_wanted(at);
    session_act(at, SYNC_HAND_BACK)->message = at->event->message;
    return 0;
}

/* The peer has handled what left before; or says nothing, for too long. */
static bool may_hand_back(const struct sync_session *s, int64_t now_ms)
{
    const struct lane_count *lane = &s->lanes[LANE_EXPRESS];

    return lane->credit - lane->peer_window >= s->back.until ||
           now_ms - s->back.progress_ms >= s->config.ack_timeout_ms;
}

void session_back_pump(struct session_step *at)
{
    struct sync_session *s = at->s;
    size_t count = s->back.count < BACK_LOOK ? s->back.count : BACK_LOOK;
    struct sync_message *want;
    struct early_ref *refs;
    struct sync_action *action;

    if (count == 0 || s->back.giving || at->event->now_ms < s->back.due_ms ||
        !may_hand_back(s, at->event->now_ms))
        return;
    want = session_memory(s, 1, sizeof *want);
    refs = session_memory(s, count, sizeof *refs);
    memcpy(refs, s->back.refs, count * sizeof *refs);
    want->type = MSG_WANT;
    want->want.count = count;
    want->want.refs = refs;
    s->back.giving = true;
    action = session_act(at, SYNC_HAND_BACK);
    action->message = want;
    action->bytes = pace_frame(&s->pace, LIMIT_FRAME_START);
    action->route = s->hub.route[LANE_EXPRESS];
}

void session_back_sent(struct session_step *at)
{
    struct sync_session *s = at->s;
    size_t done = (size_t)at->event->seq;

    if (!s->back.giving)
        return;
    s->back.giving = false;
    s->back.count -= done;
    memmove(s->back.refs, s->back.refs + done,
            s->back.count * sizeof *s->back.refs);
    s->back.until = s->lanes[LANE_EXPRESS].sent;
    s->back.progress_ms = at->event->now_ms;
    s->back.due_ms =
        at->event->now_ms + (at->event->bytes == 0 ? BACK_PAUSE_MS : 0);
    if (s->back.count == 0)
        mem_free(&s->back.refs); /* idle costs nothing */
}

int64_t session_back_deadline(const struct sync_session *s)
{
    if (s->back.count == 0)
        return INT64_MAX;
    return may_hand_back(s, s->now.mono_ms)
               ? s->back.due_ms
               : s->back.progress_ms + s->config.ack_timeout_ms;
}
