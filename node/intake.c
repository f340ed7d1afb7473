#include "node/intake.h"

#include <string.h>

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/crypto/digest.h"
#include "common/crypto/random.h"
#include "common/crypto/seal.h"
#include "common/domain/text.h"
#include "node/held.h"
#include "node/intake_past.h"
#include "node/media.h"
#include "node/referral.h"

enum { AHEAD_MS = 86400000 }; /* a sender's clock may be a day ahead */

const char *node_intake_result_text(enum intake_result result)
{
    static const char *const texts[] = {[INTAKE_ACCEPTED] = "accepted",
                                        [INTAKE_REPEATED] = "repeated",
                                        [INTAKE_REFUSED] = "refused"};

    return texts[result];
}

/* ---- fields: JSON to a draft that is checked and in NFC */

struct draft {
    bool has_id;
    struct id id;
    const struct category *category;
    struct buf text, village, name, phone; /* empty: not given */
    int64_t occurred_ms, received_ms;      /* 0: not given */
    int state, channel;                    /* 0: not given */
    bool urgent, has_point;
    double lat, lon;
    struct past past;
    const struct json *files; /* NULL: none; borrowed */
    struct taken_media media;
};

static void draft_free(struct draft *draft)
{
    if (draft->name.size > 0)
        mem_wipe(draft->name.data, draft->name.size);
    if (draft->phone.size > 0)
        mem_wipe(draft->phone.data, draft->phone.size);
    buf_free(&draft->text);
    buf_free(&draft->village);
    buf_free(&draft->name);
    buf_free(&draft->phone);
    node_past_free(&draft->past);
}

static void add_without_cr(struct buf *out, const char *text)
{
    for (const char *at = text; *at != '\0'; at++)
        if (at[0] != '\r' || at[1] != '\n')
            buf_add_u8(out, (uint8_t)*at);
}

int node_intake_clean(struct buf *out, const char *what, const char *text,
                      size_t limit, struct error *err)
{
    struct buf plain = {0};
    size_t start = out->size;
    struct bytes added;
    int rc;

    add_without_cr(&plain, text);
    rc = text_nfc(out, buf_bytes(&plain));
    buf_free(&plain);
    if (rc != 0)
        return error_set(err, ERR_INVALID, "%s is not UTF-8", what);
    added = bytes_of(out->data + start, out->size - start);
    if (added.size > limit)
        rc = error_set(err, ERR_INVALID, "%s is longer than %zu bytes", what,
                       limit);
    else if (!text_is_clean(added))
        rc = error_set(err, ERR_INVALID, "%s holds control characters", what);
    if (rc != 0)
        out->size = start;
    return rc;
}

/* The text under `key`, or NULL when it is not there (null and "" neither). */
static int get_text(const struct json *fields, const char *key,
                    const char **out, struct error *err)
{
    const struct json *value = json_get(fields, key);

    *out = NULL;
    if (value == NULL || json_is_null(value))
        return 0;
    if (!json_is_text(value))
        return error_set(err, ERR_INVALID, "%s is not text", key);
    *out = json_text(value);
    if (**out == '\0')
        *out = NULL;
    return 0;
}

/* One line for people, such as a village or a name. */
static int take_line(const struct json *fields, const char *key, size_t limit,
                     struct buf *out, struct error *err)
{
    const char *text;
    int rc = get_text(fields, key, &text, err);

    if (rc != 0 || text == NULL)
        return rc;
    if ((rc = node_intake_clean(out, key, text, limit, err)) != 0)
        return rc;
    if (!text_is_line(buf_bytes(out)))
        return error_set(err, ERR_INVALID, "%s is not one line of words", key);
    return 0;
}

static int take_time(const struct json *fields, const char *key, int64_t now_ms,
                     int64_t *out, struct error *err)
{
    const char *text;
    int rc = get_text(fields, key, &text, err);

    if (rc != 0 || text == NULL)
        return rc;
    if (!clock_parse(out, text) || *out <= 0)
        return error_set(err, ERR_INVALID,
                         "%s is not a time such as 2026-11-23T20:15:01+07:00",
                         key);
    if (*out > now_ms + AHEAD_MS)
        return error_set(err, ERR_INVALID,
                         "%s is more than a day in the future", key);
    return 0;
}

/* A word of a fixed list. */
static int take_word(const struct json *fields, const char *key,
                     int (*parse)(const char *text), int *out,
                     struct error *err)
{
    const char *text;
    int rc = get_text(fields, key, &text, err);

    if (rc != 0 || text == NULL)
        return rc;
    if ((*out = parse(text)) == 0)
        return error_set(err, ERR_INVALID, "unknown %s \"%.40s\"", key, text);
    return 0;
}

static int take_id(const struct json *fields, struct draft *out,
                   struct error *err)
{
    const char *text;
    int rc = get_text(fields, "id", &text, err);

    if (rc != 0 || text == NULL)
        return rc;
    out->has_id = id_parse(&out->id, text) && !id_is_zero(&out->id);
    return out->has_id ? 0 : error_set(err, ERR_INVALID, "id is not a UUID");
}

static int take_category(const struct json *fields, struct draft *out,
                         struct error *err)
{
    const char *text;
    int rc = get_text(fields, "category", &text, err);

    if (rc != 0)
        return rc;
    if (text == NULL)
        return error_set(err, ERR_INVALID, "category is missing");
    out->category = category_find(text);
    if (out->category == NULL)
        return error_set(err, ERR_INVALID,
                         "unknown category \"%.40s\": see `category list`",
                         text);
    return 0;
}

static int take_words(const struct json *fields, struct draft *out,
                      struct error *err)
{
    const char *text;
    int rc = get_text(fields, "text", &text, err);

    if (rc != 0)
        return rc;
    if (text == NULL)
        return error_set(err, ERR_INVALID, "text is missing");
    rc = node_intake_clean(&out->text, "text", text, REPORT_TEXT_LIMIT, err);
    if (rc == 0 && text_is_blank(buf_bytes(&out->text)))
        rc = error_set(err, ERR_INVALID, "text is blank");
    return rc;
}

static bool is_given(const struct json *fields, const char *key)
{
    const struct json *value = json_get(fields, key);

    return value != NULL && !json_is_null(value);
}

static int take_point(const struct json *fields, struct draft *out,
                      struct error *err)
{
    bool lat = is_given(fields, "lat"), lon = is_given(fields, "lon");

    if (!lat && !lon)
        return 0;
    if (!json_get_real(fields, "lat", &out->lat) ||
        !json_get_real(fields, "lon", &out->lon))
        return error_set(err, ERR_INVALID,
                         "lat and lon are two numbers, or neither");
    if (!(out->lat >= -90 && out->lat <= 90 && out->lon >= -180 &&
          out->lon <= 180))
        return error_set(err, ERR_INVALID, "lat or lon is not on this earth");
    out->has_point = true;
    return 0;
}

static int take_urgent(const struct json *fields, struct draft *out,
                       struct error *err)
{
    if (is_given(fields, "urgent") && !json_is_bool(json_get(fields, "urgent")))
        return error_set(err, ERR_INVALID, "urgent is true or false");
    out->urgent = json_get_flag(fields, "urgent");
    return 0;
}

/* A misspelt field would lose what somebody wrote. */
static int refuse_unknown(void *err, const char *key, const struct json *value)
{
    static const char *const known[] = {
        "id",       "category", "text",    "village", "occurred",
        "received", "state",    "channel", "urgent",  "lat",
        "lon",      "name",     "phone",   "moved",   "attachments"};

    (void)value;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(key, known[i]) == 0)
            return 0;
    return error_set(err, ERR_INVALID, "unknown field \"%.40s\"", key);
}

static int take_past(const struct json *fields, int64_t now_ms,
                     struct draft *out, struct error *err)
{
    int rc = node_past_read(&out->past, json_get(fields, "moved"), now_ms, err);

    if (rc == 0 && out->past.count > 0 &&
        (out->state != 0 || out->received_ms == 0))
        rc = error_set(err, ERR_INVALID,
                       "with moved, received must be given and state not: it "
                       "begins as moi");
    return rc;
}

static int read_draft(const struct json *fields, int64_t now_ms,
                      struct draft *out, struct error *err)
{
    int rc;

    if (!json_is_object(fields))
        return error_set(err, ERR_INVALID, "not a JSON object");
    out->files = json_get(fields, "attachments");
    if ((rc = take_id(fields, out, err)) != 0 ||
        (rc = json_each(fields, refuse_unknown, err)) != 0 ||
        (rc = take_category(fields, out, err)) != 0 ||
        (rc = take_words(fields, out, err)) != 0 ||
        (rc = take_line(fields, "village", REPORT_VILLAGE_LIMIT, &out->village,
                        err)) != 0 ||
        (rc = take_line(fields, "name", REPORT_NAME_LIMIT, &out->name, err)) !=
            0 ||
        (rc = take_line(fields, "phone", REPORT_PHONE_LIMIT, &out->phone,
                        err)) != 0 ||
        (rc = take_time(fields, "occurred", now_ms, &out->occurred_ms, err)) !=
            0 ||
        (rc = take_time(fields, "received", now_ms, &out->received_ms, err)) !=
            0 ||
        (rc = take_word(fields, "state", report_state_parse, &out->state,
                        err)) != 0 ||
        (rc = take_word(fields, "channel", report_channel_parse, &out->channel,
                        err)) != 0 ||
        (rc = take_urgent(fields, out, err)) != 0 ||
        (rc = take_past(fields, now_ms, out, err)) != 0)
        return rc;
    return take_point(fields, out, err);
}

/* ---- the same id again */

static void add_field(struct buf *out, struct bytes value)
{
    buf_add_u32(out, (uint32_t)value.size);
    buf_add_bytes(out, value);
}

/* What was given, but name and phone: see schema/001_node.sql. */
static struct hash fingerprint_of(const struct draft *d)
{
    int state = d->state != 0 ? d->state : REPORT_MOI;
    uint64_t lat = 0, lon = 0;
    struct buf all = {0};
    struct bytes piece;
    struct hash hash;

    memcpy(&lat, &d->lat, sizeof lat);
    memcpy(&lon, &d->lon, sizeof lon);
    buf_add_text(&all, "lienxa intake 1\n");
    add_field(&all, bytes_of_text(d->category->code));
    add_field(&all, buf_bytes(&d->text));
    add_field(&all, buf_bytes(&d->village));
    buf_add_u64(&all, (uint64_t)d->occurred_ms);
    buf_add_u64(&all, (uint64_t)d->received_ms);
    buf_add_u32(&all, (uint32_t)state);
    buf_add_u32(&all, (uint32_t)d->channel);
    buf_add_u8(&all, d->urgent);
    buf_add_u8(&all, d->has_point);
    buf_add_u64(&all, lat);
    buf_add_u64(&all, lon);
    node_past_add(&all, &d->past);
    for (size_t i = 0; i < d->media.count; i++)
        buf_add(&all, &d->media.files[i].name, sizeof d->media.files[i].name);
    piece = buf_bytes(&all);
    hash = crypto_sha256(&piece, 1);
    buf_free(&all);
    return hash;
}

struct comparison {
    struct node *node;
    const struct draft *draft;
    bool same;
};

/* A record that came back from the hub has no fingerprint here: what of it is
 * at hand is compared. */
static int compare(void *who, const struct record_row *row,
                   const struct entry *entry)
{
    struct comparison *c = who;
    const struct part *body;
    struct report_fact fact;
    struct report_body words;

    if (row->kind != KIND_REPORT || entry == NULL ||
        wire_report_fact_decode(&fact, entry->change.part[PART_FACT].bytes,
                                NULL) != 0)
        return 0;
    body = &entry->change.part[PART_BODY];
    c->same = fact.category == c->draft->category &&
              bytes_equal(bytes_of_text(fact.village),
                          buf_bytes(&c->draft->village)) &&
              (c->draft->received_ms == 0 ||
               fact.received_ms == c->draft->received_ms);
    wire_arena_clear(c->node->arena);
    if (c->same && body->form == PART_WHOLE)
        c->same =
            wire_report_body_decode(&words, c->node->arena, body->bytes,
                                    NULL) == 0 &&
            bytes_equal(bytes_of_text(words.text), buf_bytes(&c->draft->text));
    return 0;
}

/* 0: a new id. ERR_EXISTS: known, same content. ERR_CONFLICT: other content. */
static int look_up(struct node *node, const struct draft *draft,
                   const struct hash *fingerprint)
{
    struct comparison c = {node, draft, false};
    struct record_row row;
    struct hash known;
    int rc;

    rc = node_store_intake(node->store, &draft->id, &known);
    if (rc == 0) {
        c.same = hash_equal(&known, fingerprint);
    } else if (rc == ERR_MISSING) {
        rc = ledger_record(node->ledger, node->keys.unit, &draft->id, &row,
                           compare, &c);
        if (rc == ERR_MISSING)
            return 0;
    }
    if (rc != 0)
        return rc;
    return c.same ? ERR_EXISTS : ERR_CONFLICT;
}

/* ---- parts */

static void set_fact(struct report_fact *fact, const struct draft *d)
{
    fact->category = d->category;
    fact->state = d->state != 0 ? d->state : REPORT_MOI;
    fact->outcome =
        fact->state == REPORT_DONG ? OUTCOME_RESOLVED : OUTCOME_NONE;
    /* whence it came is not known: the first state that leads there */
    fact->resume = fact->state == REPORT_CHO_BO_SUNG ? REPORT_PHAN_LOAI : 0;
    fact->channel = d->channel;
    fact->urgent = report_is_urgent(d->urgent, d->category);
    if (d->village.size > 0)
        memcpy(fact->village, d->village.data, d->village.size);
    fact->received_ms = d->received_ms;
    fact->day = clock_day(d->received_ms);
    fact->hour = clock_hour(d->received_ms);
    fact->entered_ms[fact->state] = d->received_ms;
    fact->bodies = 1;
    fact->attachments = (uint32_t)d->media.count;
}

static void write_body(struct buf *out, struct draft *d)
{
    struct report_body body = {.text = buf_text(&d->text),
                               .place = "",
                               .occurred_ms = d->occurred_ms,
                               .has_point = d->has_point,
                               .lat = d->lat,
                               .lon = d->lon,
                               .attachment_count = d->media.count,
                               .attachments = d->media.files};

    wire_report_body_encode(out, &body);
}

/* The sender, sealed; nothing when neither name nor phone was given. */
static int write_vault(struct node *node, struct buf *out, struct draft *d,
                       struct error *err)
{
    struct report_vault vault = {.custodian =
                                     category_needs_custodian(d->category)};
    struct seal_body body;
    struct sealing_key key;
    struct buf plain = {0}, box = {0};
    int rc;

    if (d->name.size == 0 && d->phone.size == 0)
        return 0;
    rc = node_store_sealing_key(node->store, vault.custodian, &key);
    if (rc == ERR_MISSING)
        return error_set(err, ERR_REFUSED,
                         "no key to seal the sender's name with: repeat "
                         "`lienxa-node join` with the same token");
    if (rc != 0)
        return rc;
    body = (struct seal_body){buf_text(&d->name), buf_text(&d->phone)};
    wire_seal_body_encode(&plain, &body);
    rc = seal_close(&box, key.public_key, buf_bytes(&plain));
    if (rc == 0) {
        memcpy(vault.seal_key_id, key.key_id, sizeof vault.seal_key_id);
        vault.seal = buf_bytes(&box);
        wire_report_vault_encode(out, &vault);
    } else {
        (void)error_set(err, rc, "the sender's name could not be sealed");
    }
    mem_wipe(plain.data, plain.size);
    buf_free(&plain);
    buf_free(&box);
    return rc;
}

/* Everything is checked first: nobody takes back what was appended. */
static int store_draft(struct node *node, struct draft *d, struct error *err)
{
    struct buf fact = {0}, body = {0}, vault = {0};
    struct node_write write = {
        .kind = KIND_REPORT, .record = d->id, .version = 1};
    struct report_fact what = {0};
    int rc;

    set_fact(&what, d);
    if ((rc = node_past_check(&d->past, &what, err)) != 0)
        return rc;
    wire_report_fact_encode(&fact, &what);
    write_body(&body, d);
    if ((rc = write_vault(node, &vault, d, err)) == 0) {
        write.flags = what.urgent && d->past.count == 0 ? CHANGE_EXPEDITED : 0;
        write.part[PART_FACT] =
            (struct node_part){true, buf_bytes(&fact), NULL};
        write.part[PART_BODY] =
            (struct node_part){true, buf_bytes(&body), NULL};
        if (vault.size > 0)
            write.part[PART_VAULT] =
                (struct node_part){true, buf_bytes(&vault), NULL};
        rc = node_append(node, &write, err);
    }
    buf_free(&fact);
    buf_free(&body);
    buf_free(&vault);
    return rc;
}

/* ---- taking in */

/* A checked draft: known already, or stored. */
static int take_draft(struct node *node, struct draft *d, struct error *err)
{
    struct hash fingerprint;
    int rc = node_media_take(node, d->files, &d->media, err);

    if (rc != 0)
        return rc;
    fingerprint = fingerprint_of(d);
    rc = d->has_id ? look_up(node, d, &fingerprint) : 0;

    if (rc == ERR_EXISTS)
        return error_set(err, rc, "held already with the same content");
    if (rc == ERR_CONFLICT)
        return error_set(err, rc, "same id, other content");
    if (rc != 0)
        return rc;
    if (!d->has_id)
        d->id = random_id(node->wall_ms);
    if (d->received_ms == 0)
        d->received_ms = node->wall_ms;
    if ((rc = store_draft(node, d, err)) != 0 ||
        (rc = node_media_originals(node, d->files, &d->media, &d->id, 0,
                                   err)) != 0 ||
        (rc = node_past_write(node, &d->id, &d->past, err)) != 0)
        return rc;
    return node_store_put_intake(node->store, &d->id, &fingerprint);
}

int node_intake_take(struct node *node, const struct json *fields, int channel,
                     struct intake_answer *out)
{
    struct draft draft = {0};
    int rc;

    memset(out, 0, sizeof *out);
    rc = read_draft(fields, node->wall_ms, &draft, &out->reason);
    if (rc == 0) {
        if (draft.channel == 0)
            draft.channel = channel;
        rc = take_draft(node, &draft, &out->reason);
    }
    out->result = rc == 0            ? INTAKE_ACCEPTED
                  : rc == ERR_EXISTS ? INTAKE_REPEATED
                                     : INTAKE_REFUSED;
    out->has_id = draft.has_id || rc == 0;
    out->id = draft.id;
    draft_free(&draft);
    return db_code_is_world(rc) ? rc : 0;
}

/* ---- moving on */

/* The body with one more note. What is wrong is the note, not the move: nobody
 * was quicker. */
static int write_note(struct node *node, const struct held_report *held,
                      const struct report_note *note, struct buf *out,
                      struct error *err)
{
    struct report_note notes[REPORT_NOTES_LIMIT];
    struct report_body body;
    int rc;

    if (!held->has_body)
        return error_set(err, ERR_INVALID,
                         "the words of this report are not here: move it "
                         "without a note");
    wire_arena_clear(node->arena);
    rc = wire_report_body_decode(&body, node->arena, buf_bytes(&held->body),
                                 err);
    if (rc != 0)
        return rc;
    if (body.note_count >= REPORT_NOTES_LIMIT)
        return error_set(err, ERR_INVALID,
                         "this report has %d notes already: move it without a "
                         "note",
                         REPORT_NOTES_LIMIT);
    if (body.note_count > 0)
        memcpy(notes, body.notes, body.note_count * sizeof *notes);
    notes[body.note_count++] = *note;
    body.notes = notes;
    wire_report_body_encode(out, &body);
    if (out->size > LIMIT_BODY)
        return error_set(err, ERR_INVALID,
                         "the words and notes of this report are too long "
                         "together: say it shorter");
    return 0;
}

/* Writes the next version from what is held; `order->move.note` is clean. */
int node_intake_write_move(struct node *node, const struct intake_move *order,
                           struct held_report *held, struct error *err)
{
    struct node_write write = {
        .kind = KIND_REPORT, .record = order->id, .version = held->version + 1};
    int64_t now_ms = order->at_ms != 0 ? order->at_ms : node->wall_ms;
    struct report_note note = {now_ms, order->by, order->move.note};
    struct buf fact = {0}, body = {0};
    int rc = 0;

    if (now_ms < held->fact.received_ms)
        now_ms = held->fact.received_ms; /* never entered before it came */
    report_move_apply(&held->fact, &order->move, now_ms);
    wire_report_fact_encode(&fact, &held->fact);
    write.flags = held->fact.urgent && !order->overtaken ? CHANGE_EXPEDITED : 0;
    write.part[PART_FACT] = (struct node_part){true, buf_bytes(&fact), NULL};
    write.part[PART_BODY].keep = &held->keep[PART_BODY];
    write.part[PART_VAULT].keep = &held->keep[PART_VAULT];
    if (note.text != NULL &&
        (rc = write_note(node, held, &note, &body, err)) == 0)
        write.part[PART_BODY] =
            (struct node_part){true, buf_bytes(&body), NULL};
    if (rc == 0 && (rc = node_append(node, &write, err)) == 0)
        held->version = write.version;
    buf_free(&fact);
    buf_free(&body);
    return rc;
}

int node_intake_move(struct node *node, const struct intake_move *order,
                     struct error *err)
{
    struct intake_move clean = *order;
    struct held_report held = {0};
    struct buf note = {0};
    int rc = 0;

    if (order->move.note != NULL)
        rc = node_intake_clean(&note, "note", order->move.note,
                               REPORT_NOTE_LIMIT, err);
    clean.move.note = text_is_blank(buf_bytes(&note)) ? NULL : buf_text(&note);
    if (rc == 0)
        rc = node_held_load(node, &order->id, &held, err);
    if (rc == 0 && held.final)
        rc = error_set(err, ERR_REFUSED, "this report was erased");
    if (rc == 0)
        rc = node_referral_may_move(node, &held, order->move.to, err);
    if (rc == 0 && (rc = report_move_check(&held.fact, &clean.move, err)) == 0)
        rc = node_intake_write_move(node, &clean, &held, err);
    node_held_free(&held);
    buf_free(&note);
    return rc;
}
