#include "common/wire/referral.h"

#include "common/wire/inside.h"

/* ---- referral */

void wire_referral_encode(struct buf *out, const struct referral_fact *fact)
{
    Lienxa__ReferralFact f = LIENXA__REFERRAL_FACT__INIT;
    struct buf what = {0};

    f.role = (uint32_t)fact->role;
    f.report_home = (char *)fact->report_home;
    f.report = wire_data(&fact->report, sizeof fact->report);
    f.offer = fact->offer;
    f.at_ms = wire_time(fact->at_ms);
    if (fact->role == REFERRAL_OFFER) {
        wire_report_fact_encode(&what, &fact->what);
        f.to = (char *)fact->to;
        f.report_version = fact->report_version;
        f.what = wire_data(what.data, what.size);
    } else {
        f.answer = (uint32_t)fact->answer;
    }
    wire_pack(out, &f.base);
    buf_free(&what);
}

static void read_home(struct wire_reader *r, char *out, const char *in,
                      const char *what)
{
    wire_read_text(r, out, LIMIT_HOME, in, what);
    if (r->rc == 0 && out[0] == '\0')
        wire_read_fail(r, ERR_INVALID, "%s: missing", what);
}

static uint64_t read_count(struct wire_reader *r, uint64_t in, const char *what)
{
    uint64_t number = wire_read_number(r, in, what);

    if (r->rc == 0 && number == 0)
        wire_read_fail(r, ERR_INVALID, "%s: missing", what);
    return number;
}

static void read_offer(struct wire_reader *r, struct referral_fact *out,
                       const Lienxa__ReferralFact *in)
{
    read_home(r, out->to, in->to, "to");
    out->report_version = read_count(r, in->report_version, "report version");
    if (in->answer != 0)
        wire_read_fail(r, ERR_INVALID, "an offer with an answer");
    if (r->rc == 0)
        r->rc =
            wire_report_fact_decode(&out->what, wire_bytes(in->what), r->err);
}

static void read_referral(struct wire_reader *r, struct referral_fact *out,
                          const Lienxa__ReferralFact *in)
{
    wire_read_known(r, &in->base, "referral fact");
    out->role = wire_read_enum(r, in->role, REFERRAL_ROLE_END - 1, "role");
    read_home(r, out->report_home, in->report_home, "report home");
    wire_read_fixed(r, &out->report, sizeof out->report, in->report, "report");
    out->offer = read_count(r, in->offer, "offer");
    out->at_ms = wire_read_time(r, in->at_ms, "at");
    if (out->role == REFERRAL_OFFER) {
        read_offer(r, out, in);
        return;
    }
    out->answer =
        wire_read_enum(r, in->answer, REFERRAL_ANSWER_END - 1, "answer");
    if (in->what.len > 0 || in->to[0] != '\0' || in->report_version != 0)
        wire_read_fail(r, ERR_INVALID, "an answer with an offer");
}

int wire_referral_decode(struct referral_fact *out, struct bytes bytes,
                         struct error *err)
{
    struct wire_small small;
    const Lienxa__ReferralFact *in;

    *out = (struct referral_fact){0};
    wire_small_open(&small, err);
    in = wire_unpack(&small.reader, &lienxa__referral_fact__descriptor, bytes,
                     "referral fact");
    if (in)
        read_referral(&small.reader, out, in);
    return wire_small_close(&small);
}

/* ---- note */

void wire_note_encode(struct buf *out, const struct report_note *note)
{
    Lienxa__Note n = LIENXA__NOTE__INIT;

    n.at_ms = wire_time(note->at_ms);
    n.by = (char *)note->by;
    n.text = (char *)note->text;
    wire_pack(out, &n.base);
}

int wire_note_decode(struct report_note *out, struct wire_arena *arena,
                     struct bytes bytes, struct error *err)
{
    struct wire_reader r = {arena, err, 0};
    const Lienxa__Note *in =
        wire_unpack(&r, &lienxa__note__descriptor, bytes, "note");

    *out = (struct report_note){0, "", ""};
    if (!in)
        return r.rc;
    out->at_ms = wire_read_time(&r, in->at_ms, "note time");
    out->by = wire_read_words(&r, in->by, REPORT_NAME_LIMIT, "note author");
    out->text = wire_read_words(&r, in->text, REPORT_NOTE_LIMIT, "note text");
    return r.rc;
}

/* ---- carried */

void wire_carried_encode(struct buf *out, const struct carried_fact *fact)
{
    Lienxa__CarriedFact f = LIENXA__CARRIED_FACT__INIT;

    f.to = (char *)fact->to;
    f.home = (char *)fact->home;
    f.record = wire_data(&fact->record, sizeof fact->record);
    f.version = fact->version;
    f.digest = wire_data(&fact->digest, sizeof fact->digest);
    wire_pack(out, &f.base);
}

int wire_carried_decode(struct carried_fact *out, struct bytes bytes,
                        struct error *err)
{
    struct wire_small small;
    struct wire_reader *r = &small.reader;
    const Lienxa__CarriedFact *in;

    *out = (struct carried_fact){0};
    wire_small_open(&small, err);
    in = wire_unpack(r, &lienxa__carried_fact__descriptor, bytes,
                     "carried fact");
    if (in) {
        wire_read_known(r, &in->base, "carried fact");
        read_home(r, out->to, in->to, "to");
        read_home(r, out->home, in->home, "home");
        wire_read_fixed(r, &out->record, sizeof out->record, in->record,
                        "record");
        out->version = read_count(r, in->version, "version");
        wire_read_fixed(r, &out->digest, sizeof out->digest, in->digest,
                        "digest");
    }
    return wire_small_close(&small);
}

void wire_change_encode(struct buf *out, const struct change *change)
{
    Lienxa__Change c;

    wire_change_write(&c, change);
    wire_pack(out, &c.base);
}

int wire_change_decode(struct change *out, struct wire_arena *arena,
                       struct bytes bytes, struct error *err)
{
    struct wire_reader r = {arena, err, 0};
    const Lienxa__Change *in =
        wire_unpack(&r, &lienxa__change__descriptor, bytes, "change");

    *out = (struct change){0};
    if (in)
        wire_change_read(&r, out, in);
    return r.rc;
}

/* ---- units */

void wire_unit_encode(struct buf *out, const struct unit_fact *fact)
{
    Lienxa__UnitFact f = LIENXA__UNIT_FACT__INIT;

    f.unit = (char *)fact->unit;
    f.slug = (char *)fact->slug;
    f.name = (char *)fact->name;
    f.phone = (char *)fact->phone;
    wire_pack(out, &f.base);
}

int wire_unit_decode(struct unit_fact *out, struct bytes bytes,
                     struct error *err)
{
    struct wire_small small;
    struct wire_reader *r = &small.reader;
    const Lienxa__UnitFact *in;

    *out = (struct unit_fact){0};
    wire_small_open(&small, err);
    in = wire_unpack(r, &lienxa__unit_fact__descriptor, bytes, "unit fact");
    if (in) {
        wire_read_known(r, &in->base, "unit fact");
        read_home(r, out->unit, in->unit, "unit");
        wire_read_text(r, out->slug, sizeof out->slug, in->slug, "slug");
        wire_read_text(r, out->name, sizeof out->name, in->name, "name");
        wire_read_text(r, out->phone, sizeof out->phone, in->phone, "phone");
    }
    return wire_small_close(&small);
}
