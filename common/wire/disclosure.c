#include "common/wire/disclosure.h"

#include "common/wire/inside.h"

void wire_disclosure_encode(struct buf *out, const struct disclosure *d)
{
    Lienxa__DisclosureFact f = LIENXA__DISCLOSURE_FACT__INIT;

    f.report = wire_data(&d->report, sizeof d->report);
    f.rule = (uint32_t)d->rule;
    f.stage = (uint32_t)d->stage;
    f.asked_by = (char *)d->asked_by;
    f.asked_ms = wire_time(d->asked_ms);
    f.decided_by = (char *)d->decided_by;
    f.decided_ms = wire_time(d->decided_ms);
    f.openings = d->openings;
    f.opened_ms = wire_time(d->opened_ms);
    wire_pack(out, &f.base);
}

static void read_disclosure(struct wire_reader *r, struct disclosure *out,
                            const Lienxa__DisclosureFact *in)
{
    wire_read_known(r, &in->base, "disclosure");
    wire_read_fixed(r, &out->report, sizeof out->report, in->report, "report");
    out->rule = wire_read_enum(r, in->rule, DISCLOSURE_RULE_END - 1, "rule");
    out->stage =
        wire_read_enum(r, in->stage, DISCLOSURE_STAGE_END - 1, "stage");
    wire_read_text(r, out->asked_by, sizeof out->asked_by, in->asked_by,
                   "asked by");
    wire_read_text(r, out->decided_by, sizeof out->decided_by, in->decided_by,
                   "decided by");
    out->asked_ms = wire_read_time(r, in->asked_ms, "asked");
    out->decided_ms = wire_read_time(r, in->decided_ms, "decided");
    out->openings = in->openings;
    out->opened_ms = wire_read_time(r, in->opened_ms, "opened");
    if (r->rc == 0 && out->asked_by[0] == '\0')
        wire_read_fail(r, ERR_INVALID, "asked by: missing");
}

int wire_disclosure_decode(struct disclosure *out, struct bytes bytes,
                           struct error *err)
{
    struct wire_small small;
    const Lienxa__DisclosureFact *in;

    *out = (struct disclosure){.rule = 0};
    wire_small_open(&small, err);
    in = wire_unpack(&small.reader, &lienxa__disclosure_fact__descriptor, bytes,
                     "disclosure");
    if (in != NULL)
        read_disclosure(&small.reader, out, in);
    return wire_small_close(&small);
}

void wire_disclosure_vault_encode(struct buf *out,
                                  const struct disclosure_vault *v)
{
    Lienxa__DisclosureVault f = LIENXA__DISCLOSURE_VAULT__INIT;

    f.reason = (char *)v->reason;
    f.refusal = (char *)v->refusal;
    wire_pack(out, &f.base);
}

int wire_disclosure_vault_decode(struct disclosure_vault *out,
                                 struct wire_arena *arena, struct bytes bytes)
{
    struct wire_reader r = {arena, NULL, 0};
    const Lienxa__DisclosureVault *in = wire_unpack(
        &r, &lienxa__disclosure_vault__descriptor, bytes, "disclosure");

    *out = (struct disclosure_vault){"", ""};
    if (in == NULL)
        return r.rc;
    out->reason =
        wire_read_words(&r, in->reason, DISCLOSURE_REASON_LIMIT, "reason");
    out->refusal =
        wire_read_words(&r, in->refusal, DISCLOSURE_REASON_LIMIT, "refusal");
    return r.rc;
}
