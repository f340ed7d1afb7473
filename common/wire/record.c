/* common/wire/record.c - the parts of a report (PROTOCOL 4).
 */
#include "common/wire/record.h"

#include <assert.h>

#include "common/wire/inside.h"

enum { PLACE_LIMIT = REPORT_NOTE_LIMIT };
#define E7 1e7

/* ---- fact */

/* 0 when never; a state entered before receipt (a clock set back) counts as
 * entered at receipt. */
static uint64_t entered_code(const struct report_fact *fact, int state)
{
    int64_t at = fact->entered_ms[state];

    if (at == 0)
        return 0;
    return at > fact->received_ms ? (uint64_t)(at - fact->received_ms) + 1 : 1;
}

void wire_report_fact_encode(struct buf *out, const struct report_fact *fact)
{
    Lienxa__ReportFact f = LIENXA__REPORT_FACT__INIT;
    uint64_t entered[REPORT_STATE_END];

    assert(fact->category);
    f.category = (char *)fact->category->code;
    f.state = (uint32_t)fact->state;
    f.outcome = (uint32_t)fact->outcome;
    f.channel = (uint32_t)fact->channel;
    f.urgent = fact->urgent;
    f.village = (char *)fact->village;
    f.day = fact->day;
    f.hour = (uint32_t)(fact->hour + 1);
    f.received_ms = wire_time(fact->received_ms);
    f.entered = entered;
    for (int state = 1; state < REPORT_STATE_END; state++) {
        entered[state - 1] = entered_code(fact, state);
        if (entered[state - 1] != 0)
            f.n_entered = (size_t)state;
    }
    f.resume = (uint32_t)fact->resume;
    f.attachments = fact->attachments;
    f.bodies = fact->bodies;
    if (fact->continues_home[0] != '\0') {
        f.continues_home = (char *)fact->continues_home;
        f.continues_record =
            wire_data(&fact->continues_record, sizeof fact->continues_record);
    }
    wire_pack(out, &f.base);
}

static void read_entered(struct wire_reader *r, struct report_fact *out,
                         const Lienxa__ReportFact *in)
{
    if (in->n_entered >= REPORT_STATE_END) {
        wire_read_fail(r, ERR_VERSION, "entered: state %zu is not known here",
                       in->n_entered);
        return;
    }
    for (size_t i = 0; i < in->n_entered; i++) {
        if (in->entered[i] == 0)
            continue;
        if (in->entered[i] - 1 > (uint64_t)(INT64_MAX - out->received_ms))
            wire_read_fail(r, ERR_INVALID, "entered: 2^63 or more");
        else
            out->entered_ms[i + 1] =
                out->received_ms + (int64_t)(in->entered[i] - 1);
    }
}

static void read_category(struct wire_reader *r, struct report_fact *out,
                          const char *code)
{
    const char *words = wire_read_words(r, code, REPORT_NAME_LIMIT, "category");

    out->category = category_find(words);
    if (!out->category)
        wire_read_fail(r, ERR_INVALID, "category: \"%s\" is not known", words);
}

/* Both or neither. */
static void read_continues(struct wire_reader *r, struct report_fact *out,
                           const Lienxa__ReportFact *in)
{
    wire_read_text(r, out->continues_home, sizeof out->continues_home,
                   in->continues_home, "continues home");
    if (out->continues_home[0] != '\0')
        wire_read_fixed(r, &out->continues_record, sizeof out->continues_record,
                        in->continues_record, "continues record");
    else if (in->continues_record.len > 0)
        wire_read_fail(r, ERR_INVALID, "continues record: without its home");
}

static void read_fact(struct wire_reader *r, struct report_fact *out,
                      const Lienxa__ReportFact *in)
{
    wire_read_known(r, &in->base, "report fact");
    read_category(r, out, in->category);
    out->state = wire_read_enum(r, in->state, REPORT_STATE_END - 1, "state");
    if (in->outcome != OUTCOME_NONE)
        out->outcome =
            wire_read_enum(r, in->outcome, OUTCOME_END - 1, "outcome");
    out->channel = wire_read_enum(r, in->channel, CHANNEL_END - 1, "channel");
    if (in->resume != 0)
        out->resume =
            wire_read_enum(r, in->resume, REPORT_STATE_END - 1, "resume");
    out->urgent = in->urgent != 0;
    wire_read_text(r, out->village, sizeof out->village, in->village,
                   "village");
    out->day = in->day;
    if (in->hour > 24)
        wire_read_fail(r, ERR_INVALID, "hour: %u, at most 24", in->hour);
    out->hour = (int32_t)in->hour - 1;
    out->received_ms = wire_read_time(r, in->received_ms, "received");
    read_entered(r, out, in);
    out->attachments = in->attachments;
    out->bodies = in->bodies;
    read_continues(r, out, in);
}

int wire_report_fact_decode(struct report_fact *out, struct bytes bytes,
                            struct error *err)
{
    struct wire_small small;
    const Lienxa__ReportFact *in;

    *out = (struct report_fact){0};
    wire_small_open(&small, err);
    in = wire_unpack(&small.reader, &lienxa__report_fact__descriptor, bytes,
                     "report fact");
    if (in)
        read_fact(&small.reader, out, in);
    return wire_small_close(&small);
}

/* ---- body */

/* To the nearest; what is no place on earth becomes 0. */
static int64_t degrees_e7(double degrees)
{
    if (!(degrees >= -180 && degrees <= 180))
        return 0;
    return (int64_t)(degrees * E7 + (degrees < 0 ? -0.5 : 0.5));
}

static void set_attachment(Lienxa__Attachment *out,
                           const struct report_attachment *in)
{
    lienxa__attachment__init(out);
    out->name = wire_data(&in->name, sizeof in->name);
    out->salt = wire_data(in->salt, sizeof in->salt);
    out->size = in->size;
    out->type = in->type;
    out->shown = (char *)in->shown;
    out->kept = in->kept;
}

static void pack_body(struct buf *out, const struct report_body *body,
                      Lienxa__Note *notes, Lienxa__Note **list)
{
    Lienxa__ReportBody b = LIENXA__REPORT_BODY__INIT;
    Lienxa__Attachment files[REPORT_ATTACHMENTS_LIMIT];
    Lienxa__Attachment *file_list[REPORT_ATTACHMENTS_LIMIT];

    b.text = (char *)body->text;
    b.place = (char *)body->place;
    b.occurred_ms = wire_time(body->occurred_ms);
    b.has_point = body->has_point;
    if (body->has_point) {
        b.lat_e7 = degrees_e7(body->lat);
        b.lon_e7 = degrees_e7(body->lon);
    }
    for (size_t i = 0; i < body->note_count; i++) {
        lienxa__note__init(&notes[i]);
        notes[i].at_ms = wire_time(body->notes[i].at_ms);
        notes[i].by = (char *)body->notes[i].by;
        notes[i].text = (char *)body->notes[i].text;
        list[i] = &notes[i];
    }
    b.n_notes = body->note_count;
    b.notes = list;
    for (size_t i = 0; i < body->attachment_count; i++) {
        set_attachment(&files[i], &body->attachments[i]);
        file_list[i] = &files[i];
    }
    b.n_attachments = body->attachment_count;
    b.attachments = file_list;
    wire_pack(out, &b.base);
}

void wire_report_body_encode(struct buf *out, const struct report_body *body)
{
    Lienxa__Note notes[REPORT_NOTES_LIMIT];
    Lienxa__Note *list[REPORT_NOTES_LIMIT];

    assert(body->note_count <= REPORT_NOTES_LIMIT &&
           body->attachment_count <= REPORT_ATTACHMENTS_LIMIT);
    pack_body(out, body, notes, list);
}

static double read_degrees(struct wire_reader *r, int64_t in, int most,
                           const char *what)
{
    if (in > most * INT64_C(10000000) || in < -most * INT64_C(10000000))
        wire_read_fail(r, ERR_INVALID, "%s: over %d degrees", what, most);
    return (double)in / E7;
}

static void read_notes(struct wire_reader *r, struct report_body *out,
                       const Lienxa__ReportBody *in)
{
    struct report_note *notes;

    if (!wire_read_count(r, in->n_notes, REPORT_NOTES_LIMIT, "notes"))
        return;
    notes = wire_read_array(r, in->n_notes, sizeof *notes);
    for (size_t i = 0; i < in->n_notes && r->rc == 0; i++) {
        const Lienxa__Note *note = in->notes[i];

        notes[i].at_ms = wire_read_time(r, note->at_ms, "note time");
        notes[i].by =
            wire_read_words(r, note->by, REPORT_NAME_LIMIT, "note author");
        notes[i].text =
            wire_read_words(r, note->text, REPORT_NOTE_LIMIT, "note text");
    }
    out->note_count = in->n_notes;
    out->notes = notes;
}

static void read_attachments(struct wire_reader *r, struct report_body *out,
                             const Lienxa__ReportBody *in)
{
    struct report_attachment *files;

    if (!wire_read_count(r, in->n_attachments, REPORT_ATTACHMENTS_LIMIT,
                         "attachments"))
        return;
    files = wire_read_array(r, in->n_attachments, sizeof *files);
    for (size_t i = 0; i < in->n_attachments && r->rc == 0; i++) {
        const Lienxa__Attachment *file = in->attachments[i];

        wire_read_fixed(r, &files[i].name, sizeof files[i].name, file->name,
                        "attachment name");
        wire_read_fixed(r, files[i].salt, sizeof files[i].salt, file->salt,
                        "attachment salt");
        files[i].size = wire_read_number(r, file->size, "attachment size");
        if (files[i].size == 0 || files[i].size > LIMIT_MEDIA)
            wire_read_fail(r, ERR_INVALID, "attachment: %llu bytes, 1 to %d",
                           (unsigned long long)files[i].size, LIMIT_MEDIA);
        files[i].type = file->type;
        files[i].shown = wire_read_words(r, file->shown, ATTACHMENT_SHOWN_LIMIT,
                                         "attachment shown");
        files[i].kept = file->kept != 0;
    }
    out->attachment_count = in->n_attachments;
    out->attachments = files;
}

/* One varint; false: there is none. */
static bool skim_number(const uint8_t **at, const uint8_t *end, uint64_t *out)
{
    *out = 0;
    for (int shift = 0; shift < 64 && *at < end; shift += 7) {
        uint8_t byte = *(*at)++;

        *out |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return true;
    }
    return false;
}

bool wire_report_body_has_files(struct bytes body)
{
    const uint8_t *at = body.data, *end = body.data + body.size;
    uint64_t tag, size;

    while (at < end && skim_number(&at, end, &tag)) {
        if (tag >> 3 == 8)
            return true;
        if (!skim_number(&at, end, &size))
            return false;
        if ((tag & 7) == 0)
            continue;
        if ((tag & 7) != 2 || size > (uint64_t)(end - at))
            return false;
        at += size;
    }
    return false;
}

int wire_report_body_decode(struct report_body *out, struct wire_arena *arena,
                            struct bytes bytes, struct error *err)
{
    struct wire_reader r = {arena, err, 0};
    const Lienxa__ReportBody *in =
        wire_unpack(&r, &lienxa__report_body__descriptor, bytes, "report body");

    *out = (struct report_body){.text = "", .place = ""};
    if (!in)
        return r.rc;
    out->text = wire_read_words(&r, in->text, REPORT_TEXT_LIMIT, "text");
    out->place = wire_read_words(&r, in->place, PLACE_LIMIT, "place");
    out->occurred_ms = wire_read_time(&r, in->occurred_ms, "occurred");
    out->has_point = in->has_point != 0;
    if (out->has_point) {
        out->lat = read_degrees(&r, in->lat_e7, 90, "latitude");
        out->lon = read_degrees(&r, in->lon_e7, 180, "longitude");
    }
    read_notes(&r, out, in);
    read_attachments(&r, out, in);
    return r.rc;
}

/* ---- vault and seal */

void wire_report_vault_encode(struct buf *out, const struct report_vault *v)
{
    Lienxa__ReportVault vault = LIENXA__REPORT_VAULT__INIT;

    vault.seal_key_id = wire_data(v->seal_key_id, sizeof v->seal_key_id);
    vault.custodian = v->custodian;
    vault.seal = wire_data(v->seal.data, v->seal.size);
    wire_pack(out, &vault.base);
}

int wire_report_vault_decode(struct report_vault *out, struct bytes bytes)
{
    struct wire_small small;
    const Lienxa__ReportVault *in;

    *out = (struct report_vault){0};
    wire_small_open(&small, NULL);
    in = wire_unpack(&small.reader, &lienxa__report_vault__descriptor, bytes,
                     "report vault");
    if (in) {
        wire_read_fixed(&small.reader, out->seal_key_id,
                        sizeof out->seal_key_id, in->seal_key_id,
                        "seal key id");
        out->custodian = in->custodian != 0;
        out->seal = wire_read_within(bytes, in->seal);
    }
    return wire_small_close(&small);
}

void wire_seal_body_encode(struct buf *out, const struct seal_body *body)
{
    Lienxa__SealBody b = LIENXA__SEAL_BODY__INIT;

    b.name = (char *)body->name;
    b.phone = (char *)body->phone;
    wire_pack(out, &b.base);
}

int wire_seal_body_decode(struct seal_body *out, struct wire_arena *arena,
                          struct bytes bytes)
{
    struct wire_reader r = {arena, NULL, 0};
    const Lienxa__SealBody *in =
        wire_unpack(&r, &lienxa__seal_body__descriptor, bytes, "seal body");

    *out = (struct seal_body){"", ""};
    if (!in)
        return r.rc;
    out->name = wire_read_words(&r, in->name, REPORT_NAME_LIMIT, "name");
    out->phone = wire_read_words(&r, in->phone, REPORT_PHONE_LIMIT, "phone");
    return r.rc;
}
