/* hub/notices.c - writing and carrying; what is listed is in notices_read.c. */
#include "hub/notices.h"

#include <string.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/crypto/digest.h"
#include "common/crypto/random.h"
#include "common/domain/text.h"
#include "common/format/notice.h"
#include "common/peer/notices.h"
#include "hub/carry.h"
#include "hub/restored.h"

static const struct hash_function hash_function = {crypto_sha256};

/* ---- the district's own */

static int need_id(const struct json *args, struct id *out, struct error *err)
{
    const char *text = json_get_text(args, "notice");

    if (text != NULL && id_parse(out, text))
        return 0;
    return error_set(err, ERR_INVALID, "\"%.60s\" is not the id of a notice",
                     text == NULL ? "" : text);
}

static int append(struct hub *hub, const struct id *id, uint64_t version,
                  struct notice_form *form, struct error *err)
{
    struct hub_write write = {.kind = KIND_NOTICE,
                              .record = *id,
                              .version = version,
                              .flags = CHANGE_EXPEDITED,
                              .has_body = true};
    struct buf fact = {0}, body = {0};
    int rc;

    form->notice.shared = true;
    form->words.by = hub->actor == NULL ? "" : hub->actor;
    if ((rc = notice_check(&form->notice, &form->words, err)) != 0)
        return rc;
    wire_notice_encode(&fact, &form->notice);
    wire_notice_words_encode(&body, &form->words);
    write.fact = buf_bytes(&fact);
    write.body = buf_bytes(&body);
    rc = hub_write(hub, &hub->all, &write, err);
    buf_free(&fact);
    buf_free(&body);
    return rc;
}

static void answer(struct json *out, const struct id *id,
                   const struct notice *notice, int64_t now_ms)
{
    char text[ID_TEXT_BYTES];

    json_set_text(out, "id", id_text(text, id));
    json_set_text(out, "state", notice_standing(notice, now_ms));
}

/* Communes are named as people do; in the notice they stand by key. */
static int resolve_to(struct hub *hub, struct notice_form *form,
                      struct error *err)
{
    for (size_t i = 0; i < form->words.to_count; i++) {
        const struct unit *unit = roster_find(&hub->roster, form->to[i]);

        if (unit == NULL)
            return error_set(err, ERR_INVALID,
                             "to: the roster has no commune \"%.60s\"",
                             form->to[i]);
        form->to[i] = unit->key;
    }
    return 0;
}

int hub_notices_run_publish(struct hub *hub, const struct json *args,
                            struct json *out, struct error *err)
{
    struct id id = random_id(hub->wall_ms);
    struct notice_form form;
    int rc;

    format_notice_begin(&form);
    if ((rc = format_notice_read(&form, args, hub->wall_ms, err)) == 0 &&
        (rc = resolve_to(hub, &form, err)) == 0) {
        form.notice.state = NOTICE_PUBLISHED;
        form.notice.published_ms = hub->wall_ms;
        if (form.notice.effective_ms == 0)
            form.notice.effective_ms = hub->wall_ms;
        rc = append(hub, &id, 1, &form, err);
    }
    if (rc == 0)
        answer(out, &id, &form.notice, hub->wall_ms);
    format_notice_end(&form);
    return rc;
}

struct loading {
    struct hub *hub;
    struct notice_form *form;
    uint64_t version;
    bool found;
};

static int load(void *who, const struct record_row *row,
                const struct entry *entry)
{
    struct loading *l = who;
    const struct part *part;

    if (row->kind != KIND_NOTICE || row->final || entry == NULL)
        return 0;
    part = entry->change.part;
    l->version = row->version;
    wire_arena_clear(l->hub->arena);
    l->found =
        part[PART_BODY].form == PART_WHOLE &&
        wire_notice_decode(&l->form->notice, part[PART_FACT].bytes, NULL) ==
            0 &&
        wire_notice_words_decode(
            &l->form->words, l->hub->arena,
            wire_arena_copy(l->hub->arena, part[PART_BODY].bytes), NULL) == 0;
    return 0;
}

static int load_own(struct hub *hub, const struct json *args, struct id *id,
                    struct loading *l, struct error *err)
{
    int rc = need_id(args, id, err);

    if (rc != 0)
        return rc;
    rc = ledger_record(hub->ledger, hub->keys.home, id, NULL, load, l);
    if (rc == ERR_MISSING || (rc == 0 && !l->found))
        return error_set(err, ERR_MISSING,
                         "the district has published no notice with this id: "
                         "see `notice list`");
    if (rc == 0 && l->form->notice.state == NOTICE_WITHDRAWN)
        return error_set(err, ERR_REFUSED, "this notice was taken back");
    l->form->words.reason = "";
    return rc;
}

static int change(struct hub *hub, const struct json *args, bool withdraw,
                  struct json *out, struct error *err)
{
    struct json *reason = json_object_new();
    struct notice_form form;
    struct loading l = {hub, &form, 0, false};
    const char *const *to;
    size_t to_count;
    struct id id;
    int rc;

    format_notice_begin(&form);
    json_set_text(reason, "reason", json_get_text(args, "reason"));
    rc = load_own(hub, args, &id, &l, err);
    to = form.words.to;
    to_count = form.words.to_count;
    if (rc == 0)
        rc = format_notice_read(&form, withdraw ? reason : args, hub->wall_ms,
                                err);
    form.words.to = to; /* others hold it, or they do not */
    form.words.to_count = to_count;
    if (withdraw)
        form.notice.state = NOTICE_WITHDRAWN;
    *(withdraw ? &form.notice.withdrawn_ms : &form.notice.corrected_ms) =
        hub->wall_ms;
    if (rc == 0 && text_is_blank(bytes_of_text(form.words.reason)))
        rc = error_set(err, ERR_INVALID, "--reason: say why");
    if (rc == 0)
        rc = append(hub, &id, hub_restored_version(hub, l.version), &form, err);
    if (rc == 0)
        answer(out, &id, &form.notice, hub->wall_ms);
    json_free(&reason);
    format_notice_end(&form);
    return rc;
}

int hub_notices_run_correct(struct hub *hub, const struct json *args,
                            struct json *out, struct error *err)
{
    return change(hub, args, false, out, err);
}

int hub_notices_run_expire(struct hub *hub, const struct json *args,
                           struct json *out, struct error *err)
{
    return change(hub, args, true, out, err);
}

/* ---- a commune's */

void hub_notices_apply(struct hub *hub, const struct change *change)
{
    if (strcmp(change->header.home, hub->keys.home) != 0)
        handover_due_add(&hub->due, change->header.home,
                         &change->header.record);
}

struct carrying {
    struct hub_carried what;
    struct buf bytes; /* the change */
    bool shared;
};

static int gather(void *who, const struct record_row *row,
                  const struct entry *entry)
{
    struct carrying *c = who;
    const struct change *change;
    struct notice notice;

    if (entry == NULL || row->kind != KIND_NOTICE || row->final)
        return 0;
    change = &entry->change;
    c->shared =
        wire_notice_decode(&notice, change->part[PART_FACT].bytes, NULL) == 0 &&
        notice.shared;
    c->what.record = row->id;
    c->what.version = change->header.version;
    c->what.clock_ms = change->header.clock_ms;
    c->what.digest = entry->digest;
    wire_change_encode(&c->bytes, change);
    return 0;
}

int hub_notices_carry(struct hub *hub, const struct handover_key *key,
                      struct error *err)
{
    struct carrying c = {.what = {.to = HANDOVER_EVERYBODY, .home = key->home}};
    struct hub_write write = {.version = 1, .has_body = true};
    struct record_row row = {0};
    int rc =
        ledger_record(hub->ledger, key->home, &key->record, NULL, gather, &c);

    if (rc == 0 && c.shared)
        rc = hub_carry_find(hub, &c.what, &write.record, &row);
    write.body = buf_bytes(&c.bytes);
    if (rc == 0 && c.shared && row.kind == 0 &&
        (rc = hub_carry_write(hub, &c.what, &write, err)) == 0)
        log_info("notice.carried", "from=%s version=%llu",
                 hub_unit_name(hub, key->home),
                 (unsigned long long)c.what.version);
    buf_free(&c.bytes);
    return rc == ERR_MISSING ? 0 : rc;
}

/* ---- the catalogue */

struct importing {
    struct hub *hub;
    int64_t count, fresh, changed;
    bool write; /* else everything is only looked at */
};

struct comparing {
    struct bytes fact, body;
    bool same;
};

static int compare(void *who, const struct record_row *row,
                   const struct entry *entry)
{
    struct comparing *c = who;

    (void)row;
    c->same = entry != NULL &&
              bytes_equal(entry->change.part[PART_FACT].bytes, c->fact) &&
              bytes_equal(entry->change.part[PART_BODY].bytes, c->body);
    return 0;
}

static int store_procedure(struct importing *i, const struct procedure *p,
                           struct error *err)
{
    struct hub_write write = {.kind = KIND_PROCEDURE, .has_body = true};
    struct buf fact = {0}, body = {0};
    char from[CLOCK_TEXT_BYTES];
    struct record_row row = {0};
    struct comparing c;
    int rc;

    wire_procedure_encode(&fact, p);
    wire_procedure_words_encode(&body, p);
    c = (struct comparing){buf_bytes(&fact), buf_bytes(&body), false};
    write.record = notices_procedure_id(&hash_function, p->code,
                                        clock_day_text(from, p->valid.from));
    rc = ledger_record(i->hub->ledger, i->hub->keys.home, &write.record, &row,
                       compare, &c);
    if (rc == ERR_MISSING || (rc == 0 && !c.same)) {
        write.version = hub_restored_version(i->hub, row.version);
        write.fact = c.fact;
        write.body = c.body;
        *(row.version == 0 ? &i->fresh : &i->changed) += 1;
        rc = hub_write(i->hub, &i->hub->all, &write, err);
    }
    buf_free(&fact);
    buf_free(&body);
    return rc;
}

static int take_procedure(void *who, const struct procedure *p,
                          struct error *err)
{
    struct importing *i = who;

    i->count++;
    return i->write ? store_procedure(i, p, err) : 0;
}

int hub_procedures_run_import(struct hub *hub, const struct json *args,
                              struct json *out, struct error *err)
{
    struct importing i = {.hub = hub};
    struct procedure_reader reader = {clock_day_parse, take_procedure, &i};
    const char *csv = json_get_text(args, "csv");
    int rc;

    if (csv == NULL)
        return error_set(err, ERR_INVALID, "no catalogue was given");
    rc = procedure_read_csv(bytes_of_text(csv), &reader, err);
    i.write = true;
    i.count = 0;
    if (rc == 0)
        rc = procedure_read_csv(bytes_of_text(csv), &reader, err);
    json_set_i64(out, "procedures", i.count);
    json_set_i64(out, "new", i.fresh);
    json_set_i64(out, "changed", i.changed);
    return rc;
}
