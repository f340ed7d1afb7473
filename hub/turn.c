/* hub/turn.c - the order of a turn: take, decide, commit, speak. */
#include "hub/turn.h"

#include <string.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "hub/backup.h"
#include "hub/commands.h"
#include "hub/enrolment.h"
#include "hub/exchange.h"
#include "hub/referral.h"
#include "hub/repair.h"
#include "hub/rotation.h"
#include "hub/signing.h"

enum {
    TURN_MS = 40,           /* messages are taken for at most so long */
    TURN_ANSWERS = 64,      /* answers of one turn that wait for the commit */
    BEACON_MS = 5 * 60000,  /* PROTOCOL 9.4 */
    DEGRADED_WAIT_MS = 1000 /* between tries while the disk says no */
};

struct answer { /* waits for the commit */
    int client; /* control; -1: enrolment */
    struct net_route route;
    struct buf bytes;
};

struct hub_turn {
    struct hub *hub;
    struct control_server *control; /* of this turn */
    bool busy;     /* messages were left when the time was up */
    bool degraded; /* the last commit failed */
    int64_t beacon_at;
    struct answer answers[TURN_ANSWERS];
    size_t answer_count;
    struct hub_turn_count count;
};

/* Where the hub was listening last, for the next start and for invitations. */
static const char *const lane_settings[NET_LANES] = {"express", "bulk",
                                                     "enrol"};

static int first_turn(struct hub *hub, struct error *err)
{
    int rc = hub_begin(hub);
    uint64_t settled = 0;

    if (rc == 0)
        rc = ledger_quarantine_retry_all(hub->ledger, &settled);
    if (rc == 0)
        rc = hub_referral_look_over(hub);
    hub->new_units = true; /* published by a hub that did not do it yet */
    if (settled > 0)
        log_info("quarantine.settled", "count=%llu",
                 (unsigned long long)settled);
    for (size_t i = 0; rc == 0 && i < NET_LANES; i++)
        rc = hub_store_set(hub->store, lane_settings[i],
                           net_server_address(hub->server, (enum net_lane)i));
    if (rc == 0)
        rc = hub_commit(hub, err);
    if (rc != 0)
        hub_rollback(hub);
    return rc;
}

int hub_turn_new(struct hub_turn **out, struct hub *hub, struct error *err)
{
    struct hub_turn *t = mem_new(sizeof *t);
    int rc = first_turn(hub, err);

    t->hub = hub;
    if (rc != 0) {
        mem_free(&t);
        return rc;
    }
    hub->exchange = hub_exchange_new(hub, hub->server);
    *out = t;
    return 0;
}

void hub_turn_free(struct hub_turn **turn)
{
    struct hub_turn *t = *turn;

    if (t == NULL)
        return;
    hub_exchange_free(&t->hub->exchange);
    for (size_t i = 0; i < TURN_ANSWERS; i++)
        buf_free(&t->answers[i].bytes);
    mem_free(turn);
}

static struct answer *new_answer(struct hub_turn *t, int client)
{
    struct answer *a = &t->answers[t->answer_count++];

    a->client = client;
    buf_clear(&a->bytes);
    return a;
}

static void take_enrolment(struct hub_turn *t, const struct net_message *m)
{
    struct bytes reply = hub_enrolment_answer(t->hub, m);
    struct answer *a;

    if (reply.data == NULL)
        return;
    a = new_answer(t, -1);
    a->route = m->route;
    buf_add_bytes(&a->bytes, reply);
}

/* Frames, until the time is up; the rest waits for the next turn. */
static void take_messages(struct hub_turn *t)
{
    int64_t until = t->hub->mono_ms + TURN_MS;
    struct net_message m;

    t->busy = false;
    while (!hub_exchange_has_failed(t->hub->exchange) &&
           t->answer_count < TURN_ANSWERS) {
        if (clock_mono_ms() >= until) {
            t->busy = true;
            return;
        }
        if (!net_server_receive(t->hub->server, &m))
            return;
        if (m.lane == NET_ENROL)
            take_enrolment(t, &m);
        else
            hub_exchange_receive(t->hub->exchange, &m);
    }
    t->busy = true;
}

static int take_commands(struct hub_turn *t)
{
    struct control_request request;

    while (t->answer_count < TURN_ANSWERS &&
           control_next(t->control, &request)) {
        struct answer *a = new_answer(t, request.client);
        int rc = hub_commands_run(t->hub, request.bytes, &a->bytes);

        if (rc != 0)
            return rc;
    }
    return 0;
}

static void give_answers(struct hub_turn *t, bool stored)
{
    for (size_t i = 0; i < t->answer_count; i++) {
        struct answer *a = &t->answers[i];

        if (!stored && a->client >= 0)
            hub_commands_disk_reply(&a->bytes,
                                    db_reason(hub_store_db(t->hub->store)));
        if (a->client >= 0)
            control_answer(t->control, a->client, buf_bytes(&a->bytes));
        else if (stored)
            (void)net_server_send(t->hub->server, NET_ENROL, &a->route,
                                  buf_bytes(&a->bytes));
    }
    t->answer_count = 0;
}

static void degrade(struct hub_turn *t, int rc, const char *reason)
{
    if (!t->degraded && rc == ERR_DAMAGED)
        log_error("database.damaged",
                  "reason=\"%s\" todo=\"stop the hub, keep its folder, "
                  "restore a backup into a new one; nothing was acknowledged, "
                  "nodes keep what they "
                  "have\"",
                  reason);
    else if (!t->degraded)
        log_error("disk.refused",
                  "reason=\"%s\" todo=\"make room or check the disk; nothing "
                  "was acknowledged, nodes keep what they have\"",
                  reason);
    hub_rollback(t->hub);
    memset(&t->hub->issued, 0, sizeof t->hub->issued);
    hub_exchange_failed(t->hub->exchange);
    give_answers(t, false);
    t->degraded = true;
}

static void succeed(struct hub_turn *t)
{
    char id[ID_TEXT_BYTES];

    if (!id_is_zero(&t->hub->issued))
        log_debug("alert.committed", "id=%s mono_us=%lld",
                  id_text(id, &t->hub->issued), (long long)clock_mono_us());
    memset(&t->hub->issued, 0, sizeof t->hub->issued);
    hub_exchange_committed(t->hub->exchange);
    give_answers(t, true);
    hub_rotation_settle(t->hub);
    hub_signing_settle(t->hub);
    if (t->degraded)
        log_info("disk.recovered", "turns=%llu",
                 (unsigned long long)t->count.turns);
    t->degraded = false;
    t->count.committed++;
}

void hub_turn_run(struct hub_turn *turn, struct control_server *control)
{
    struct hub *hub = turn->hub;
    struct error err = {""};
    int rc;

    turn->control = control;
    turn->count.turns++;
    if ((rc = hub_begin(hub)) == 0) {
        take_messages(turn);
        rc = take_commands(turn);
        if (rc == 0)
            rc = hub_settle(hub, &err);
        hub_exchange_tick(hub->exchange);
        if (hub->mono_ms >= turn->beacon_at) {
            hub_exchange_beacon(hub->exchange);
            hub_backup_remind(hub);
            turn->beacon_at = hub->mono_ms + BEACON_MS;
        }
        if (rc == 0)
            rc = hub_rotation_work(hub);
        if (rc == 0)
            rc = hub_repair_work(hub);
        hub_exchange_grew(hub->exchange);
    }
    if (rc == 0 && hub_exchange_has_failed(hub->exchange))
        rc = ERR_IO;
    if (rc == 0)
        rc = hub_commit(hub, &err);
    if (rc == 0)
        succeed(turn);
    else
        degrade(turn, db_code(hub_store_db(hub->store)),
                db_reason(hub_store_db(hub->store)));
}

int hub_turn_wait_ms(const struct hub_turn *turn)
{
    int64_t at = hub_exchange_deadline(turn->hub->exchange);
    int64_t now = clock_mono_ms();

    if (turn->busy)
        return 0;
    if (turn->degraded)
        return DEGRADED_WAIT_MS;
    if (turn->beacon_at < at)
        at = turn->beacon_at;
    if (repair_deadline(&turn->hub->repair) < at)
        at = repair_deadline(&turn->hub->repair);
    if (at <= now)
        return 0;
    return at - now > BEACON_MS ? BEACON_MS : (int)(at - now);
}

struct hub_turn_count hub_turn_count(const struct hub_turn *turn)
{
    return turn->count;
}
