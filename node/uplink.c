/* node/uplink.c - the lines to the hub, and what the session decides, done.
 * What came is stored by uplink_store.c, what leaves waits in uplink_frames.c.
 */
#include "node/uplink.h"

#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/crypto/digest.h"
#include "common/crypto/random.h"
#include "common/sync/batch.h"
#include "common/wire/dictionary.h"
#include "node/alerts.h"
#include "node/rotation.h"
#include "node/uplink_inside.h"
#include "node/uplink_ways.h"
#include "node/vault.h"

enum { GOODBYE_MS = 500 };

static const struct hash_function hash_function = {crypto_sha256};

/* ---- the session's view */

static bool view_hash_at(void *who, const struct stream_name *name,
                         uint64_t seq, struct hash *out)
{
    const struct uplink *u = who;

    return ledger_hash_at(u->node->ledger, name, seq, out) == 0;
}

static bool view_has_change(void *who, const struct early_ref *ref)
{
    const struct uplink *u = who;
    struct change_ref r = sender_ref(ref);

    return ledger_has(u->node->ledger, &r);
}

static struct sync_session *make_session(struct uplink *u)
{
    struct sync_config config = {.role = SYNC_NODE,
                                 .software = LIENXA_VERSION,
                                 .view = {.who = u,
                                          .hash_at = view_hash_at,
                                          .has_change = view_has_change},
                                 .hash = &hash_function,
                                 .vault = true,
                                 .credit_bulk = CREDIT_BULK,
                                 .ack_timeout_ms = 30000};

    (void)snprintf(config.unit, sizeof config.unit, "%s", u->node->keys.unit);
    (void)snprintf(config.hub, sizeof config.hub, "%s", u->node->keys.hub);
    random_bytes(config.instance.bytes, sizeof config.instance.bytes);
    config.dictionaries = wire_dictionaries(&config.dictionary_count);
    return sync_session_new(&config);
}

/* ---- what leaves, and signed by whom (struct sender_host) */

static void host_sign(void *who, struct signed_bytes *out, const char *domain,
                      struct bytes body)
{
    const struct uplink *u = who;

    node_keys_sign(&u->node->keys, out, domain, body);
}

/* The vault never travels in a change; the body of a report only by the
 * unit's policy; that of a referral is on its way by somebody's decision
 * (design 6). */
void node_uplink_withhold(void *who, struct change *change)
{
    const struct uplink *u = who;

    change_withhold(&hash_function, change, PART_VAULT);
    if (!u->node->body_always && change->header.kind == KIND_REPORT)
        change_withhold(&hash_function, change, PART_BODY);
}

/* Whatever a draining machine hands over must prove itself. */
static void host_prove(void *who, struct change *change,
                       const struct hash *digest)
{
    const struct uplink *u = who;

    if (strcmp(change->header.home, u->node->keys.unit) != 0)
        return;
    change->is_signed = true;
    memcpy(change->key_id, u->node->keys.sign_id, sizeof change->key_id);
    sign_bytes(change->signature, &u->node->keys.sign, CHANGE_SIGN_DOMAIN,
               bytes_of(digest->bytes, sizeof digest->bytes));
}

void node_uplink_be_host(struct uplink *u)
{
    u->sender = sender_new(u->node->ledger);
    u->host = (struct sender_host){.who = u,
                                   .put = node_uplink_put,
                                   .sign = host_sign,
                                   .withhold = node_uplink_withhold,
                                   .prove = host_prove};
}

/* ---- making and freeing */

struct uplink *node_uplink_new(struct node *node, struct net_context *context,
                               struct error *err)
{
    struct uplink *u = mem_new(sizeof *u);

    u->node = node;
    if (node_uplink_ways_open(u, context, err) != 0) {
        node_uplink_free(&u);
        return NULL;
    }
    u->lines[LANE_EXPRESS].wanted = true;
    u->readmission = node_readmission_new(node, context);
    u->session = make_session(u);
    node_uplink_settings(u);
    node_uplink_be_host(u);
    return u;
}

void node_uplink_free(struct uplink **uplink)
{
    struct uplink *u = *uplink;

    if (u == NULL)
        return;
    node_uplink_ways_close(u);
    node_readmission_free(&u->readmission);
    sync_session_free(&u->session);
    mem_free(&u->frames);
    buf_free(&u->bytes);
    node_uplink_media_close(u);
    sender_free(&u->sender);
    receiver_free(&u->receiver);
    sync_actions_free(&u->actions);
    mem_free(uplink);
}

void node_uplink_links(struct uplink *uplink,
                       struct net_link *out[UPLINK_LINKS])
{
    out[0] = uplink->lines[LANE_EXPRESS].link;
    out[1] = uplink->lines[LANE_BULK].link;
    out[2] = uplink->probe;
    out[3] = node_readmission_link(uplink->readmission);
}

/* ---- actions */

static void remember_contact(struct uplink *u)
{
    char text[32];

    (void)snprintf(text, sizeof text, "%lld", (long long)u->node->wall_ms);
    if (node_store_set(u->node->store, "last_contact", text) != 0)
        u->failed = true;
}

static void set_online(struct uplink *u, bool online)
{
    const char *now = online ? "1" : "0";

    if (strcmp(node_store_setting(u->node->store, "online"), now) == 0)
        return;
    log_info(online ? "hub.online" : "hub.offline", "hub=%s",
             u->node->keys.hub);
    if (node_store_set(u->node->store, "online", now) != 0)
        u->failed = true;
    remember_contact(u);
}

static void follow(struct follow_ups *f, const struct sync_event *event)
{
    if (f->count < FOLLOW_UPS)
        f->events[f->count++] = *event;
}

static void check(struct uplink *u, int rc, const char *what)
{
    if (rc == 0)
        return;
    log_error("ledger.failed", "doing=%s code=%s", what, error_name(rc));
    u->failed = true;
}

static void rebase_finish(struct uplink *u, const struct sync_action *a,
                          struct follow_ups *f, struct sync_event *next)
{
    struct ledger_stream s;
    struct error err = {""};
    uint64_t appended = 0;

    check(u, ledger_rebase_finish(u->node->ledger, &a->name, &appended, &err),
          "rebase");
    check(u, ledger_stream(u->node->ledger, &s, &a->name, true), "rebase");
    check(u, node_vault_rebased(u->node, a->seq), "rebase");
    if (u->failed)
        return;
    u->node->moved = true;
    log_info("stream.rebased", "head=%llu appended=%llu",
             (unsigned long long)s.head.seq, (unsigned long long)appended);
    next->type = SYNC_GREW;
    next->seq = s.head.seq;
    next->expedited = true;
    follow(f, next);
}

static void early_acked(struct uplink *u, const struct sync_action *a)
{
    struct change_ref ref = sender_ref(&a->ref);
    char id[ID_TEXT_BYTES];
    int rc = ledger_settle(u->node->ledger, &ref);

    if (a->code != NAK_NONE)
        log_warn("early.refused", "record=%s code=%d",
                 id_text(id, &a->ref.record), a->code);
    if (rc != ERR_MISSING)
        check(u, rc, "settle");
}

static int64_t pause_ms(struct line *line)
{
    uint32_t random; /* what started together must not dial together */

    random_bytes(&random, sizeof random);
    return backoff_next_ms(&line->backoff, random);
}

static void drop_line(struct uplink *u, enum lane lane, bool wanted)
{
    struct line *line = &u->lines[lane];

    net_link_hang_up(line->link);
    line->wanted = wanted;
    line->dial_at = u->node->mono_ms + pause_ms(line);
}

static void drop_both(struct uplink *u, struct follow_ups *f,
                      struct sync_event *next)
{
    drop_line(u, LANE_BULK, false);
    drop_line(u, LANE_EXPRESS, true);
    next->type = SYNC_LOST;
    follow(f, next);
}

/* Reading and sending, and below storing. False: not one of these. */
static bool act_sending(struct uplink *u, const struct sync_action *a,
                        struct sync_event *next)
{
    next->type = SYNC_SENT;
    next->lane = LANE_EXPRESS;
    switch ((int)a->type) {
    case SYNC_PUSH:
        next->lane = LANE_BULK;
        sender_push(u->sender, &u->host, a, u->node->wall_ms, next);
        return true;
    case SYNC_EXPEDITE:
        sender_expedite(u->sender, &u->host, a, next);
        return true;
    case SYNC_LIST_OWN:
        sender_list_own(u->sender, &u->host, a, next);
        return true;
    case SYNC_HAND_BACK:
        sender_hand_back(u->sender, &u->host, a, next);
        return true;
    case SYNC_PUSH_VAULT:
    case SYNC_GIVE_VAULT:
    case SYNC_WANT_VAULT:
        return node_uplink_send_vault(u, a, next);
    case SYNC_GIVE_MEDIA:
        node_uplink_give_media(u, a, next);
        return true;
    }
    return false;
}

static bool act_storing(struct uplink *u, const struct sync_action *a,
                        const struct sync_event *cause, struct sync_event *next)
{
    const struct sync_message *m = cause->message;

    next->type = SYNC_STORED;
    switch ((int)a->type) {
    case SYNC_STORE:
        next->code = node_uplink_store_batch(u, &m->batch, false, &next->seq);
        return true;
    case SYNC_REBASE_STORE:
        next->code = node_uplink_store_batch(u, &m->batch, true, &next->seq);
        return true;
    case SYNC_STORE_EARLY:
        next->code = node_uplink_store_early(u, &m->early);
        return true;
    case SYNC_STORE_VAULT:
        next->code = node_uplink_store_vault(u, &m->vault);
        return true;
    }
    return false;
}

static void act(struct uplink *u, const struct sync_action *a,
                const struct sync_event *cause, struct follow_ups *f)
{
    struct sync_event next = {.now_ms = u->node->mono_ms,
                              .wall_ms = u->node->wall_ms,
                              .name = a->name,
                              .seq = a->seq};

    if (act_sending(u, a, &next) || act_storing(u, a, cause, &next)) {
        follow(f, &next);
        return;
    }
    switch ((int)a->type) {
    case SYNC_SEND:
        (void)node_uplink_put(u, a->lane, a->message);
        return;
    case SYNC_LIST_EARLY:
        sender_list_early(u->sender, &u->host, a, &u->listed);
        return;
    case SYNC_RETIRED:
        node_uplink_retired(u);
        return;
    case SYNC_DRAINED:
        node_uplink_drained(u);
        return;
    case SYNC_ROTATE:
        node_uplink_rotate(u);
        return;
    case SYNC_ACKED:
        check(u, ledger_set_acked(u->node->ledger, &a->name, a->seq), "ack");
        remember_contact(u);
        return;
    case SYNC_VAULTED:
        check(u, node_vault_acked(u->node, a->seq), "vault");
        return;
    case SYNC_VAULT_PULLED:
        check(u, node_vault_pull_done(u->node), "vault");
        return;
    case SYNC_VAULT_WHOLE:
        check(u, node_vault_whole(u->node), "vault");
        return;
    case SYNC_EARLY_ACKED:
        early_acked(u, a);
        return;
    case SYNC_EXPEDITE_AGAIN:
        check(u, ledger_unsettle(u->node->ledger, &a->name, a->seq),
              "unsettle");
        return;
    case SYNC_REBASE_BEGIN:
        check(u, ledger_rebase_begin(u->node->ledger, &a->name, a->seq),
              "rebase");
        check(u, node_vault_pull_from(u->node, a->seq), "rebase");
        check(u, node_vault_misses(u->node, a->seq + 1), "rebase");
        return;
    case SYNC_REBASE_FINISH:
        rebase_finish(u, a, f, &next);
        return;
    case SYNC_STORE_MEDIA:
        node_uplink_take_media(u, &cause->message->media);
        return;
    case SYNC_DETACH:
        check(u, ledger_detach(u->node->ledger, &a->name, a->seq), "detach");
        return;
    case SYNC_DIAL_BULK:
        u->lines[LANE_BULK].wanted = true;
        return;
    case SYNC_DROP_BULK:
        drop_line(u, LANE_BULK, false);
        wire_codec_rest(u->node->codec);
        backoff_reset(&u->lines[LANE_BULK].backoff);
        return;
    case SYNC_ROTATED:
        if (!node_uplink_rotated(u, &cause->message->rotated))
            return;
        backoff_reset(&u->lines[LANE_EXPRESS].backoff);
        drop_both(u, f, &next);
        return;
    case SYNC_DROP:
        drop_both(u, f, &next);
        return;
    case SYNC_ALARM:
        node_uplink_alarm(u, a);
        return;
    case SYNC_PEER:
        if (a->message->type == MSG_REFUSALS)
            node_uplink_take_refusals(u, &a->message->refusals);
        return;
    }
}

static void step(struct uplink *u, const struct sync_event *event)
{
    struct follow_ups *f = &u->follow_ups;
    struct sync_actions *actions = &u->actions;
    size_t done = 0;

    u->touched = true;
    f->count = 0;
    follow(f, event);
    while (done < f->count && !u->failed) {
        struct sync_event now = f->events[done++];

        if (now.type == SYNC_LOST)
            node_uplink_forget_frames(
                u); /* they were for a conversation that is over */
        sync_actions_clear(actions);
        if (sync_session_step(u->session, &now, actions) != 0)
            log_warn("hub.refused", "event=%d", (int)now.type);
        for (size_t i = 0; i < actions->count && !u->failed; i++)
            act(u, &actions->items[i], &now, f);
        if (done == f->count)
            f->count = done = 0;
    }
    if (!u->failed)
        node_uplink_greeted(u);
    if (!u->failed)
        set_online(u, node_uplink_online(u));
    if (!u->failed && node_uplink_online(u))
        node_uplink_ways_welcomed(u);
}

static struct sync_event event_of(const struct uplink *u,
                                  enum sync_event_type type)
{
    struct sync_event e = {
        .now_ms = u->node->mono_ms, .wall_ms = u->node->wall_ms, .type = type};

    random_bytes(e.random.bytes, sizeof e.random.bytes);
    return e;
}

/* ---- our side */

static int oldest_one(void *who, const struct entry *entry)
{
    *(int64_t *)who = entry->change.header.clock_ms;
    return 1;
}

static void backlog_of(struct uplink *u, struct backlog *out)
{
    struct ledger_stream s;

    memset(out, 0, sizeof *out);
    if (ledger_stream(u->node->ledger, &s, &u->node->up, true) != 0)
        return;
    out->records = s.head.seq - s.acked;
    out->bytes = s.bytes - s.acked_bytes;
    if (out->records > 0)
        (void)ledger_read(u->node->ledger, &u->node->up, s.acked + 1,
                          oldest_one, &out->oldest_ms);
}

void node_uplink_local_side(struct uplink *u,
                            struct stream_claim claims[CLAIMS],
                            struct sync_local *out)
{
    const struct stream_name *names[CLAIMS] = {&u->node->up, &u->node->all,
                                               &u->node->orders};
    struct ledger_stream s;
    struct vault_plan plan;

    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < CLAIMS; i++) {
        check(u, ledger_stream(u->node->ledger, &s, names[i], i == 0), "hello");
        check(u, ledger_claim(u->node->ledger, names[i], &claims[i]), "hello");
        if (i == 0)
            out->acked = s.acked_most;
    }
    out->certificate = u->node->keys.certificate.number;
    out->rotating = node_rotation_is_pending(u->node->folder);
    out->claim_count = CLAIMS;
    out->claims = claims;
    node_vault_plan(u->node, &plan);
    out->vault_again = plan.again;
    out->vault_from = plan.from;
    out->vault_pull = plan.pull;
    out->vault_pulled = plan.pulled;
    out->vaulted = ledger_vaulted(u->node->ledger, &u->node->up);
    out->vault_lacks = node_vault_missing_from(u->node) != 0;
    backlog_of(u, &out->backlog);
}

static void step_with_local(struct uplink *u, struct sync_event *e)
{
    struct stream_claim claims[CLAIMS];
    struct sync_local local;

    node_uplink_local_side(u, claims, &local);
    e->local = &local;
    step(u, e);
}

/* ---- lines */

static void line_event(struct uplink *u, enum lane lane,
                       enum net_link_event event)
{
    struct sync_event e = event_of(u, SYNC_TICK);

    switch (event) {
    case NET_LINK_NOTHING:
        return;
    case NET_LINK_OPENED:
        node_readmission_known(u->readmission);
        e.type = lane == LANE_EXPRESS ? SYNC_OPENED : SYNC_BULK_UP;
        if (lane == LANE_EXPRESS)
            step_with_local(u, &e);
        else
            step(u, &e);
        return;
    case NET_LINK_LOST:
        node_uplink_tell_lost(u, lane);
        e.type = lane == LANE_EXPRESS ? SYNC_LOST : SYNC_BULK_LOST;
        step(u, &e);
        if (lane == LANE_EXPRESS)
            node_uplink_ways_lost(u);
        return;
    case NET_LINK_REFUSED:
        node_alarm(u->node, ALARM_REVOKED,
                   "the hub refuses this machine's key: it was revoked. "
                   "Reports are taken and kept here; call the district");
        e.type = lane == LANE_EXPRESS ? SYNC_LOST : SYNC_BULK_LOST;
        step(u, &e);
        return;
    case NET_LINK_FAILED:
        if (lane == LANE_EXPRESS)
            node_readmission_unknown(u->readmission);
        log_debug("hub.unreached", "lane=%d", (int)lane);
        if (lane == LANE_EXPRESS)
            node_uplink_ways_failed(u);
        return;
    }
}

/* Dials a line that nobody is trying, when its pause is over. */
static void dial(struct uplink *u, enum lane lane)
{
    struct line *line = &u->lines[lane];
    struct error err = {""};

    if (!line->wanted || net_link_state(line->link) != NET_DOWN ||
        u->node->mono_ms < line->dial_at)
        return;
    if (net_link_dial(line->link, &err) != 0)
        log_warn("hub.dial", "reason=\"%s\"", err.text);
    line->dial_at = u->node->mono_ms + pause_ms(line);
}

static void hear(struct uplink *u, enum lane lane, struct bytes bytes)
{
    struct sync_event e = event_of(u, SYNC_RECEIVED);
    struct sync_message message;
    struct error err = {""};

    backoff_reset(&u->lines[lane].backoff);
    if (wire_decode(u->node->codec, &message, bytes, &err) != 0) {
        log_warn("frame.refused", "reason=\"%s\"", err.text);
        return;
    }
    if (message.type == MSG_BEACON) {
        node_alerts_beacon(u->node, &message.beacon.beacon);
        remember_contact(u);
    }
    e.lane = lane;
    e.bytes = bytes.size;
    e.message = &message;
    step(u, &e);
}

static void listen(struct uplink *u, int64_t until_ms)
{
    struct bytes bytes;

    u->busy = false;
    for (int i = 0; i < LANE_COUNT; i++) {
        enum net_link_event event;

        while ((event = net_link_next(u->lines[i].link)) != NET_LINK_NOTHING)
            line_event(u, (enum lane)i, event);
        while (!u->failed && net_link_receive(u->lines[i].link, &bytes)) {
            hear(u, (enum lane)i, bytes);
            if (clock_mono_ms() >= until_ms) {
                u->busy = true;
                break;
            }
        }
    }
}

void node_uplink_work(struct uplink *uplink, int64_t until_ms)
{
    struct sync_event e = event_of(uplink, SYNC_TICK);
    struct sync_event lost = event_of(uplink, SYNC_LOST);

    listen(uplink, until_ms);
    if (uplink->node->settings_came)
        node_uplink_settings(uplink);
    if (uplink->node->hub_key_came)
        node_uplink_ways_changed(uplink);
    uplink->node->hub_key_came = false;
    if (node_uplink_ways_work(uplink))
        step(uplink, &lost);
    if (node_readmission_work(uplink->readmission)) {
        backoff_reset(&uplink->lines[LANE_EXPRESS].backoff);
        drop_line(uplink, LANE_EXPRESS, true);
    }
    dial(uplink, LANE_EXPRESS);
    dial(uplink, LANE_BULK);
    if (sync_session_deadline(uplink->session) <= uplink->node->mono_ms)
        step_with_local(uplink, &e);
}

void node_uplink_grew(struct uplink *uplink)
{
    struct sync_event e = event_of(uplink, SYNC_GREW);
    struct ledger_stream s;

    if (sync_session_state(uplink->session) == SYNC_CLOSED ||
        ledger_stream(uplink->node->ledger, &s, &uplink->node->up, true) != 0)
        return;
    e.name = uplink->node->up;
    e.seq = s.head.seq;
    e.expedited =
        ledger_expedited_waiting(uplink->node->ledger, &uplink->node->up) > 0;
    step_with_local(uplink, &e);
}

void node_uplink_vault_again(struct uplink *uplink)
{
    struct sync_event e = event_of(uplink, SYNC_GREW);

    e.name = stream_name_make(uplink->node->keys.unit, STREAM_VAULT);
    step(uplink, &e);
}

/* ---- the end of a turn */

/* The sockets of the old keys have hung up already. */
static void rekey(struct uplink *u)
{
    if (u->rekeyed)
        node_uplink_ways_rekeyed(u);
    u->rekeyed = false;
}

void node_uplink_committed(struct uplink *uplink)
{
    struct sync_event e = event_of(uplink, SYNC_COMMITTED);

    if (uplink->touched)
        step(uplink, &e);
    node_uplink_tell_refusals(uplink);
    uplink->touched = node_uplink_frames_rest(uplink);
    if (!uplink->touched)
        node_uplink_send_frames(uplink);
    rekey(uplink);
}

void node_uplink_hush(struct uplink *uplink)
{
    if (sync_session_state(uplink->session) != SYNC_CLOSED)
        uplink->touched = true;
    uplink->busy = false;
    for (int i = 0; i < LANE_COUNT; i++)
        net_link_hang_up(uplink->lines[i].link);
    net_link_free(&uplink->probe);
    node_readmission_hush(uplink->readmission);
}

void node_uplink_failed(struct uplink *uplink)
{
    struct sync_event e = event_of(uplink, SYNC_LOST);
    struct sync_actions unsaid = {0};

    node_uplink_forget_frames(uplink);
    uplink->failed = false;
    uplink->welcomed_by = 0; /* to be stored again */
    if (uplink->touched) {
        drop_line(uplink, LANE_BULK, false);
        drop_line(uplink, LANE_EXPRESS, true);
        (void)sync_session_step(uplink->session, &e, &unsaid);
        sync_actions_free(&unsaid);
        uplink->talking = false;
    }
    rekey(uplink);
    uplink->touched = false;
}

bool node_uplink_has_failed(const struct uplink *uplink)
{
    return uplink->failed;
}

bool node_uplink_busy(const struct uplink *uplink) { return uplink->busy; }

int64_t node_uplink_deadline(const struct uplink *uplink)
{
    int64_t at = sync_session_deadline(uplink->session);
    int64_t tell = refusals_deadline(&uplink->refusals, uplink->node->ledger);
    int64_t show = node_readmission_deadline(uplink->readmission);
    int64_t probe = node_uplink_ways_deadline(uplink);

    if (probe < at)
        at = probe;
    if (tell < at)
        at = tell;
    if (show < at)
        at = show;
    for (int i = 0; i < LANE_COUNT; i++) {
        const struct line *line = &uplink->lines[i];

        if (line->wanted && net_link_state(line->link) == NET_DOWN &&
            line->dial_at < at)
            at = line->dial_at;
    }
    return at;
}

void node_uplink_again(struct uplink *uplink)
{
    struct sync_event e = event_of(uplink, SYNC_LOST);

    drop_line(uplink, LANE_BULK, false);
    drop_line(uplink, LANE_EXPRESS, true);
    step(uplink, &e);
}

bool node_uplink_online(const struct uplink *uplink)
{
    enum sync_state state = sync_session_state(uplink->session);

    return state == SYNC_LIVE || state == SYNC_REBASING ||
           state == SYNC_DRAINING;
}

void node_uplink_goodbye(struct uplink *uplink)
{
    struct sync_message m = {.type = MSG_BYE};

    node_uplink_send_frames(uplink);
    m.bye.code = BYE_STOPPING;
    if (node_uplink_online(uplink) &&
        node_uplink_put(uplink, LANE_EXPRESS, &m) > 0)
        (void)net_link_say_last(uplink->lines[LANE_EXPRESS].link,
                                buf_bytes(&uplink->bytes), GOODBYE_MS);
    node_uplink_forget_frames(uplink);
}

bool node_uplink_ask(struct uplink *uplink, const struct early_ref *refs,
                     size_t count)
{
    struct sync_event e = event_of(uplink, SYNC_ASK);

    if (!node_uplink_online(uplink))
        return false;
    e.refs = refs;
    e.ref_count = count;
    step(uplink, &e);
    return true;
}
