/* hub/carry.c - see carry.h. */
#include "hub/carry.h"

#include <string.h>

#include "common/crypto/digest.h"

static const struct hash_function hash_function = {crypto_sha256};

int hub_carry_find(struct hub *hub, const struct hub_carried *what,
                   struct id *id, struct record_row *row)
{
    int rc;

    memset(row, 0, sizeof *row);
    *id = handover_carried_id(&hash_function, what->to, &what->digest);
    rc = ledger_record(hub->ledger, hub->keys.home, id, row, NULL, NULL);
    return rc == ERR_MISSING ? 0 : rc;
}

int hub_carry_write(struct hub *hub, const struct hub_carried *what,
                    struct hub_write *write, struct error *err)
{
    bool everybody = strcmp(what->to, HANDOVER_EVERYBODY) == 0;
    struct stream_name channel =
        everybody ? hub->all : hub_unit_channel(hub, what->to);
    struct carried_fact fact = {.record = what->record,
                                .version = what->version,
                                .digest = what->digest};
    uint8_t salts[PART_COUNT][16];
    struct buf bytes = {0};
    int rc;

    memcpy(fact.to, what->to, strnlen(what->to, sizeof fact.to - 1));
    memcpy(fact.home, what->home, strnlen(what->home, sizeof fact.home - 1));
    wire_carried_encode(&bytes, &fact);
    for (int i = 0; i < PART_COUNT; i++)
        handover_carried_salt(&hash_function, i, what->to, &what->digest,
                              salts[i]);
    write->kind = KIND_CARRIED;
    write->flags |= CHANGE_EXPEDITED;
    write->clock_ms = what->clock_ms;
    write->fact = buf_bytes(&bytes);
    write->salts = salts[0];
    rc = hub_write(hub, &channel, write, err);
    buf_free(&bytes);
    return rc;
}
