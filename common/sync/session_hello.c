/* common/sync/session_hello.c - the greeting (PROTOCOL 5): who speaks for the
 * unit, where each stream goes on, and what is held outside any stream. */
#include <assert.h>
#include <string.h>

#include "common/base/error.h"
#include "common/base/mem.h"
#include "common/sync/session_inside.h"

struct stream_lookup session_lookup(const struct sync_session *s)
{
    return (struct stream_lookup){.hash_at = s->config.view.hash_at,
                                  .who = s->config.view.who};
}

/* ---- node: saying hello */

void session_opened(struct session_step *at)
{
    struct sync_session *s = at->s;
    const struct sync_local *local = at->event->local;

    assert(s->config.role == SYNC_NODE && local != NULL &&
           local->claim_count >= 1 && local->claim_count <= LIMIT_STREAMS);
    session_close(at);
    s->node.claims =
        mem_copy(local->claims, local->claim_count * sizeof *local->claims);
    s->node.claim_count = local->claim_count;
    s->node.certificate = local->certificate;
    s->node.acked = local->acked;
    s->node.head = local->claims[0].samples[0].seq;
    s->node.backlog = local->backlog;
    s->node.vault_again = local->vault_again;
    s->node.vault_from = local->vault_from;
    s->node.vault_pull = local->vault_pull;
    s->node.vault_pulled = local->vault_pulled;
    s->node.vault_known = local->vaulted;
    s->node.lack = local->vault_lacks;
    s->node.rotating = local->rotating;
    session_move(s, SYNC_GREETING);
    session_say_hello(at, NULL);
}

void session_say_hello(struct session_step *at, const struct id *nonce)
{
    struct sync_session *s = at->s;
    struct msg_hello *hello = &session_say(at, MSG_HELLO, LANE_EXPRESS)->hello;

    hello->minor_min = PROTOCOL_MINOR_OLDEST;
    hello->minor_max = PROTOCOL_MINOR;
    memcpy(hello->unit, s->config.unit, sizeof hello->unit);
    hello->certificate = s->node.certificate;
    hello->instance = s->config.instance;
    if (nonce != NULL)
        hello->nonce = *nonce;
    hello->clock_ms = at->event->wall_ms;
    session_text(hello->software, s->config.software);
    hello->acked = s->node.acked;
    hello->credit[LANE_EXPRESS] = CREDIT_EXPRESS;
    hello->credit[LANE_BULK] = s->config.credit_bulk;
    hello->backlog = s->node.backlog;
    hello->claim_count = s->node.claim_count;
    hello->claims = s->node.claims;
    session_say_dictionaries(s, hello->dictionaries, &hello->dictionary_count);
    s->node.said_backlog = s->node.backlog;
    s->node.said_head = s->node.head;
    s->node.hello_ms = s->node.status_ms = at->event->now_ms;
    session_greeting_said(at);
}

int session_challenge(struct session_step *at)
{
    session_greeting_heard(at);
    if (at->s->state == SYNC_GREETING)
        session_say_hello(at, &at->event->message->challenge.nonce);
    return 0;
}

/* ---- hub: a hello */

static int foreign_unit(struct session_step *at)
{
    struct msg_nak *nak =
        &session_say_to(at, MSG_NAK, LANE_EXPRESS, at->event->route)->nak;

    nak->name = stream_name_make("", STREAM_UP);
    memcpy(nak->name.home, at->event->message->hello.unit,
           sizeof nak->name.home);
    nak->code = NAK_FOREIGN;
    session_alarm(at, ALARM_PROTOCOL, 0, "a hello in another unit's name");
    return ERR_REFUSED;
}

bool session_minor(const struct msg_hello *hello, uint32_t oldest,
                   uint32_t newest, uint32_t *out, char text[LIMIT_TEXT])
{
    struct buf words = {0};
    const char *advice;

    *out = hello->minor_max < newest ? hello->minor_max : newest;
    if (hello->minor_min <= *out && *out >= oldest)
        return true;
    advice = hello->minor_max < oldest
                 ? "this node is too old: install the release the hub runs"
                 : "this node is newer than its hub: update the hub first";
    buf_printf(&words, "%s (hub speaks %d.%u to %d.%u, node %d.%u to %d.%u)",
               advice, PROTOCOL_MAJOR, oldest, PROTOCOL_MAJOR, newest,
               PROTOCOL_MAJOR, hello->minor_min, PROTOCOL_MAJOR,
               hello->minor_max);
    session_text(text, buf_text(&words));
    buf_free(&words);
    return false;
}

static bool claims_valid(const struct msg_hello *hello)
{
    if (hello->claim_count > LIMIT_STREAMS)
        return false;
    for (size_t i = 0; i < hello->claim_count; i++)
        if (!stream_claim_valid(&hello->claims[i]))
            return false;
    return true;
}

static struct machine *superseded_find(struct sync_session *s,
                                       const struct id *instance)
{
    size_t count = s->hub.superseded_count < SUPERSEDED_LIMIT
                       ? s->hub.superseded_count
                       : SUPERSEDED_LIMIT;

    for (size_t i = 0; i < count; i++)
        if (id_equal(&s->hub.superseded[i].instance, instance))
            return &s->hub.superseded[i];
    return NULL;
}

/* Two machines that take turns do so every few seconds, not every round trip;
 * and a challenge is not replaced while its answer is under way, or two that
 * ask in step would never get in. Who is not answered asks again. */
static void challenge(struct session_step *at)
{
    struct sync_session *s = at->s;
    const struct msg_hello *hello = &at->event->message->hello;
    int64_t now = at->event->now_ms;
    bool fresh =
        !id_is_zero(&s->hub.nonce) && now - s->hub.challenge_ms < CHALLENGE_MS;

    if (superseded_find(s, &hello->instance) != NULL &&
        now - s->hub.takeover_ms < CLONE_PAUSE_MS)
        return;
    if (fresh && !id_equal(&s->hub.challenged, &hello->instance))
        return;
    if (!fresh) {
        s->hub.challenged = hello->instance;
        s->hub.nonce = at->event->random;
        s->hub.challenge_ms = now;
    }
    session_say_to(at, MSG_CHALLENGE, LANE_EXPRESS, at->event->route)
        ->challenge.nonce = s->hub.nonce;
}

static void address_set(char out[ADDRESS_BYTES], const char *address)
{
    const char *known = address == NULL ? "?" : address;
    size_t length = strnlen(known, ADDRESS_BYTES - 1);

    memcpy(out, known, length);
    out[length] = '\0';
}

/* The machine that spoke until now lives no longer for us; if it does, it says
 * hello again and proves it. */
static void supersede(struct session_step *at)
{
    struct sync_session *s = at->s;
    struct machine *again =
        superseded_find(s, &at->event->message->hello.instance);
    char address[ADDRESS_BYTES];
    struct buf text = {0};

    session_bye(at, BYE_SUPERSEDED, LANE_EXPRESS, &s->hub.route[LANE_EXPRESS],
                "another machine speaks for this unit now");
    if (again != NULL) {
        address_set(address, at->event->address);
        buf_printf(&text, "%s and %s", address, s->hub.present.address);
        session_alarm(at, ALARM_TWO_MACHINES, 0, buf_text(&text));
        buf_free(&text);
        *again = s->hub.present;
    } else {
        s->hub.superseded[s->hub.superseded_count++ % SUPERSEDED_LIMIT] =
            s->hub.present;
    }
    s->hub.takeover_ms = at->event->now_ms;
}

/* True when the other machine has proved, by the nonce, that it lives now. */
static bool takes_over(struct session_step *at)
{
    struct sync_session *s = at->s;
    const struct msg_hello *hello = &at->event->message->hello;

    if (id_is_zero(&s->hub.nonce) || !id_equal(&s->hub.nonce, &hello->nonce) ||
        !id_equal(&s->hub.challenged, &hello->instance)) {
        challenge(at);
        return false;
    }
    supersede(at);
    return true;
}

static const struct stream_claim *claim_find(const struct msg_hello *hello,
                                             const struct stream_name *name)
{
    for (size_t i = 0; i < hello->claim_count; i++)
        if (stream_name_equal(&hello->claims[i].name, name))
            return &hello->claims[i];
    return NULL;
}

/* One of our channels: where it goes on at the node. True when the node holds
 * what our copy lacks: it was rewound (PROTOCOL 5.3). */
bool session_resume(struct session_step *at, const struct stream_claim *ours,
                    uint64_t *position)
{
    const struct stream_lookup view = session_lookup(at->s);
    const struct stream_claim *theirs =
        claim_find(&at->event->message->hello, &ours->name);
    struct stream_relation relation;

    *position = 0;
    if (theirs == NULL)
        return false;
    relation = stream_relate(theirs, &view);
    *position = relation.common;
    return !relation.prefix && theirs->samples[0].seq > relation.common;
}

static void say_welcome(struct session_step *at, uint32_t minor)
{
    struct sync_session *s = at->s;
    const struct sync_local *local = at->event->local;
    struct msg_welcome *welcome =
        &session_say(at, MSG_WELCOME, LANE_EXPRESS)->welcome;

    welcome->minor = minor;
    welcome->session = s->session;
    welcome->instance = s->config.instance;
    welcome->clock_ms = at->event->wall_ms;
    welcome->credit[LANE_EXPRESS] = CREDIT_EXPRESS;
    welcome->credit[LANE_BULK] = s->config.credit_bulk;
    welcome->vaulted = session_vault_greet(at);
    if (minor >= PACK_MINOR)
        session_say_dictionaries(s, welcome->dictionaries,
                                 &welcome->dictionary_count);
    session_greeting_said(at);
    welcome->up = local->claims[0];
    for (size_t i = 1; i < local->claim_count; i++) {
        const struct outgoing *out =
            session_out_find(s, &local->claims[i].name);

        welcome->channels[welcome->channel_count++] = (struct channel_state){
            .name = out->name, .head = out->head, .resume = out->acked};
    }
}

/* The part of a conversation that a hello starts anew. A hello said twice on
 * one line (the node heard nothing for ten seconds) keeps its bulk line. */
void session_begin(struct session_step *at, enum sync_state state)
{
    struct sync_session *s = at->s;
    const struct msg_hello *hello = &at->event->message->hello;
    bool same = s->state == state &&
                id_equal(&s->hub.present.instance, &hello->instance) &&
                memcmp(&s->hub.route[LANE_EXPRESS], at->event->route,
                       sizeof *at->event->route) == 0;

    if (!same) {
        session_close(at);
        s->session = at->event->random;
    }
    session_loan_end(s, true);
    session_back_forget(s);
    for (int lane = 0; lane < LANE_COUNT; lane++)
        s->lanes[lane].peer_window = hello->credit[lane];
    session_lane_open(s, LANE_EXPRESS, false);
    s->hub.present.instance = hello->instance;
    address_set(s->hub.present.address, at->event->address);
    s->hub.route[LANE_EXPRESS] = *at->event->route;
    session_move(s, state);
}

static void tell_of_channels(struct session_step *at,
                             const bool rewound[LIMIT_STREAMS])
{
    struct sync_session *s = at->s;
    const struct sync_local *local = at->event->local;
    const struct id *instance = &at->event->message->hello.instance;

    for (size_t i = 1; i < local->claim_count; i++) {
        const struct stream_name *name = &local->claims[i].name;
        uint64_t position = session_out_find(s, name)->acked;

        /* a machine we have not met: early copies it took may be lost */
        if (!id_equal(&s->hub.met, instance))
            session_act_on(at, SYNC_EXPEDITE_AGAIN, name, position);
        if (!rewound[i])
            continue;
        session_alarm(at, ALARM_CHANNEL_REWOUND, position, "")->name = *name;
        session_act_on(at, SYNC_NEW_EPOCH, name, position);
    }
    s->hub.met = *instance;
}

static void accept_hello(struct session_step *at, uint32_t minor)
{
    struct sync_session *s = at->s;
    const struct msg_hello *hello = &at->event->message->hello;
    const struct sync_local *local = at->event->local;
    bool rewound[LIMIT_STREAMS] = {false};
    uint64_t head = local->claims[0].samples[0].seq;
    struct sync_action *peer;

    session_begin(at, SYNC_LIVE);
    s->minor = minor;
    session_take_dictionaries(s, hello->dictionaries, hello->dictionary_count);
    s->hub.was_acked = hello->acked > 0;
    session_in_set(s, &s->up, head + 1);
    for (size_t i = 1; i < local->claim_count; i++) {
        const struct stream_claim *ours = &local->claims[i];
        uint64_t position;

        rewound[i] = session_resume(at, ours, &position);
        session_urgent_begin(
            s, session_out_set(s, &ours->name, ours->samples[0].seq, position));
    }
    say_welcome(at, minor);
    session_lack_greet(at);
    session_announce(at);
    if (hello->acked > head)
        session_alarm(at, ALARM_HUB_REWOUND, head, "")->name = s->up;
    peer = session_act(at, SYNC_PEER);
    peer->message = at->event->message;
    peer->online = true;
    s->hub.list_greets = true; /* behind what warns */
    tell_of_channels(at, rewound);
}

int session_hello(struct session_step *at)
{
    struct sync_session *s = at->s;
    const struct msg_hello *hello = &at->event->message->hello;
    char text[LIMIT_TEXT];
    uint32_t minor;

    assert(at->event->local != NULL && at->event->local->claim_count >= 1 &&
           at->event->local->claim_count <= LIMIT_STREAMS);
    if (strncmp(hello->unit, s->config.unit, sizeof hello->unit) != 0)
        return foreign_unit(at);
    if (!session_minor(hello, PROTOCOL_MINOR_OLDEST, PROTOCOL_MINOR, &minor,
                       text)) {
        session_bye(at, BYE_VERSION, LANE_EXPRESS, at->event->route, text);
        session_alarm(at, ALARM_VERSION, 0, text);
        return 0;
    }
    if (!claims_valid(hello)) { /* the present conversation goes on */
        session_bye(at, BYE_RESTART, LANE_EXPRESS, at->event->route,
                    "a claim that makes no sense");
        session_alarm(at, ALARM_PROTOCOL, 0, "a claim that makes no sense");
        return ERR_REFUSED;
    }
    if (s->config.retiring && minor < DRAIN_MINOR)
        return 0; /* it would not understand; the host tells people */
    if (s->state != SYNC_CLOSED &&
        !id_equal(&s->hub.present.instance, &hello->instance) &&
        !takes_over(at))
        return 0;
    if (s->config.retiring)
        session_drain_hello(at, minor);
    else
        accept_hello(at, minor);
    return 0;
}

/* ---- node: the welcome */

static bool welcome_valid(const struct sync_session *s,
                          const struct msg_welcome *welcome)
{
    if (!stream_claim_valid(&welcome->up) ||
        !stream_name_equal(&welcome->up.name, &s->up) ||
        welcome->channel_count > LIMIT_STREAMS ||
        welcome->minor > PROTOCOL_MINOR ||
        welcome->vaulted > welcome->up.samples[0].seq)
        return false;
    for (size_t i = 0; i < welcome->channel_count; i++) {
        const struct channel_state *channel = &welcome->channels[i];

        if (!stream_name_valid(&channel->name) ||
            channel->resume > channel->head ||
            (s->config.hub[0] != '\0' &&
             strncmp(channel->name.home, s->config.hub, sizeof s->config.hub) !=
                 0) ||
            stream_name_equal(&channel->name, &s->up))
            return false;
    }
    return true;
}

/* The head of our copy of a hub's channel. */
static uint64_t held(struct sync_session *s, const struct stream_name *name)
{
    const struct incoming *in = session_in_find(s, name);

    if (in != NULL)
        return in->expected - 1;
    for (size_t i = 0; i < s->node.claim_count; i++)
        if (stream_name_equal(&s->node.claims[i].name, name))
            return s->node.claims[i].samples[0].seq;
    return 0;
}

static bool positions_valid(struct sync_session *s,
                            const struct msg_welcome *welcome)
{
    for (size_t i = 0; i < welcome->channel_count; i++)
        if (welcome->channels[i].resume > held(s, &welcome->channels[i].name))
            return false;
    return true;
}

/* With those of an earlier welcome there is room for all of them. */
static bool channels_fit(struct sync_session *s,
                         const struct msg_welcome *welcome)
{
    size_t count = 0;

    for (size_t i = 0; i < s->in_count; i++)
        count += !s->in[i].staged && !s->in[i].vault;
    for (size_t i = 0; i < welcome->channel_count; i++)
        count += session_in_find(s, &welcome->channels[i].name) == NULL;
    return count <= LIMIT_STREAMS;
}

bool session_welcome_valid(struct sync_session *s,
                           const struct msg_welcome *welcome)
{
    return welcome_valid(s, welcome) && positions_valid(s, welcome) &&
           channels_fit(s, welcome);
}

void session_detach(struct session_step *at, const struct msg_welcome *welcome)
{
    for (size_t i = 0; i < welcome->channel_count; i++) {
        const struct channel_state *channel = &welcome->channels[i];

        if (held(at->s, &channel->name) > channel->resume)
            session_act_on(at, SYNC_DETACH, &channel->name, channel->resume);
    }
}

void session_forget_claims(struct sync_session *s)
{
    mem_free(&s->node.claims);
    s->node.claim_count = 0;
}

static void take_channels(struct session_step *at)
{
    struct sync_session *s = at->s;
    const struct msg_welcome *welcome = &at->event->message->welcome;

    session_detach(at, welcome);
    for (size_t i = 0; i < welcome->channel_count; i++) {
        const struct channel_state *channel = &welcome->channels[i];

        session_in_set(s, &channel->name, channel->resume + 1)->known_head =
            channel->head;
    }
}

/* The hub's copy is a prefix of our stream: go on behind it. */
static void take_prefix(struct session_step *at, uint64_t head)
{
    struct sync_session *s = at->s;

    s->node.rewinding = s->node.rewound_told = false;
    session_act_on(at, SYNC_ACKED, &s->up, head);
    session_move(s, SYNC_LIVE);
    session_urgent_begin(s, session_out_set(s, &s->up, s->node.head, head));
    session_vault_live(at, head);
}

/* We were rewound: the hub's copy is the reference (PROTOCOL 5.4). */
static void take_rebase(struct session_step *at, uint64_t common, uint64_t head)
{
    struct sync_session *s = at->s;
    struct incoming *in = session_in_set(s, &s->up, common + 1);

    in->staged = true;
    in->known_head = head;
    /* a line that ends on the way changes nothing */
    if (!s->node.rewound_told && !s->node.rewinding)
        session_alarm(at, ALARM_NODE_REWOUND, common, "")->name = s->up;
    s->node.rewinding = true;
    if (common > s->node.acked) /* so far it is there: nothing of it waits */
        session_act_on(at, SYNC_ACKED, &s->up, common);
    session_act_on(at, SYNC_REBASE_BEGIN, &s->up, common);
    session_vault_missed(s, common);
    session_lack_noticed(at); /* what only another machine has comes later */
    session_move(s, SYNC_REBASING);
    s->node.target = head;
    s->node.finishing = false;
    s->node.pull_ms = at->event->now_ms;
    session_pull_tick(at);
    session_urgent_begin(s, session_out_set(s, &s->up, s->node.head, common));
}

int session_welcome(struct session_step *at)
{
    struct sync_session *s = at->s;
    const struct msg_welcome *welcome = &at->event->message->welcome;
    const struct stream_lookup view = session_lookup(s);
    bool again = s->state != SYNC_GREETING;
    uint64_t head = welcome->up.samples[0].seq;
    struct stream_relation relation;

    session_greeting_heard(at);
    if (!session_welcome_valid(s, welcome))
        return session_refuse(at, "a welcome that makes no sense");
    relation = stream_relate(&welcome->up, &view);
    if (!relation.prefix && relation.common == head)
        return session_refuse(at, "the hub counts from another beginning");
    if (again && !id_equal(&s->session, &welcome->session)) {
        session_drop(at); /* its bulk line is not ours: from the start */
        return 0;
    }
    s->session = welcome->session;
    s->minor = welcome->minor;
    session_take_dictionaries(s, welcome->dictionaries,
                              welcome->dictionary_count);
    s->node.vaulted = welcome->vaulted;
    for (int lane = 0; lane < LANE_COUNT; lane++)
        s->lanes[lane].peer_window = welcome->credit[lane];
    session_lane_open(s, LANE_EXPRESS, again);
    if (head < s->node.acked)
        session_alarm(at, ALARM_HUB_REWOUND, head, "")->name = s->up;
    if (relation.prefix)
        take_prefix(at, head);
    else
        take_rebase(at, relation.common, head);
    session_act_on(at, SYNC_EXPEDITE_AGAIN, &s->up, relation.common);
    session_urgent_hold(at);
    take_channels(at);
    session_forget_claims(s);
    if (s->config.hub[0] != '\0')
        memcpy(session_act(at, SYNC_LIST_EARLY)->name.home, s->config.hub,
               sizeof s->config.hub);
    return 0;
}

/* ---- both: what the other holds of ours outside any stream */

/* A draining machine names its own changes as well, and counts on an answer. */
static bool offered(const struct sync_session *s, const struct early_ref *ref)
{
    return s->state == SYNC_DRAINING && s->config.role == SYNC_HUB &&
           strncmp(ref->home, s->config.unit, sizeof ref->home) == 0;
}

int session_early_list(struct session_step *at)
{
    struct sync_session *s = at->s;
    const struct msg_early_list *list = &at->event->message->early_list;
    const struct sync_view *view = &s->config.view;
    const char *home =
        s->config.role == SYNC_HUB ? s->config.hub : s->config.unit;
    struct early_ref *lacking;
    bool answer = false;
    size_t count = 0;

    if (list->count > LIMIT_EARLY_LIST)
        return session_refuse(at, "a list that is too long");
    session_urgent_listed(at);
    lacking = session_memory(s, list->count, sizeof *lacking);
    for (size_t i = 0; i < list->count; i++) {
        const struct early_ref *ref = &list->refs[i];
        bool ours = strncmp(ref->home, home, sizeof ref->home) == 0;

        answer = answer || offered(s, ref);
        if (!ours && !offered(s, ref))
            continue;
        if (!view->has_change(view->who, ref)) {
            lacking[count++] = *ref;
            s->drain.back += ours;
        } else if (ours) {
            session_act(at, SYNC_EARLY_ACKED)->ref = *ref;
        }
    }
    if (count > 0 || answer) {
        struct msg_want *want = &session_say(at, MSG_WANT, LANE_EXPRESS)->want;

        want->count = count;
        want->refs = lacking;
        s->wanted += count;
    }
    return 0;
}
