#include "hub/directory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/crypto/digest.h"
#include "common/domain/text.h"

/* A setting: a mark that it was given once, and the number. */
static const char DISTRICT_PHONE[] = "district_phone";
static const char CHANGED[] = "phones_changed"; /* when, for who reads them */

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
    rc = ledger_record(hub->ledger, hub->keys.home, &record, &row, NULL, NULL);
    if (rc == 0 && (rc = ledger_record(hub->ledger, hub->keys.home, &record,
                                       NULL, compare, &known)) == ERR_DAMAGED)
        rc = 0; /* it rotted: said anew */
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

/* The district stands among them under the hub's own home. */
static int publish_district(struct hub *hub, struct error *err)
{
    struct unit unit;

    memset(&unit, 0, sizeof unit);
    (void)snprintf(unit.key, sizeof unit.key, "%s", hub->keys.home);
    (void)snprintf(unit.slug, sizeof unit.slug, "district");
    (void)snprintf(unit.name, sizeof unit.name, "%s",
                   hub_store_setting(hub->store, "name"));
    (void)snprintf(unit.phone, sizeof unit.phone, "%s",
                   hub_directory_district(hub));
    return publish(hub, &unit, err);
}

static int publish_key(struct hub *hub, const char *unit_key, struct error *err)
{
    const struct node_key *key = hub_registry_unit(hub->registry, unit_key);
    const struct unit *unit = roster_find(&hub->roster, unit_key);

    return unit != NULL && key != NULL && key->state == NODE_ENROLLED
               ? publish(hub, unit, err)
               : 0;
}

int hub_directory_publish_of(struct hub *hub, const struct hub_units *units,
                             struct error *err)
{
    int rc = 0;

    if (units->all)
        return hub_directory_publish(hub, err);
    for (size_t i = 0; rc == 0 && i < units->count; i++)
        rc = publish_key(hub, units->keys[i], err);
    return rc;
}

int hub_directory_publish(struct hub *hub, struct error *err)
{
    int rc = 0;

    if (hub_store_setting(hub->store, DISTRICT_PHONE)[0] != '\0')
        rc = publish_district(hub, err);
    for (size_t i = 0; rc == 0 && i < hub_registry_count(hub->registry); i++) {
        const struct node_key *key = hub_registry_at(hub->registry, i);
        const struct unit *unit = roster_find(&hub->roster, key->unit);

        if (unit != NULL && key->state == NODE_ENROLLED)
            rc = publish(hub, unit, err);
    }
    return rc;
}

/* ---- numbers that change */

const char *hub_directory_district(struct hub *hub)
{
    const char *text = hub_store_setting(hub->store, DISTRICT_PHONE);

    return text[0] == '=' ? text + 1 : "";
}

void hub_directory_refresh(struct hub *hub)
{
    int64_t changed = strtoll(hub_store_setting(hub->store, CHANGED), NULL, 10);
    struct roster fresh;

    if (changed == hub->phones_changed ||
        hub_store_load_roster(hub->store, &fresh) != 0)
        return;
    for (size_t i = 0; i < fresh.count && i < hub->roster.count; i++)
        memcpy(hub->roster.units[i].phone, fresh.units[i].phone,
               UNIT_PHONE_BYTES);
    hub->phones_changed = changed;
    roster_free(&fresh);
}

static int keep(struct hub *hub, struct unit *unit, const char *phone)
{
    char text[UNIT_PHONE_BYTES + 1], now[24];
    int rc;

    hub->phones_changed++; /* never twice the same */
    if (hub->phones_changed < hub->wall_ms)
        hub->phones_changed = hub->wall_ms;
    (void)snprintf(now, sizeof now, "%lld", (long long)hub->phones_changed);
    if ((rc = hub_store_set(hub->store, CHANGED, now)) != 0)
        return rc;
    if (unit == NULL) {
        (void)snprintf(text, sizeof text, "=%s", phone);
        return hub_store_set(hub->store, DISTRICT_PHONE, text);
    }
    if ((rc = hub_store_set_phone(hub->store, unit->key, phone)) == 0)
        (void)snprintf(unit->phone, sizeof unit->phone, "%s", phone);
    return rc;
}

static struct unit *own_unit(struct hub *hub, const char *word)
{
    const struct unit *unit = roster_find(&hub->roster, word);

    return unit == NULL ? NULL : &hub->roster.units[unit - hub->roster.units];
}

static int check_phone(const char *phone, struct error *err)
{
    if (phone == NULL || strlen(phone) >= UNIT_PHONE_BYTES ||
        (*phone != '\0' && !text_is_line(bytes_of_text(phone))) ||
        strspn(phone, "0123456789 +-.()") != strlen(phone))
        return error_set(err, ERR_INVALID,
                         "phone: digits with spaces or dots, at most %d",
                         UNIT_PHONE_BYTES - 1);
    return 0;
}

int hub_directory_run_set(struct hub *hub, const struct json *args,
                          struct json *out, struct error *err)
{
    const char *word = json_get_text(args, "unit");
    const char *phone = json_get_text(args, "phone");
    struct unit *unit = NULL;
    int rc = check_phone(phone, err);

    if (rc != 0)
        return rc;
    if (word == NULL ||
        (strcmp(word, "district") != 0 && (unit = own_unit(hub, word)) == NULL))
        return error_set(err, ERR_MISSING,
                         "the roster has no unit \"%.60s\": give its short "
                         "name, or district",
                         word == NULL ? "" : word);
    json_set_text(out, "unit", unit == NULL ? "district" : unit->slug);
    json_set_text(out, "phone", phone);
    if ((rc = keep(hub, unit, phone)) != 0)
        return error_set(err, rc, "the database cannot be written");
    return hub_directory_publish(hub, err);
}

int hub_directory_apply(struct hub *hub, const struct change *change,
                        struct error *err)
{
    struct unit_fact fact;
    struct unit *unit;
    int rc = wire_unit_decode(&fact, change->part[PART_FACT].bytes, err);

    if (rc != 0)
        return rc;
    if (strcmp(fact.unit, hub->keys.home) == 0)
        return strcmp(fact.phone, hub_directory_district(hub)) == 0
                   ? 0
                   : keep(hub, NULL, fact.phone);
    unit = own_unit(hub, fact.unit);
    return unit == NULL || strcmp(fact.phone, unit->phone) == 0
               ? 0
               : keep(hub, unit, fact.phone);
}
