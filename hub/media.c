/* hub/media.c - see media.h. */
#include "hub/media.h"

#include <stdio.h>
#include <string.h>

#include "common/base/log.h"
#include "common/domain/media.h"
#include "common/format/json.h"
#include "common/media/save.h"
#include "hub/referral.h"

int hub_media_open(struct hub *hub, struct error *err)
{
    uint8_t key[BOX_KEY_BYTES];
    char path[4300];
    int rc = media_care_open(&hub->media, hub_store_db(hub->store), err);

    if (rc != 0 || hub->keyless || hub->mode == HUB_REBUILD)
        return rc;
    (void)snprintf(path, sizeof path, "%s/keys/media.key", hub->folder);
    rc = media_shelf_key(key, path, hub->mode != HUB_READ, err);
    if (rc == ERR_MISSING && hub->mode == HUB_READ)
        return 0; /* nothing was ever fetched */
    return rc != 0 ? rc
                   : media_care_shelf(&hub->media, hub->folder, key,
                                      hub->mode == HUB_READ, err);
}

void hub_media_close(struct hub *hub) { media_care_close(&hub->media); }

int hub_media_named(struct hub *hub, const struct change *change)
{
    struct media_naming how = {.source = change->header.home,
                               .state = MEDIA_WANTED,
                               .kept_state = MEDIA_AWAY,
                               .wall_ms = hub->wall_ms};

    return media_named(hub->media.rows, change, &how, &hub->media.wanted);
}

/* ---- going through them */

static void on_fault(void *who, const struct media_row *row, int code)
{
    struct hub *hub = who;
    char name[HASH_TEXT_BYTES];

    log_warn("media.damaged", "name=%s unit=%s code=%s",
             hash_text(name, &row->name), hub_unit_name(hub, row->source),
             error_name(code));
    hub_alarm(hub, row->source, ALARM_MEDIA_LOST,
              "a file of a report of %s is %s here: it is fetched from the "
              "commune again. If this comes often, check the disk",
              hub_unit_name(hub, row->source),
              code == ERR_MISSING ? "missing" : "damaged");
    if (media_store_set(hub->media.rows, &row->name, MEDIA_WANTED) == 0)
        hub->media.wanted = true;
}

/* Communes of which it is said that files are nowhere, and nothing is wanted.
 */
struct over {
    struct hub *hub;
    char units[16][24];
    size_t count;
};

static int note_over(void *who, const struct alarm_row *row)
{
    struct over *of = who;

    if (row->code == ALARM_MEDIA_NOWHERE &&
        media_store_wanted_ms(of->hub->media.rows, row->unit) == INT64_MAX)
        (void)snprintf(of->units[of->count++], sizeof of->units[0], "%s",
                       row->unit);
    return of->count == sizeof of->units / sizeof of->units[0];
}

/* Beyond so many the others end an hour later. */
static void end_nowhere(struct hub *hub)
{
    struct over of = {.hub = hub};

    (void)hub_store_alarms(hub->store, NULL, note_over, &of);
    for (size_t i = 0; i < of.count; i++)
        (void)hub_store_clear_alarms(hub->store, of.units[i],
                                     ALARM_MEDIA_NOWHERE, hub->wall_ms);
}

void hub_media_work(struct hub *hub)
{
    struct media_sweep_host host = {hub, on_fault};
    struct media_now now = {hub->mono_ms, hub->wall_ms};

    if (media_care_work(&hub->media, now, &host))
        end_nowhere(hub);
    if (hub->media.tell_stuck && hub->media.stuck > 0)
        hub_alarm(hub, "", ALARM_MEDIA_STUCK, MEDIA_STUCK_WORDS,
                  hub->media.stuck);
    else if (hub->media.tell_stuck)
        (void)hub_store_clear_alarms(hub->store, "", ALARM_MEDIA_STUCK,
                                     hub->wall_ms);
    hub->media.tell_stuck = false;
}

int64_t hub_media_deadline(const struct hub *hub)
{
    return media_care_deadline(&hub->media);
}

struct telling {
    const struct hub *hub;
    void (*tell)(void *who, const char *text);
    void *who;
};

static void tell_fault(void *who, const struct media_row *row, int code)
{
    const struct telling *t = who;
    char name[HASH_TEXT_BYTES], text[256];

    (void)snprintf(text, sizeof text,
                   "file %s of a report of %s: %s; a serving hub fetches "
                   "it again",
                   hash_text(name, &row->name),
                   hub_unit_name(t->hub, row->source), error_name(code));
    t->tell(t->who, text);
}

unsigned hub_media_verify(struct hub *hub,
                          void (*tell)(void *who, const char *text), void *who)
{
    struct telling t = {hub, tell, who};
    struct media_sweep_host host = {&t, tell_fault};

    return media_care_verify(&hub->media, &host);
}

/* ---- for people */

static const char *where(const struct media_use *use,
                         const struct media_row *row)
{
    if (use->kept)
        return "commune";
    return row->state == MEDIA_HERE     ? "here"
           : row->state == MEDIA_WANTED ? "coming"
                                        : "commune";
}

/* ---- by whichever id people have */

struct finding {
    struct hub *hub;
    struct id id;
    const char *number; /* the file to be found, or NULL: all are listed */
    struct json *list;
    struct media_row row;
    bool known;               /* there is such a report or referral */
    bool found;               /* and the file, or one */
    struct report_body words; /* which say what people call them */
    char shown[ATTACHMENT_SHOWN_LIMIT + 1];
};

static void read_words(struct finding *f, const struct entry *entry)
{
    const struct part *part = &entry->change.part[PART_BODY];

    memset(&f->words, 0, sizeof f->words);
    wire_arena_clear(f->hub->arena);
    if (part->form == PART_WHOLE &&
        wire_report_body_decode(&f->words, f->hub->arena, part->bytes, NULL) !=
            0)
        memset(&f->words, 0, sizeof f->words);
}

static const char *shown(const struct finding *f, int number)
{
    return (size_t)number <= f->words.attachment_count
               ? f->words.attachments[number - 1].shown
               : "";
}

static int add_file(const struct finding *f, const struct media_use *use,
                    const struct media_row *row)
{
    const struct media_care *media = &f->hub->media;
    struct json *one = json_object_new();
    char key[16];

    (void)snprintf(key, sizeof key, "%d", use->number);
    json_set_text(one, "key", key);
    json_set_i64(one, "number", use->number);
    json_set_text(one, "name", f->shown);
    json_set_i64(one, "size", (int64_t)row->size);
    json_set_text(one, "type", media_type_text(row->type));
    json_set_text(one, "where", where(use, row));
    json_set_i64(one, "pieces", media_pieces(row->size));
    json_set_i64(one, "have",
                 row->state == MEDIA_HERE ? media_pieces(row->size)
                 : media->open            ? media_shelf_have(&media->shelf, row)
                                          : 0);
    json_add(f->list, one);
    return 0;
}

static int see_file(void *who, const struct media_use *use,
                    const struct media_row *row)
{
    struct finding *f = who;
    char text[16];

    (void)snprintf(text, sizeof text, "%d", use->number);
    (void)snprintf(f->shown, sizeof f->shown, "%s", shown(f, use->number));
    if (f->list != NULL)
        (void)add_file(f, use, row);
    else if (f->number != NULL && strcmp(text, f->number) != 0)
        return 0;
    f->row = *row;
    f->found = true;
    return 0;
}

static int see_offer(void *who, const struct record_row *row,
                     const struct entry *entry,
                     const struct referral_fact *fact)
{
    struct finding *f = who;
    int rc;

    (void)fact;
    f->known = true;
    read_words(f, entry);
    rc = media_store_uses(f->hub->media.rows, row->home, &row->id, see_file, f);
    return rc != 0 ? rc : f->found;
}

static int see_report(void *who, const struct record_row *row,
                      const struct entry *entry)
{
    (void)row;
    if (entry != NULL)
        read_words(who, entry);
    return 0;
}

static int add_home(void *who, const struct record_row *row)
{
    if (row->kind == KIND_REPORT)
        handover_due_add(who, row->home, &row->id);
    return 0;
}

/* By the policy `always` its words are here without an offer. */
static int see_unit(struct finding *f, const char *unit)
{
    int rc = ledger_record(f->hub->ledger, unit, &f->id, NULL, see_report, f);

    if (rc == ERR_MISSING || rc == ERR_DAMAGED)
        return 0;
    f->known = true;
    return rc != 0 ? rc
                   : media_store_uses(f->hub->media.rows, unit, &f->id,
                                      see_file, f);
}

static int find(struct finding *f, const char *word, struct error *err)
{
    struct handover_due homes = {NULL, 0, 0};
    int rc;

    if (word == NULL || !id_parse(&f->id, word))
        return error_set(err, ERR_INVALID, "\"%s\" is not a report's id",
                         word == NULL ? "" : word);
    rc = hub_referral_offers(f->hub, &f->id, see_offer, f);
    if (rc == 0 && !f->found)
        rc = ledger_records_named(f->hub->ledger, &f->id, add_home, &homes);
    for (size_t i = 0; rc == 0 && !f->found && i < homes.count; i++)
        rc = see_unit(f, homes.keys[i].home);
    handover_due_free(&homes);
    return rc == 0 ? 0 : error_set(err, rc, "the database cannot be read");
}

struct json *hub_media_files(struct hub *hub, const char *word,
                             struct error *err)
{
    struct finding f = {.hub = hub, .list = json_array_new()};

    if (find(&f, word, err) != 0)
        json_free(&f.list);
    return f.list;
}

int hub_media_run_file(struct hub *hub, const struct json *args,
                       struct json *out, struct error *err)
{
    struct finding f = {.hub = hub, .number = json_get_text(args, "number")};
    char name[HASH_TEXT_BYTES];
    int rc;

    if (f.number == NULL)
        f.number = "1";
    if ((rc = find(&f, json_get_text(args, "report"), err)) != 0)
        return rc;
    if (!f.found || f.row.state != MEDIA_HERE)
        return error_set(err, ERR_MISSING,
                         "this file is not here: see `report files ID`");
    json_set_text(out, "file", hash_text(name, &f.row.name));
    json_set_text(out, "type", media_type_text(f.row.type));
    return 0;
}

/* ---- for pages */

static int read_chunks(struct hub *hub, const struct media_row *row,
                       const struct json *args, struct json *out,
                       struct error *err)
{
    struct buf bytes = {0}, text = {0};
    int64_t from = 0, count = 0;
    int rc;

    (void)json_get_i64(args, "from", &from);
    (void)json_get_i64(args, "count", &count);
    if (from < 0 || from > LIMIT_MEDIA || count < 0 || count > MEDIA_READ_MOST)
        return error_set(err, ERR_INVALID, "at most %d chunks at once",
                         MEDIA_READ_MOST);
    rc = media_read(&hub->media.shelf, row, (uint32_t)from, (uint32_t)count,
                    &bytes);
    base64url_encode(&text, buf_bytes(&bytes));
    json_set_text(out, "data", buf_text(&text));
    buf_wipe(&bytes);
    buf_wipe(&text);
    return rc == 0 ? 0
                   : error_set(err, ERR_MISSING,
                               "this file is damaged or missing on the disk "
                               "here: it is fetched from the commune again");
}

int hub_media_run_read(struct hub *hub, const struct json *args,
                       struct json *out, struct error *err)
{
    struct finding f = {.hub = hub, .number = json_get_text(args, "number")};
    char name[HASH_TEXT_BYTES];
    int rc;

    if (f.number == NULL)
        return error_set(err, ERR_INVALID, "number: which of its files");
    if ((rc = find(&f, json_get_text(args, "report"), err)) != 0)
        return rc;
    if (!f.found || f.row.state != MEDIA_HERE || !hub->media.open)
        return error_set(err, ERR_MISSING, "this file is not here");
    json_set_text(out, "file", hash_text(name, &f.row.name));
    json_set_text(out, "type", media_type_text(f.row.type));
    json_set_text(out, "name", f.shown);
    json_set_i64(out, "size", (int64_t)f.row.size);
    return read_chunks(hub, &f.row, args, out, err);
}

int hub_media_run_list(struct hub *hub, const struct json *args,
                       struct json *out, struct error *err)
{
    struct finding f = {.hub = hub, .list = json_array_new()};

    int rc = find(&f, json_get_text(args, "report"), err);

    json_set(out, "rows", f.list);
    return rc != 0 || f.known
               ? rc
               : error_set(err, ERR_MISSING, "no report with this id");
}
