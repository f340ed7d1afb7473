/* hub/machines.c - retiring, rotating, and the words about it. */
#include "hub/machines.h"

#include <stdio.h>
#include <string.h>

#include "common/base/log.h"
#include "common/base/mem.h"
#include "hub/enrolment.h"

/* ---- retiring */

static bool is_drained(struct hub *hub, const struct node_key *key)
{
    struct machine_row row;

    return machine_store_get(hub->machines, key->unit, key->number, &row) ==
               0 &&
           row.drained_ms != 0;
}

/* A lower certificate that may still hold something; NULL: none. */
static const struct node_key *undrained(struct hub *hub,
                                        const struct node_key *present)
{
    const struct node_key *key;

    for (size_t i = 0; (key = hub_registry_at(hub->registry, i)) != NULL; i++)
        if (strcmp(key->unit, present->unit) == 0 &&
            key->number < present->number && key->state == NODE_RETIRING &&
            !is_drained(hub, key))
            return key;
    return NULL;
}

/* The one that is meant. Whoever says nothing means the machine that works
 * now, unless another one is on its way out already. */
static const struct node_key *choose(struct hub *hub, const struct unit *unit,
                                     uint64_t certificate, struct error *err)
{
    const struct node_key *present =
        hub_registry_unit(hub->registry, unit->key);
    const struct node_key *key = present, *old;

    if (certificate != 0)
        key = hub_registry_number(hub->registry, unit->key, certificate);
    if (key == NULL) {
        (void)error_set(err, ERR_MISSING,
                        certificate == 0 ? "%s has no machine enrolled"
                                         : "%s has no certificate of that "
                                           "number, see `node list`",
                        unit->slug);
        return NULL;
    }
    old = certificate == 0 ? undrained(hub, present) : NULL;
    if (old != NULL) {
        (void)error_set(
            err, ERR_REFUSED,
            "the machine with certificate %llu of %s is retiring already, "
            "replaced by %llu. To retire the present one as well: `node retire "
            "%s --certificate %llu`",
            (unsigned long long)old->number, unit->slug,
            (unsigned long long)present->number, unit->slug,
            (unsigned long long)present->number);
        return NULL;
    }
    return key;
}

int hub_machines_retire(struct hub *hub, const char *unit_word,
                        uint64_t certificate, uint64_t *number,
                        struct error *err)
{
    const struct unit *unit = roster_find(&hub->roster, unit_word);
    const struct node_key *found;
    struct node_key key;

    if (unit == NULL)
        return error_set(err, ERR_MISSING,
                         "no unit \"%s\" in the roster: give its slug or code",
                         unit_word);
    if ((found = choose(hub, unit, certificate, err)) == NULL)
        return ERR_REFUSED;
    key = *found;
    if (key.state == NODE_REVOKED)
        return error_set(err, ERR_REFUSED,
                         "certificate %llu of %s is revoked: nothing is taken "
                         "from it. Invite a new machine with `node invite %s`",
                         (unsigned long long)key.number, unit->slug,
                         unit->slug);
    *number = key.number;
    key.state = NODE_RETIRING;
    key.since_ms = hub->wall_ms;
    return hub_enrolment_publish(hub, &key, err);
}

/* ---- rotating */

int hub_machines_order_rotation(struct hub *hub, const char *unit_word,
                                const struct node_key **key, struct error *err)
{
    const struct unit *unit = roster_find(&hub->roster, unit_word);

    if (unit == NULL)
        return error_set(err, ERR_MISSING,
                         "no unit \"%s\" in the roster: give its slug or code",
                         unit_word);
    *key = hub_registry_unit(hub->registry, unit->key);
    if (*key == NULL || (*key)->state != NODE_ENROLLED)
        return error_set(err, ERR_REFUSED,
                         "%s has no machine at work whose keys could be "
                         "changed: invite one with `node invite %s`",
                         unit->slug, unit->slug);
    return machine_store_order(hub->machines, unit->key, hub->wall_ms);
}

bool hub_machines_rotation_is_due(struct hub *hub, const struct node_key *key)
{
    return key->state == NODE_ENROLLED &&
           machine_store_is_ordered(hub->machines, key->unit);
}

/* Both signatures, and the machine that asks. */
static bool proves(const struct node_key *key, const struct msg_rotate *rotate,
                   struct rotate_body *out)
{
    return wire_rotate_decode(out, rotate->body) == 0 &&
           strcmp(out->unit, key->unit) == 0 && out->number == key->number &&
           sign_verify(rotate->old_signature, key->sign_public,
                       ROTATE_SIGN_DOMAIN, rotate->body) &&
           sign_verify(rotate->new_signature, out->sign_public,
                       ROTATE_SIGN_DOMAIN, rotate->body);
}

static int refuse(char text[LIMIT_TEXT], const char *why)
{
    (void)snprintf(text, LIMIT_TEXT, "%s", why);
    return 0;
}

/* The keys of this certificate were changed before. The one that changed them
 * lost our answer; anybody else is a copy of it. */
static int repeat(struct hub *hub, const struct node_key *key,
                  const struct rotate_body *rotation,
                  const struct rotation_row *row, const char *address,
                  struct buf *certificate, char text[LIMIT_TEXT])
{
    const char *unit = hub_unit_name(hub, key->unit);

    if (memcmp(row->curve, rotation->curve_public, sizeof row->curve) == 0) {
        buf_add_bytes(certificate, row->certificate);
        return 0;
    }
    hub_alarm(hub, key->unit, ALARM_COPY_ROTATED,
              "two machines held one key of %s: the first to answer has the "
              "new one, the other, at %s, is a copy. It hands over what it "
              "holds; switch it off when it is drained (`node list`)",
              unit, address);
    return refuse(text, "another machine with this key has the new one: this "
                        "one is a copy");
}

static int enter(struct hub *hub, const struct node_key *key,
                 const struct rotate_body *rotation, struct buf *certificate)
{
    struct node_key next = {.number = hub_enrolment_next_number(hub, key->unit),
                            .state = NODE_ENROLLED,
                            .since_ms = hub->wall_ms};
    struct rotation_row row = {.number = key->number, .at_ms = hub->wall_ms};
    struct machine_row old = {.number = key->number,
                              .address = "",
                              .last_seen_ms = hub->wall_ms,
                              .drained_ms = hub->wall_ms};
    struct error err = {""};
    int rc;

    memcpy(next.unit, key->unit, sizeof next.unit);
    memcpy(row.unit, key->unit, sizeof row.unit);
    memcpy(old.unit, key->unit, sizeof old.unit);
    memcpy(next.curve_public, rotation->curve_public, 32);
    memcpy(next.sign_public, rotation->sign_public, 32);
    memcpy(row.curve, rotation->curve_public, sizeof row.curve);
    hub_enrolment_certificate(hub, &next, certificate);
    row.certificate = buf_bytes(certificate);
    /* nothing is left with the old key: it is the same machine */
    if ((rc = hub_enrolment_publish(hub, &next, &err)) == 0 &&
        (rc = machine_store_put_rotation(hub->machines, &row)) == 0 &&
        (rc = machine_store_put(hub->machines, &old)) == 0)
        rc = machine_store_order_done(hub->machines, next.unit);
    if (rc == 0)
        log_info("node.rotated", "unit=%s number=%llu",
                 hub_unit_name(hub, next.unit),
                 (unsigned long long)next.number);
    else
        log_error("node.rotate", "unit=%s reason=\"%s\"",
                  hub_unit_name(hub, next.unit), err.text);
    return rc;
}

int hub_machines_certify(struct hub *hub, const struct node_key *key,
                         const struct msg_rotate *rotate, const char *address,
                         struct buf *certificate, char text[LIMIT_TEXT])
{
    struct node_key asks = *key; /* publishing moves the directory */
    struct rotate_body rotation;
    struct rotation_row row;
    int rc;

    text[0] = '\0';
    if (!proves(&asks, rotate, &rotation))
        return refuse(text, "its signatures prove nothing");
    rc = machine_store_rotation(hub->machines, asks.unit, asks.number, &row);
    if (rc == 0)
        return repeat(hub, &asks, &rotation, &row, address, certificate, text);
    if (rc != ERR_MISSING)
        return rc;
    if (asks.state != NODE_ENROLLED)
        return refuse(text, "this machine was replaced");
    if (!hub_machines_rotation_is_due(hub, &asks))
        return refuse(text, "the district has not ordered new keys: it does so "
                            "with `lienxa-hub node rotate`");
    if (hub_registry_find(hub->registry, rotation.curve_public) != NULL)
        return refuse(text, "this key is known already");
    return enter(hub, &asks, &rotation, certificate);
}

/* ---- draining */

static int put(struct hub *hub, const struct node_key *key, const char *address,
               int64_t waiting, int64_t drained_ms)
{
    struct machine_row row = {.number = key->number,
                              .address = address,
                              .last_seen_ms = hub->wall_ms,
                              .waiting = waiting,
                              .drained_ms = drained_ms};

    memcpy(row.unit, key->unit, sizeof row.unit);
    return machine_store_put(hub->machines, &row);
}

/* A machine whose old key was replaced calls with it until it has the new one:
 * it says nothing of what it holds, and nothing was left with that key. */
static bool stays_drained(struct hub *hub, const struct node_key *key,
                          int64_t waiting)
{
    struct rotation_row row;

    return waiting == 0 ||
           (waiting < 0 && machine_store_rotation(hub->machines, key->unit,
                                                  key->number, &row) == 0);
}

int hub_machines_heard(struct hub *hub, const struct node_key *key,
                       const char *address, int64_t waiting)
{
    const char *unit = hub_unit_name(hub, key->unit);
    unsigned long long number = (unsigned long long)key->number;
    struct machine_row row;
    int rc = machine_store_get(hub->machines, key->unit, key->number, &row);
    int64_t drained_ms =
        rc == 0 && stays_drained(hub, key, waiting) ? row.drained_ms : 0;
    char where[128];

    if (rc != 0 && rc != ERR_MISSING)
        return rc;
    (void)snprintf(where, sizeof where, "%s",
                   address == NULL ? row.address : address);
    if (drained_ms == 0 && waiting >= 0) {
        rc = hub_store_clear_alarms(hub->store, key->unit, ALARM_DRAINED,
                                    hub->wall_ms);
        if (rc != 0)
            return rc;
        hub_alarm(hub, key->unit, ALARM_STILL_CALLING,
                  "the replaced machine of %s (certificate %llu, at %s) hands "
                  "over what only it holds: %lld changes still there, the rest "
                  "waits for the present machine. Leave it on; do not erase it",
                  unit, number, where, (long long)waiting);
    }
    return put(hub, key, where, waiting, drained_ms);
}

int hub_machines_drained(struct hub *hub, const struct node_key *key,
                         uint64_t objects)
{
    const char *unit = hub_unit_name(hub, key->unit);
    struct machine_row row;
    char where[128];
    int rc = machine_store_get(hub->machines, key->unit, key->number, &row);

    if (rc != 0 && rc != ERR_MISSING)
        return rc;
    (void)snprintf(where, sizeof where, "%s", row.address);
    if (row.drained_ms == 0) {
        log_info("node.drained", "unit=%s number=%llu", unit,
                 (unsigned long long)key->number);
        hub_alarm_once(
            hub, key->unit, ALARM_DRAINED,
            "the replaced machine of %s (certificate %llu) is drained: "
            "all its reports are with the district, and the machine in its "
            "place has them or takes them from there%s. It may be switched "
            "off and erased",
            unit, (unsigned long long)key->number,
            objects == 0 ? ""
                         : "; names and words it handed over open at that "
                           "machine by themselves, or with `lienxa-node "
                           "recover` and the drained machine's two lines");
    }
    rc = hub_store_clear_alarms(hub->store, key->unit, ALARM_STILL_CALLING,
                                hub->wall_ms);
    return rc != 0 ? rc
                   : put(hub, key, where, 0,
                         row.drained_ms != 0 ? row.drained_ms : hub->wall_ms);
}

void hub_machines_keeps_words(struct hub *hub, const struct node_key *key,
                              int missing)
{
    hub_alarm(hub, key->unit, ALARM_STILL_CALLING,
              "all changes of the replaced machine of %s (certificate %llu) "
              "are here, but the names and words of %d are not, and its "
              "program is too old to hand them over. Keep it; upgrade its "
              "program, do not erase it",
              hub_unit_name(hub, key->unit), (unsigned long long)key->number,
              missing);
}

void hub_machines_too_old(struct hub *hub, const struct node_key *key,
                          const char *address)
{
    hub_alarm(hub, key->unit, ALARM_STILL_CALLING,
              "a replaced machine of %s (certificate %llu) is still calling, "
              "from %s, with a program too old to hand over its newest "
              "reports. Keep it; upgrade its program, do not erase it",
              hub_unit_name(hub, key->unit), (unsigned long long)key->number,
              address);
}
