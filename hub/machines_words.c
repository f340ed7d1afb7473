/* hub/machines_words.c - see machines_words.h. */
#include "hub/machines_words.h"

#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"
#include "hub/exchange.h"
#include "hub/machines.h"

/* ---- the list */

static void set_time(struct json *out, const char *key, int64_t wall_ms)
{
    char text[CLOCK_TEXT_BYTES];

    json_set_text(out, key, wall_ms == 0 ? NULL : clock_text(text, wall_ms));
}

static void retiring_words(struct hub *hub, const struct node_key *key,
                           const struct machine_row *row, bool known,
                           char out[160])
{
    struct rotation_row rotation;
    bool rotated = machine_store_rotation(hub->machines, key->unit, key->number,
                                          &rotation) == 0;

    if (known && row->drained_ms != 0)
        (void)snprintf(out, 160, "%s",
                       rotated ? "its keys were changed; nothing is left of it"
                               : "drained: may be switched off and erased");
    else if (known && row->waiting > 0)
        (void)snprintf(out, 160, "retiring: %lld changes still there",
                       (long long)row->waiting);
    else if (known && row->waiting == 0 &&
             ledger_early_count(hub->ledger, key->unit) == 0)
        (void)snprintf(out, 160,
                       "retiring: its changes are here, names and words are "
                       "not all: keep it, see `alarm list`");
    else if (known && row->waiting == 0)
        (void)snprintf(
            out, 160,
            "retiring: all handed over, the present machine has yet to take "
            "%llu of it",
            (unsigned long long)ledger_early_count(hub->ledger, key->unit));
    else
        (void)snprintf(out, 160,
                       "retiring: not heard of since; keep it, it may hold "
                       "reports");
}

static struct json *machine_json(struct hub *hub, const struct node_key *key)
{
    struct json *out = json_object_new();
    struct machine_row row;
    bool known =
        machine_store_get(hub->machines, key->unit, key->number, &row) == 0;
    const char *state = "enrolled";
    char words[160] = "at work";
    char address[128];

    (void)snprintf(address, sizeof address, "%s", row.address);
    if (key->state == NODE_RETIRING) {
        state = "retiring";
        retiring_words(hub, key, &row, known, words);
    } else if (key->state == NODE_REVOKED) {
        state = "revoked";
        (void)snprintf(words, sizeof words,
                       "revoked: nothing is taken from it");
    }
    json_set_i64(out, "certificate", (int64_t)key->number);
    json_set_text(out, "state", state);
    json_set_text(out, "words", words);
    if (known && row.waiting >= 0)
        json_set_i64(out, "waiting", row.waiting);
    else
        json_set_null(out, "waiting");
    set_time(out, "drained", known ? row.drained_ms : 0);
    json_set_text(out, "address", address[0] == '\0' ? NULL : address);
    set_time(out, "last_seen", known ? row.last_seen_ms : 0);
    return out;
}

struct json *hub_machines_list(struct hub *hub, const char *unit)
{
    const struct node_key *present = hub_registry_unit(hub->registry, unit);
    uint64_t number = present == NULL ? 0 : present->number;
    struct json *out = json_array_new();

    for (; number > 0; number--) {
        const struct node_key *key =
            hub_registry_number(hub->registry, unit, number);

        if (key != NULL)
            json_add(out, machine_json(hub, key));
    }
    return out;
}

/* ---- the commands */

static const char *unit_of(const struct json *args, struct error *err)
{
    const char *unit = json_get_text(args, "unit");

    if (unit == NULL || unit[0] == '\0')
        (void)error_set(err, ERR_INVALID, "name the unit: its slug or code");
    return unit != NULL && unit[0] != '\0' ? unit : NULL;
}

int hub_machines_run_retire(struct hub *hub, const struct json *args,
                            struct json *out, struct error *err)
{
    const char *word = unit_of(args, err);
    const char *certificate = json_get_text(args, "certificate");
    unsigned long long wish = 0;
    uint64_t number = 0;
    char rest;
    int rc;

    if (word == NULL)
        return ERR_INVALID;
    if (certificate != NULL &&
        (sscanf(certificate, "%llu%c", &wish, &rest) != 1 || wish == 0))
        return error_set(err, ERR_INVALID,
                         "--certificate: a number, see `node list`");
    if ((rc = hub_machines_retire(hub, word, wish, &number, err)) != 0)
        return rc;
    json_set_text(out, "unit", roster_find(&hub->roster, word)->slug);
    json_set_i64(out, "certificate", (int64_t)number);
    json_set_flag(out, "present",
                  number ==
                      hub_registry_unit(hub->registry,
                                        roster_find(&hub->roster, word)->key)
                          ->number);
    return 0;
}

int hub_machines_run_rotate(struct hub *hub, const struct json *args,
                            struct json *out, struct error *err)
{
    const char *word = unit_of(args, err);
    enum hub_exchange_order order = ORDER_WAITS;
    const struct node_key *key;
    int rc;

    if (word == NULL)
        return ERR_INVALID;
    if ((rc = hub_machines_order_rotation(hub, word, &key, err)) != 0)
        return rc;
    if (hub->exchange != NULL)
        order = hub_exchange_rotate(hub->exchange, key);
    if (order == ORDER_TOO_OLD)
        return error_set(err, ERR_REFUSED,
                         "the program of %s is too old to change its keys by "
                         "itself: upgrade it, or use `node invite %s` and "
                         "`lienxa-node join TOKEN` there",
                         roster_find(&hub->roster, word)->slug,
                         roster_find(&hub->roster, word)->slug);
    json_set_text(out, "unit", roster_find(&hub->roster, word)->slug);
    json_set_i64(out, "certificate", (int64_t)key->number);
    json_set_flag(out, "said", order == ORDER_SAID);
    return 0;
}
