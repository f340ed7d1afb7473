/* node/media.c - see media.h. */
#include "node/media.h"

#include <stdio.h>
#include <string.h>

#include "common/base/file.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/crypto/mac.h"
#include "common/domain/media.h"
#include "common/domain/text.h"
#include "node/spool.h"

enum {
    GONE_TRIES = 2, /* "not here", and a minute later once more */
    LATE_MS = 6 * 3600 * 1000
};

int node_media_open(struct node *node, struct error *err)
{
    int rc = media_care_open(&node->media, node_store_db(node->store), err);

    if (rc != 0 || node->keyless || node->mode == NODE_REBUILD)
        return rc;
    return media_care_shelf(&node->media, node->folder, node->keys.rest,
                            node->mode == NODE_READ, err);
}

int node_media_named(struct node *node, const struct change *change)
{
    struct media_naming how = {.source = "",
                               .state = MEDIA_WANTED,
                               .kept_state = MEDIA_AWAY,
                               .wall_ms = node->wall_ms};

    if (change->header.kind == KIND_REFERRAL &&
        strcmp(change->header.home, node->keys.hub) == 0)
        return 0; /* the district's answer: no files */
    return media_named(node->media.rows, change, &how, &node->media.wanted);
}

static int name_files(void *who, const struct record_row *row,
                      const struct entry *entry)
{
    return entry == NULL || row->final ? 0
                                       : node_media_named(who, &entry->change);
}

int node_media_again(struct node *node, const char *home,
                     const struct id *record)
{
    int rc = ledger_record(node->ledger, home, record, NULL, name_files, node);

    return rc == ERR_MISSING || rc == ERR_DAMAGED ? 0 : rc;
}

/* ---- going through them */

static void on_fault(void *who, const struct media_row *row, int code)
{
    struct node *node = who;
    char name[HASH_TEXT_BYTES];

    log_warn("media.damaged", "name=%s code=%s", hash_text(name, &row->name),
             error_name(code));
    node_alarm(node, ALARM_MEDIA_LOST,
               "a file of a report is %s on this machine: it is asked of the "
               "district, which has it if the report was passed on. Check the "
               "disk",
               code == ERR_MISSING ? "missing" : "damaged");
    if (media_store_set(node->media.rows, &row->name, MEDIA_WANTED) == 0)
        node->media.wanted = true;
}

void node_media_work(struct node *node)
{
    struct media_sweep_host host = {node, on_fault};
    struct media_now now = {node->mono_ms, node->wall_ms};

    if (media_care_work(&node->media, now, &host) &&
        media_store_wanted_ms(node->media.rows, "") == INT64_MAX)
        (void)node_store_clear_alarms(node->store, ALARM_MEDIA_NOWHERE,
                                      node->wall_ms);
    if (node->media.tell_stuck && node->media.stuck > 0)
        node_alarm(node, ALARM_MEDIA_STUCK, MEDIA_STUCK_WORDS,
                   node->media.stuck);
    else if (node->media.tell_stuck)
        (void)node_store_clear_alarms(node->store, ALARM_MEDIA_STUCK,
                                      node->wall_ms);
    node->media.tell_stuck = false;
}

/* Of another commune: the district asked it, and it has it no more. */
static void tell_gone(struct node *node, const struct hash *name)
{
    struct media_row row;

    if (media_store_find(node->media.rows, name, &row) == 0 &&
        row.tries >= GONE_TRIES)
        node_alarm(node, ALARM_MEDIA_NOWHERE,
                   "a file of a report that was passed on to us is not on the "
                   "district's machine, nor, as it says, on that of the "
                   "commune that passed it on: it is asked for again by "
                   "itself. Ask that commune for a copy on USB");
}

void node_media_late(struct node *node, const struct hash *name)
{
    struct media_row row;

    if (media_store_find(node->media.rows, name, &row) == 0 &&
        node->wall_ms - row.since_ms >= LATE_MS &&
        media_store_alien(node->media.rows, name, node->keys.unit))
        node_alarm(node, ALARM_MEDIA_NOWHERE,
                   "a file of a report that was passed on to us has not come "
                   "to the district for hours: it is asked for again by "
                   "itself. Ask the commune that passed it on whether it has "
                   "it and is on the line");
}

void node_media_nowhere(struct node *node, const struct hash *name)
{
    char text[HASH_TEXT_BYTES];

    log_warn("media.nowhere", "name=%s", hash_text(text, name));
    if (media_store_alien(node->media.rows, name, node->keys.unit)) {
        tell_gone(node, name);
        return;
    }
    node_alarm(node, ALARM_MEDIA_NOWHERE,
               "a file of a report is not on this machine, and the district "
               "does not have it: `report show` of the report says which. A "
               "copy on USB may have it");
}

struct telling {
    void (*tell)(void *who, const char *text);
    void *who;
};

static void tell_fault(void *who, const struct media_row *row, int code)
{
    const struct telling *t = who;
    char name[HASH_TEXT_BYTES], text[256];

    (void)snprintf(text, sizeof text, "file %s of a report: %s",
                   hash_text(name, &row->name), error_name(code));
    t->tell(t->who, text);
}

unsigned node_media_verify(struct node *node,
                           void (*tell)(void *who, const char *text), void *who)
{
    struct telling t = {tell, who};
    struct media_sweep_host host = {&t, tell_fault};

    return media_care_verify(&node->media, &host);
}

/* ---- taking */

/* The same content has one salt here, and it tells nobody what the content is
 * (PROTOCOL 4.11). */
static void salt_of(struct node *node, const struct hash *list,
                    uint8_t out[MEDIA_SALT_BYTES])
{
    struct buf text = {0};
    struct hash mac;

    buf_add_text(&text, "lienxa media salt 1\n");
    buf_add(&text, list, sizeof *list);
    mac = mac_sha256(bytes_of(node->keys.rest, sizeof node->keys.rest),
                     buf_bytes(&text));
    memcpy(out, mac.bytes, MEDIA_SALT_BYTES);
    buf_free(&text);
}

enum { SPOOLED_PATH = 4400 };

/* Whoever made it ready: a command line, or the web process. */
static void find_spooled(const struct node *node, const char *spool,
                         char out[SPOOLED_PATH])
{
    (void)snprintf(out, SPOOLED_PATH, "%s/" NODE_SPOOL_WEB "/%s", node->folder,
                   spool);
    if (!file_exists(out))
        (void)snprintf(out, SPOOLED_PATH, "%s/" NODE_SPOOL "/%s", node->folder,
                       spool);
}

struct spooled { /* one file, as the command says */
    char path[SPOOLED_PATH];
    uint8_t key[BOX_KEY_BYTES];
    struct hash list;
    int64_t size, type;
};

static int read_one(struct node *node, const struct json *one,
                    struct spooled *out, struct report_attachment *file,
                    struct error *err)
{
    const char *spool = json_get_text(one, "spool");
    const char *key = json_get_text(one, "key");
    const char *list = json_get_text(one, "list");
    const char *shown = json_get_text(one, "name");
    struct id id;

    if (spool == NULL || !id_parse(&id, spool) || key == NULL ||
        !hex_decode(out->key, sizeof out->key, key) || list == NULL ||
        !hex_decode(&out->list, sizeof out->list, list) ||
        !json_get_i64(one, "size", &out->size) || out->size <= 0 ||
        out->size > LIMIT_MEDIA || !json_get_i64(one, "type", &out->type) ||
        out->type <= 0 || out->type >= MEDIA_TYPE_END)
        return error_set(err, ERR_INVALID, "a file that was not made ready");
    if (shown == NULL || strlen(shown) > ATTACHMENT_SHOWN_LIMIT ||
        !text_is_line(bytes_of_text(shown)))
        return error_set(err, ERR_INVALID,
                         "the name of a file is not a line of at most %d bytes",
                         ATTACHMENT_SHOWN_LIMIT);
    find_spooled(node, spool, out->path);
    file->size = (uint64_t)out->size;
    file->type = (uint32_t)out->type;
    file->shown = shown;
    file->kept = !media_is_picture((int)out->type);
    return 0;
}

/* Its key goes from whoever made it ready to the machine's own. A crash may
 * have come behind that. */
static int lock_for_us(struct node *node, const struct spooled *s,
                       struct error *err)
{
    struct media_file *file = NULL;
    struct hash list;
    int rc = media_file_open(&file, s->path, s->key, true, err);

    if (rc == ERR_DAMAGED)
        rc = media_file_open(&file, s->path, node->keys.rest, true, err);
    if (rc != 0)
        return rc;
    if (media_file_size(file) != (uint64_t)s->size ||
        media_file_list_hash(file, &list) != 0 || !hash_equal(&list, &s->list))
        rc = error_set(err, ERR_INVALID, "a file is not what was said of it");
    if (rc == 0 && ((rc = media_file_lock(file, node->keys.rest)) != 0 ||
                    (rc = media_file_sync(file)) != 0))
        (void)error_set(err, rc, "a file cannot be kept: %s", error_name(rc));
    media_file_close(&file);
    return rc;
}

/* It took its name in a transaction that came to nothing; who tries again has
 * it no more. */
static bool is_in_place(struct node *node, const struct spooled *s,
                        const struct report_attachment *file)
{
    const struct media_shelf *shelf = &node->media.shelf;
    struct media_file *there = NULL;
    char path[MEDIA_PATH];
    struct hash list;
    bool same;

    if (file_exists(s->path))
        return false;
    media_shelf_path(shelf, path, &file->name, "");
    if (media_file_open(&there, path, shelf->key, false, NULL) != 0)
        return false;
    same = media_file_size(there) == file->size &&
           media_file_list_hash(there, &list) == 0 &&
           hash_equal(&list, &s->list);
    media_file_close(&there);
    return same;
}

static int put_in_place(struct node *node, const struct spooled *s,
                        const struct report_attachment *file, struct error *err)
{
    int rc = lock_for_us(node, s, err);

    return rc != 0 ? rc
                   : media_shelf_adopt(&node->media.shelf, s->path, &file->name,
                                       "", err);
}

static int add_row(struct node *node, const struct report_attachment *file)
{
    struct media_row row = {.name = file->name,
                            .size = file->size,
                            .type = (int)file->type,
                            .state = MEDIA_HERE,
                            .since_ms = node->wall_ms};
    int rc;

    memcpy(row.salt, file->salt, sizeof row.salt);
    rc = media_store_add(node->media.rows, &row);
    return rc != 0 ? rc
                   : media_store_set(node->media.rows, &row.name, MEDIA_HERE);
}

static int take_one(struct node *node, const struct json *one,
                    struct report_attachment *file, bool *again,
                    struct error *err)
{
    struct spooled *s = mem_new(sizeof *s);
    int rc = read_one(node, one, s, file, err);

    if (rc == 0) {
        salt_of(node, &s->list, file->salt);
        file->name = media_name(file->salt, file->size, &s->list);
        *again = is_in_place(node, s, file);
        if (!*again)
            rc = put_in_place(node, s, file, err);
    }
    if (rc == ERR_MISSING)
        (void)error_set(err, rc,
                        "\"%s\" is no longer ready here: attach it once more",
                        file->shown);
    if (rc == 0)
        rc = add_row(node, file);
    mem_wipe(s, sizeof *s);
    mem_free(&s);
    return rc;
}

int node_media_take(struct node *node, const struct json *list,
                    struct taken_media *out, struct error *err)
{
    int rc = 0;

    out->count = 0;
    if (list == NULL || json_is_null(list))
        return 0;
    if (!json_is_array(list) || json_count(list) > REPORT_ATTACHMENTS_LIMIT)
        return error_set(err, ERR_INVALID, "at most %d files for one report",
                         REPORT_ATTACHMENTS_LIMIT);
    for (size_t i = 0; rc == 0 && i < json_count(list); i++)
        rc = take_one(node, json_at(list, i), &out->files[i], &out->again[i],
                      err);
    if (rc == 0 && json_count(list) > 0)
        rc = media_shelf_sync(&node->media.shelf, err);
    if (rc == 0)
        out->count = json_count(list);
    return rc;
}

/* Where it was made ready, or where a report that came to nothing left it. */
static bool find_original(const struct node *node, const char *spool,
                          const struct taken_media *media, size_t at,
                          char out[SPOOLED_PATH])
{
    char name[ID_TEXT_BYTES + 8];

    (void)snprintf(name, sizeof name, "%s.sealed", spool);
    find_spooled(node, name, out);
    return file_exists(out) ||
           (media->again[at] &&
            media_shelf_stray(&node->media.shelf, &media->files[at].name,
                              out) == 0);
}

int node_media_originals(struct node *node, const struct json *list,
                         const struct taken_media *media,
                         const struct id *report, unsigned before,
                         struct error *err)
{
    char path[SPOOLED_PATH], end[MEDIA_END];
    bool moved = false;
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < media->count; i++) {
        if (!find_original(node, json_get_text(json_at(list, i), "spool"),
                           media, i, path))
            continue;
        media_shelf_original(end, report, (int)(before + i) + 1);
        rc = media_shelf_adopt(&node->media.shelf, path, &media->files[i].name,
                               end, err);
        moved = true;
    }
    return rc == 0 && moved ? media_shelf_sync(&node->media.shelf, err) : rc;
}

int node_media_let_go(struct node *node, struct buf *body, struct error *err)
{
    struct report_attachment files[REPORT_ATTACHMENTS_LIMIT];
    struct report_body words;
    struct buf out = {0};
    int rc;

    wire_arena_clear(node->arena);
    rc = wire_report_body_decode(&words, node->arena, buf_bytes(body), err);
    if (rc != 0)
        return rc;
    for (size_t i = 0; i < words.attachment_count; i++) {
        files[i] = words.attachments[i];
        files[i].kept = false;
    }
    words.attachments = files;
    wire_report_body_encode(&out, &words);
    buf_clear(body);
    buf_add_bytes(body, buf_bytes(&out));
    buf_free(&out);
    return 0;
}

/* ---- for people */

struct listing {
    struct node *node;
    const struct report_body *body;
    struct json *list;
};

/* May the hub have it? */
static bool has_left(struct node *node, const struct media_use *use)
{
    return media_store_left(node->media.rows, &use->name, node->keys.unit,
                            KIND_REPORT, node->body_always);
}

const char *node_media_where(struct node *node, const struct media_use *use,
                             const struct media_row *row)
{
    bool left;

    if (media_store_alien(node->media.rows, &use->name, node->keys.unit))
        return row->state == MEDIA_HERE     ? "here"
               : row->state == MEDIA_WANTED ? "coming"
                                            : "away";
    left = has_left(node, use);
    if (row->state == MEDIA_HERE)
        return left ? "sent" : "here";
    return left && row->tries == 0 ? "hub" : "lost";
}

bool node_media_has_original(struct node *node, const struct media_use *use)
{
    char path[MEDIA_PATH], end[MEDIA_END];

    media_shelf_original(end, &use->record, use->number);
    media_shelf_path(&node->media.shelf, path, &use->name, end);
    return file_exists(path);
}

static bool is_own_picture(struct node *node, const struct media_use *use,
                           const struct media_row *row)
{
    return use->kind == KIND_REPORT && media_is_picture(row->type) &&
           strcmp(use->home, node->keys.unit) == 0;
}

struct counting {
    struct node *node;
    struct media_whereabouts *out;
};

static int count_one(void *who, const struct media_use *use,
                     const struct media_row *row)
{
    struct counting *c = who;
    const char *is = node_media_where(c->node, use, row);

    c->out->lost += strcmp(is, "lost") == 0;
    c->out->coming += strcmp(is, "hub") == 0 || strcmp(is, "coming") == 0;
    c->out->here += row->state == MEDIA_HERE;
    c->out->originals_lost += is_own_picture(c->node, use, row) &&
                              !node_media_has_original(c->node, use);
    return 0;
}

int node_media_count(struct node *node, const struct id *report,
                     struct media_whereabouts *out)
{
    struct counting c = {node, out};

    memset(out, 0, sizeof *out);
    return media_store_uses(node->media.rows, node->keys.unit, report,
                            count_one, &c);
}

static int list_one(void *who, const struct media_use *use,
                    const struct media_row *row)
{
    struct listing *l = who;
    struct json *one = json_object_new();
    char name[HASH_TEXT_BYTES];
    size_t at = (size_t)use->number - 1;

    json_set_i64(one, "number", use->number);
    json_set_text(one, "id", hash_text(name, &row->name));
    json_set_text(one, "name",
                  l->body != NULL && at < l->body->attachment_count
                      ? l->body->attachments[at].shown
                      : "");
    json_set_i64(one, "size", (int64_t)row->size);
    json_set_text(one, "type", media_type_text(row->type));
    json_set_text(one, "where", node_media_where(l->node, use, row));
    json_set_flag(one, "kept", use->kept);
    if (is_own_picture(l->node, use, row))
        json_set_flag(one, "original", node_media_has_original(l->node, use));
    json_add(l->list, one);
    return 0;
}

struct json *node_media_list(struct node *node, const char *home,
                             const struct id *record,
                             const struct report_body *body)
{
    struct listing l = {node, body, json_array_new()};

    (void)media_store_uses(node->media.rows, home, record, list_one, &l);
    return l.list;
}

struct finding {
    const char *number;
    struct media_row row;
    bool found;
};

static int find_number(void *who, const struct media_use *use,
                       const struct media_row *row)
{
    struct finding *f = who;
    char text[16];

    (void)snprintf(text, sizeof text, "%d", use->number);
    if (f->number == NULL || strcmp(text, f->number) != 0)
        return 0;
    f->row = *row;
    f->found = true;
    return 1;
}

int node_media_find(struct node *node, const struct json *args,
                    struct json *out, struct error *err)
{
    const char *text = json_get_text(args, "report");
    struct finding f = {.number = json_get_text(args, "number")};
    char name[HASH_TEXT_BYTES];
    struct id report;
    int rc;

    if (text == NULL || !id_parse(&report, text))
        return error_set(err, ERR_INVALID, "\"%s\" is not a report's id",
                         text == NULL ? "" : text);
    rc = media_store_uses(node->media.rows, node->keys.unit, &report,
                          find_number, &f);
    if (rc != 0)
        return error_set(err, rc, "the database cannot be read");
    if (!f.found)
        return error_set(err, ERR_MISSING,
                         "this report has no such file: see `report show`");
    if (f.row.state != MEDIA_HERE)
        return error_set(err, ERR_MISSING,
                         "this file is not on this machine: `report show` "
                         "says where it is");
    json_set_text(out, "file", hash_text(name, &f.row.name));
    json_set_text(out, "type", media_type_text(f.row.type));
    return 0;
}
