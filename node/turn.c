/* node/turn.c - the order of a turn: take, decide, commit, speak. */
#include "node/turn.h"

#include <stdio.h>
#include <string.h>

#include "common/account/door.h"
#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "node/alerts.h"
#include "node/certificates.h"
#include "node/commands.h"
#include "node/hub_keys.h"
#include "node/media.h"
#include "node/original.h"
#include "node/referral.h"
#include "node/repair.h"
#include "node/topics.h"
#include "node/unit_keys.h"
#include "node/uplink.h"

enum {
    TURN_MS = 40,      /* messages are taken for at most so long */
    TURN_ANSWERS = 64, /* answers of one turn that wait for the commit */
    LONGEST_WAIT_MS = 300000,
    DEGRADED_WAIT_MS = 1000 /* between tries while the disk says no */
};

struct answer { /* waits for the commit */
    struct control_server *server;
    int client;
    struct buf bytes;
};

struct node_turn {
    struct node *node;
    struct control_server *control; /* of this turn */
    struct control_server *web;     /* or NULL */
    struct account_door *door;      /* when there is `web` */
    bool degraded;                  /* the last commit failed */
    struct answer answers[TURN_ANSWERS];
    size_t answer_count;
    struct node_turn_count count;
    bool grew; /* our stream, in this turn */
};

static int first_turn(struct node *node, struct error *err)
{
    uint64_t settled = 0, ended = 0;
    int rc = node_begin(node);

    if (rc == 0)
        node_alerts_started(node);
    if (rc == 0 && (rc = node_hub_keys_pin(node)) == 0 &&
        (rc = ledger_quarantine_retry_all(node->ledger, &settled)) == 0 &&
        (rc = media_store_unuse_final(node->media.rows, &ended)) == 0 &&
        (rc = media_store_retry(node->media.rows, "")) == 0 &&
        (rc = node_referral_look_over(node)) == 0 &&
        ((rc = node_unit_keys_refresh(node, err)) == 0 || rc == ERR_MISSING))
        rc = node_commit(node, err);
    if (rc != 0)
        node_rollback(node);
    if (settled > 0)
        log_info("quarantine.settled", "count=%llu",
                 (unsigned long long)settled);
    return rc;
}

int node_turn_new(struct node_turn **out, struct node *node,
                  struct net_context *context, struct error *err)
{
    struct node_turn *t = mem_new(sizeof *t);
    int rc = first_turn(node, err);

    if (rc == ERR_FULL) { /* once more, without the reserve */
        care_failed(&node->care, node_store_db(node->store), rc);
        rc = first_turn(node, err);
    }
    t->node = node;
    if (rc == 0 && (node->uplink = node_uplink_new(node, context, err)) == NULL)
        rc = ERR_IO;
    if (rc != 0) {
        mem_free(&t);
        return rc;
    }
    *out = t;
    return 0;
}

void node_turn_free(struct node_turn **turn)
{
    struct node_turn *t = *turn;

    if (t == NULL)
        return;
    node_uplink_free(&t->node->uplink);
    account_door_free(&t->door);
    for (size_t i = 0; i < TURN_ANSWERS; i++)
        buf_free(&t->answers[i].bytes);
    mem_free(turn);
}

/* ---- requests */

static int run_call(void *who, const struct account_call *call,
                    struct buf *reply)
{
    return node_commands_run_call(who, call, reply);
}

void node_turn_open_web(struct node_turn *turn, struct control_server *web)
{
    struct account_door_config config = {turn->node->logins, run_call,
                                         turn->node};

    turn->web = web;
    turn->door = account_door_new(&config, clock_wall_ms());
    db_topics(node_store_db(turn->node->store), node_topics_of_tables);
}

static struct answer *new_answer(struct node_turn *t,
                                 struct control_server *server, int client)
{
    struct answer *a = &t->answers[t->answer_count++];

    a->server = server;
    a->client = client;
    buf_clear(&a->bytes);
    return a;
}

static bool next_request(struct node_turn *t, struct control_server *server,
                         struct control_request *out)
{
    return t->answer_count < TURN_ANSWERS && control_next(server, out);
}

static int take_web(struct node_turn *t)
{
    struct control_request request;

    while (t->web != NULL && next_request(t, t->web, &request)) {
        struct answer *a = new_answer(t, t->web, request.client);
        int rc = account_door_take(t->door, request.client, request.bytes,
                                   t->node->mono_ms, &a->bytes);

        if (rc == DOOR_HELD)
            t->answer_count--;
        else if (rc != 0)
            return rc;
    }
    return 0;
}

static int take_commands(struct node_turn *t)
{
    struct control_request request;

    while (next_request(t, t->control, &request)) {
        struct answer *a = new_answer(t, t->control, request.client);
        int rc = node_commands_run(t->node, request.bytes, &a->bytes);

        if (rc != 0)
            return rc;
    }
    return take_web(t);
}

/* Whoever watches for changes. */
static void tell_watchers(struct node_turn *t)
{
    struct buf reply = {0};
    int client;

    if (t->web == NULL)
        return;
    account_door_committed(
        t->door, t->node->topics | db_touched(node_store_db(t->node->store)));
    t->node->topics = 0;
    while (account_door_next(t->door, t->node->mono_ms, &client, &reply)) {
        control_answer(t->web, client, buf_bytes(&reply));
        buf_clear(&reply);
    }
    buf_free(&reply);
}

static void give_answers(struct node_turn *t, bool stored)
{
    for (size_t i = 0; i < t->answer_count; i++) {
        struct answer *a = &t->answers[i];

        if (!stored)
            node_commands_disk_reply(&a->bytes,
                                     db_reason(node_store_db(t->node->store)));
        control_answer(a->server, a->client, buf_bytes(&a->bytes));
    }
    t->answer_count = 0;
}

/* Nothing can be written: who asks is told so at once, and what the hub says is
 * not heard. Its lines are let go, or whoever waits for them would be woken by
 * what nobody reads. */
static void refuse_all(struct node_turn *t)
{
    struct control_request request;

    node_uplink_hush(t->node->uplink);
    while (next_request(t, t->control, &request))
        (void)new_answer(t, t->control, request.client);
    while (t->web != NULL && next_request(t, t->web, &request))
        (void)new_answer(t, t->web, request.client);
}

/* ---- the disk (common/store/care.h) */

static int note_disk(void *who, int code, const char *reason)
{
    struct node *node = who;
    char text[ERROR_TEXT_BYTES];

    if (code == ALARM_DISK_FULL)
        (void)snprintf(text, sizeof text,
                       "this machine's disk is full: no new report is taken, "
                       "what is here is kept and sent. Make room, it goes on "
                       "by itself");
    else
        (void)snprintf(text, sizeof text,
                       "this machine's disk failed (%s): what it did not take "
                       "was refused, what was accepted is kept. Check the disk "
                       "before it fails for good",
                       reason);
    return node_store_raise(node->store, code, text, node->wall_ms);
}

static int tend_alarm(struct node *node)
{
    int due = care_alarm_due(&node->care);

    return due > 0   ? note_disk(node, ALARM_DISK_FULL, "")
           : due < 0 ? node_store_clear_alarms(node->store, ALARM_DISK_FULL,
                                               node->wall_ms)
                     : 0;
}

static void degrade(struct node_turn *t, int rc, const char *reason)
{
    if (!t->degraded && rc == ERR_DAMAGED)
        log_error("database.damaged",
                  "reason=\"%s\" todo=\"stop the node, type `lienxa-node "
                  "repair`, start it again; nothing that was accepted is "
                  "thrown away\"",
                  reason);
    else if (!t->degraded)
        log_error("disk.refused",
                  "reason=\"%s\" todo=\"make room or check the disk; nothing "
                  "that was accepted is lost\"",
                  reason);
    care_failed(&t->node->care, node_store_db(t->node->store), rc);
    node_rollback(t->node);
    memset(&t->node->arrived, 0, sizeof t->node->arrived);
    node_uplink_failed(t->node->uplink);
    give_answers(t, false);
    t->degraded = true;
}

/* For measuring: from when on what was taken here was durable. */
static void tell_durable(struct node_turn *t)
{
    int64_t now = clock_mono_us();
    struct ledger_stream s;

    if (t->grew && ledger_stream(t->node->ledger, &s, &t->node->up, true) == 0)
        log_debug("stream.durable", "seq=%llu mono_us=%lld",
                  (unsigned long long)s.head.seq, (long long)now);
    t->grew = false;
}

static void succeed(struct node_turn *t)
{
    char id[ID_TEXT_BYTES];

    tell_durable(t);

    if (!id_is_zero(&t->node->arrived))
        log_debug("alert.stored", "id=%s mono_us=%lld",
                  id_text(id, &t->node->arrived), (long long)clock_mono_us());
    node_uplink_committed(t->node->uplink);
    memset(&t->node->arrived, 0, sizeof t->node->arrived);
    give_answers(t, true);
    tell_watchers(t);
    care_committed(&t->node->care, node_store_db(t->node->store));
    care_rest(&t->node->care, node_store_db(t->node->store), t->node->mono_ms);
    if (t->degraded)
        log_info("disk.recovered", "turns=%llu",
                 (unsigned long long)t->count.turns);
    t->degraded = false;
    t->count.committed++;
}

/* What one transaction holds. */
static int work(struct node_turn *t)
{
    struct node *node = t->node;
    struct error err = {""};
    int rc;

    node_uplink_work(node->uplink, node->mono_ms + TURN_MS);
    if ((rc = take_commands(t)) != 0 || (rc = tend_alarm(node)) != 0 ||
        (rc = node_settle(node, &err)) != 0)
        return rc;
    node_certificates_work(node->certificates);
    if ((rc = node_repair_work(node)) != 0)
        return rc;
    if ((rc = node_canary_work(node)) != 0)
        return rc;
    if (node->grew)
        node_uplink_grew(node->uplink);
    t->grew = node->grew;
    node->grew = false;
    node_media_work(node);
    node_uplink_media(node->uplink);
    if (node->vault_again)
        node_uplink_vault_again(node->uplink);
    node->vault_again = false;
    return node_uplink_has_failed(node->uplink)
               ? db_code(node_store_db(node->store))
               : 0;
}

void node_turn_run(struct node_turn *turn, struct control_server *control)
{
    struct node *node = turn->node;
    struct db *db = node_store_db(node->store);
    struct error err = {""};
    int rc;

    turn->control = control;
    turn->count.turns++;
    if ((rc = care_ready(&node->care, db, clock_mono_ms(), note_disk, node)) !=
            0 ||
        (rc = node_begin(node)) != 0)
        refuse_all(turn);
    else if ((rc = work(turn)) == 0)
        rc = node_commit(node, &err);
    if (rc == 0)
        succeed(turn);
    else
        degrade(turn, rc, db_reason(db));
    node_original_work(node);
}

int node_turn_wait_ms(const struct node_turn *turn)
{
    int64_t at = node_uplink_deadline(turn->node->uplink);
    int64_t now = clock_mono_ms();

    if (node_certificates_deadline(turn->node->certificates) < at)
        at = node_certificates_deadline(turn->node->certificates);
    if (node_canary_deadline(turn->node) < at)
        at = node_canary_deadline(turn->node);
    if (node_uplink_media_deadline(turn->node->uplink) < at)
        at = node_uplink_media_deadline(turn->node->uplink);
    if (media_care_deadline(&turn->node->media) < at)
        at = media_care_deadline(&turn->node->media);
    if (repair_deadline(&turn->node->repair) < at)
        at = repair_deadline(&turn->node->repair);
    if (turn->door != NULL && account_door_deadline(turn->door) < at)
        at = account_door_deadline(turn->door);
    if (node_alerts_deadline(turn->node) < at)
        at = node_alerts_deadline(turn->node);
    if (care_deadline(&turn->node->care) < at)
        at = care_deadline(&turn->node->care);
    if (node_original_deadline(turn->node) < at)
        at = node_original_deadline(turn->node);
    if (turn->degraded)
        return DEGRADED_WAIT_MS;
    if (node_uplink_busy(turn->node->uplink))
        return 0;
    if (node_desk_deadline(turn->node) < at)
        at = node_desk_deadline(turn->node);
    if (care_is_tight(&turn->node->care) && at > now + DEGRADED_WAIT_MS)
        at = now + DEGRADED_WAIT_MS; /* to look for room */
    if (at <= now)
        return 0;
    return at - now > LONGEST_WAIT_MS ? LONGEST_WAIT_MS : (int)(at - now);
}

struct node_turn_count node_turn_count(const struct node_turn *turn)
{
    struct node_turn_count count = turn->count;

    count.degraded = turn->degraded;
    return count;
}
