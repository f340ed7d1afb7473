/* common/sync/session_receive.c - what comes in: batches and early copies are
 * stored by the host, acknowledged after COMMIT, and paid for with credit
 * (PROTOCOL 6, 7). */
#include <string.h>

#include "common/base/error.h"
#include "common/base/mem.h"
#include "common/sync/session_inside.h"

enum { ANSWER_ROOM = 16 };

bool session_handle(struct session_step *at)
{
    struct lane_count *lane = &at->s->lanes[at->event->lane];

    lane->handled += at->event->bytes;
    return lane->handled <= lane->granted + LIMIT_FRAME;
}

/* ---- batches */

struct incoming *session_in_set(struct sync_session *s,
                                const struct stream_name *name,
                                uint64_t expected)
{
    struct incoming *in = session_in_find(s, name);

    if (in == NULL)
        in = &s->in[s->in_count++];
    memset(in, 0, sizeof *in);
    in->name = *name;
    in->expected = expected;
    in->known_head = expected - 1;
    return in;
}

static struct msg_nak *say_nak(struct session_step *at,
                               const struct stream_name *name,
                               enum nak_code code)
{
    struct msg_nak *nak = &session_say(at, MSG_NAK, LANE_BULK)->nak;

    nak->name = *name;
    nak->code = code;
    return nak;
}

int session_foreign(struct session_step *at, const struct stream_name *name)
{
    say_nak(at, name, NAK_FOREIGN);
    session_alarm(at, ALARM_PROTOCOL, 0, "a stream that is not the peer's")
        ->name = *name;
    return ERR_REFUSED;
}

/* Of our own stream we take only what was pulled; a repeat of it may reach
 * further, because the hub's copy has grown since. */
static bool takes(const struct sync_session *s, const struct incoming *in,
                  uint64_t first)
{
    return in != NULL && !in->vault &&
           (!in->staged || first < in->expected ||
            (s->state == SYNC_REBASING && !s->node.finishing));
}

void session_say_gap(struct session_step *at, struct incoming *in)
{
    if (!in->said)
        say_nak(at, &in->name, NAK_GAP)->expected = in->expected;
    in->said = true;
}

int session_batch(struct session_step *at)
{
    struct sync_session *s = at->s;
    const struct msg_batch *batch = &at->event->message->batch;
    struct incoming *in = session_in_find(s, &batch->name);
    uint64_t last;

    if (!session_handle(at))
        return session_refuse(at, "more on bulk than was granted");
    if (batch->first == 0 || batch->count == 0 ||
        batch->first > UINT64_MAX - batch->count)
        return session_refuse(at, "a batch that makes no sense");
    last = batch->first + batch->count - 1;
    if (!takes(s, in, batch->first))
        return session_foreign(at, &batch->name);
    if (in->refused != NAK_NONE) {
        session_say_refused(at, in);
        return 0;
    }
    if (s->config.role == SYNC_HUB) {
        session_loan_end(s, false);
        session_rewind_over(s);
    }
    if (last > in->known_head)
        in->known_head = last;
    if (batch->first > in->expected) {
        session_say_gap(at, in);
    } else if (last < in->expected ||
               (in->staged && s->state != SYNC_REBASING)) {
        in->ack_due = true;
    } else {
        s->storing = STORING_BATCH;
        s->storing_in = in;
        session_act_on(at, in->staged ? SYNC_REBASE_STORE : SYNC_STORE,
                       &in->name, in->expected);
    }
    return 0;
}

static void batch_stored(struct session_step *at, struct incoming *in)
{
    struct sync_session *s = at->s;

    if (at->event->seq < in->expected)
        return;
    in->expected = at->event->seq + 1;
    in->said = false;
    in->ack_due = true;
    if (!in->staged)
        return;
    s->node.pull_ms = at->event->now_ms + PULL_RETRY_MS;
    if (at->event->seq >= s->node.target) {
        s->node.finishing = true;
        session_act_on(at, SYNC_REBASE_FINISH, &in->name, s->node.target);
    }
}

void session_say_refused(struct session_step *at, const struct incoming *in)
{
    say_nak(at, &in->name, in->refused)->expected = in->expected;
}

void session_in_refused(struct session_step *at, struct incoming *in)
{
    enum nak_code code = (enum nak_code)at->event->code;
    struct msg_nak *nak = say_nak(at, &in->name, code);

    nak->expected = in->expected;
    if (code == NAK_LATER) {
        nak->wait_ms = LATER_MS;
        in->said = true;
        return;
    }
    in->refused = code;
    session_alarm(at, code == NAK_FORK ? ALARM_FORK : ALARM_PROTOCOL,
                  in->expected, "a batch that does not fit its chain")
        ->name = in->name;
}

/* ---- rebase */

/* Outside the hours nothing would come of it. */
int64_t session_pull_ms(const struct sync_session *s)
{
    int64_t open_ms = session_bulk_hour_ms(s);

    if (s->state != SYNC_REBASING || s->node.finishing)
        return INT64_MAX;
    return s->node.pull_ms > open_ms ? s->node.pull_ms : open_ms;
}

void session_pull_tick(struct session_step *at)
{
    struct sync_session *s = at->s;
    struct msg_pull *pull;

    if (at->event->now_ms < session_pull_ms(s))
        return;
    pull = &session_say(at, MSG_PULL, LANE_EXPRESS)->pull;
    pull->name = s->up;
    pull->after = session_in_find(s, &s->up)->expected - 1;
    s->node.pull_ms = at->event->now_ms + PULL_RETRY_MS;
}

void session_rebased(struct session_step *at)
{
    struct sync_session *s = at->s;

    s->node.finishing = false;
    s->node.rewinding = s->node.rewound_told = false;
    s->node.acked = s->node.target;
    session_act_on(at, SYNC_ACKED, &s->up, s->node.target);
    session_move(s, SYNC_LIVE);
    session_urgent_begin(
        s, session_out_set(s, &s->up, s->node.head, s->node.target));
    session_vault_live(at, s->node.target);
}

/* ---- early copies */

static struct early_ref ref_of(const struct sync_session *s,
                               const struct change *change)
{
    struct early_ref ref = {.record = change->header.record,
                            .version = change->header.version,
                            .digest = change_digest(s->config.hash, change)};

    memcpy(ref.home, change->header.home, sizeof ref.home);
    return ref;
}

static void answer_later(struct sync_session *s, const struct early_ref *ref,
                         uint32_t code)
{
    if (s->answer_count == ANSWER_LIMIT)
        return; /* it will come again */
    if (s->answer_count == s->answer_room) {
        s->answer_room = s->answer_room == 0 ? ANSWER_ROOM : s->answer_room * 2;
        s->answers = mem_grow(s->answers, s->answer_room, sizeof *s->answers);
    }
    s->answers[s->answer_count++] =
        (struct early_answer){.ref = *ref, .code = code};
}

static bool home_known(const struct sync_session *s, const char *home)
{
    return strncmp(home, s->config.unit, LIMIT_HOME) == 0 ||
           strncmp(home, s->config.hub, LIMIT_HOME) == 0;
}

int session_early(struct session_step *at)
{
    struct sync_session *s = at->s;
    const struct msg_early *early = &at->event->message->early;
    bool asked_for = early->handed_back && s->wanted > 0;
    struct early_ref ref = ref_of(s, &early->change);

    if (asked_for)
        s->wanted--; /* a want is a grant of its own */
    if (s->drain.back > 0 && strncmp(ref.home, s->config.hub, LIMIT_HOME) == 0)
        s->drain.back--;
    if (!session_handle(at) && !asked_for)
        return session_refuse(at, "more on express than was granted");
    if (!home_known(s, ref.home)) {
        answer_later(s, &ref, NAK_FOREIGN);
        session_alarm(at, ALARM_PROTOCOL, 0, "an early copy of a foreign home");
        return ERR_REFUSED;
    }
    s->storing = STORING_EARLY;
    s->storing_ref = ref;
    session_act(at, SYNC_STORE_EARLY)->ref = ref;
    return 0;
}

/* ---- outcomes */

void session_stored(struct session_step *at)
{
    struct sync_session *s = at->s;
    enum storing storing = s->storing;

    s->storing = STORING_NOTHING;
    switch (storing) {
    case STORING_NOTHING:
        break;
    case STORING_BATCH:
        if (at->event->code == NAK_NONE)
            batch_stored(at, s->storing_in);
        else
            session_in_refused(at, s->storing_in);
        break;
    case STORING_VAULT:
        session_vault_stored(at, s->storing_in);
        break;
    case STORING_EARLY:
        answer_later(s, &s->storing_ref, (uint32_t)at->event->code);
        if (s->config.role == SYNC_NODE && at->event->code == NAK_NONE &&
            strncmp(s->storing_ref.home, s->config.unit, LIMIT_HOME) == 0)
            session_lack_noticed(at); /* its words come behind it */
        break;
    }
}

/* What was granted is never taken back. */
static uint64_t grant(struct lane_count *lane)
{
    if (lane->granted < lane->handled + lane->window)
        lane->granted = lane->handled + lane->window;
    return lane->granted;
}

static void say_acks(struct session_step *at)
{
    struct sync_session *s = at->s;

    for (size_t i = 0; i < s->in_count; i++) {
        struct incoming *in = &s->in[i];
        struct msg_ack *ack;

        if (in->ack_due && s->bulk == BULK_OPEN) {
            ack = &session_say(at, MSG_ACK, LANE_BULK)->ack;
            ack->name = in->name;
            ack->seq = in->vault ? in->reached : in->expected - 1;
            ack->credit = grant(&s->lanes[LANE_BULK]);
        }
        in->ack_due = false; /* on a new line it is asked for again */
    }
}

static void say_early_acks(struct session_step *at)
{
    struct sync_session *s = at->s;

    for (size_t i = 0; i < s->answer_count; i++) {
        struct msg_early_ack *ack =
            &session_say(at, MSG_EARLY_ACK, LANE_EXPRESS)->early_ack;

        ack->ref = s->answers[i].ref;
        ack->code = s->answers[i].code;
        ack->stored = ack->code == NAK_NONE;
        ack->credit = grant(&s->lanes[LANE_EXPRESS]);
    }
    s->answer_count = 0;
    if (s->answer_room > ANSWER_ROOM) {
        mem_free(&s->answers);
        s->answer_room = 0;
    }
}

/* Much was handled and no ack told so: repeats, gaps. Pieces of files have no
 * ack, and whoever sends them is to know what is under way (PROTOCOL 11.5). */
static void say_credit(struct session_step *at, enum lane lane)
{
    struct sync_session *s = at->s;
    struct lane_count *count = &s->lanes[lane];
    bool asked = lane == LANE_BULK && s->media.came;
    struct msg_credit *credit;

    s->media.came = s->media.came && lane != LANE_BULK;
    if (!asked && count->granted >= count->handled + count->window / 2)
        return;
    credit = &session_say(at, MSG_CREDIT, lane)->credit;
    credit->credit[lane] = grant(count);
    credit->handled = count->handled;
}

void session_committed(struct session_step *at)
{
    struct sync_session *s = at->s;

    if (s->state == SYNC_CLOSED || s->state == SYNC_GREETING)
        return;
    if (s->hub.rewinding)
        s->hub.rewound = s->hub.present.instance;
    if (s->node.rewinding)
        s->node.rewound_told = true;
    say_acks(at);
    say_early_acks(at);
    say_credit(at, LANE_EXPRESS);
    if (s->bulk == BULK_OPEN)
        say_credit(at, LANE_BULK);
}
