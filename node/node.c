/* node/node.c - opening a node, what its ledger asks of it, its transactions.
 * The turn of a serving node is in node/turn.c. */
#include "node/node.h"
#include "node/disclosure.h"
#include "node/hub_keys.h"
#include "node/media.h"
#include "node/original.h"

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
#include "node/alerts.h"
#include "node/audit.h"
#include "node/closing.h"
#include "node/policy.h"
#include "node/referral.h"
#include "node/rotation.h"
#include "node/settings.h"
#include "node/store_disclosed.h"
#include "node/store_notices.h"

enum {
    PATH_BYTES = 4200,
    ALARM_CONFLICT = 101,
    ALARM_RECEIPTS = 102,
    ALARM_CLOSINGS = 190
};

static const struct hash_function hash_function = {crypto_sha256};

/* ---- what a change means here (struct ledger_host) */

static int judge_report(const struct change *change, struct axes *axes,
                        bool *counts, struct error *err)
{
    /* borrowed beyond this call: one judge, one report at a time */
    static char village[REPORT_VILLAGE_LIMIT + 1];
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
    memcpy(village, fact.village, sizeof village);
    axes->village_text = village;
    *counts = fact.continues_home[0] == '\0'; /* its sender's counts */
    return 0;
}

static int judge_hub_record(struct node *node, const struct change *change,
                            struct error *err)
{
    int verdict;

    if (strcmp(change->header.home, node->keys.hub) != 0)
        return error_set(err, ERR_REFUSED, "a record of the hub only");
    if (change->header.kind == KIND_CARRIED ||
        change->header.kind == KIND_DIRECTORY)
        return node_referral_judge_hub(node, change, err);
    if (change->header.kind == KIND_SETTINGS)
        return node_settings_judge(node, change, err);
    if (change->header.kind == KIND_AUDIT)
        return node_audit_judge(node, change, err);
    return change->header.kind == KIND_ALERT
               ? node_alerts_judge(node, change, &verdict, err)
               : 0;
}

static int judge(void *who, const struct change *change, struct axes *axes,
                 bool *counts, struct error *err)
{
    struct node *node = who;
    bool ours = strcmp(change->header.home, node->keys.unit) == 0;

    *counts = false;
    if (change->header.flags & CHANGE_TOMBSTONE)
        node->erased = true; /* whatever the verdict (PROTOCOL 7.8) */
    if (ours && change->header.kind == KIND_REPORT)
        node_desk_touch(node, &change->header.record);
    switch ((enum change_kind)change->header.kind) {
    case KIND_REPORT:
        if (!ours)
            break;
        return judge_report(change, axes, counts, err);
    case KIND_RECEIPT:
    case KIND_UNIT_KEYS:
    case KIND_CLOSING:
    case KIND_DISCLOSURE:
    case KIND_CANARY:
        if (!ours)
            break;
        return 0;
    case KIND_ALERT:
    case KIND_NODE_KEY:
    case KIND_SIGNING_KEY:
    case KIND_INCARNATION:
    case KIND_HUB_KEY:
    case KIND_DIRECTORY:
    case KIND_CARRIED:
    case KIND_SETTINGS:
    case KIND_AUDIT:
        return judge_hub_record(node, change, err);
    case KIND_REFERRAL: /* ours, the hub's, or carried from another commune */
        return node_referral_judge(node, change, err);
    case KIND_NOTICE: /* ours, the district's, or carried to everybody */
        return notices_judge(node->arena, change, err);
    case KIND_PROCEDURE:
        if (strcmp(change->header.home, node->keys.hub) != 0)
            return error_set(err, ERR_REFUSED, "a record of the hub only");
        return notices_judge_procedure(node->arena, change, err);
    default:
        return error_set(err, ERR_VERSION,
                         "kind %u is not known to this version: kept, and "
                         "applied by a later one",
                         change->header.kind);
    }
    return error_set(err, ERR_REFUSED, "kind %u is written by its commune only",
                     change->header.kind);
}

static int applied(void *who, const struct ledger_event *event,
                   struct error *err)
{
    struct node *node = who;
    const struct change *change = &event->entry->change;
    char id[ID_TEXT_BYTES];
    int rc;

    /* a restored hub may enter a machine in its directory a second time: the
     * same words, nothing for people to settle */
    if (event->in_conflict && change->header.kind == KIND_RECEIPT)
        return node_alerts_receipt_twice(node, change, err);
    if (event->in_conflict && change->header.kind != KIND_NODE_KEY)
        node_alarm(node, ALARM_CONFLICT,
                   "two different contents under one version of record %s: "
                   "both are kept, its next version settles it",
                   id_text(id, &change->header.record));
    node->topics |= topics_of_kind(change->header.kind);
    if (!event->is_state)
        return 0;
    if ((rc = node_media_named(node, change)) != 0)
        return rc;
    switch (change->header.kind) {
    case KIND_ALERT:
        return node_alerts_apply(node, change, err);
    case KIND_SIGNING_KEY:
        return node_alerts_apply_signing_key(node, change, err);
    case KIND_HUB_KEY:
        return node_hub_keys_apply(node, change, err);
    case KIND_NODE_KEY:
        node->keys_came = true;
        return 0;
    case KIND_SETTINGS:
        node->settings_came = true;
        return 0;
    case KIND_REFERRAL:
    case KIND_CARRIED:
        node_referral_apply(node, change);
        return 0;
    default:
        return 0;
    }
}

static int ended(void *who, const struct change_header *header)
{
    struct node *node = who;

    return media_store_unuse(node->media.rows, header->home, &header->record);
}

/* ---- opening */

static int lock_folder(struct node *node, struct error *err)
{
    char path[PATH_BYTES];

    if (node->mode == NODE_READ || node->mode == NODE_REBUILD)
        return 0;
    (void)snprintf(path, sizeof path, "%s/lock", node->folder);
    node->lock = file_lock(path, err);
    return node->lock < 0 ? node->lock : 0;
}

/* A change of keys that a crash cut short is finished by whoever may write. */
static int settle_keys(struct node *node, struct error *err)
{
    return node->mode == NODE_READ ? 0
                                   : node_rotation_settle(node->folder, err);
}

/* Are there a database and keys of one who has joined? */
static int load_identity(struct node *node, const char *path, struct error *err)
{
    int rc = 0;

    if (node->keyless) /* the database says it, once it is open */
        return db_exists(path)
                   ? 0
                   : error_set(err, ERR_MISSING, "no node in %s", node->folder);
    if (!db_exists(path) ||
        ((rc = node_keys_load(&node->keys, node->folder, err)) == 0 &&
         node->keys.unit[0] == '\0'))
        return error_set(err, ERR_MISSING,
                         "no node in %s: run `lienxa-node join TOKEN` first",
                         node->folder);
    return rc;
}

static int load_public(struct node *node, struct error *err)
{
    struct buf content = {0};
    const char *hex = node_store_setting(node->store, NODE_PUBLIC_SETTING);
    size_t size = strlen(hex) / 2;
    int rc = ERR_DAMAGED;

    if (!node->keyless)
        return 0;
    buf_reserve(&content, size + 1);
    if (size > 0 && hex_decode(content.data, size, hex))
        rc = node_keys_read_public(&node->keys, bytes_of(content.data, size),
                                   err);
    else
        rc = error_set(err, ERR_MISSING,
                       "the database does not say whose it is yet: start "
                       "`lienxa-node serve`");
    buf_free(&content);
    return rc;
}

static void load_settings(struct node *node)
{
    node->body_always =
        strcmp(node_store_setting(node->store, "body"), "always") == 0;
    node->retired =
        strcmp(node_store_setting(node->store, "retired"), "1") == 0;
}

/* `path`, or what is to take its place. */
static const char *path_to_open(const struct node *node, char path[4200])
{
    if (node->mode == NODE_REBUILD)
        (void)snprintf(path + strlen(path), 16, "%s", SALVAGE_NEW);
    return path;
}

static void open_logins(struct node *node)
{
    char issuer[sizeof node->keys.unit_name + 8];
    struct account_desk_config config = {.accounts = node->accounts,
                                         .folder = node->folder,
                                         .issuer = issuer,
                                         .policy = &node_policy};

    if (node->mode != NODE_COMMAND && node->mode != NODE_SERVE)
        return;
    (void)snprintf(issuer, sizeof issuer, "Lienxa %s", node->keys.unit_name);
    node->logins = account_desk_new(&config);
}

static int open_parts(struct node *node, struct error *err)
{
    struct ledger_host host = {.who = node,
                               .header = wire_header_decode,
                               .judge = judge,
                               .applied = applied,
                               .ended = ended};
    char path[PATH_BYTES], orders[LIMIT_CHANNEL];
    int rc;

    (void)snprintf(path, sizeof path, "%s/node.db", node->folder);
    if ((rc = load_identity(node, path, err)) != 0 ||
        (rc = lock_folder(node, err)) != 0 ||
        (rc = settle_keys(node, err)) != 0 ||
        (rc = node_store_open(&node->store, path_to_open(node, path),
                              node->mode == NODE_READ ? DB_READ : DB_WRITE,
                              err)) != 0 ||
        (rc = load_public(node, err)) != 0 ||
        (rc = node_media_open(node, err)) != 0 ||
        (rc = node_store_keys_open(&node->hub_keys, node_store_db(node->store),
                                   err)) != 0 ||
        (rc = node_store_disclosed_open(
             &node->disclosed, node_store_db(node->store), err)) != 0 ||
        (rc = node_store_notices_open(&node->notices,
                                      node_store_db(node->store), err)) != 0 ||
        (rc = ledger_open(&node->ledger, node_store_db(node->store),
                          &hash_function, &host, err)) != 0 ||
        (rc = node_desk_open(node, err)) != 0 ||
        (rc = accounts_open(&node->accounts, node_store_db(node->store),
                            &hash_function, err)) != 0)
        return rc;
    open_logins(node);
    (void)snprintf(orders, sizeof orders, "%s%s", STREAM_UNIT_PREFIX,
                   node->keys.unit);
    node->up = stream_name_make(node->keys.unit, STREAM_UP);
    node->all = stream_name_make(node->keys.hub, STREAM_ALL);
    node->orders = stream_name_make(node->keys.hub, orders);
    /* the last process may have ended between an erasure and its cut */
    node->erased = db_wal_bytes(node_store_db(node->store)) > 0;
    load_settings(node);
    return 0;
}

int node_open(struct node **out, const char *folder, enum node_mode mode,
              struct error *err)
{
    struct node *node = mem_new(sizeof *node);
    int rc;

    node->keyless = mode == NODE_WEB;
    node->mode = node->keyless ? NODE_READ : mode;
    node->lock = -1;
    node->codec = wire_codec_new(true);
    node->arena = wire_arena_new();
    node->wall_ms = clock_wall_ms();
    node->mono_ms = clock_mono_ms();
    (void)snprintf(node->folder, sizeof node->folder, "%s", folder);
    rc = open_parts(node, err);
    if (rc == ERR_FULL && mode == NODE_SERVE && care_make_way(folder)) {
        node_close(&node);
        return node_open(out, folder, mode, err);
    }
    if (rc != 0) {
        node_close(&node);
        return rc;
    }
    *out = node;
    return 0;
}

void node_close(struct node **node)
{
    struct node *n = *node;

    if (n == NULL)
        return;
    node_desk_close(n);
    ledger_close(&n->ledger);
    account_desk_free(&n->logins);
    accounts_close(&n->accounts);
    node_store_keys_close(&n->hub_keys);
    node_store_disclosed_close(&n->disclosed);
    node_store_notices_close(&n->notices);
    node_original_free(&n->original);
    media_care_close(&n->media);
    node_store_close(&n->store);
    wire_codec_free(&n->codec);
    wire_arena_free(&n->arena);
    handover_due_free(&n->due);
    node_keys_wipe(&n->keys);
    if (n->lock >= 0)
        (void)close(n->lock);
    mem_free(node);
}

/* ---- transactions */

int node_begin(struct node *node)
{
    int rc;

    node->wall_ms = clock_wall_ms();
    node->mono_ms = clock_mono_ms();
    ledger_set_time(node->ledger, node->wall_ms);
    if (node->logins != NULL)
        account_desk_set_time(node->logins, node->wall_ms, node->mono_ms);
    rc = db_begin(node_store_db(node->store));
    return rc != 0 ? rc : media_care_begin(&node->media, node->mono_ms);
}

/* What cannot be written holds nothing else back. */
static int settled(struct node *node, int rc, int alarm, const char *what,
                   const struct error *why, struct error *err)
{
    if (rc != 0 && db_must_roll_back(node_store_db(node->store), rc))
        return error_set(err, rc, "%s", why->text);
    if (rc != 0)
        node_alarm(node, alarm, "%s: %s", what, why->text);
    return 0;
}

int node_settle(struct node *node, struct error *err)
{
    struct error why = {""};
    int rc = node->moved ? node_referral_look_over(node) : 0;

    if (rc != 0)
        return error_set(err, rc, "the database cannot be read");
    if ((rc = node_referral_settle(node, err)) != 0 ||
        (rc = node_disclosure_sweep(node)) != 0)
        return rc;
    rc = node_alerts_write_receipts(node, &why);
    rc = settled(node, rc, ALARM_RECEIPTS, "receipts of alerts are not written",
                 &why, err);
    if (rc != 0 || !node->moved)
        return rc;
    why.text[0] = '\0';
    rc = settled(node, node_closing_mend(node, &why), ALARM_CLOSINGS,
                 "closings are not written anew", &why, err);
    if (rc == 0)
        node->moved = false;
    return rc;
}

static int commit_once(struct node *node)
{
    struct db *db = node_store_db(node->store);
    int rc;

    if ((rc = node_settle(node, NULL)) == 0 &&
        (rc = node_desk_settle(node)) == 0 &&
        (rc = ledger_flush(node->ledger)) == 0 && (rc = db_commit(db)) == 0) {
        /* the pages are clean, the log holds what was in them; somebody who
         * reads it is in the way: once more after the next turn */
        if (node->erased && db_checkpoint(db) == 0)
            node->erased = false;
        repair_committed(&node->repair);
    }
    return rc;
}

/* Who runs one command has no later turn in which erased words leave the index.
 * What it was about is stored already. */
static void finish_desk(struct node *node)
{
    while (node->mode == NODE_COMMAND && node->desk.fill.purge)
        if (node_begin(node) != 0 || commit_once(node) != 0) {
            node_rollback(node);
            break;
        }
}

int node_commit(struct node *node, struct error *err)
{
    int rc = commit_once(node);

    if (rc == 0) {
        finish_desk(node);
        return 0;
    }
    return error_set(err, rc, "the database did not take the change: %s",
                     db_reason(node_store_db(node->store)));
}

void node_rollback(struct node *node)
{
    db_rollback(node_store_db(node->store));
    ledger_forget(node->ledger);
    node_desk_forget(node);
    node->topics = 0;
    node->vault_again = false;
    node->grew = node->keys_came = false;
    handover_due_clear(&node->due);
    memset(&node->arrived, 0, sizeof node->arrived);
    node->disclosed_until = 0; /* what was over may be there again */
    repair_rolled_back(&node->repair);
    load_settings(node);
}

/* ---- the node's own changes */

struct hash node_part_hash(const struct part *part)
{
    return part_hash(&hash_function, part);
}

static void fill_part(struct part *out, const struct node_part *in)
{
    if (in->whole) {
        out->form = PART_WHOLE;
        out->bytes = in->bytes;
        random_salt(out->salt);
    } else if (in->keep != NULL && in->keep->form != PART_ABSENT) {
        out->form = PART_STUB; /* PROTOCOL 2.4 */
        out->hash = node_part_hash(in->keep);
    }
}

static void sign_change(const struct node *node, struct change *change)
{
    struct hash digest = change_digest(&hash_function, change);

    change->is_signed = true;
    memcpy(change->key_id, node->keys.sign_id, sizeof change->key_id);
    sign_bytes(change->signature, &node->keys.sign, CHANGE_SIGN_DOMAIN,
               bytes_of(digest.bytes, sizeof digest.bytes));
}

static const size_t part_limits[PART_COUNT] = {
    [PART_FACT] = LIMIT_FACT,
    [PART_BODY] = LIMIT_BODY,
    [PART_VAULT] = LIMIT_VAULT,
};

int node_append(struct node *node, const struct node_write *write,
                struct error *err)
{
    struct entry entry = {0};
    struct change *change = &entry.change;
    struct buf header = {0};
    int rc;

    for (int i = 0; i < PART_COUNT; i++)
        if (write->part[i].bytes.size > part_limits[i])
            return error_set(err, ERR_INVALID, /* not the disk's fault */
                             "too long: %zu bytes of %zu; say it shorter",
                             write->part[i].bytes.size, part_limits[i]);
    memcpy(change->header.home, node->keys.unit, sizeof change->header.home);
    change->header.record = write->record;
    change->header.kind = write->kind;
    change->header.flags = write->flags;
    change->header.version = write->version;
    change->header.clock_ms = node->wall_ms;
    wire_header_encode(&header, &change->header);
    change->header_bytes = buf_bytes(&header);
    for (int i = 0; i < PART_COUNT; i++)
        fill_part(&change->part[i], &write->part[i]);
    if (write->flags & CHANGE_EXPEDITED)
        sign_change(node, change);
    rc = ledger_append(node->ledger, &node->up, &entry,
                       wire_change_size(change), err);
    if (rc == 0)
        node->grew = true;
    buf_free(&header);
    return rc;
}

/* ---- words */

void node_alarm(struct node *node, int code, const char *format, ...)
{
    char text[2 * ERROR_TEXT_BYTES];
    struct error line = {""}; /* whoever the words in it are of */
    va_list args;

    if (node->mode == NODE_REBUILD)
        return;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    (void)error_set(&line, 0, "%s", text);
    log_warn("alarm.raised", "code=%d text=\"%s\"", code, line.text);
    (void)node_store_raise(node->store, code, line.text, node->wall_ms);
}
