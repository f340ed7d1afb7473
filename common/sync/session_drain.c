/* common/sync/session_drain.c - a machine that was replaced hands over what it
 * holds (PROTOCOL 8.6).
 *
 * The node names its own changes behind the common position, some at a time;
 * the hub wants those it holds nowhere, stores them as early arrivals and
 * hands them to the unit's present machine. Nothing about it is remembered at
 * the node: after a cut it names them again, and what is held is not wanted.
 */
#include <assert.h>
#include <string.h>

#include "common/base/error.h"
#include "common/sync/session_inside.h"

enum {
    DRAIN_BYTES = CREDIT_EXPRESS, /* of the changes named in one list */
    DRAIN_PAUSE_MS = 1000,        /* between two conversations, and checks */
    ROTATING_MS = 10000,          /* for the answer to a ROTATE */
    DRAIN_STATUS_MS = 1000        /* how much is left: at the most often */
};

/* ---- hub */

static void say_drain(struct session_step *at, uint32_t minor)
{
    struct sync_session *s = at->s;
    const struct sync_local *local = at->event->local;
    struct msg_welcome *drain =
        &session_say(at, MSG_DRAIN, LANE_EXPRESS)->drain;

    drain->minor = minor;
    drain->session = s->session;
    drain->instance = s->config.instance;
    drain->clock_ms = at->event->wall_ms;
    drain->credit[LANE_EXPRESS] = CREDIT_EXPRESS;
    drain->credit[LANE_BULK] = s->config.credit_bulk;
    drain->up = local->claims[0];
    for (size_t i = 1; i < local->claim_count; i++) {
        const struct stream_claim *ours = &local->claims[i];
        struct channel_state *channel =
            &drain->channels[drain->channel_count++];
        bool rewound = session_resume(at, ours, &channel->resume);

        channel->name = ours->name;
        channel->head = ours->samples[0].seq;
        if (!rewound)
            continue;
        session_alarm(at, ALARM_CHANNEL_REWOUND, channel->resume, "")->name =
            ours->name;
        session_act_on(at, SYNC_NEW_EPOCH, &ours->name, channel->resume);
    }
}

void session_drain_hello(struct session_step *at, uint32_t minor)
{
    struct sync_session *s = at->s;
    const struct msg_hello *hello = &at->event->message->hello;
    uint64_t head = at->event->local->claims[0].samples[0].seq;
    struct sync_action *peer;

    if (at->event->now_ms - s->hub.drain_ms < DRAIN_PAUSE_MS)
        return; /* it asks again */
    s->hub.drain_ms = at->event->now_ms;
    session_begin(at, SYNC_DRAINING);
    s->minor = minor;
    memset(&s->drain, 0, sizeof s->drain);
    memset(&s->lack, 0, sizeof s->lack);
    s->lack.cursor = 1;
    say_drain(at, minor);
    if (hello->acked > head)
        session_alarm(at, ALARM_HUB_REWOUND, head, "")->name = s->up;
    peer = session_act(at, SYNC_PEER);
    peer->message = at->event->message;
    peer->online = true;
}

/* Everything it wrote has a place in the unit's stream, its objects are here,
 * and what it held of ours is back. */
static void check_drained(struct session_step *at)
{
    struct sync_session *s = at->s;
    const struct sync_view *view = &s->config.view;
    int64_t now = at->event->now_ms;
    struct sync_action *drained;

    if (!s->drain.claimed || s->drain.done || now < s->drain.check_ms)
        return;
    s->drain.check_ms = now + DRAIN_PAUSE_MS;
    if (s->drain.back > 0 || view->early_count == NULL ||
        view->early_count(view->who, s->config.unit) > 0 ||
        !session_lack_passed(at))
        return;
    s->drain.done = true;
    if (s->lack.left == 0)
        session_say(at, MSG_DRAINED, LANE_EXPRESS)->drained.head =
            s->drain.head;
    drained = session_act_on(at, SYNC_DRAINED, &s->up, s->drain.head);
    drained->bytes = s->lack.came;
    drained->code = s->lack.left > INT32_MAX ? INT32_MAX : (int)s->lack.left;
}

void session_drain_status(struct session_step *at)
{
    struct sync_session *s = at->s;
    const struct msg_status *status = &at->event->message->status;

    s->drain.claimed = status->backlog.records == 0;
    if (!s->drain.claimed || status->head != s->drain.head)
        s->drain.done = false;
    if (!s->drain.done)
        session_lack_again(s);
    s->drain.head = status->head;
    s->drain.check_ms = at->event->now_ms;
}

/* ---- node */

int session_drain(struct session_step *at)
{
    struct sync_session *s = at->s;
    const struct msg_welcome *drain = &at->event->message->drain;
    const struct stream_lookup view = session_lookup(s);
    bool again = s->state != SYNC_GREETING;
    uint64_t head;
    struct stream_relation relation;

    if (!session_welcome_valid(s, drain))
        return session_refuse(at, "a drain that makes no sense");
    head = drain->up.samples[0].seq;
    relation = stream_relate(&drain->up, &view);
    if (!relation.prefix && relation.common == head)
        return session_refuse(at, "the hub counts from another beginning");
    if (again && (s->state != SYNC_DRAINING ||
                  !id_equal(&s->session, &drain->session))) {
        session_drop(at);
        return 0;
    }
    s->session = drain->session;
    s->minor = drain->minor;
    for (int lane = 0; lane < LANE_COUNT; lane++)
        s->lanes[lane].peer_window = drain->credit[lane];
    session_lane_open(s, LANE_EXPRESS, again);
    memset(&s->drain, 0, sizeof s->drain);
    s->drain.cursor = relation.common + 1;
    s->drain.said_left = UINT64_MAX;
    if (s->node.rotating)
        s->drain.start_ms = at->event->now_ms + ROTATING_MS;
    session_move(s, SYNC_DRAINING);
    session_act_on(at, SYNC_RETIRED, &s->up, relation.common);
    session_detach(at, drain);
    session_forget_claims(s);
    if (!again && s->config.hub[0] != '\0')
        memcpy(session_act(at, SYNC_LIST_EARLY)->name.home, s->config.hub,
               sizeof s->config.hub);
    return 0;
}

/* Named and not settled, and not named yet. */
static uint64_t left(const struct sync_session *s)
{
    uint64_t unnamed = s->node.head >= s->drain.cursor
                           ? s->node.head - s->drain.cursor + 1
                           : 0;
    uint64_t named =
        s->drain.awaiting ? s->drain.cursor - s->drain.from : s->drain.wanted;

    return unnamed + named + s->drain.refused;
}

/* An answer to our own list names our own changes, or none. */
void session_drain_wanted(struct session_step *at)
{
    struct sync_session *s = at->s;
    const struct msg_want *want = &at->event->message->want;

    if (!s->drain.awaiting ||
        (want->count > 0 && strncmp(want->refs[0].home, s->config.unit,
                                    sizeof want->refs[0].home) != 0))
        return;
    s->drain.awaiting = false;
    s->drain.wanted = want->count;
    s->drain.progress_ms = at->event->now_ms;
}

void session_drain_acked(struct session_step *at)
{
    struct sync_session *s = at->s;
    const struct msg_early_ack *ack = &at->event->message->early_ack;

    if (strncmp(ack->ref.home, s->config.unit, sizeof ack->ref.home) != 0 ||
        s->drain.wanted == 0)
        return;
    s->drain.wanted--;
    s->drain.progress_ms = at->event->now_ms;
    if (!ack->stored)
        s->drain.refused++;
}

void session_drain_listed(struct session_step *at)
{
    struct sync_session *s = at->s;

    s->drain.listing = false;
    if (at->event->seq <= s->drain.cursor)
        return;
    s->drain.from = s->drain.cursor;
    s->drain.cursor = at->event->seq;
    s->drain.awaiting = true;
    s->drain.progress_ms = at->event->now_ms;
}

int session_drained(struct session_step *at)
{
    struct sync_session *s = at->s;

    if (s->state != SYNC_DRAINING || left(s) > 0 ||
        at->event->message->drained.head != s->node.head)
        return 0; /* written since */
    session_act_on(at, SYNC_DRAINED, &s->up, s->node.head);
    return 0;
}

static void name_more(struct session_step *at)
{
    struct sync_session *s = at->s;
    bool under_way = s->drain.awaiting || s->drain.wanted > 0;

    if (under_way &&
        at->event->now_ms - s->drain.progress_ms >= s->config.ack_timeout_ms) {
        s->drain.cursor = s->drain.from; /* lost on the way: once more */
        s->drain.awaiting = under_way = false;
        s->drain.wanted = 0;
    }
    if (under_way || s->drain.listing || s->node.head < s->drain.cursor)
        return;
    s->drain.listing = true;
    session_act_on(at, SYNC_LIST_OWN, &s->up, s->drain.cursor)->bytes =
        DRAIN_BYTES;
}

static int64_t status_deadline(const struct sync_session *s)
{
    uint64_t now_left = left(s);

    if (now_left == s->drain.said_left && s->node.head == s->node.said_head)
        return s->node.status_ms + STATUS_IDLE_MS;
    return now_left == 0 ? 0 : s->node.status_ms + DRAIN_STATUS_MS;
}

static void tell_left(struct session_step *at)
{
    struct sync_session *s = at->s;
    struct msg_status *status;

    if (at->event->now_ms < status_deadline(s))
        return;
    status = &session_say(at, MSG_STATUS, LANE_EXPRESS)->status;
    status->head = s->node.said_head = s->node.head;
    status->backlog.records = s->drain.said_left = left(s);
    status->clock_ms = at->event->wall_ms;
    s->node.status_ms = at->event->now_ms;
}

/* ---- both */

void session_drain_pump(struct session_step *at)
{
    const struct sync_session *s = at->s;

    if (s->config.role == SYNC_HUB) {
        check_drained(at);
        return;
    }
    if (at->event->now_ms < s->drain.start_ms)
        return;
    name_more(at);
    tell_left(at);
}

int64_t session_drain_deadline(const struct sync_session *s)
{
    int64_t at;

    if (s->config.role == SYNC_HUB) {
        at = session_back_deadline(s);
        return s->drain.claimed && !s->drain.done && s->drain.check_ms < at
                   ? s->drain.check_ms
                   : at;
    }
    at = status_deadline(s);
    if (at < s->drain.start_ms)
        return s->drain.start_ms;
    if ((s->drain.awaiting || s->drain.wanted > 0) &&
        s->drain.progress_ms + s->config.ack_timeout_ms < at)
        at = s->drain.progress_ms + s->config.ack_timeout_ms;
    return at;
}

void sync_session_retire(struct sync_session *session, bool retiring)
{
    assert(session->config.role == SYNC_HUB && session->state == SYNC_CLOSED);
    session->config.retiring = retiring;
}
