#include "common/wire/canary.h"

#include "common/wire/inside.h"

static ProtobufCBinaryData link_data(const struct hash *link)
{
    return wire_data(link->bytes, sizeof link->bytes);
}

/* Both links, or with a count of 0 neither. */
static void read_audit(struct wire_reader *r, struct audit_head *out,
                       uint64_t count, ProtobufCBinaryData first,
                       ProtobufCBinaryData last)
{
    out->count = wire_read_number(r, count, "audit count");
    if (out->count > 0) {
        wire_read_fixed(r, &out->first, sizeof out->first, first, "first link");
        wire_read_fixed(r, &out->last, sizeof out->last, last, "last link");
    } else if (first.len != 0 || last.len != 0) {
        wire_read_fail(r, ERR_INVALID, "links of no entry");
    }
}

void wire_canary_encode(struct buf *out, const struct canary_fact *fact)
{
    Lienxa__CanaryFact f = LIENXA__CANARY_FACT__INIT;

    f.took_ms = wire_time(fact->took_ms);
    f.audit_broken = fact->broken;
    f.audit_machine = fact->machine;
    if (fact->audit.count > 0) {
        f.audit_count = fact->audit.count;
        f.audit_first = link_data(&fact->audit.first);
        f.audit_last = link_data(&fact->audit.last);
    }
    wire_pack(out, &f.base);
}

int wire_canary_decode(struct canary_fact *out, struct bytes bytes,
                       struct error *err)
{
    struct wire_small small;
    const Lienxa__CanaryFact *in;

    *out = (struct canary_fact){.took_ms = 0};
    wire_small_open(&small, err);
    in = wire_unpack(&small.reader, &lienxa__canary_fact__descriptor, bytes,
                     "canary");
    if (in != NULL) {
        wire_read_known(&small.reader, &in->base, "canary");
        out->took_ms = wire_read_time(&small.reader, in->took_ms, "took");
        out->broken = in->audit_broken;
        out->machine =
            wire_read_number(&small.reader, in->audit_machine, "machine");
        read_audit(&small.reader, &out->audit, in->audit_count, in->audit_first,
                   in->audit_last);
    }
    return wire_small_close(&small);
}

void wire_audit_encode(struct buf *out, const struct audit_fact *fact)
{
    Lienxa__AuditFact f = LIENXA__AUDIT_FACT__INIT;

    f.unit = (char *)fact->unit;
    f.count = fact->audit.count;
    f.first = link_data(&fact->audit.first);
    f.last = link_data(&fact->audit.last);
    f.at_ms = wire_time(fact->at_ms);
    f.machine = fact->machine;
    wire_pack(out, &f.base);
}

int wire_audit_decode(struct audit_fact *out, struct bytes bytes,
                      struct error *err)
{
    struct wire_small small;
    struct wire_reader *r = &small.reader;
    const Lienxa__AuditFact *in;

    *out = (struct audit_fact){.unit = ""};
    wire_small_open(&small, err);
    in = wire_unpack(r, &lienxa__audit_fact__descriptor, bytes, "audit");
    if (in != NULL) {
        wire_read_known(r, &in->base, "audit");
        wire_read_text(r, out->unit, sizeof out->unit, in->unit, "unit");
        read_audit(r, &out->audit, in->count, in->first, in->last);
        if (r->rc == 0 && out->audit.count == 0)
            wire_read_fail(r, ERR_INVALID, "an audit log of no entry");
        out->at_ms = wire_read_time(r, in->at_ms, "at");
        out->machine = wire_read_number(r, in->machine, "machine");
    }
    return wire_small_close(&small);
}
