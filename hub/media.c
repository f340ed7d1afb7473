/* hub/media.c - see media.h. */
#include "hub/media.h"

#include <stdio.h>
#include <string.h>

#include "common/base/log.h"
#include "common/domain/media.h"
#include "common/format/json.h"
#include "common/wire/referral.h"

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

void hub_media_work(struct hub *hub)
{
    struct media_sweep_host host = {hub, on_fault};
    struct media_now now = {hub->mono_ms, hub->wall_ms};

    media_care_work(&hub->media, now, &host);
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

static int add_file(void *who, const struct media_use *use,
                    const struct media_row *row)
{
    struct json *one = json_object_new();

    json_set_i64(one, "number", use->number);
    json_set_i64(one, "size", (int64_t)row->size);
    json_set_text(one, "type", media_type_text(row->type));
    json_set_text(one, "where", where(use, row));
    json_add(who, one);
    return 0;
}

/* ---- by whichever id people have */

struct finding {
    struct hub *hub;
    struct id id;
    const char *number; /* the file to be found, or NULL: all are listed */
    struct json *list;
    struct media_row row;
    bool found;
};

static int see_file(void *who, const struct media_use *use,
                    const struct media_row *row)
{
    struct finding *f = who;
    char text[16];

    (void)snprintf(text, sizeof text, "%d", use->number);
    if (f->list != NULL)
        (void)add_file(f->list, use, row);
    else if (f->number != NULL && strcmp(text, f->number) != 0)
        return 0;
    f->row = *row;
    f->found = true;
    return 0;
}

static int see_offer(void *who, const struct record_row *row,
                     const struct entry *entry)
{
    struct finding *f = who;
    struct referral_fact fact;

    if (entry == NULL || f->found ||
        wire_referral_decode(&fact, entry->change.part[PART_FACT].bytes,
                             NULL) != 0 ||
        fact.role != REFERRAL_OFFER ||
        (!id_equal(&row->id, &f->id) && !id_equal(&fact.report, &f->id)))
        return 0;
    return media_store_uses(f->hub->media.rows, row->home, &row->id, see_file,
                            f);
}

static int find(struct finding *f, const char *word, struct error *err)
{
    const struct roster *roster = &f->hub->roster;
    int rc;

    if (word == NULL || !id_parse(&f->id, word))
        return error_set(err, ERR_INVALID, "\"%s\" is not a report's id",
                         word == NULL ? "" : word);
    rc = ledger_records(f->hub->ledger, KIND_REFERRAL, NULL, see_offer, f);
    for (size_t i = 0; rc == 0 && !f->found && i < roster->count; i++)
        rc = media_store_uses(f->hub->media.rows, roster->units[i].key, &f->id,
                              see_file, f);
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
