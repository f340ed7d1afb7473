/* common/sync/session_vault.c - the objects of `up` (PROTOCOL 7.10): carried
 * behind it by its own positions, lent back to a machine that lost them.
 *
 * To the rest of the engine they are one more stream in each direction. What
 * differs is here: the positions are those of `up`, a sender may begin below
 * what it has had acknowledged, and single objects come as they were wanted. */
#include <assert.h>
#include <string.h>

#include "common/base/error.h"
#include "common/base/mem.h"
#include "common/sync/session_inside.h"

static uint64_t smaller(uint64_t a, uint64_t b) { return a < b ? a : b; }

bool session_has_vault(const struct sync_session *s)
{
    return s->config.vault && s->minor >= VAULT_MINOR;
}

static struct outgoing *set_out(struct session_step *at, uint64_t head,
                                uint64_t position)
{
    struct outgoing *out =
        session_out_set(at->s, &at->s->vault, head, position);

    out->vault = true;
    return out;
}

/* ---- where both begin */

uint64_t session_vault_greet(struct session_step *at)
{
    struct sync_session *s = at->s;
    uint64_t vaulted = at->event->local->vaulted;

    if (!session_has_vault(s))
        return 0;
    session_in_set(s, &s->vault, vaulted + 1)->vault = true;
    return vaulted;
}

static void say_pull(struct session_step *at)
{
    struct msg_pull *pull = &session_say(at, MSG_PULL, LANE_EXPRESS)->pull;

    pull->name = at->s->vault;
    pull->after = at->s->node.vault_pulled;
    at->s->node.vault_pull_ms = INT64_MAX;
}

static void pulled(struct session_step *at)
{
    at->s->node.vault_pull = false;
    at->s->node.vault_pull_ms = INT64_MAX;
    session_act_on(at, SYNC_VAULT_PULLED, &at->s->vault, at->s->node.vaulted);
}

void session_vault_live(struct session_step *at, uint64_t acked)
{
    struct sync_session *s = at->s;
    uint64_t from = s->node.vaulted;
    struct incoming *in;

    s->node.vault_pull_ms = INT64_MAX;
    if (!session_has_vault(s))
        return;
    if (s->node.vault_again)
        from = smaller(from, s->node.vault_from);
    if (from != s->node.vault_known) /* another machine, or a hub set back */
        session_act_on(at, SYNC_VAULTED, &s->vault, from);
    s->node.vault_known = from;
    set_out(at, acked, from)->push_ms = at->event->now_ms + VAULT_FOLLOW_MS;
    session_lack_live(at);
    if (!s->node.vault_pull)
        return;
    if (s->node.vault_pulled >= s->node.vaulted) {
        pulled(at);
        return;
    }
    in = session_in_set(s, &s->vault, s->node.vault_pulled + 1);
    in->vault = true;
    in->known_head = s->node.vaulted;
    say_pull(at);
}

void session_vault_missed(struct sync_session *s, uint64_t after)
{
    if (!s->node.vault_pull || after < s->node.vault_pulled)
        s->node.vault_pulled = after;
    s->node.vault_pull = true;
}

void session_vault_tick(struct session_step *at)
{
    struct sync_session *s = at->s;

    if (s->state == SYNC_LIVE && s->node.vault_pull &&
        at->event->now_ms >= s->node.vault_pull_ms)
        say_pull(at);
}

/* ---- what goes out */

void session_vault_acked(struct session_step *at, uint64_t up)
{
    struct outgoing *out = session_out_find(at->s, &at->s->vault);
    int64_t follow_ms = at->event->now_ms + VAULT_FOLLOW_MS;

    if (out == NULL || out->loan || up <= out->head)
        return;
    if (out->sent == out->head && out->push_ms < follow_ms)
        out->push_ms = follow_ms;
    out->head = up;
}

void session_vault_again(struct session_step *at)
{
    if (at->s->config.vault && at->s->state != SYNC_CLOSED)
        session_drop(at); /* acks of what is under way must not count */
}

/* ---- hub: a machine that lost its own asks */

int session_vault_pull(struct session_step *at)
{
    struct sync_session *s = at->s;
    const struct msg_pull *pull = &at->event->message->pull;
    const struct incoming *in = session_in_find(s, &s->vault);
    int64_t since_ms = at->event->now_ms - s->hub.vault_lent_ms;
    struct msg_nak *nak;

    if (in == NULL || pull->after >= in->expected)
        return session_refuse(at, "a pull of what we do not hold");
    if (since_ms >= PULL_PAUSE_MS) {
        s->hub.vault_lent_ms = at->event->now_ms;
        set_out(at, in->expected - 1, pull->after)->loan = true;
        return 0;
    }
    nak = &session_say(at, MSG_NAK, LANE_EXPRESS)->nak;
    nak->name = s->vault;
    nak->code = NAK_LATER;
    nak->wait_ms = (uint32_t)(PULL_PAUSE_MS - since_ms);
    return 0;
}

bool session_vault_nak(struct session_step *at)
{
    struct sync_session *s = at->s;
    const struct msg_nak *nak = &at->event->message->nak;

    if (s->config.role != SYNC_NODE || at->event->lane != LANE_EXPRESS ||
        !stream_name_equal(&nak->name, &s->vault))
        return false;
    if (nak->code == NAK_LATER && s->node.vault_pull)
        s->node.vault_pull_ms =
            at->event->now_ms + (int64_t)smaller(nak->wait_ms, LATER_MOST_MS);
    return true;
}

/* ---- what comes in */

static bool sensible(const struct sync_session *s,
                     const struct msg_vault *vault)
{
    if (vault->after > vault->last || vault->count > LIMIT_VAULT_OBJECTS ||
        (vault->count > 0 && vault->after == vault->last && vault->last != 0))
        return false;
    for (size_t i = 0; i < vault->count; i++)
        if (strncmp(vault->objects[i].ref.home, s->config.unit, LIMIT_HOME) !=
            0)
            return false;
    return true;
}

static int store(struct session_step *at, struct incoming *in)
{
    at->s->storing = STORING_VAULT;
    at->s->storing_in = in;
    session_act_on(at, SYNC_STORE_VAULT, &at->s->vault,
                   at->event->message->vault.last);
    return 0;
}

static int take(struct session_step *at, struct incoming *in)
{
    struct sync_session *s = at->s;
    const struct msg_vault *vault = &at->event->message->vault;
    const struct incoming *up = session_in_find(s, &s->up);

    if (s->config.role == SYNC_HUB && vault->last >= up->expected)
        return session_refuse(at, "objects of what we do not hold");
    if (in->refused != NAK_NONE) {
        session_say_refused(at, in);
        return 0;
    }
    if (vault->after >= in->expected) {
        session_say_gap(at, in);
        return 0;
    }
    if (s->config.role == SYNC_NODE && vault->last < in->expected) {
        in->reached = in->expected - 1;
        in->ack_due = true;
        return 0;
    }
    return store(at, in);
}

int session_vault(struct session_step *at)
{
    struct sync_session *s = at->s;
    const struct msg_vault *vault = &at->event->message->vault;
    struct incoming *in = session_in_find(s, &vault->name);

    if (!session_has_vault(s))
        return session_refuse(at, "a message this side never takes");
    if (at->event->lane == LANE_EXPRESS)
        return !stream_name_equal(&vault->name, &s->vault) ||
                       !sensible(s, vault)
                   ? session_refuse(at, "vault objects that make no sense")
                   : session_lack_answer(at);
    if (!session_handle(at))
        return session_refuse(at, "more on bulk than was granted");
    if (!stream_name_equal(&vault->name, &s->vault))
        return session_foreign(at, &vault->name);
    if (!sensible(s, vault))
        return session_refuse(at, "vault objects that make no sense");
    if (vault->last == 0 && vault->count == 0) {
        session_lack_none(at);
        return 0;
    }
    if (vault->last == 0)
        return store(at, NULL);
    return in == NULL ? session_foreign(at, &vault->name) : take(at, in);
}

void session_vault_stored(struct session_step *at, struct incoming *in)
{
    struct sync_session *s = at->s;
    uint64_t last = at->event->seq;

    if (in == NULL) {
        session_lack_stored(at);
        return;
    }
    if (at->event->code != NAK_NONE) {
        session_in_refused(at, in);
        return;
    }
    if (last >= in->expected)
        in->expected = last + 1;
    in->reached = last;
    in->said = false;
    in->ack_due = true;
    if (s->config.role != SYNC_NODE)
        return;
    s->node.vault_pulled = last;
    if (s->node.vault_pull && last >= s->node.vaulted)
        pulled(at);
}

/* One message for one question: it needs no credit. */
static int give_drained(struct session_step *at)
{
    struct sync_action *action;

    if (at->s->config.role == SYNC_HUB)
        return session_refuse(at, "a replaced machine only hands over");
    action = session_act_on(at, SYNC_GIVE_VAULT, &at->s->vault, 0);
    action->message = at->event->message;
    action->lane = LANE_EXPRESS;
    action->bytes = DRAIN_OBJECTS;
    return 0;
}

void sync_session_ask_bulk(struct sync_session *s)
{
    if (s->config.role == SYNC_NODE && s->bulk != BULK_OPEN)
        s->node.bulk_asked = true;
}

/* ---- single ones are asked for */

static bool may_give(const struct sync_session *s)
{
    const struct lane_count *bulk = &s->lanes[LANE_BULK];
    bool node = s->config.role == SYNC_NODE;

    return s->bulk == BULK_OPEN && session_bulk_hour(s) &&
           bulk->credit > bulk->sent && !(node && session_waits(s, PACE_WORDS));
}

static void give(struct session_step *at, const struct sync_message *want)
{
    struct sync_session *s = at->s;
    const struct lane_count *bulk = &s->lanes[LANE_BULK];
    struct sync_action *action =
        session_act_on(at, SYNC_GIVE_VAULT, &s->vault, 0);

    action->message = want;
    action->lane = LANE_BULK;
    action->bytes =
        smaller(bulk->credit - bulk->sent, pace_frame(&s->pace, UINT64_MAX));
    action->route = s->hub.route[LANE_BULK];
}

void session_vault_forget(struct sync_session *s)
{
    mem_free(&s->give.refs);
    s->give.count = 0;
}

/* Until the rate has room for it. */
static void keep(struct sync_session *s, const struct msg_vault_want *want)
{
    session_vault_forget(s);
    if (want->count == 0)
        return;
    s->give.count = smaller(want->count, LIMIT_VAULT_OBJECTS);
    s->give.refs = mem_array(s->give.count, sizeof *s->give.refs);
    memcpy(s->give.refs, want->refs, s->give.count * sizeof *s->give.refs);
}

void session_vault_pump(struct session_step *at)
{
    struct sync_session *s = at->s;
    struct sync_message *want;
    struct early_ref *refs;

    if (s->give.count == 0 || at->event->now_ms < session_vault_give_ms(s))
        return;
    want = session_memory(s, 1, sizeof *want);
    refs = session_memory(s, s->give.count, sizeof *refs);
    memcpy(refs, s->give.refs, s->give.count * sizeof *refs);
    want->type = MSG_VAULT_WANT;
    want->vault_want.count = s->give.count;
    want->vault_want.refs = refs;
    session_vault_forget(s);
    give(at, want);
}

int64_t session_vault_give_ms(const struct sync_session *s)
{
    return s->give.count > 0 && may_give(s)
               ? pace_paid_ms(&s->pace, s->now.mono_ms)
               : INT64_MAX;
}

void session_vault_given(struct session_step *at)
{
    struct sync_session *s = at->s;
    struct pace_ticket left;

    if (at->event->bytes == 0)
        return;
    left = pace_send(&s->pace, at->event->bytes, at->event->now_ms);
    pace_forget(&s->pace, &left); /* no ack answers for it */
    s->bulk_ms = at->event->now_ms;
}

/* As much of it as the credit allows and fits a batch, of a node never ahead of
 * words, in the hours of bulk and when the rate allows it; what does not go is
 * asked for again. */
int session_vault_want(struct session_step *at)
{
    struct sync_session *s = at->s;
    const struct sync_message *want = at->event->message;

    if (!session_has_vault(s))
        return session_refuse(at, "a message this side never takes");
    if (s->state == SYNC_DRAINING)
        return give_drained(at);
    session_lack_heard(s);
    sync_session_ask_bulk(s);
    if (!may_give(s))
        return 0;
    if (at->event->now_ms < pace_paid_ms(&s->pace, at->event->now_ms))
        keep(s, &want->vault_want);
    else
        give(at, want);
    return 0;
}
