/* hub/turn.c - the order of a turn: take, decide, commit, speak. */
#include "hub/turn.h"

#include <stdio.h>
#include <string.h>

#include "common/account/door.h"
#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "hub/backup.h"
#include "hub/board.h"
#include "hub/certificates.h"
#include "hub/commands.h"
#include "hub/enrolment.h"
#include "hub/exchange.h"
#include "hub/media.h"
#include "hub/referral.h"
#include "hub/repair.h"
#include "hub/rotation.h"
#include "hub/signing.h"
#include "hub/topics.h"

enum {
    TURN_MS = 40,           /* messages are taken for at most so long, or, */
    TURN_SHORT_MS = 10,     /* while thousands are told of a warning, so long */
    TURN_ANSWERS = 64,      /* answers of one turn that wait for the commit */
    LONG_TURN_US = 20000,   /* said to who measures */
    REST_MS = 5,            /* while the receipts of an alert gather, */
    GATHER_MS = 25,         /* after it left */
    ONLINE_MS = 1000,       /* between two looks at who is here, when it */
    ONLINE_FEW = 100,       /* changed or they are more than these */
    BEACON_MS = 5 * 60000,  /* PROTOCOL 9.4 */
    DEGRADED_WAIT_MS = 1000 /* between tries while the disk says no */
};

struct answer {                    /* waits for the commit */
    struct control_server *server; /* NULL: enrolment */
    int client;
    struct net_route route;
    struct buf bytes;
};

struct hub_turn {
    struct hub *hub;
    struct control_server *control; /* of this turn */
    struct control_server *web;     /* or NULL */
    struct account_door *door;      /* when there is `web` */
    bool busy;         /* messages were left when the time was up */
    bool degraded;     /* the last commit failed */
    bool deaf;         /* something was not heard meanwhile */
    int64_t gather_ms; /* until then receipts of an alert are gathered */
    int64_t beacon_at;
    struct buf online; /* what HUB_ONLINE says */
    bool online_known;
    bool online_due; /* the last turn came too soon to look */
    int64_t online_at;
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
    uint64_t settled = 0, ended = 0;

    if (rc == 0)
        rc = ledger_quarantine_retry_all(hub->ledger, &settled);
    if (rc == 0)
        rc = media_store_unuse_final(hub->media.rows, &ended);
    if (rc == 0)
        rc = hub_referral_look_over(hub);
    hub->new_units = true; /* published by a hub that did not do it yet */
    hub->new_for.all = true;
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

    if (rc == ERR_FULL) { /* once more, without the reserve */
        care_failed(&hub->care, hub_store_db(hub->store), rc);
        rc = first_turn(hub, err);
    }
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
    account_door_free(&t->door);
    for (size_t i = 0; i < TURN_ANSWERS; i++)
        buf_free(&t->answers[i].bytes);
    buf_free(&t->online);
    mem_free(turn);
}

static struct answer *new_answer(struct hub_turn *t,
                                 struct control_server *server, int client)
{
    struct answer *a = &t->answers[t->answer_count++];

    a->server = server;
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
    a = new_answer(t, NULL, -1);
    a->route = m->route;
    buf_add_bytes(&a->bytes, reply);
}

/* Frames, until the time is up; the rest waits for the next turn. */
static void take_messages(struct hub_turn *t)
{
    bool telling = hub_exchange_is_telling(t->hub->exchange);
    int64_t until = t->hub->mono_ms + (telling ? TURN_SHORT_MS : TURN_MS);
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

/* ---- requests */

static int run_call(void *who, const struct account_call *call,
                    struct buf *reply)
{
    return hub_commands_run_call(who, call, reply);
}

void hub_turn_open_web(struct hub_turn *turn, struct control_server *web)
{
    struct account_door_config config = {turn->hub->logins, run_call,
                                         turn->hub};

    turn->web = web;
    turn->door = account_door_new(&config, clock_wall_ms());
    db_topics(hub_store_db(turn->hub->store), hub_topics_of_tables);
}

static bool next_request(struct hub_turn *t, struct control_server *server,
                         struct control_request *out)
{
    return t->answer_count < TURN_ANSWERS && control_next(server, out);
}

static int take_web(struct hub_turn *t)
{
    struct control_request request;

    while (t->web != NULL && next_request(t, t->web, &request)) {
        struct answer *a = new_answer(t, t->web, request.client);
        int rc = account_door_take(t->door, request.client, request.bytes,
                                   t->hub->mono_ms, &a->bytes);

        if (rc == DOOR_HELD)
            t->answer_count--;
        else if (rc != 0)
            return rc;
    }
    return 0;
}

static int take_commands(struct hub_turn *t)
{
    struct control_request request;

    while (next_request(t, t->control, &request)) {
        struct answer *a = new_answer(t, t->control, request.client);
        int rc = hub_commands_run(t->hub, request.bytes, &a->bytes);

        if (rc != 0)
            return rc;
    }
    return take_web(t);
}

/* Whoever watches for changes. */
static void tell_watchers(struct hub_turn *t)
{
    struct buf reply = {0};
    int client;

    if (t->web == NULL)
        return;
    account_door_committed(
        t->door, t->hub->topics | db_touched(hub_store_db(t->hub->store)));
    t->hub->topics = 0;
    while (account_door_next(t->door, t->hub->mono_ms, &client, &reply)) {
        control_answer(t->web, client, buf_bytes(&reply));
        buf_clear(&reply);
    }
    buf_free(&reply);
}

static void give_answers(struct hub_turn *t, bool stored)
{
    for (size_t i = 0; i < t->answer_count; i++) {
        struct answer *a = &t->answers[i];

        if (!stored && a->server != NULL)
            hub_commands_disk_reply(&a->bytes,
                                    db_reason(hub_store_db(t->hub->store)));
        if (a->server != NULL)
            control_answer(a->server, a->client, buf_bytes(&a->bytes));
        else if (stored)
            (void)net_server_send(t->hub->server, NET_ENROL, &a->route,
                                  buf_bytes(&a->bytes));
    }
    t->answer_count = 0;
}

/* Nothing can be written: who asks is told so at once, and what the nodes say
 * is not heard, nor answered: they would only say it again and again. */
static void refuse_all(struct hub_turn *t)
{
    int64_t until = clock_mono_ms() + TURN_MS;
    struct control_request request;
    struct net_message m;

    t->deaf = true;
    while (net_server_receive(t->hub->server, &m) && clock_mono_ms() < until)
        continue;

    while (next_request(t, t->control, &request))
        (void)new_answer(t, t->control, request.client);
    while (t->web != NULL && next_request(t, t->web, &request))
        (void)new_answer(t, t->web, request.client);
}

/* ---- the disk (common/store/care.h) */

static int note_disk(void *who, int code, const char *reason)
{
    struct hub *hub = who;

    if (code == ALARM_DISK_FULL)
        return hub_store_raise(
            hub->store, "", code,
            "the hub's disk is full: reports are not taken, the communes keep "
            "them; alerts still go out. Make room, it goes on by itself",
            hub->wall_ms);
    char text[ERROR_TEXT_BYTES];

    (void)snprintf(text, sizeof text,
                   "the hub's disk failed (%s): what it did not take was not "
                   "acknowledged, the communes send it again. Check the disk "
                   "before it fails for good",
                   reason);
    return hub_store_raise(hub->store, "", code, text, hub->wall_ms);
}

static int tend_alarm(struct hub *hub)
{
    int due = care_alarm_due(&hub->care);

    return due > 0   ? note_disk(hub, ALARM_DISK_FULL, "")
           : due < 0 ? hub_store_clear_alarms(hub->store, "", ALARM_DISK_FULL,
                                              hub->wall_ms)
                     : 0;
}

static void degrade(struct hub_turn *t, int rc, const char *reason)
{
    if (!t->degraded && rc == ERR_DAMAGED)
        log_error("database.damaged",
                  "reason=\"%s\" todo=\"stop the hub, type `lienxa-hub "
                  "repair`, start it again; nothing was acknowledged, nodes "
                  "keep what they have\"",
                  reason);
    else if (!t->degraded)
        log_error("disk.refused",
                  "reason=\"%s\" todo=\"make room or check the disk; nothing "
                  "was acknowledged, nodes keep what they have\"",
                  reason);
    care_failed(&t->hub->care, hub_store_db(t->hub->store), rc);
    hub_rollback(t->hub);
    memset(&t->hub->issued, 0, sizeof t->hub->issued);
    hub_exchange_failed(t->hub->exchange);
    give_answers(t, false);
    t->degraded = true;
    t->online_known = false; /* it went with the turn */
}

static void succeed(struct hub_turn *t)
{
    char id[ID_TEXT_BYTES];

    if (!id_is_zero(&t->hub->issued)) {
        t->gather_ms = t->hub->mono_ms + GATHER_MS;
        log_debug("alert.committed", "id=%s mono_us=%lld",
                  id_text(id, &t->hub->issued), (long long)clock_mono_us());
    }
    memset(&t->hub->issued, 0, sizeof t->hub->issued);
    hub_exchange_committed(t->hub->exchange);
    give_answers(t, true);
    tell_watchers(t);
    hub_rotation_settle(t->hub);
    hub_signing_settle(t->hub);
    care_committed(&t->hub->care, hub_store_db(t->hub->store));
    care_rest(&t->hub->care, hub_store_db(t->hub->store), t->hub->mono_ms);
    if (t->degraded)
        log_info("disk.recovered", "turns=%llu",
                 (unsigned long long)t->count.turns);
    if (t->deaf)
        hub_exchange_restart(t->hub->exchange);
    t->degraded = t->deaf = false;
    t->count.committed++;
}

/* Who is here, for those that only read the database. */
static int note_online(struct hub_turn *t)
{
    struct hub *hub = t->hub;
    struct buf now = {0};
    size_t online = 0;
    int rc = 0;

    t->online_due = hub->mono_ms < t->online_at;
    if (t->online_due)
        return 0;
    for (size_t i = 0; i < hub->roster.count; i++)
        if (hub_exchange_online(hub->exchange, hub->roster.units[i].key)) {
            buf_printf(&now, "%s\n", hub->roster.units[i].key);
            online++;
        }
    t->count.online = online;
    if (!t->online_known ||
        !bytes_equal(buf_bytes(&now), buf_bytes(&t->online))) {
        rc = hub_store_set(hub->store, HUB_ONLINE, buf_text(&now));
        hub->topics |= TOPIC_NODES;
        buf_clear(&t->online);
        buf_add_bytes(&t->online, buf_bytes(&now));
        t->online_known = rc == 0;
        t->online_at = hub->mono_ms + ONLINE_MS;
    } else if (hub->roster.count > ONLINE_FEW) {
        t->online_at = hub->mono_ms + ONLINE_MS;
    }
    buf_free(&now);
    return rc;
}

/* What one transaction holds. */
static int work(struct hub_turn *t)
{
    struct hub *hub = t->hub;
    struct error err = {""};
    int rc;

    take_messages(t);
    if ((rc = take_commands(t)) != 0 || (rc = tend_alarm(hub)) != 0 ||
        (rc = hub_settle(hub, &err)) != 0)
        return rc;
    hub_exchange_tick(hub->exchange);
    if (hub->mono_ms >= t->beacon_at) {
        hub_exchange_beacon(hub->exchange);
        hub_backup_remind(hub);
        hub_certificates_work(hub);
        t->beacon_at = hub->mono_ms + BEACON_MS;
    }
    if ((rc = hub_rotation_work(hub)) != 0 ||
        (rc = hub_repair_work(hub)) != 0 || (rc = hub_board_work(hub)) != 0)
        return rc;
    hub_exchange_grew(hub->exchange); /* who was retired or revoked is gone */
    hub_media_work(hub);
    hub_exchange_media(hub->exchange);
    return hub_exchange_has_failed(hub->exchange)
               ? db_code(hub_store_db(hub->store))
               : note_online(t);
}

/* `work_us`: of it, what the processor did for us. */
static void note_length(struct hub_turn *t, int64_t began_us, int64_t work_us)
{
    int64_t now = clock_mono_us();

    if (now - began_us > t->count.longest_us)
        t->count.longest_us = now - began_us;
    if (now - began_us >= LONG_TURN_US)
        log_debug("turn.long", "us=%lld work_us=%lld mono_us=%lld",
                  (long long)(now - began_us), (long long)work_us,
                  (long long)now);
}

void hub_turn_run(struct hub_turn *turn, struct control_server *control)
{
    struct hub *hub = turn->hub;
    struct db *db = hub_store_db(hub->store);
    int64_t began_us = clock_mono_us(), work_us = clock_thread_us();
    struct error err = {""};
    int rc;

    turn->control = control;
    turn->count.turns++;
    if (turn->degraded)
        hub_rollback(hub); /* what could not be read then */
    if ((rc = care_ready(&hub->care, db, clock_mono_ms(), note_disk, hub)) !=
            0 ||
        (rc = hub_begin(hub)) != 0)
        refuse_all(turn);
    else if ((rc = work(turn)) == 0)
        rc = hub_commit(hub, &err);
    if (rc == 0)
        succeed(turn);
    else
        degrade(turn, rc, db_reason(db));
    note_length(turn, began_us, clock_thread_us() - work_us);
}

int hub_turn_rest_ms(const struct hub_turn *turn)
{
    return !turn->busy && !hub_exchange_is_telling(turn->hub->exchange) &&
                   clock_mono_ms() < turn->gather_ms
               ? REST_MS
               : 0;
}

int hub_turn_wait_ms(const struct hub_turn *turn)
{
    int64_t at = hub_exchange_deadline(turn->hub->exchange);
    int64_t now = clock_mono_ms(), board;

    if (turn->degraded)
        return DEGRADED_WAIT_MS;
    if (turn->busy)
        return 0;
    if (care_is_tight(&turn->hub->care) && at > now + DEGRADED_WAIT_MS)
        at = now + DEGRADED_WAIT_MS; /* to look for room */
    if (turn->beacon_at < at)
        at = turn->beacon_at;
    if (turn->online_due && turn->online_at < at)
        at = turn->online_at;
    if (hub_media_deadline(turn->hub) < at)
        at = hub_media_deadline(turn->hub);
    if (repair_deadline(&turn->hub->repair) < at)
        at = repair_deadline(&turn->hub->repair);
    if (care_deadline(&turn->hub->care) < at)
        at = care_deadline(&turn->hub->care);
    if (turn->door != NULL && account_door_deadline(turn->door) < at)
        at = account_door_deadline(turn->door);
    if ((board = hub_board_next_ms(turn->hub)) - clock_wall_ms() < at - now)
        at = now + (board - clock_wall_ms());
    if (at <= now)
        return 0;
    return at - now > BEACON_MS ? BEACON_MS : (int)(at - now);
}

struct hub_turn_count hub_turn_count(const struct hub_turn *turn)
{
    struct hub_turn_count count = turn->count;

    count.degraded = turn->degraded;
    return count;
}
