/* common/wire/record_key.c - the record of a hub's CURVE key (PROTOCOL 8.7). */
#include <string.h>

#include "common/wire/inside.h"
#include "common/wire/record.h"

void wire_hub_key_encode(struct buf *out, const struct hub_key *key)
{
    Lienxa__HubKeyFact f = LIENXA__HUB_KEY_FACT__INIT;

    f.number = key->number;
    f.curve_public = wire_data(key->curve_public, sizeof key->curve_public);
    f.express = (char *)key->express;
    f.bulk = (char *)key->bulk;
    f.since_ms = wire_time(key->since_ms);
    f.stolen = key->stolen;
    wire_pack(out, &f.base);
}

/* Whoever dials it needs no more than this to be true. */
static bool is_address(const char *text)
{
    const char *port = strrchr(text, ':');
    size_t digits;

    if (strncmp(text, "tcp://", 6) != 0 || port == NULL || port <= text + 6)
        return false;
    digits = strspn(port + 1, "0123456789");
    if (digits == 0 || digits > 5 || port[1 + digits] != '\0')
        return false;
    for (const char *at = text; *at != '\0'; at++)
        if (*at <= ' ' || *at > '~')
            return false;
    return true;
}

static void read_address(struct wire_reader *r, char out[HUB_ADDRESS_BYTES],
                         const char *in, const char *what)
{
    wire_read_text(r, out, HUB_ADDRESS_BYTES, in, what);
    if (!is_address(out))
        wire_read_fail(r, ERR_INVALID, "%s: not an address", what);
}

int wire_hub_key_decode(struct hub_key *out, struct bytes bytes,
                        struct error *err)
{
    struct wire_small small;
    struct wire_reader *r = &small.reader;
    const Lienxa__HubKeyFact *in;

    *out = (struct hub_key){0};
    wire_small_open(&small, err);
    in = wire_unpack(r, &lienxa__hub_key_fact__descriptor, bytes, "hub key");
    if (in) {
        wire_read_known(r, &in->base, "hub key");
        out->number = wire_read_number(r, in->number, "number");
        if (out->number < 2)
            wire_read_fail(r, ERR_INVALID, "number: below 2");
        wire_read_fixed(r, out->curve_public, sizeof out->curve_public,
                        in->curve_public, "CURVE key");
        read_address(r, out->express, in->express, "express");
        read_address(r, out->bulk, in->bulk, "bulk");
        out->since_ms = wire_read_time(r, in->since_ms, "since");
        out->stolen = in->stolen != 0;
    }
    return wire_small_close(&small);
}
