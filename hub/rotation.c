/* hub/rotation.c - what is decided is written first, files and sockets follow;
 * see rotation.h for the order. */
#include "hub/rotation.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/crypto/digest.h"
#include "common/crypto/keyfile.h"
#include "hub/enrolment.h"
#include "hub/store_keys.h"

enum {
    CHECK_MS = 60000,
    PORT_STEP = 10, /* from one set's ports to the next one tried */
    PORT_TRIES = 20,
    SOON_MS = 24 * 3600 * 1000,
    LONG_MS = 7 * 24 * 3600 * 1000, /* then people are told who is left */
    NAMES_BYTES = 200,
    ALARM_LEFT = 170,
    ALARM_MOVED = 171,
    ALARM_DEAF = 172,
    ALARM_FORGOTTEN = 173
};

struct rotation {
    struct key_store *store;
    uint64_t number;  /* of the key under way; 0: none */
    uint64_t present; /* of hub->keys.curve */
    uint64_t highest; /* of all that nodes were ever told */
    int64_t since_ms;
    bool finishing;
    struct curve_key next;
    int64_t check_at; /* monotonic */
    bool moved;       /* the start asked for the ports of a past key */
    bool told;        /* whether it did */
};

static const char *const present_settings[NET_LANES] = {"express", "bulk",
                                                        "enrol"};
static const char *const next_settings[NET_LANES] = {"next_express",
                                                     "next_bulk", "next_enrol"};
static const char *const former_settings[NET_LANES] = {
    "former_express", "former_bulk", "former_enrol"};

/* ---- what is known */

static uint64_t setting_number(struct hub *hub, const char *name,
                               uint64_t otherwise)
{
    const char *text = hub_store_setting(hub->store, name);

    return text[0] == '\0' ? otherwise : strtoull(text, NULL, 10);
}

static int set_number(struct hub *hub, const char *name, uint64_t number)
{
    char text[32] = "";

    if (number != 0)
        (void)snprintf(text, sizeof text, "%llu", (unsigned long long)number);
    return hub_store_set(hub->store, name, text);
}

static const char *next_path(char out[4200], const struct hub *hub)
{
    (void)snprintf(out, 4200, "%s/keys/curve.next", hub->folder);
    return out;
}

static void load_settings(struct hub *hub)
{
    struct rotation *r = hub->rotation;

    r->present = setting_number(hub, "key_number", 1);
    r->number = setting_number(hub, "rotation", 0);
    r->since_ms = (int64_t)setting_number(hub, "rotation_since", 0);
    r->finishing = setting_number(hub, "rotation_finish", 0) != 0;
    if (r->highest < r->present)
        r->highest = r->present;
}

static int see_key(void *who, const struct record_row *row,
                   const struct entry *entry)
{
    struct rotation *r = who;
    struct hub_key key;

    (void)row;
    if (entry != NULL &&
        wire_hub_key_decode(&key, entry->change.part[PART_FACT].bytes, NULL) ==
            0 &&
        key.number > r->highest)
        r->highest = key.number;
    return 0;
}

static struct id key_record(const struct hub *hub, uint64_t number)
{
    uint8_t digits[8];
    struct bytes pieces[] = {bytes_of_text("lienxa hub key 1\n"),
                             bytes_of_text(hub->keys.home), bytes_of_text("\n"),
                             bytes_of(digits, sizeof digits)};
    struct hash hash;

    put_u64(digits, number);
    hash = crypto_sha256(pieces, 4);
    return id_derive(&hash);
}

/* ---- the second set */

static int open_second(struct hub *hub, const char *const address[NET_LANES],
                       struct error *err)
{
    struct net_server_config config = {
        .key = hub->rotation->next, .admit = hub_enrolment_admit, .who = hub};
    int rc;

    memcpy(config.address, address, sizeof config.address);
    rc = net_server_add(hub->server, &config, err);
    mem_wipe(&config.key, sizeof config.key);
    return rc;
}

void hub_rotation_listen(struct hub *hub)
{
    char text[NET_LANES][NET_ADDRESS_BYTES];
    const char *address[NET_LANES];
    struct error err = {""};

    if (hub->rotation->number == 0)
        return;
    for (size_t i = 0; i < NET_LANES; i++) {
        (void)snprintf(text[i], sizeof text[i], "%s",
                       hub_store_setting(hub->store, next_settings[i]));
        address[i] = text[i];
    }
    if (open_second(hub, address, &err) != 0)
        log_error("key.deaf", "reason=\"%s\"", err.text);
    else
        log_info("key.listening", "number=%llu express=%s bulk=%s enrol=%s",
                 (unsigned long long)hub->rotation->number, text[NET_EXPRESS],
                 text[NET_BULK], text[NET_ENROL]);
}

static long port_of(const char *address)
{
    const char *colon = strrchr(address, ':');

    return colon == NULL ? 0 : strtol(colon + 1, NULL, 10);
}

const char *hub_rotation_wish(struct hub *hub, enum net_lane lane,
                              const char *wish, char out[NET_ADDRESS_BYTES])
{
    long former = port_of(hub_store_setting(hub->store, former_settings[lane]));

    if (former == 0 || former != port_of(wish))
        return wish;
    (void)snprintf(out, NET_ADDRESS_BYTES, "%s",
                   hub_store_setting(hub->store, present_settings[lane]));
    hub->rotation->moved = true;
    log_warn("key.moved", "asked=%s listening=%s", wish, out);
    return out;
}

/* Ports a step away from the present ones, then the next step, .. */
static int open_beside(struct hub *hub, struct error *err)
{
    char text[NET_LANES][NET_ADDRESS_BYTES];
    const char *address[NET_LANES];
    int rc = ERR_IO;

    for (int try = 1; rc == ERR_IO && try <= PORT_TRIES; try++) {
        for (size_t i = 0; i < NET_LANES; i++) {
            const char *now = net_server_address(hub->server, (enum net_lane)i);
            int host = (int)(strrchr(now, ':') - now);
            long port = port_of(now) + (long)try * PORT_STEP;

            (void)snprintf(text[i], sizeof text[i], "%.*s:%ld", host, now,
                           port < 65536 ? port : 0L);
            address[i] = text[i];
        }
        rc = open_second(hub, address, err);
    }
    return rc;
}

static int open_for(struct hub *hub, const struct rotation_order *order,
                    struct error *err)
{
    bool given = false;

    for (size_t i = 0; i < NET_LANES; i++)
        given = given || order->address[i] != NULL;
    if (hub->server == NULL)
        return error_set(err, ERR_REFUSED,
                         "no hub is serving: start `lienxa-hub serve`, then "
                         "rotate, so that the nodes hear of the new key");
    if (!given)
        return open_beside(hub, err);
    for (size_t i = 0; i < NET_LANES; i++)
        if (order->address[i] == NULL)
            return error_set(err, ERR_INVALID,
                             "say all three: --express, --bulk and --enrol");
    return open_second(hub, order->address, err);
}

/* ---- beginning */

static bool is_wildcard(const char *address)
{
    return strstr(address, "0.0.0.0") != NULL || strchr(address, '*') != NULL ||
           strstr(address, "[::]") != NULL;
}

/* What nodes are to dial: `*` is the host they dial already. */
static void told_address(char out[HUB_ADDRESS_BYTES], const char *bound,
                         const char *given, const char *advertise)
{
    const char *port = strrchr(bound, ':');
    bool bare = advertise != NULL && strchr(advertise, ':') != NULL &&
                advertise[0] != '[';

    if (advertise != NULL)
        (void)snprintf(out, HUB_ADDRESS_BYTES, "tcp://%s%s%s%s",
                       bare ? "[" : "", advertise, bare ? "]" : "", port);
    else if (given != NULL && !is_wildcard(given))
        (void)snprintf(out, HUB_ADDRESS_BYTES, "%s", bound);
    else
        (void)snprintf(out, HUB_ADDRESS_BYTES, "tcp://*%s", port);
}

static int append_key(struct hub *hub, const struct rotation_order *order,
                      struct error *err)
{
    struct rotation *r = hub->rotation;
    struct id record = key_record(hub, r->number);
    struct hub_key key = {
        .number = r->number, .since_ms = hub->wall_ms, .stolen = order->stolen};
    struct buf fact = {0};
    int rc;

    memcpy(key.curve_public, r->next.public_key, sizeof key.curve_public);
    told_address(key.express,
                 net_server_second_address(hub->server, NET_EXPRESS),
                 order->address[NET_EXPRESS], order->advertise);
    told_address(key.bulk, net_server_second_address(hub->server, NET_BULK),
                 order->address[NET_BULK], order->advertise);
    wire_hub_key_encode(&fact, &key);
    rc = hub_append(hub, &hub->all, KIND_HUB_KEY, &record, 1, CHANGE_EXPEDITED,
                    buf_bytes(&fact), err);
    buf_free(&fact);
    return rc;
}

static int store_begin(struct hub *hub)
{
    struct rotation *r = hub->rotation;
    int rc;

    if ((rc = set_number(hub, "rotation", r->number)) != 0 ||
        (rc = set_number(hub, "rotation_since", (uint64_t)r->since_ms)) != 0)
        return rc;
    for (size_t i = 0; rc == 0 && i < NET_LANES; i++)
        rc = hub_store_set(
            hub->store, next_settings[i],
            net_server_second_address(hub->server, (enum net_lane)i));
    return rc;
}

int hub_rotation_begin(struct hub *hub, const struct rotation_order *order,
                       struct error *err)
{
    struct rotation *r = hub->rotation;
    char path[4200];
    int rc;

    if (r->number != 0)
        return error_set(err, ERR_EXISTS, "a change of key is under way");
    if (!order->again &&
        hub->wall_ms - (int64_t)setting_number(hub, "rotation_ended", 0) <
            SOON_MS)
        return error_set(err, ERR_REFUSED,
                         "the hub's key was changed less than a day ago, and "
                         "that is done (`lienxa-hub key list`): to change it "
                         "once more say --again");
    curve_key_generate(&r->next);
    if ((rc = open_for(hub, order, err)) != 0)
        return rc;
    r->number = r->highest + 1;
    r->since_ms = hub->wall_ms;
    if ((rc = keyfile_save(next_path(path, hub), &r->next, sizeof r->next,
                           err)) == 0 &&
        (rc = store_begin(hub)) == 0)
        rc = append_key(hub, order, err);
    if (rc != 0) {
        net_server_remove(hub->server);
        r->number = 0;
        return rc;
    }
    r->check_at = hub->mono_ms + CHECK_MS;
    log_info("key.rotating", "number=%llu express=%s",
             (unsigned long long)r->number,
             net_server_second_address(hub->server, NET_EXPRESS));
    return 0;
}

/* ---- who has been seen */

static uint64_t number_on(const struct hub *hub, bool second)
{
    return second ? hub->rotation->number : hub->rotation->present;
}

int hub_rotation_seen(struct hub *hub, const char *unit, bool second)
{
    struct rotation *r = hub->rotation;
    uint64_t number = number_on(hub, second);

    if (hub_store_key_seen(r->store, unit) >= number)
        return 0;
    r->check_at = hub->mono_ms;
    if (r->number != 0)
        log_info("key.seen", "unit=%s number=%llu", hub_unit_name(hub, unit),
                 (unsigned long long)number);
    return hub_store_key_put_seen(r->store, unit, number, hub->wall_ms);
}

bool hub_rotation_waits_for(struct hub *hub, const char *unit)
{
    const struct node_key *key = hub_registry_unit(hub->registry, unit);

    return hub->rotation->number != 0 && key != NULL &&
           key->state == NODE_ENROLLED &&
           hub_store_key_seen(hub->rotation->store, unit) <
               hub->rotation->number;
}

/* Who is waited for; the first names, with commas, into `names`. */
static size_t count_left(struct hub *hub, char names[NAMES_BYTES])
{
    size_t count = 0, used = 0;

    names[0] = '\0';
    for (size_t i = 0; i < hub->roster.count; i++) {
        const struct unit *unit = &hub->roster.units[i];

        if (!hub_rotation_waits_for(hub, unit->key))
            continue;
        if (used + strlen(unit->slug) + 3 < NAMES_BYTES)
            used += (size_t)snprintf(names + used, NAMES_BYTES - used, "%s%s",
                                     count == 0 ? "" : ", ", unit->slug);
        count++;
    }
    return count;
}

static size_t count_enrolled(struct hub *hub)
{
    size_t count = 0;

    for (size_t i = 0; i < hub->roster.count; i++) {
        const struct node_key *key =
            hub_registry_unit(hub->registry, hub->roster.units[i].key);

        count += key != NULL && key->state == NODE_ENROLLED;
    }
    return count;
}

static uint64_t count_tokens(struct hub *hub)
{
    return hub_store_key_tokens(hub->rotation->store, hub->rotation->since_ms,
                                hub->wall_ms);
}

/* ---- finishing */

static int mark_finish(struct hub *hub)
{
    int rc = set_number(hub, "rotation_finish", 1);

    if (rc == 0)
        hub->rotation->finishing = true;
    return rc;
}

int hub_rotation_finish(struct hub *hub, bool anyway, struct error *err)
{
    char names[NAMES_BYTES];
    size_t left;

    if (hub->rotation->number == 0)
        return error_set(err, ERR_MISSING,
                         "no change of key is under way: begin one with "
                         "`lienxa-hub key rotate`");
    left = count_left(hub, names);
    if (left > 0 && !anyway)
        return error_set(err, ERR_REFUSED,
                         "%zu still come by the old key and would lose the "
                         "hub: %s. Wait until they were on the line, or say "
                         "--anyway and give each a new invitation",
                         left, names);
    return mark_finish(hub);
}

int hub_rotation_work(struct hub *hub)
{
    struct rotation *r = hub->rotation;
    char names[NAMES_BYTES];
    size_t left;
    int rc;

    if (!r->moved && !r->told &&
        (rc = hub_store_clear_alarms(hub->store, "", ALARM_MOVED,
                                     hub->wall_ms)) != 0)
        return rc; /* of an earlier start, which was mended */
    r->told = true;
    if (r->moved)
        hub_alarm(hub, "", ALARM_MOVED,
                  "the hub was told to listen at the ports of its former key; "
                  "it listens at %s, where its nodes know it: change "
                  "--express, --bulk and --enrol of its start",
                  net_server_address(hub->server, NET_EXPRESS));
    r->moved = false;
    if (r->number == 0 || r->finishing || hub->mono_ms < r->check_at)
        return 0;
    r->check_at = hub->mono_ms + CHECK_MS;
    if (net_server_second_address(hub->server, NET_EXPRESS)[0] == '\0')
        hub_alarm(hub, "", ALARM_DEAF,
                  "the hub cannot listen for its new key (see its log): free "
                  "the ports and start it again; nodes come by the old key");
    left = count_left(hub, names);
    if (left == 0 && count_tokens(hub) == 0)
        return mark_finish(hub);
    if (left > 0 && hub->wall_ms - r->since_ms > LONG_MS)
        hub_alarm(hub, "", ALARM_LEFT,
                  "the change of the hub's key is not done: %zu still come by "
                  "the old one: %s. See `lienxa-hub key rotate`",
                  left, names);
    return 0;
}

/* What a change of key was asked for, or stood in its way, is past. */
static int clear_alarms(struct hub *hub)
{
    const int codes[] = {ALARM_LEFT, ALARM_DEAF, ALARM_FORGOTTEN};
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < sizeof codes / sizeof *codes; i++)
        rc = hub_store_clear_alarms(hub->store, "", codes[i], hub->wall_ms);
    return rc;
}

/* The addresses change places. */
static int store_end(struct hub *hub)
{
    char text[NET_ADDRESS_BYTES];
    int rc = set_number(hub, "key_number", hub->rotation->number);

    for (size_t i = 0; rc == 0 && i < NET_LANES; i++) {
        (void)snprintf(text, sizeof text, "%s",
                       hub_store_setting(hub->store, present_settings[i]));
        if ((rc = hub_store_set(hub->store, former_settings[i], text)) != 0)
            break;
        (void)snprintf(text, sizeof text, "%s",
                       hub_store_setting(hub->store, next_settings[i]));
        rc = hub_store_set(hub->store, present_settings[i], text);
    }
    if (rc == 0)
        rc = set_number(hub, "rotation_ended", (uint64_t)hub->wall_ms);
    if (rc == 0 && (rc = set_number(hub, "rotation", 0)) == 0)
        rc = set_number(hub, "rotation_finish", 0);
    return rc != 0 ? rc : clear_alarms(hub);
}

/* The new key is the key: file, then database; done again after a crash. */
static int complete(struct hub *hub, struct error *err)
{
    struct rotation *r = hub->rotation;
    char path[4200];
    int rc;

    (void)snprintf(path, sizeof path, "%s/keys/curve.key", hub->folder);
    if ((rc = keyfile_save(path, &r->next, sizeof r->next, err)) != 0 ||
        (rc = hub_begin(hub)) != 0)
        return rc;
    if ((rc = store_end(hub)) == 0)
        rc = hub_commit(hub, err);
    if (rc != 0) {
        db_rollback(hub_store_db(hub->store));
        return rc;
    }
    log_info("key.rotated", "number=%llu", (unsigned long long)r->number);
    hub->keys.curve = r->next;
    r->present = r->number;
    r->number = 0;
    r->finishing = false;
    mem_wipe(&r->next, sizeof r->next);
    (void)unlink(next_path(path, hub));
    return 0;
}

void hub_rotation_settle(struct hub *hub)
{
    struct error err = {""};

    if (!hub->rotation->finishing)
        return;
    if (complete(hub, &err) != 0)
        log_error("key.unfinished", "reason=\"%s\"", err.text);
    else if (net_server_second_address(hub->server, NET_EXPRESS)[0] != '\0')
        net_server_promote(hub->server);
}

/* ---- opening, undoing */

/* The file of the key under way. When it is gone (a backup without it) there is
 * nothing to go on with: the next rotation takes a higher number. */
static void load_next(struct hub *hub)
{
    struct rotation *r = hub->rotation;
    struct error err = {""};
    char path[4200];

    if (r->number == 0 ||
        keyfile_load(&r->next, sizeof r->next, next_path(path, hub), &err) == 0)
        return;
    log_error("key.lost",
              "number=%llu reason=\"%s\" todo=\"begin again: "
              "lienxa-hub key rotate\"",
              (unsigned long long)r->number, err.text);
    r->number = 0;
    r->finishing = false;
}

int hub_rotation_open(struct hub *hub, struct error *err)
{
    struct rotation *r = mem_new(sizeof *r);
    int rc;

    hub->rotation = r;
    if ((rc = hub_store_keys_open(&r->store, hub_store_db(hub->store), err)) !=
        0)
        return rc;
    load_settings(hub);
    if ((rc = ledger_records(hub->ledger, KIND_HUB_KEY, hub->keys.home, see_key,
                             r)) != 0)
        return rc;
    if (hub->mode == HUB_READ)
        return 0;
    load_next(hub);
    return r->finishing ? complete(hub, err) : 0;
}

void hub_rotation_free(struct rotation **rotation)
{
    if (*rotation == NULL)
        return;
    hub_store_keys_close(&(*rotation)->store);
    mem_wipe(&(*rotation)->next, sizeof(*rotation)->next);
    mem_free(rotation);
}

void hub_rotation_rolled_back(struct hub *hub)
{
    struct rotation *r = hub->rotation;
    uint64_t under_way = r->number;

    load_settings(hub);
    if (r->number != under_way)
        load_next(hub); /* the database may speak of a key that is gone */
    if (r->number == 0 && under_way != 0 && hub->server != NULL)
        net_server_remove(hub->server);
}

/* ---- tokens, records, words */

const struct curve_key *hub_rotation_next(const struct hub *hub)
{
    return hub->rotation == NULL || hub->rotation->number == 0
               ? NULL
               : &hub->rotation->next;
}

const uint8_t *hub_rotation_curve(const struct hub *hub)
{
    return hub->rotation->number != 0 ? hub->rotation->next.public_key
                                      : hub->keys.curve.public_key;
}

const char *hub_rotation_setting(const struct hub *hub, enum net_lane lane)
{
    return hub->rotation->number != 0 ? next_settings[lane]
                                      : present_settings[lane];
}

int hub_rotation_apply(struct hub *hub, const struct change *change,
                       struct error *err)
{
    struct rotation *r = hub->rotation;
    struct hub_key key;
    int rc = wire_hub_key_decode(&key, change->part[PART_FACT].bytes, err);

    if (rc != 0)
        return rc;
    if (key.number > r->highest)
        r->highest = key.number;
    if (key.number > r->present && key.number != r->number)
        hub_alarm(hub, "", ALARM_FORGOTTEN,
                  "the nodes know a newer key of this hub (number %llu), which "
                  "is not in the backup it was restored from: they come by the "
                  "former one for 30 days. Give the hub a new key now: "
                  "`lienxa-hub key rotate`",
                  (unsigned long long)key.number);
    return 0;
}

void hub_rotation_status(struct hub *hub, struct json *out)
{
    struct rotation *r = hub->rotation;
    struct json *left = json_array_new();
    size_t enrolled = count_enrolled(hub);
    char since[CLOCK_TEXT_BYTES];

    for (size_t i = 0; i < hub->roster.count; i++)
        if (hub_rotation_waits_for(hub, hub->roster.units[i].key))
            json_add_text(left, hub->roster.units[i].slug);
    json_set_flag(out, "under_way", r->number != 0 && !r->finishing);
    json_set_i64(out, "number",
                 (int64_t)(r->number != 0 ? r->number : r->present));
    json_set_text(out, "since",
                  r->number != 0 ? clock_text(since, r->since_ms) : NULL);
    json_set_i64(out, "enrolled", (int64_t)enrolled);
    json_set_i64(out, "seen", (int64_t)(enrolled - json_count(left)));
    json_set(out, "left", left);
    json_set_i64(out, "tokens",
                 r->number != 0 ? (int64_t)count_tokens(hub) : 0);
    for (size_t i = 0; i < NET_LANES; i++)
        json_set_text(
            out, present_settings[i],
            hub_store_setting(hub->store,
                              hub_rotation_setting(hub, (enum net_lane)i)));
}
