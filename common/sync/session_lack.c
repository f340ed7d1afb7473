/* common/sync/session_lack.c - objects that are missing here and may be with
 * the other side (PROTOCOL 7.10, 8.6).
 *
 * A hub asks a machine that is drained, from the beginning of `up` to its head,
 * one VAULT_WANT at a time: what it does not answer with it does not have. It
 * asks a machine that it welcomes for what another one passed over, in the same
 * way, but once: from the beginning to the end of what it lacks. A node asks
 * its hub for what an earlier machine of its unit handed over, in passes with
 * growing pauses between them: nothing says when it comes.
 */
#include <string.h>

#include "common/sync/session_inside.h"

static void look(struct session_step *at)
{
    struct sync_session *s = at->s;
    struct sync_action *action =
        session_act_on(at, SYNC_WANT_VAULT, &s->vault, s->lack.cursor);

    action->online = session_has_vault(s);
    action->route = s->hub.route[LANE_EXPRESS];
    s->lack.listing = true;
}

/* ---- hub: of a machine that is drained */

static void go_on(struct session_step *at)
{
    struct sync_session *s = at->s;

    s->lack.cursor = s->lack.next;
    s->lack.passed = !s->lack.more;
    s->drain.check_ms = at->event->now_ms + (s->lack.more ? 1 : 0);
}

static void answered(struct session_step *at, uint64_t kept)
{
    struct sync_session *s = at->s;

    s->lack.awaiting = false;
    s->lack.came += kept;
    s->drain.check_ms = at->event->now_ms;
    if (kept == 0)
        go_on(at); /* it has none of these */
}

static void asked_the_drained(struct session_step *at)
{
    struct sync_session *s = at->s;
    uint64_t named = (uint64_t)at->event->code;

    s->lack.next = at->event->seq;
    s->lack.more = at->event->more;
    s->lack.awaiting = named > 0 && session_has_vault(s);
    s->lack.progress_ms = at->event->now_ms;
    if (s->lack.awaiting)
        return;
    s->lack.left += named;
    go_on(at);
}

void session_lack_again(struct sync_session *s) { s->lack.passed = false; }

bool session_lack_passed(struct session_step *at)
{
    struct sync_session *s = at->s;

    if (!s->config.vault)
        return true;
    if (s->lack.awaiting &&
        at->event->now_ms - s->lack.progress_ms >= s->config.ack_timeout_ms)
        s->lack.awaiting = false; /* lost on the way: once more */
    if (s->lack.passed || s->lack.listing || s->lack.awaiting)
        return s->lack.passed;
    look(at);
    return false;
}

static int told(struct session_step *at)
{
    if (at->event->message->vault.count > 0)
        return session_refuse(at, "a message on the wrong socket");
    if (at->s->node.lack)
        session_lack_noticed(at);
    return 0;
}

int session_lack_answer(struct session_step *at)
{
    struct sync_session *s = at->s;

    if (at->event->message->vault.last != 0)
        return session_refuse(at, "vault objects that make no sense");
    if (s->config.role == SYNC_NODE)
        return told(at);
    if (s->state != SYNC_DRAINING)
        return session_refuse(at, "a message on the wrong socket");
    if (!s->lack.awaiting)
        return 0; /* too late: asked for once more already, or given up */
    if (at->event->message->vault.count == 0) {
        answered(at, 0);
        return 0;
    }
    s->storing = STORING_VAULT;
    s->storing_in = NULL;
    session_act_on(at, SYNC_STORE_VAULT, &s->vault, 0);
    return 0;
}

/* ---- hub: of a machine that was welcomed */

void session_lack_greet(struct session_step *at)
{
    struct sync_session *s = at->s;

    memset(&s->lack, 0, sizeof s->lack);
    if (!session_has_vault(s) || !at->event->local->vault_lacks ||
        id_equal(&s->hub.lack_asked, &at->event->message->hello.instance))
        return;
    s->lack.due = true;
    s->lack.wait_ms = LACK_FOLLOW_MS;
    s->lack.ask_ms = at->event->now_ms + LACK_FOLLOW_MS;
}

bool sync_session_is_asking(const struct sync_session *s)
{
    return s->config.role == SYNC_HUB && s->lack.due;
}

static void go_on_live(struct session_step *at)
{
    struct sync_session *s = at->s;

    s->lack.cursor = s->lack.next;
    s->lack.ask_ms = at->event->now_ms + 1;
    if (s->lack.more)
        return;
    s->lack.due = false; /* what is missing now, this machine does not have */
    s->hub.lack_asked = s->hub.present.instance;
}

/* With something new it is asked from the same place again. */
static void answered_live(struct session_step *at, uint64_t kept)
{
    struct sync_session *s = at->s;

    if (!s->lack.due || !s->lack.awaiting)
        return; /* nobody asked, or not now */
    s->lack.awaiting = false;
    s->lack.wait_ms = LACK_FOLLOW_MS;
    s->lack.ask_ms = at->event->now_ms;
    if (kept == 0)
        go_on_live(at);
}

static void asked_the_live(struct session_step *at)
{
    struct sync_session *s = at->s;

    s->lack.next = at->event->seq;
    s->lack.more = at->event->more;
    s->lack.awaiting = at->event->code > 0;
    s->lack.progress_ms = at->event->now_ms;
    if (!s->lack.awaiting)
        go_on_live(at);
}

static void ask_later(struct session_step *at, int64_t pause_ms)
{
    at->s->lack.awaiting = false;
    at->s->lack.ask_ms = at->event->now_ms + pause_ms;
}

/* It was lost on the way, or the machine has words to send first. */
static void unanswered(struct session_step *at)
{
    struct sync_session *s = at->s;

    ask_later(at, s->lack.wait_ms);
    s->lack.wait_ms *= 2;
    if (s->lack.wait_ms > LACK_UNHEARD_MOST_MS)
        s->lack.wait_ms = LACK_UNHEARD_MOST_MS;
}

void session_lack_bulk(struct session_step *at)
{
    if (at->s->lack.due && at->s->lack.awaiting)
        ask_later(at, 0);
}

void session_lack_none(struct session_step *at) { answered_live(at, 0); }

static void ask_the_live(struct session_step *at)
{
    struct sync_session *s = at->s;

    if (!s->lack.due || s->lack.listing)
        return;
    if (s->lack.awaiting &&
        at->event->now_ms - s->lack.progress_ms >= s->config.ack_timeout_ms)
        unanswered(at);
    if (!s->lack.awaiting && at->event->now_ms >= s->lack.ask_ms)
        look(at);
}

/* ---- hub: what came of another machine, the present one may lack */

void session_lack_came(struct session_step *at)
{
    struct sync_session *s = at->s;

    if (!session_has_vault(s))
        return;
    if (s->lack.tells == 0)
        s->lack.tell_ms = at->event->now_ms + LACK_GATHER_MS;
    s->lack.tells = LACK_TELLS;
}

void session_lack_heard(struct sync_session *s) { s->lack.tells = 0; }

/* No objects are in it: who lacks some asks. */
static void tell(struct session_step *at)
{
    struct sync_session *s = at->s;

    if (s->lack.tells == 0 || at->event->now_ms < s->lack.tell_ms)
        return;
    session_say(at, MSG_VAULT, LANE_EXPRESS)->vault.name = s->vault;
    s->lack.tells--;
    s->lack.tell_ms = at->event->now_ms + LACK_TELL_MS;
}

/* ---- node: of its hub */

void session_lack_noticed(struct session_step *at)
{
    struct sync_session *s = at->s;

    s->node.lack = true;
    s->node.lack_wait_ms = LACK_FOLLOW_MS;
    s->node.lack_ms = at->event->now_ms + LACK_FOLLOW_MS;
}

void session_lack_live(struct session_step *at)
{
    struct sync_session *s = at->s;

    s->lack.cursor = 0;
    if (s->node.lack && s->node.lack_wait_ms == 0)
        session_lack_noticed(at);
    if (s->node.lack_ms > at->event->now_ms + LACK_GREET_MS)
        s->node.lack_ms = at->event->now_ms + LACK_GREET_MS;
}

/* The next pass comes later and later, unless this one brought something. */
static void pause_asking(struct session_step *at)
{
    struct sync_session *s = at->s;

    if (s->lack.came > 0)
        s->node.lack_wait_ms = LACK_FOLLOW_MS;
    s->node.lack_ms = at->event->now_ms + s->node.lack_wait_ms;
    s->node.lack_wait_ms *= 2;
    if (s->node.lack_wait_ms > LACK_MOST_MS)
        s->node.lack_wait_ms = LACK_MOST_MS;
    s->lack.came = s->lack.asked = 0;
    s->lack.asking = false;
}

static void end_pass(struct session_step *at)
{
    struct sync_session *s = at->s;

    s->lack.cursor = 0;
    if (s->lack.left == 0) {
        s->node.lack = s->lack.asking = false;
        session_act(at, SYNC_VAULT_WHOLE);
        return;
    }
    s->lack.left = 0;
    pause_asking(at);
}

static void asked_the_hub(struct session_step *at)
{
    struct sync_session *s = at->s;
    bool named = at->event->code > 0;

    s->lack.left += (uint64_t)at->event->code;
    s->lack.asked += named;
    s->lack.cursor = at->event->seq;
    s->node.lack_ms = at->event->now_ms + (named ? LACK_ANSWER_MS : 1);
    if (!at->event->more)
        end_pass(at);
    else if (s->lack.asked == LACK_ASKS)
        pause_asking(at);
}

static bool may_ask(const struct sync_session *s)
{
    return s->config.role == SYNC_NODE && s->state == SYNC_LIVE &&
           session_has_vault(s) && s->node.lack && !s->node.vault_pull &&
           !s->lack.listing;
}

/* The question goes by express, and may be there before the line on which it
 * would be answered. */
void session_lack_opened(struct session_step *at)
{
    struct sync_session *s = at->s;
    int64_t at_ms = at->event->now_ms + LACK_FOLLOW_MS;

    if (s->lack.asking && s->node.lack_ms < at_ms)
        s->node.lack_ms = at_ms;
}

void session_lack_pump(struct session_step *at)
{
    struct sync_session *s = at->s;

    if (s->config.role == SYNC_HUB) {
        ask_the_live(at);
        tell(at);
    }
    if (!may_ask(s) || at->event->now_ms < s->node.lack_ms)
        return;
    s->lack.asking = true; /* answers come on bulk */
    if (s->bulk == BULK_OPEN)
        look(at);
}

static int64_t hub_deadline(const struct sync_session *s)
{
    int64_t at = INT64_MAX;

    if (s->lack.due)
        at = s->lack.awaiting ? s->lack.progress_ms + s->config.ack_timeout_ms
                              : s->lack.ask_ms;
    return s->lack.tells > 0 && s->lack.tell_ms < at ? s->lack.tell_ms : at;
}

int64_t session_lack_deadline(const struct sync_session *s)
{
    if (s->config.role == SYNC_HUB)
        return hub_deadline(s);
    return may_ask(s) && (!s->lack.asking || s->bulk == BULK_OPEN)
               ? s->node.lack_ms
               : INT64_MAX;
}

/* ---- both */

void session_lack_asked(struct session_step *at)
{
    at->s->lack.listing = false;
    if (at->s->config.role == SYNC_NODE)
        asked_the_hub(at);
    else if (at->s->state == SYNC_DRAINING)
        asked_the_drained(at);
    else
        asked_the_live(at);
}

void session_lack_stored(struct session_step *at)
{
    struct sync_session *s = at->s;
    bool stored = at->event->code == NAK_NONE;

    if (s->config.role == SYNC_NODE) {
        s->lack.came += stored;
    } else if (s->state != SYNC_DRAINING && at->event->code == NAK_LATER) {
        ask_later(at, LATER_MS);
    } else if (s->state != SYNC_DRAINING) {
        answered_live(at, stored ? at->event->bytes : 0);
    } else if (at->event->code == NAK_LATER) {
        s->lack.awaiting = false;
        s->drain.check_ms = at->event->now_ms + LATER_MS;
    } else {
        answered(at, stored ? at->event->bytes : 0);
    }
}
