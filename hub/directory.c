#include "hub/directory.h"

#include <stdio.h>
#include <string.h>

#include "common/crypto/digest.h"

static struct id unit_record(const char *unit)
{
    struct bytes pieces[] = {bytes_of_text("lienxa unit 1\n"),
                             bytes_of_text(unit)};
    struct hash hash = crypto_sha256(pieces, 2);

    return id_derive(&hash);
}

/* Everybody may know what is in it. */
static void salt_of(uint8_t out[16], struct bytes fact)
{
    struct bytes pieces[] = {bytes_of_text("lienxa unit salt 1\n"), fact};
    struct hash hash = crypto_sha256(pieces, 2);

    memcpy(out, hash.bytes, 16);
}

struct known {
    struct bytes wanted;
    bool same;
};

static int compare(void *who, const struct record_row *row,
                   const struct entry *entry)
{
    struct known *k = who;

    (void)row;
    k->same = entry != NULL &&
              bytes_equal(entry->change.part[PART_FACT].bytes, k->wanted);
    return 0;
}

static int publish(struct hub *hub, const struct unit *unit, struct error *err)
{
    struct id record = unit_record(unit->key);
    struct record_row row = {0};
    struct unit_fact what;
    struct buf fact = {0};
    struct known known;
    uint8_t salts[16];
    /* nothing of the moment in it: a restored hub makes the very change that
     * nodes hand back to it */
    struct hub_write write = {
        .kind = KIND_DIRECTORY, .clock_ms = 1, .salts = salts};
    int rc;

    memset(&what, 0, sizeof what);
    (void)snprintf(what.unit, sizeof what.unit, "%s", unit->key);
    (void)snprintf(what.slug, sizeof what.slug, "%s", unit->slug);
    (void)snprintf(what.name, sizeof what.name, "%s", unit->name);
    (void)snprintf(what.phone, sizeof what.phone, "%s", unit->phone);
    wire_unit_encode(&fact, &what);
    known = (struct known){buf_bytes(&fact), false};
    rc = ledger_record(hub->ledger, hub->keys.home, &record, &row, compare,
                       &known);
    if (rc == ERR_MISSING || (rc == 0 && !known.same)) {
        write.record = record;
        write.version = row.version + 1;
        write.fact = known.wanted;
        salt_of(salts, known.wanted);
        rc = hub_write(hub, &hub->all, &write, err);
    }
    buf_free(&fact);
    return rc;
}

int hub_directory_publish(struct hub *hub, struct error *err)
{
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < hub_registry_count(hub->registry); i++) {
        const struct node_key *key = hub_registry_at(hub->registry, i);
        const struct unit *unit = roster_find(&hub->roster, key->unit);

        if (unit != NULL && key->state == NODE_ENROLLED)
            rc = publish(hub, unit, err);
    }
    return rc;
}
