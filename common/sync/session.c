/* common/sync/session.c - the door of the engine: events in, handlers called,
 * the state table. What is decided stands in the files beside it; see
 * session_inside.h. */
#include <assert.h>
#include <string.h>

#include "common/base/error.h"
#include "common/base/mem.h"
#include "common/sync/session_inside.h"

#define TO(state) (1u << (state))

static const unsigned allowed[SYNC_STATE_COUNT] = {
    [SYNC_CLOSED] = TO(SYNC_GREETING) | TO(SYNC_LIVE) | TO(SYNC_DRAINING),
    [SYNC_GREETING] =
        TO(SYNC_REBASING) | TO(SYNC_LIVE) | TO(SYNC_DRAINING) | TO(SYNC_CLOSED),
    [SYNC_REBASING] = TO(SYNC_REBASING) | TO(SYNC_LIVE) | TO(SYNC_CLOSED),
    [SYNC_LIVE] = TO(SYNC_REBASING) | TO(SYNC_LIVE) | TO(SYNC_CLOSED),
    [SYNC_DRAINING] = TO(SYNC_DRAINING) | TO(SYNC_CLOSED),
};

void session_move(struct sync_session *s, enum sync_state to)
{
    assert((allowed[s->state] & TO(to)) != 0);
    s->state = to;
}

struct sync_session *sync_session_new(const struct sync_config *config)
{
    struct sync_session *s = mem_new(sizeof *s);

    assert(config->hash != NULL && config->view.hash_at != NULL &&
           config->view.has_change != NULL &&
           config->dictionary_count <= LIMIT_DICTIONARIES);
    s->config = *config;
    if (s->config.credit_bulk == 0)
        s->config.credit_bulk = CREDIT_BULK;
    if (s->config.ack_timeout_ms == 0)
        s->config.ack_timeout_ms = 30000;
    s->bulk_window = s->config.credit_bulk;
    s->up = stream_name_make(config->unit, STREAM_UP);
    s->vault = stream_name_make(config->unit, STREAM_VAULT);
    s->media_stream = stream_name_make(config->unit, STREAM_MEDIA);
    s->state = SYNC_CLOSED;
    s->hub.bye_ms = INT64_MIN / 2;
    s->hub.pulled_ms = INT64_MIN / 2;
    s->hub.vault_lent_ms = INT64_MIN / 2;
    s->node.vault_pull_ms = INT64_MAX;
    s->hub.takeover_ms = INT64_MIN / 2;
    s->hub.drain_ms = INT64_MIN / 2;
    s->forgive_ms = INT64_MIN / 2;
    return s;
}

/* What lives only as long as a conversation. */
static void forget_conversation(struct sync_session *s)
{
    for (size_t i = 0; i < s->out_count; i++)
        session_out_forget(s, &s->out[i]);
    s->out_count = 0;
    s->in_count = 0;
    memset(s->lanes, 0, sizeof s->lanes);
    memset(&s->session, 0, sizeof s->session);
    s->minor = s->dictionary = 0;
    s->greeted_ms = 0;
    session_urgent_forget(s);
    session_media_forget(s);
    pace_open(&s->pace);
    memset(&s->drain, 0, sizeof s->drain);
    memset(&s->lack, 0, sizeof s->lack);
    memset(&s->media, 0, sizeof s->media);
    session_vault_forget(s);
    session_back_forget(s);
    s->hub.list_greets = s->hub.list_due = s->hub.list_all = false;
    s->hub.rewinding = false;
    s->bulk = BULK_NONE;
    s->storing = STORING_NOTHING;
    s->storing_in = NULL;
    mem_free(&s->answers);
    s->answer_count = s->answer_room = 0;
    s->wanted = 0;
    s->again_ms = 0;
    mem_free(&s->node.claims);
    s->node.claim_count = 0;
    s->node.finishing = s->node.rewinding = false;
    s->node.vault_pull_ms = INT64_MAX;
    memset(&s->hub.present, 0, sizeof s->hub.present);
    memset(s->hub.route, 0, sizeof s->hub.route);
    memset(&s->hub.nonce, 0, sizeof s->hub.nonce);
}

void sync_session_free(struct sync_session **session)
{
    if (*session == NULL)
        return;
    forget_conversation(*session);
    session_forget(*session);
    mem_free(&(*session)->memory);
    mem_free(session);
}

void session_close(struct session_step *at)
{
    if (at->s->bulk != BULK_NONE && at->s->config.role == SYNC_NODE)
        session_act(at, SYNC_DROP_BULK);
    forget_conversation(at->s);
    if (at->s->state != SYNC_CLOSED)
        session_move(at->s, SYNC_CLOSED);
}

void session_drop(struct session_step *at)
{
    session_close(at);
    session_act(at, SYNC_DROP);
}

void session_restart(struct session_step *at, const char *text)
{
    if (at->s->config.role == SYNC_NODE) {
        session_drop(at);
        return;
    }
    session_bye(at, BYE_RESTART, at->event->lane,
                at->event->route != NULL ? at->event->route
                                         : &at->s->hub.route[LANE_EXPRESS],
                text);
    session_close(at);
}

int session_refuse(struct session_step *at, const char *text)
{
    session_restart(at, text);
    session_alarm(at, ALARM_PROTOCOL, 0, text);
    return ERR_REFUSED;
}

struct outgoing *session_out_find(struct sync_session *s,
                                  const struct stream_name *name)
{
    for (size_t i = 0; i < s->out_count; i++)
        if (stream_name_equal(&s->out[i].name, name))
            return &s->out[i];
    return NULL;
}

struct incoming *session_in_find(struct sync_session *s,
                                 const struct stream_name *name)
{
    for (size_t i = 0; i < s->in_count; i++)
        if (stream_name_equal(&s->in[i].name, name))
            return &s->in[i];
    return NULL;
}

void session_bulk_reset(struct sync_session *s, enum bulk_state state)
{
    s->bulk = state;
    session_media_rewind(s);
    session_vault_forget(s);
    for (size_t i = 0; i < s->out_count; i++) {
        session_out_rewind(s, &s->out[i]);
        s->out[i].announced = s->out[i].acked;
    }
    pace_open(&s->pace);
}

void session_lane_open(struct sync_session *s, enum lane lane, bool keep_sent)
{
    struct lane_count *count = &s->lanes[lane];

    bool bulk = lane == LANE_BULK;

    count->window = bulk ? s->bulk_window : (uint64_t)CREDIT_EXPRESS;
    count->handled = 0;
    count->granted = bulk ? s->config.credit_bulk : (uint64_t)CREDIT_EXPRESS;
    if (!keep_sent)
        count->sent = 0;
    count->credit = count->wide = count->peer_window;
}

/* What is not under way was handled; what is beyond it is the window. */
void session_granted(struct sync_session *s, enum lane lane, uint64_t credit)
{
    struct lane_count *count = &s->lanes[lane];
    uint64_t under_way = s->pace.flow[lane].under_way;

    if (credit <= count->credit)
        return;
    count->credit = credit;
    if (credit + under_way > count->sent)
        count->wide = credit + under_way - count->sent;
}

void sync_session_set_window(struct sync_session *session, uint64_t bytes)
{
    session->bulk_window = session->lanes[LANE_BULK].window = bytes;
}

bool sync_session_has_bulk(const struct sync_session *session)
{
    return session->bulk == BULK_OPEN;
}

/* ---- one handler per kind of message */

static void list_again(struct session_step *at)
{
    struct sync_session *s = at->s;
    const struct msg_early_ack *ack = &at->event->message->early_ack;

    if (strncmp(ack->ref.home, s->config.unit, sizeof ack->ref.home) != 0)
        return;
    if (!s->hub.list_due)
        s->hub.list_ms = at->event->now_ms + LIST_AGAIN_MS;
    s->hub.list_due = s->hub.list_all = true;
}

static int take_early_ack(struct session_step *at)
{
    const struct msg_early_ack *ack = &at->event->message->early_ack;
    struct sync_action *action = session_act(at, SYNC_EARLY_ACKED);

    action->ref = ack->ref;
    if (!ack->stored)
        action->code = ack->code == NAK_NONE ? (int)NAK_UNSUPPORTED
                                             : (int)(ack->code & 0xffff);
    session_granted(at->s, LANE_EXPRESS, ack->credit);
    session_urgent_answered(at);
    if (at->s->state == SYNC_DRAINING)
        session_drain_acked(at);
    else if (!ack->stored && at->s->config.role == SYNC_HUB)
        list_again(at); /* its proof may be under way in the directory */
    return 0;
}

/* The host knows the keys and the directory. */
static int take_rotate(struct session_step *at)
{
    session_act(at, SYNC_ROTATE)->message = at->event->message;
    return 0;
}

static int take_rotated(struct session_step *at)
{
    if (!at->event->message->rotated.certified)
        at->s->drain.start_ms = 0; /* replaced in earnest */
    session_act(at, SYNC_ROTATED)->message = at->event->message;
    return 0;
}

static int take_credit(struct session_step *at)
{
    const struct msg_credit *credit = &at->event->message->credit;

    session_granted(at->s, at->event->lane, credit->credit[at->event->lane]);
    if (at->event->lane == LANE_BULK)
        session_media_handled(at, credit->handled);
    session_urgent_answered(at);
    return 0;
}

static int take_bulk_open(struct session_step *at)
{
    struct sync_session *s = at->s;

    if (!id_equal(&at->event->message->bulk_open.session, &s->session)) {
        session_bye(at, BYE_RESTART, LANE_BULK, at->event->route,
                    "this is not the present conversation");
        return 0;
    }
    s->hub.route[LANE_BULK] = *at->event->route;
    session_lane_open(s, LANE_BULK, false);
    session_bulk_reset(s, BULK_OPEN);
    session_lack_bulk(at);
    return 0;
}

static int take_status(struct session_step *at)
{
    struct sync_action *peer = session_act(at, SYNC_PEER);

    peer->message = at->event->message;
    peer->online = true;
    if (at->s->state == SYNC_DRAINING)
        session_drain_status(at);
    return 0;
}

static int take_refusals(struct session_step *at)
{
    session_act(at, SYNC_PEER)->message = at->event->message;
    return 0;
}

static int take_beacon(struct session_step *at)
{
    (void)at; /* the host reads it by itself */
    return 0;
}

static int take_announce(struct session_step *at)
{
    const struct msg_announce *announce = &at->event->message->announce;
    struct incoming *in = session_in_find(at->s, &announce->name);

    if (in != NULL && !in->staged && announce->head > in->known_head)
        in->known_head = announce->head;
    return 0;
}

static int take_bye(struct session_step *at)
{
    const struct msg_bye *bye = &at->event->message->bye;

    if (at->s->config.role == SYNC_HUB) {
        session_close(at);
        return 0;
    }
    if (bye->code == BYE_VERSION)
        session_alarm(at, ALARM_VERSION, 0, bye->text);
    session_drop(at);
    return 0;
}

#define ON(lane) (1u << (lane))
#define ON_BOTH (ON(LANE_EXPRESS) | ON(LANE_BULK))
#define BY(role) (1u << (role))
#define BY_BOTH (BY(SYNC_NODE) | BY(SYNC_HUB))

/* PROTOCOL 6: who takes what, on which lane, and when besides a conversation.
 * What is not here is taken by nobody. HELLO at a hub has its own way in. */
enum { GREETED = 1, DRAINED = 2 };

static const struct {
    unsigned by, on;
    unsigned also; /* GREETED: before the welcome; DRAINED: while draining */
    int (*take)(struct session_step *at);
} rules[] = {
    [MSG_CHALLENGE] = {BY(SYNC_NODE), ON(LANE_EXPRESS), GREETED,
                       session_challenge},
    [MSG_WELCOME] = {BY(SYNC_NODE), ON(LANE_EXPRESS), GREETED, session_welcome},
    [MSG_EARLY_LIST] = {BY_BOTH, ON(LANE_EXPRESS), DRAINED, session_early_list},
    [MSG_WANT] = {BY_BOTH, ON(LANE_EXPRESS), DRAINED, session_want},
    [MSG_EARLY] = {BY_BOTH, ON(LANE_EXPRESS), DRAINED, session_early},
    [MSG_EARLY_ACK] = {BY_BOTH, ON(LANE_EXPRESS), DRAINED, take_early_ack},
    [MSG_BATCH] = {BY_BOTH, ON(LANE_BULK), 0, session_batch},
    [MSG_ACK] = {BY_BOTH, ON(LANE_BULK), 0, session_ack},
    [MSG_NAK] = {BY_BOTH, ON_BOTH, GREETED | DRAINED, session_nak},
    [MSG_CREDIT] = {BY_BOTH, ON_BOTH, DRAINED, take_credit},
    [MSG_PULL] = {BY(SYNC_HUB), ON_BOTH, 0, session_pull},
    [MSG_BULK_OPEN] = {BY(SYNC_HUB), ON(LANE_BULK), 0, take_bulk_open},
    [MSG_STATUS] = {BY(SYNC_HUB), ON(LANE_EXPRESS), DRAINED, take_status},
    [MSG_BEACON] = {BY(SYNC_NODE), ON(LANE_EXPRESS), GREETED | DRAINED,
                    take_beacon},
    [MSG_ANNOUNCE] = {BY(SYNC_NODE), ON(LANE_EXPRESS), 0, take_announce},
    [MSG_BYE] = {BY_BOTH, ON_BOTH, GREETED | DRAINED, take_bye},
    [MSG_REFUSALS] = {BY_BOTH, ON(LANE_EXPRESS), 0, take_refusals},
    [MSG_VAULT] = {BY_BOTH, ON_BOTH, DRAINED, session_vault},
    [MSG_VAULT_WANT] = {BY_BOTH, ON(LANE_EXPRESS), DRAINED, session_vault_want},
    [MSG_MEDIA_WANT] = {BY_BOTH, ON(LANE_EXPRESS), 0, session_media_want},
    [MSG_MEDIA] = {BY_BOTH, ON(LANE_BULK), 0, session_media},
    [MSG_DRAIN] = {BY(SYNC_NODE), ON(LANE_EXPRESS), GREETED | DRAINED,
                   session_drain},
    [MSG_DRAINED] = {BY(SYNC_NODE), ON(LANE_EXPRESS), DRAINED, session_drained},
    [MSG_ROTATE] = {BY_BOTH, ON(LANE_EXPRESS), DRAINED, take_rotate},
    [MSG_ROTATED] = {BY(SYNC_NODE), ON(LANE_EXPRESS), DRAINED, take_rotated},
};

static int dispatch(struct session_step *at)
{
    const struct sync_session *s = at->s;
    size_t type = (size_t)at->event->message->type;

    if (type >= sizeof rules / sizeof *rules || rules[type].take == NULL ||
        (rules[type].by & BY(s->config.role)) == 0)
        return session_refuse(at, "a message this side never takes");
    if ((rules[type].on & ON(at->event->lane)) == 0)
        return session_refuse(at, "a message on the wrong socket");
    if (s->state == SYNC_GREETING && (rules[type].also & GREETED) == 0)
        return 0; /* of an earlier conversation */
    if (s->state == SYNC_DRAINING && (rules[type].also & DRAINED) == 0)
        return s->config.role == SYNC_NODE
                   ? 0
                   : session_refuse(at, "a replaced machine only hands over");
    return rules[type].take(at);
}

static int node_received(struct session_step *at)
{
    if (at->s->state == SYNC_CLOSED)
        return 0;
    if (at->event->lane == LANE_BULK)
        at->s->bulk_ms = at->s->heard_ms = at->event->now_ms;
    return dispatch(at);
}

/* Not from the machine we talk to: said at most once a second, and never to a
 * goodbye. */
static void turn_away(struct session_step *at, enum bye_code code,
                      const char *text)
{
    struct sync_session *s = at->s;

    if (at->event->message->type == MSG_BYE ||
        at->event->now_ms - s->hub.bye_ms < BYE_PAUSE_MS)
        return;
    s->hub.bye_ms = at->event->now_ms;
    session_bye(at, code, at->event->lane, at->event->route, text);
}

static bool route_equal(const struct sync_route *a, const struct sync_route *b)
{
    return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

static int hub_received(struct session_step *at)
{
    struct sync_session *s = at->s;
    enum lane lane = at->event->lane;
    enum message_type type = at->event->message->type;
    bool theirs = route_equal(at->event->route, &s->hub.route[lane]);

    if (type == MSG_HELLO && lane == LANE_EXPRESS)
        return session_hello(at);
    if (s->state == SYNC_CLOSED) {
        turn_away(at, BYE_RESTART, "say hello first");
        return 0;
    }
    if (lane == LANE_EXPRESS && !theirs) {
        turn_away(at, BYE_SUPERSEDED,
                  "another machine speaks for this unit now");
        return 0;
    }
    if (lane == LANE_BULK && type != MSG_BULK_OPEN &&
        (s->bulk != BULK_OPEN || !theirs)) {
        turn_away(at, BYE_RESTART, "this line has not been opened");
        return 0;
    }
    session_greeting_heard(at);
    return dispatch(at);
}

static int received(struct session_step *at)
{
    return at->s->config.role == SYNC_HUB ? hub_received(at)
                                          : node_received(at);
}

/* ---- the other events */

static void grew(struct session_step *at)
{
    struct sync_session *s = at->s;
    const struct sync_event *event = at->event;
    bool rebased = s->state == SYNC_REBASING && s->node.finishing;
    struct outgoing *out;

    if (stream_name_equal(&event->name, &s->vault)) {
        session_vault_again(at);
        return;
    }
    if (s->config.role == SYNC_NODE &&
        stream_name_equal(&event->name, &s->up)) {
        s->node.head = event->seq;
        if (rebased)
            session_rebased(at);
    }
    out = session_out_find(s, &event->name);
    if (out == NULL || out->loan)
        return;
    if (event->expedited && !rebased)
        session_urgent_grew(at, out, event->seq);
    if (event->seq > out->head)
        out->head = event->seq;
    s->node.status_due = true;
}

static void bulk_up(struct session_step *at)
{
    struct sync_session *s = at->s;

    if (s->state != SYNC_LIVE && s->state != SYNC_REBASING) {
        session_act(at, SYNC_DROP_BULK);
        return;
    }
    s->bulk_ms = s->heard_ms = at->event->now_ms;
    session_lane_open(s, LANE_BULK, false);
    session_bulk_reset(s, BULK_OPEN);
    s->node.bulk_asked = false;
    session_say(at, MSG_BULK_OPEN, LANE_BULK)->bulk_open.session = s->session;
    session_lack_opened(at);
}

static void tick(struct session_step *at)
{
    struct sync_session *s = at->s;
    int64_t now = at->event->now_ms;

    if (s->state == SYNC_GREETING && now - s->node.hello_ms >= HELLO_RETRY_MS)
        session_say_hello(at, NULL);
    session_pull_tick(at);
    session_vault_tick(at);
    if (s->again_ms != 0 && now >= s->again_ms)
        session_restart(at, "let us compare our copies again");
}

/* A hub that lost its thread says so, or a node with nothing to say would wait
 * for ever; when it was the line, nobody hears it. */
static void lost(struct session_step *at)
{
    struct sync_session *s = at->s;

    if (s->config.role == SYNC_HUB && s->state != SYNC_CLOSED)
        session_bye(at, BYE_RESTART, LANE_EXPRESS, &s->hub.route[LANE_EXPRESS],
                    "the hub starts again");
    session_close(at);
}

/* Reported while actions of an earlier step are still to be done: what those
 * say must live on. */
static bool outcome(enum sync_event_type type)
{
    return type == SYNC_STORED || type == SYNC_SENT || type == SYNC_GREW;
}

int sync_session_step(struct sync_session *session,
                      const struct sync_event *event, struct sync_actions *out)
{
    struct session_step at = {.s = session, .event = event, .out = out};
    int rc = 0;

    if (!outcome(event->type))
        session_forget(session);
    session->now = (struct pace_now){event->now_ms, event->wall_ms};
    switch (event->type) {
    case SYNC_OPENED:
        session_opened(&at);
        break;
    case SYNC_RECEIVED:
        rc = received(&at);
        break;
    case SYNC_STORED:
        session_stored(&at);
        break;
    case SYNC_COMMITTED:
        session_committed(&at);
        break;
    case SYNC_GREW:
        grew(&at);
        break;
    case SYNC_SENT:
        session_sent(&at);
        break;
    case SYNC_BULK_UP:
        bulk_up(&at);
        break;
    case SYNC_BULK_LOST:
        session_bulk_reset(session, BULK_NONE);
        break;
    case SYNC_ASK:
        session_ask(&at);
        break;
    case SYNC_HANDED_IN:
        session->hub.list_due = true;
        if (event->code != 0)
            session_lack_came(&at);
        break;
    case SYNC_TICK:
        tick(&at);
        break;
    case SYNC_LOST:
        lost(&at);
        break;
    }
    session_pump(&at);
    return rc;
}

static int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }

int64_t sync_session_deadline(const struct sync_session *session)
{
    int64_t at = INT64_MAX;

    switch (session->state) {
    case SYNC_CLOSED:
        break;
    case SYNC_GREETING:
        at = session->node.hello_ms + HELLO_RETRY_MS;
        break;
    case SYNC_REBASING:
        at = least(session_pull_ms(session), session_push_deadline(session));
        break;
    case SYNC_LIVE:
        at = session_push_deadline(session);
        break;
    case SYNC_DRAINING:
        at = session_drain_deadline(session);
        break;
    case SYNC_STATE_COUNT:
        assert(false);
    }
    return at;
}

uint64_t sync_session_wanted(const struct sync_session *session)
{
    return session->wanted;
}

enum sync_state sync_session_state(const struct sync_session *session)
{
    return session->state;
}

uint32_t sync_session_minor(const struct sync_session *session)
{
    return session->minor;
}

const struct sync_route *sync_session_route(const struct sync_session *session)
{
    return &session->hub.route[LANE_EXPRESS];
}
