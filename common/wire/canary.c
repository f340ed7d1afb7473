#include "common/wire/canary.h"

#include "common/wire/inside.h"

void wire_canary_encode(struct buf *out, int64_t took_ms)
{
    Lienxa__CanaryFact f = LIENXA__CANARY_FACT__INIT;

    f.took_ms = wire_time(took_ms);
    wire_pack(out, &f.base);
}

int wire_canary_decode(int64_t *took_ms, struct bytes bytes, struct error *err)
{
    struct wire_small small;
    const Lienxa__CanaryFact *in;

    *took_ms = 0;
    wire_small_open(&small, err);
    in = wire_unpack(&small.reader, &lienxa__canary_fact__descriptor, bytes,
                     "canary");
    if (in != NULL) {
        wire_read_known(&small.reader, &in->base, "canary");
        *took_ms = wire_read_time(&small.reader, in->took_ms, "took");
    }
    return wire_small_close(&small);
}
