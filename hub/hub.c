/* hub/hub.c - opening a hub, what its ledger asks of it, its transactions. The
 * turn of a serving hub is in hub/turn.c. */
#include "hub/hub.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/file.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/crypto/digest.h"
#include "common/crypto/random.h"
#include "common/peer/notices.h"
#include "common/store/salvage.h"
#include "common/store/topic.h"
#include "hub/alerts.h"
#include "hub/audit.h"
#include "hub/board.h"
#include "hub/canary.h"
#include "hub/closings.h"
#include "hub/directory.h"
#include "hub/disclosures.h"
#include "hub/enrolment.h"
#include "hub/media.h"
#include "hub/notices.h"
#include "hub/policy.h"
#include "hub/referral.h"
#include "hub/restored.h"
#include "hub/rotation.h"
#include "hub/settings.h"
#include "hub/signing.h"

enum { ALARM_PAUSE_MS = 10000 };

static const struct hash_function hash_function = {crypto_sha256};

/* ---- what a change means here (struct ledger_host) */

static int judge_report(const struct change *change, struct axes *axes,
                        bool *counts, struct error *err)
{
    struct report_fact fact;
    int rc;

    if (change->part[PART_FACT].form != PART_WHOLE)
        return error_set(err, ERR_INVALID, "a report without its fact");
    rc = wire_report_fact_decode(&fact, change->part[PART_FACT].bytes, err);
    if (rc != 0)
        return rc;
    axes->day = fact.day;
    axes->category = (uint32_t)(fact.category - categories);
    axes->state = (uint32_t)fact.state;
    axes->channel = (uint32_t)fact.channel;
    axes->urgent = fact.urgent;
    hub_board_tag(axes, &fact);
    /* borrowed beyond this call: one judge, one report at a time */
    static char village[sizeof fact.village];
    memcpy(village, fact.village, sizeof village);
    axes->village_text = village;
    *counts = fact.continues_home[0] == '\0'; /* its sender's counts */
    return 0;
}

static int judge(void *who, const struct change *change, struct axes *axes,
                 bool *counts, struct error *err)
{
    struct hub *hub = who;
    bool ours = strcmp(change->header.home, hub->keys.home) == 0;

    *counts = false;
    if (change->header.flags & CHANGE_TOMBSTONE)
        hub->erased = true; /* whatever the verdict (PROTOCOL 7.8) */
    switch ((enum change_kind)change->header.kind) {
    case KIND_REPORT:
        if (ours)
            return error_set(err, ERR_REFUSED, "the hub writes no reports");
        return judge_report(change, axes, counts, err);
    case KIND_RECEIPT:
    case KIND_UNIT_KEYS:
        return ours ? error_set(err, ERR_REFUSED, "a record of nodes only") : 0;
    case KIND_SIGNING_KEY: /* whoever brings it, the root vouches for it */
        hub->ahead = true;
        return ours ? hub_signers_believe(hub->signers,
                                          change->part[PART_FACT].bytes, err)
                    : error_set(err, ERR_REFUSED, "a record of the hub");
    case KIND_CLOSING:
        return ours ? error_set(err, ERR_REFUSED, "a record of nodes only")
                    : hub_closings_judge(change, err);
    case KIND_ALERT:
    case KIND_NODE_KEY:
    case KIND_INCARNATION:
    case KIND_HUB_KEY:
    case KIND_SETTINGS:
    case KIND_AUDIT:
        return ours ? 0 : error_set(err, ERR_REFUSED, "a record of the hub");
    case KIND_CANARY:
        return ours ? error_set(err, ERR_REFUSED, "a record of nodes only")
                    : hub_canary_judge(change, err);
    case KIND_DISCLOSURE:
        return ours ? error_set(err, ERR_REFUSED, "a record of nodes only")
                    : hub_disclosures_judge(change, err);
    case KIND_REFERRAL:
        return hub_referral_judge(hub, change, err);
    case KIND_CARRIED:
    case KIND_DIRECTORY:
        return ours ? hub_referral_judge_own(hub, change, err)
                    : error_set(err, ERR_REFUSED, "a record of the hub");
    case KIND_NOTICE:
        return notices_judge(hub->arena, change, err);
    case KIND_PROCEDURE:
        return ours ? notices_judge_procedure(hub->arena, change, err)
                    : error_set(err, ERR_REFUSED, "a record of the hub");
    }
    return error_set(err, ERR_VERSION,
                     "kind %u is not known to this version: kept, and applied "
                     "by a later one",
                     change->header.kind);
}

static int apply_incarnation(struct hub *hub, const struct ledger_event *event,
                             struct error *err)
{
    struct incarnation i;
    int rc;

    rc = wire_incarnation_decode(&i, event->entry->change.part[PART_FACT].bytes,
                                 err);
    if (rc == 0 && i.epoch > hub->epoch)
        hub->epoch = i.epoch;
    return rc;
}

static int applied(void *who, const struct ledger_event *event,
                   struct error *err)
{
    struct hub *hub = who;
    const struct change *change = &event->entry->change;
    char id[ID_TEXT_BYTES];
    int rc;

    /* a restored hub may enter a machine in its directory a second time: the
     * same words, nothing for people to settle; a commune's new machine settles
     * its receipts by itself */
    if (event->in_conflict && change->header.kind != KIND_NODE_KEY &&
        change->header.kind != KIND_RECEIPT)
        hub_alarm(hub, change->header.home, 101,
                  "two different contents under one version of record %s: both "
                  "are kept, the commune's next version settles it",
                  id_text(id, &change->header.record));
    hub->topics |= topics_of_kind(change->header.kind);
    hub->ahead = hub->ahead || strcmp(change->header.home, hub->keys.home) == 0;
    if (!event->is_state)
        return 0;
    if ((rc = hub_media_named(hub, change)) != 0)
        return rc;
    switch (change->header.kind) {
    case KIND_ALERT:
        return hub_alerts_apply(hub, change, err);
    case KIND_RECEIPT:
        return hub_alerts_apply_receipt(hub, change, err);
    case KIND_NODE_KEY:
        hub->new_units = true;
        return hub_enrolment_apply(hub, change, err);
    case KIND_SETTINGS:
        hub_settings_applied(hub, change);
        return 0;
    case KIND_HUB_KEY:
        return hub_rotation_apply(hub, change, err);
    case KIND_DIRECTORY:
        return hub_directory_apply(hub, change, err);
    case KIND_INCARNATION:
        return apply_incarnation(hub, event, err);
    case KIND_REFERRAL:
        return hub_referral_apply(hub, change);
    case KIND_CANARY:
        return hub_canary_apply(hub, change);
    case KIND_NOTICE:
        hub_notices_apply(hub, change);
        return 0;
    default:
        return 0;
    }
}

static int counted(void *who, const struct ledger_step *steps, size_t count)
{
    return hub_board_counted(who, steps, count);
}

/* What was raised in this turn may have gone with it, and is raised again. */
static void undone(void *who)
{
    struct hub *hub = who;

    hub_board_undone(hub);
    for (size_t i = 0;
         i < sizeof hub->recent_alarms / sizeof *hub->recent_alarms; i++)
        if (hub->recent_alarms[i].at_ms == hub->mono_ms)
            hub->recent_alarms[i].at_ms = 0;
}

static int ended(void *who, const struct change_header *header)
{
    struct hub *hub = who;

    return media_store_unuse(hub->media.rows, header->home, &header->record);
}

/* ---- opening */

static int load_node(void *who, const struct node_key *key)
{
    hub_registry_put(who, key);
    return 0;
}

static int load_signer(void *who, const struct record_row *row,
                       const struct entry *entry)
{
    struct hub *hub = who;

    (void)row;
    if (entry != NULL)
        (void)hub_signers_believe(hub->signers,
                                  entry->change.part[PART_FACT].bytes, NULL);
    return 0;
}

/* The key of the file, and every one there is a record of. What was known stays
 * when they cannot be read. */
static int load_signers(struct hub *hub, struct error *err)
{
    struct signers *former = hub->signers;
    int rc;

    hub->signers = hub_signers_new(hub->keys.home, hub->keys.root_public);
    if ((rc = hub_signers_believe(hub->signers,
                                  buf_bytes(&hub->keys.signing_key), err)) == 0)
        rc = ledger_records(hub->ledger, KIND_SIGNING_KEY, hub->keys.home,
                            load_signer, hub);
    if (rc != 0 && former != NULL) {
        hub_signers_free(&hub->signers);
        hub->signers = former;
        return rc;
    }
    hub_signers_free(&former);
    return rc;
}

/* The latest epoch of `all`, from its INCARNATION records. */
static int see_epoch(void *who, const struct record_row *row,
                     const struct entry *entry)
{
    struct hub *hub = who;
    struct incarnation i;

    (void)row;
    if (entry != NULL &&
        wire_incarnation_decode(&i, entry->change.part[PART_FACT].bytes,
                                NULL) == 0 &&
        i.epoch > hub->epoch)
        hub->epoch = i.epoch;
    return 0;
}

static int load_epoch(struct hub *hub)
{
    uint64_t former = hub->epoch;
    int rc;

    hub->epoch = 0;
    rc = ledger_records(hub->ledger, KIND_INCARNATION, hub->keys.home,
                        see_epoch, hub);
    if (rc != 0)
        hub->epoch = former;
    return rc;
}

static int lock_folder(struct hub *hub, struct error *err)
{
    char path[4200];

    if (hub->mode == HUB_READ || hub->mode == HUB_REBUILD)
        return 0;
    (void)snprintf(path, sizeof path, "%s/lock", hub->folder);
    hub->lock = file_lock(path, err);
    return hub->lock < 0 ? hub->lock : 0;
}

/* Is there a hub, and was it finished? */
static int look_at_folder(const struct hub *hub, const char *database,
                          struct error *err)
{
    char path[4200];

    (void)snprintf(path, sizeof path, "%s/" HUB_UNFINISHED, hub->folder);
    if (hub->mode != HUB_MAKING && file_exists(path))
        return error_set(err, ERR_MISSING,
                         "the making of the hub in %s was interrupted before "
                         "its root key was shown: run `lienxa-hub init` again",
                         hub->folder);
    if (!db_exists(database))
        return error_set(err, ERR_MISSING,
                         "no hub in %s: make one with `lienxa-hub init`",
                         hub->folder);
    return 0;
}

/* `path`, or what is to take its place. */
static const char *path_to_open(const struct hub *hub, char path[4200])
{
    if (hub->mode == HUB_REBUILD)
        (void)snprintf(path + strlen(path), 16, "%s", SALVAGE_NEW);
    return path;
}

static int load_public(struct hub *hub, struct error *err)
{
    struct buf content = {0};
    const char *hex = hub_store_setting(hub->store, HUB_PUBLIC_SETTING);
    size_t size = strlen(hex) / 2;
    int rc;

    if (!hub->keyless)
        return 0;
    buf_reserve(&content, size + 1);
    if (size > 0 && hex_decode(content.data, size, hex))
        rc =
            hub_keys_read_public(&hub->keys, bytes_of(content.data, size), err);
    else
        rc = error_set(err, ERR_MISSING,
                       "the database does not say whose it is yet: start "
                       "`lienxa-hub serve`");
    buf_free(&content);
    return rc;
}

static void open_logins(struct hub *hub)
{
    char issuer[160];
    struct account_desk_config config = {.accounts = hub->accounts,
                                         .folder = hub->folder,
                                         .issuer = issuer,
                                         .policy = &hub_policy};

    if (hub->mode != HUB_COMMAND && hub->mode != HUB_SERVE)
        return;
    (void)snprintf(issuer, sizeof issuer, "Lienxa %s",
                   hub_store_setting(hub->store, "name"));
    hub->logins = account_desk_new(&config);
}

static int open_parts(struct hub *hub, struct error *err)
{
    struct ledger_host host = {.who = hub,
                               .header = wire_header_decode,
                               .judge = judge,
                               .applied = applied,
                               .counted = counted,
                               .ended = ended,
                               .undone = undone};
    char path[4200];
    int rc;

    (void)snprintf(path, sizeof path, "%s/hub.db", hub->folder);
    if ((rc = look_at_folder(hub, path, err)) != 0 ||
        (rc = lock_folder(hub, err)) != 0 ||
        (!hub->keyless &&
         (rc = hub_keys_load(&hub->keys, hub->folder, err)) != 0) ||
        (rc = hub_store_open(&hub->store, path_to_open(hub, path),
                             hub->mode == HUB_READ ? DB_READ : DB_WRITE,
                             err)) != 0 ||
        (rc = load_public(hub, err)) != 0 ||
        (rc = ledger_open(&hub->ledger, hub_store_db(hub->store),
                          &hash_function, &host, err)) != 0 ||
        (rc = accounts_open(&hub->accounts, hub_store_db(hub->store),
                            &hash_function, err)) != 0 ||
        (rc = hub_media_open(hub, err)) != 0 ||
        (rc = machine_store_open(&hub->machines, hub_store_db(hub->store),
                                 err)) != 0 ||
        (rc = metrics_store_open(&hub->metrics, hub_store_db(hub->store),
                                 err)) != 0 ||
        (rc = hub_store_load_roster(hub->store, &hub->roster)) != 0 ||
        (rc = hub_store_nodes(hub->store, load_node, hub->registry)) != 0 ||
        (rc = load_signers(hub, err)) != 0 ||
        (rc = hub_board_open(hub, err)) != 0 ||
        (rc = hub_restored_load(hub, err)) != 0 ||
        (rc = hub_signing_open(hub, err)) != 0 ||
        (rc = hub_rotation_open(hub, err)) != 0)
        return rc;
    open_logins(hub);
    hub->all = stream_name_make(hub->keys.home, STREAM_ALL);
    /* the last process may have ended between an erasure and its cut */
    hub->erased = db_wal_bytes(hub_store_db(hub->store)) > 0;
    return load_epoch(hub);
}

int hub_open(struct hub **out, const char *folder, enum hub_mode mode,
             struct error *err)
{
    struct hub *hub = mem_new(sizeof *hub);
    int rc;

    hub->keyless = mode == HUB_WEB;
    hub->mode = hub->keyless ? HUB_READ : mode;
    hub->lock = -1;
    hub->registry = hub_registry_new();
    hub->codec = wire_codec_new(true);
    hub->arena = wire_arena_new();
    hub->wall_ms = clock_wall_ms();
    hub->mono_ms = clock_mono_ms();
    (void)snprintf(hub->folder, sizeof hub->folder, "%s", folder);
    rc = open_parts(hub, err);
    if (rc == ERR_FULL && mode == HUB_SERVE && care_make_way(folder)) {
        hub_close(&hub);
        return hub_open(out, folder, mode, err);
    }
    if (rc != 0) {
        hub_close(&hub);
        return rc;
    }
    *out = hub;
    return 0;
}

void hub_close(struct hub **hub)
{
    struct hub *h = *hub;

    if (h == NULL)
        return;
    hub_rotation_free(&h->rotation);
    ledger_close(&h->ledger);
    account_desk_free(&h->logins);
    accounts_close(&h->accounts);
    machine_store_close(&h->machines);
    metrics_store_close(&h->metrics);
    hub_board_close(&h->board);
    hub_media_close(h);
    hub_store_close(&h->store);
    hub_registry_free(&h->registry);
    hub_signers_free(&h->signers);
    roster_free(&h->roster);
    wire_codec_free(&h->codec);
    wire_arena_free(&h->arena);
    handover_due_free(&h->due);
    hub_keys_wipe(&h->keys);
    if (h->lock >= 0)
        (void)close(h->lock);
    mem_free(hub);
}

/* ---- transactions */

int hub_begin(struct hub *hub)
{
    int rc;

    hub->wall_ms = clock_wall_ms();
    hub->mono_ms = clock_mono_ms();
    hub->ahead = false;
    ledger_set_time(hub->ledger, hub->wall_ms);
    if (hub->logins != NULL)
        account_desk_set_time(hub->logins, hub->wall_ms, hub->mono_ms);
    rc = db_begin(hub_store_db(hub->store));
    return rc != 0 ? rc : media_care_begin(&hub->media, hub->mono_ms);
}

int hub_settle(struct hub *hub, struct error *err)
{
    int rc = hub_referral_settle(hub, err);

    if (rc == 0 && hub->audits_came)
        rc = hub_audit_settle(hub, err);
    if (rc == 0 && hub->new_units)
        rc = hub_directory_publish_of(hub, &hub->new_for, err);
    hub->new_units = hub->audits_came = false;
    hub->new_for = (struct hub_units){0};
    return rc;
}

int hub_commit(struct hub *hub, struct error *err)
{
    struct db *db = hub_store_db(hub->store);
    int rc;

    if ((rc = hub_settle(hub, NULL)) == 0 &&
        (rc = ledger_flush(hub->ledger)) == 0 && (rc = db_commit(db)) == 0) {
        /* the pages are clean, the log holds what was in them; somebody who
         * reads it is in the way: once more after the next turn */
        if (hub->erased && db_checkpoint(db) == 0)
            hub->erased = false;
        repair_committed(&hub->repair);
        hub_board_committed(hub);
        return 0;
    }
    (void)error_set(err, rc, "the database did not take the change: %s",
                    db_reason(db));
    return rc;
}

/* A disk that cannot be read must not make strangers of the nodes. */
static void load_registry_again(struct hub *hub)
{
    struct registry *fresh = hub_registry_new();

    if (hub_store_nodes(hub->store, load_node, fresh) != 0) {
        hub_registry_free(&fresh);
        return;
    }
    hub_registry_free(&hub->registry);
    hub->registry = fresh;
}

void hub_refresh(struct hub *hub) { load_registry_again(hub); }

/* Of the directory, the keys and the epoch; a disk that cannot be read takes
 * nothing away. */
static void load_again(struct hub *hub)
{
    load_registry_again(hub);
    (void)load_signers(hub, NULL);
    (void)load_epoch(hub);
    hub_restored_rolled_back(hub);
    hub_directory_refresh(hub);
    hub->directory++;
}

void hub_undone(struct hub *hub)
{
    if (hub->ahead)
        load_again(hub);
}

void hub_rollback(struct hub *hub)
{
    db_rollback(hub_store_db(hub->store));
    ledger_forget(hub->ledger);
    hub->grew_all = hub->new_units = hub->audits_came = false;
    hub->grew_for = hub->new_for = (struct hub_units){0};
    handover_due_clear(&hub->due);
    hub_board_rolled_back(hub);
    /* what was raised in this turn went with it, and may be raised again */
    memset(hub->recent_alarms, 0, sizeof hub->recent_alarms);
    load_again(hub);
    repair_rolled_back(&hub->repair);
    hub->settings++; /* the sessions may know those of this turn */
    hub->set_for.all = true;
    hub->staged_key = false;
    hub->topics = 0;
    hub_rotation_rolled_back(hub);
}

/* ---- the hub's own changes */

void hub_units_add(struct hub_units *units, const char *key)
{
    for (size_t i = 0; i < units->count; i++)
        if (strcmp(units->keys[i], key) == 0)
            return;
    if (units->count == sizeof units->keys / sizeof *units->keys)
        units->all = true;
    else
        (void)snprintf(units->keys[units->count++], LIMIT_HOME, "%s", key);
}

struct stream_name hub_unit_channel(const struct hub *hub, const char *unit)
{
    char channel[LIMIT_CHANNEL];

    (void)snprintf(channel, sizeof channel, "%s%s", STREAM_UNIT_PREFIX, unit);
    return stream_name_make(hub->keys.home, channel);
}

static void note_growth(struct hub *hub, const struct stream_name *channel)
{
    if (stream_name_equal(channel, &hub->all))
        hub->grew_all = true;
    else
        hub_units_add(&hub->grew_for,
                      channel->channel + sizeof STREAM_UNIT_PREFIX - 1);
}

/* PROTOCOL 7.6: every change in a hub channel bears the hub's signature. */
static void sign_change(const struct hub *hub, struct change *change)
{
    struct hash digest = change_digest(&hash_function, change);

    change->is_signed = true;
    memcpy(change->key_id, hub->keys.sign_id, sizeof change->key_id);
    sign_bytes(change->signature, &hub->keys.sign, CHANGE_SIGN_DOMAIN,
               bytes_of(digest.bytes, sizeof digest.bytes));
}

static void set_part(struct part *part, struct bytes bytes, const uint8_t *salt)
{
    part->form = PART_WHOLE;
    part->bytes = bytes;
    if (salt != NULL)
        memcpy(part->salt, salt, sizeof part->salt);
    else
        random_salt(part->salt);
}

static int check_sizes(const struct hub_write *write, struct error *err)
{
    if (write->fact.size > LIMIT_FACT)
        return error_set(err, ERR_INVALID,
                         "too long: %zu bytes of %d; say it shorter",
                         write->fact.size, LIMIT_FACT);
    if (write->body.size > LIMIT_BODY)
        return error_set(err, ERR_INVALID,
                         "too long: %zu bytes of %d; say it shorter",
                         write->body.size, LIMIT_BODY);
    return 0;
}

int hub_write(struct hub *hub, const struct stream_name *channel,
              const struct hub_write *write, struct error *err)
{
    struct entry entry = {0};
    struct change *change = &entry.change;
    const uint8_t *salts = write->salts;
    struct buf header = {0};
    int rc = check_sizes(write, err);

    if (rc != 0)
        return rc;
    (void)snprintf(change->header.home, sizeof change->header.home, "%s",
                   hub->keys.home);
    change->header.record = write->record;
    change->header.kind = write->kind;
    change->header.flags = write->flags;
    change->header.version = write->version;
    change->header.clock_ms = write->clock_ms ? write->clock_ms : hub->wall_ms;
    wire_header_encode(&header, &change->header);
    change->header_bytes = buf_bytes(&header);
    set_part(&change->part[PART_FACT], write->fact, salts);
    if (write->has_body)
        set_part(&change->part[PART_BODY], write->body,
                 salts != NULL ? salts + 16 : NULL);
    sign_change(hub, change);
    rc = ledger_append(hub->ledger, channel, &entry, wire_change_size(change),
                       err);
    if (rc == 0)
        note_growth(hub, channel);
    buf_free(&header);
    return rc;
}

int hub_append(struct hub *hub, const struct stream_name *channel,
               uint32_t kind, const struct id *record, uint64_t version,
               uint32_t flags, struct bytes fact, struct error *err)
{
    struct hub_write write = {.kind = kind,
                              .record = *record,
                              .version = version,
                              .flags = flags,
                              .fact = fact};

    return hub_write(hub, channel, &write, err);
}

int hub_new_epoch(struct hub *hub, const struct stream_name *channel,
                  struct error *err)
{
    struct incarnation i = {.epoch = hub->epoch + 1};
    struct buf fact = {0};
    struct id record = random_id(hub->wall_ms);
    int rc;

    random_bytes(&i.random, sizeof i.random);
    (void)snprintf(i.channel, sizeof i.channel, "%s", channel->channel);
    wire_incarnation_encode(&fact, &i);
    rc = hub_append(hub, channel, KIND_INCARNATION, &record, 1,
                    CHANGE_EXPEDITED, buf_bytes(&fact), err);
    buf_free(&fact);
    return rc;
}

/* ---- words */

const char *hub_unit_name(const struct hub *hub, const char *key)
{
    const struct unit *unit = roster_find(&hub->roster, key);

    return unit != NULL ? unit->slug : key;
}

/* Raised within the last ten seconds? If not, it is now. */
static bool is_recent(struct hub *hub, const char *unit, int code)
{
    struct recent_alarm *oldest = &hub->recent_alarms[0];

    for (size_t i = 0; i < sizeof hub->recent_alarms / sizeof *oldest; i++) {
        struct recent_alarm *a = &hub->recent_alarms[i];

        if (a->code == code && strcmp(a->unit, unit) == 0 && a->at_ms != 0 &&
            hub->mono_ms - a->at_ms < ALARM_PAUSE_MS)
            return true;
        if (a->at_ms < oldest->at_ms)
            oldest = a;
    }
    (void)snprintf(oldest->unit, sizeof oldest->unit, "%s", unit);
    oldest->code = code;
    oldest->at_ms = hub->mono_ms;
    return false;
}

__attribute__((format(printf, 4, 0))) static void
raise_alarm(struct hub *hub, const char *unit, int code, const char *format,
            va_list args)
{
    char text[2 * ERROR_TEXT_BYTES];
    struct error line = {""}; /* whoever the words in it are of */

    (void)vsnprintf(text, sizeof text, format, args);
    (void)error_set(&line, 0, "%s", text);
    log_warn("alarm.raised", "unit=%s code=%d text=\"%s\"",
             unit[0] == '\0' ? "-" : hub_unit_name(hub, unit), code, line.text);
    (void)hub_store_raise(hub->store, unit, code, line.text, hub->wall_ms);
}

void hub_alarm(struct hub *hub, const char *unit, int code, const char *format,
               ...)
{
    va_list args;

    if (hub->mode == HUB_REBUILD || is_recent(hub, unit, code))
        return;
    va_start(args, format);
    raise_alarm(hub, unit, code, format, args);
    va_end(args);
}

void hub_alarm_once(struct hub *hub, const char *unit, int code,
                    const char *format, ...)
{
    va_list args;

    if (hub->mode == HUB_REBUILD)
        return;
    va_start(args, format);
    raise_alarm(hub, unit, code, format, args);
    va_end(args);
}
