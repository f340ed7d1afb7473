#include "node/units.h"

#include <stdio.h>
#include <string.h>

#include "common/crypto/sign.h"

struct search {
    const char *word;
    bool by_key; /* nothing else */
    struct unit_fact *out;
    size_t count;
};

/* "19897" of "19897@20040708". */
static bool has_code(const char *key, const char *code)
{
    size_t size = strlen(code);

    return strncmp(key, code, size) == 0 && key[size] == '@';
}

static int match(void *who, const struct record_row *row,
                 const struct entry *entry)
{
    struct search *s = who;
    struct unit_fact unit;

    (void)row;
    if (entry == NULL ||
        wire_unit_decode(&unit, entry->change.part[PART_FACT].bytes, NULL) != 0)
        return 0;
    if (strcmp(unit.unit, s->word) != 0 &&
        (s->by_key ||
         (strcmp(unit.slug, s->word) != 0 && !has_code(unit.unit, s->word))))
        return 0;
    *s->out = unit;
    s->count++;
    return 0;
}

static bool is_district(const struct node *node, const char *word)
{
    return word[0] == '\0' || strcmp(word, "district") == 0 ||
           strcmp(word, node->keys.hub) == 0;
}

static void set_district(const struct node *node, struct unit_fact *out)
{
    memset(out, 0, sizeof *out);
    (void)snprintf(out->unit, sizeof out->unit, "%s", node->keys.hub);
    (void)snprintf(out->slug, sizeof out->slug, "district");
    (void)snprintf(out->name, sizeof out->name, "the district");
}

static void set_own(const struct node *node, struct unit_fact *out)
{
    memset(out, 0, sizeof *out);
    (void)snprintf(out->unit, sizeof out->unit, "%s", node->keys.unit);
    (void)snprintf(out->slug, sizeof out->slug, "%s", node->keys.unit_slug);
    (void)snprintf(out->name, sizeof out->name, "%s", node->keys.unit_name);
}

int node_units_find(struct node *node, const char *word, struct unit_fact *out,
                    struct error *err)
{
    struct search s = {word, false, out, 0};
    int rc;

    if (is_district(node, word)) {
        set_district(node, out);
        return 0;
    }
    if (strcmp(word, node->keys.unit_slug) == 0 ||
        strcmp(word, node->keys.unit) == 0 || has_code(node->keys.unit, word)) {
        set_own(node, out);
        return 0;
    }
    rc =
        ledger_records(node->ledger, KIND_DIRECTORY, node->keys.hub, match, &s);
    if (rc != 0)
        return error_set(err, rc, "the database cannot be read");
    if (s.count == 0)
        return error_set(err, ERR_MISSING,
                         "the hub has told us of no commune \"%.60s\" that "
                         "has a machine: give its short name or code, as "
                         "quang-phu",
                         word);
    if (s.count > 1)
        return error_set(err, ERR_CONFLICT,
                         "\"%.60s\" names more than one commune: give its "
                         "short name, as quang-phu",
                         word);
    return 0;
}

void node_units_name(struct node *node, const char *key, struct unit_fact *out)
{
    struct search s = {key, true, out, 0};

    if (is_district(node, key)) {
        set_district(node, out);
        return;
    }
    memset(out, 0, sizeof *out);
    if (strcmp(key, node->keys.unit) == 0) {
        set_own(node, out);
        return;
    }
    (void)ledger_records(node->ledger, KIND_DIRECTORY, node->keys.hub, match,
                         &s);
    if (s.count > 0)
        return;
    (void)snprintf(out->unit, sizeof out->unit, "%s", key);
    (void)snprintf(out->slug, sizeof out->slug, "%s", key);
    (void)snprintf(out->name, sizeof out->name, "%s", key);
}

void node_units_district(struct node *node, struct unit_fact *out)
{
    struct search s = {node->keys.hub, true, out, 0};

    set_district(node, out);
    (void)ledger_records(node->ledger, KIND_DIRECTORY, node->keys.hub, match,
                         &s);
    (void)snprintf(out->slug, sizeof out->slug, "district");
}

/* ---- who signed */

struct signer {
    const char *unit;
    const uint8_t *key_id;
    uint8_t public_key[32];
    bool found;
};

static int match_signer(void *who, const struct record_row *row,
                        const struct entry *entry)
{
    struct signer *s = who;
    struct node_key key;
    uint8_t id[SIGN_KEY_ID_BYTES];

    (void)row;
    if (entry == NULL ||
        wire_node_key_decode(&key, entry->change.part[PART_FACT].bytes, NULL) !=
            0 ||
        strcmp(key.unit, s->unit) != 0)
        return 0;
    sign_key_id(id, key.sign_public);
    if (memcmp(id, s->key_id, sizeof id) != 0)
        return 0;
    memcpy(s->public_key, key.sign_public, sizeof s->public_key);
    s->found = true;
    return 1;
}

bool node_units_signed(struct node *node, const struct hash *digest,
                       const struct change *change)
{
    struct signer s = {.unit = change->header.home, .key_id = change->key_id};

    (void)ledger_records(node->ledger, KIND_NODE_KEY, node->keys.hub,
                         match_signer, &s);
    return s.found &&
           sign_verify(change->signature, s.public_key, CHANGE_SIGN_DOMAIN,
                       bytes_of(digest->bytes, sizeof digest->bytes));
}
