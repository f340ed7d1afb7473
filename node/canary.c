#include "node/canary.h"

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/crypto/random.h"
#include "common/wire/canary.h"
#include "node/audit.h"
#include "node/node.h"
#include "node/uplink.h"

/* A hub of before would put it in quarantine. */
enum { CANARY_MINOR = 3, AUDIT_MINOR = 5 };

void node_canary_open(struct node *node, int64_t every_ms)
{
    struct canary *c = &node->canary;
    uint32_t random;

    random_bytes(&random, sizeof random);
    *c = (struct canary){.every_ms = every_ms,
                         .record = random_id(clock_wall_ms())};
    c->due_ms = clock_mono_ms() + (int64_t)((uint64_t)every_ms * random >> 32);
}

static bool may_write(const struct node *node)
{
    return node->canary.every_ms > 0 && node->canary.seq == 0 &&
           !node->retired && node_uplink_online(node->uplink) &&
           node_uplink_minor(node->uplink) >= CANARY_MINOR;
}

/* Positions change when machines take turns: at or beyond is good enough. One
 * that is not there was in a turn that the disk refused. */
static int look_for_ack(struct node *node)
{
    struct canary *c = &node->canary;
    struct ledger_stream up;
    int rc = ledger_stream(node->ledger, &up, &node->up, true);

    if (rc == 0 && up.head.seq < c->seq) {
        c->seq = 0;
        c->due_ms = node->mono_ms;
    } else if (rc == 0 && up.acked >= c->seq) {
        c->took_ms = node->mono_ms - c->since_ms;
        c->seq = 0;
        log_debug("canary.arrived", "took_ms=%lld", (long long)c->took_ms);
    }
    return rc;
}

static int write_one(struct node *node)
{
    struct canary *c = &node->canary;
    struct node_write write = {.kind = KIND_CANARY, .record = c->record};
    struct record_row row = {.version = 0};
    struct ledger_stream up;
    struct error err = {""};
    struct canary_fact says = {.took_ms = c->took_ms};
    struct buf fact = {0};
    int rc = ledger_record(node->ledger, node->keys.unit, &c->record, &row,
                           NULL, NULL);

    if (rc != 0 && rc != ERR_MISSING)
        return rc;
    if (node_uplink_minor(node->uplink) >= AUDIT_MINOR &&
        node->mono_ms >= c->audit_ms) {
        /* before looking: what ends this turn must not end the next one too */
        c->audit_ms = node->mono_ms + c->every_ms;
        if ((rc = node_audit_say(node, &says)) != 0)
            return rc;
    }
    wire_canary_encode(&fact, &says);
    write.version = row.version + 1;
    write.part[PART_FACT].whole = true;
    write.part[PART_FACT].bytes = buf_bytes(&fact);
    rc = node_append(node, &write, &err);
    buf_free(&fact);
    if (rc == 0)
        rc = ledger_stream(node->ledger, &up, &node->up, true);
    if (rc == 0) {
        c->seq = up.head.seq;
        c->since_ms = node->mono_ms;
        c->due_ms = node->mono_ms + c->every_ms;
    }
    return rc;
}

int node_canary_work(struct node *node)
{
    int rc = node->canary.seq != 0 ? look_for_ack(node) : 0;

    if (rc != 0 || !may_write(node) || node->mono_ms < node->canary.due_ms)
        return rc;
    return write_one(node);
}

int64_t node_canary_deadline(const struct node *node)
{
    return may_write(node) ? node->canary.due_ms : INT64_MAX;
}
