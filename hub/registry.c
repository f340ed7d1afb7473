/* hub/registry.c - an array: a district has tens of machines, the nation a few
 * thousand; by key and by unit they are found through small hash tables. */
#include "hub/registry.h"

#include <string.h>

#include "common/base/mem.h"
#include "common/crypto/sign.h"

struct registry {
    struct node_key *keys;
    uint32_t *next; /* of the same unit: index + 1; beside `keys` */
    size_t count, room;
    uint32_t *slots;   /* by curve key: index + 1 */
    uint32_t *units;   /* by unit: index + 1 of its first */
    size_t slot_count; /* of both: a power of two, at least twice `count` */
};

struct registry *hub_registry_new(void)
{
    return mem_new(sizeof(struct registry));
}

void hub_registry_free(struct registry **registry)
{
    if (*registry == NULL)
        return;
    mem_free(&(*registry)->keys);
    mem_free(&(*registry)->next);
    mem_free(&(*registry)->slots);
    mem_free(&(*registry)->units);
    mem_free(registry);
}

/* CURVE keys are random: their first bytes are hash enough. */
static size_t first_slot(const struct registry *r, const uint8_t key[32])
{
    return get_u32(key) & (r->slot_count - 1);
}

/* Where the unit's first machine stands, or would stand. */
static uint32_t *unit_slot(const struct registry *r, const char *unit)
{
    size_t at = unit_hash(unit) & (r->slot_count - 1);

    while (r->units[at] != 0 &&
           strcmp(r->keys[r->units[at] - 1].unit, unit) != 0)
        at = (at + 1) & (r->slot_count - 1);
    return &r->units[at];
}

/* The first of the unit's machines, and the one behind it; 0: none. */
static uint32_t first_of(const struct registry *r, const char *unit)
{
    return r->count == 0 ? 0 : *unit_slot(r, unit);
}

static void index_one(struct registry *r, size_t i)
{
    size_t at = first_slot(r, r->keys[i].curve_public);
    uint32_t *last = unit_slot(r, r->keys[i].unit);

    while (r->slots[at] != 0)
        at = (at + 1) & (r->slot_count - 1);
    r->slots[at] = (uint32_t)i + 1;
    while (*last != 0)
        last = &r->next[*last - 1];
    *last = (uint32_t)i + 1;
    r->next[i] = 0;
}

static void index_all(struct registry *r)
{
    if (r->slot_count < r->room * 2) {
        r->slot_count = r->room * 2;
        mem_free(&r->slots);
        mem_free(&r->units);
        r->slots = mem_array(r->slot_count, sizeof *r->slots);
        r->units = mem_array(r->slot_count, sizeof *r->units);
    }
    memset(r->slots, 0, r->slot_count * sizeof *r->slots);
    memset(r->units, 0, r->slot_count * sizeof *r->units);
    for (size_t i = 0; i < r->count; i++)
        index_one(r, i);
}

/* Every lower number of the unit that is not revoked is retiring. */
static void renumber(struct registry *r, const char *unit)
{
    uint64_t highest = 0;

    for (uint32_t i = first_of(r, unit); i != 0; i = r->next[i - 1])
        if (r->keys[i - 1].number > highest)
            highest = r->keys[i - 1].number;
    for (uint32_t i = first_of(r, unit); i != 0; i = r->next[i - 1])
        if (r->keys[i - 1].number < highest &&
            r->keys[i - 1].state == NODE_ENROLLED)
            r->keys[i - 1].state = NODE_RETIRING;
}

static void add(struct registry *r, const struct node_key *key)
{
    bool grown = r->count == r->room;

    if (grown) {
        r->room = r->room == 0 ? 16 : r->room * 2;
        r->keys = mem_grow(r->keys, r->room, sizeof *r->keys);
        r->next = mem_grow(r->next, r->room, sizeof *r->next);
    }
    r->keys[r->count++] = *key;
    if (grown)
        index_all(r);
    else
        index_one(r, r->count - 1);
}

void hub_registry_put(struct registry *registry, const struct node_key *key)
{
    const struct node_key *known =
        hub_registry_number(registry, key->unit, key->number);

    if (known == NULL) {
        add(registry, key);
    } else {
        registry->keys[known - registry->keys] = *key;
        index_all(registry); /* it may be another key */
    }
    renumber(registry, key->unit);
}

const struct node_key *hub_registry_find(const struct registry *registry,
                                         const uint8_t curve_public[32])
{
    const struct node_key *found = NULL;

    if (registry->count == 0)
        return NULL;
    for (size_t at = first_slot(registry, curve_public);
         registry->slots[at] != 0; at = (at + 1) & (registry->slot_count - 1)) {
        const struct node_key *key = &registry->keys[registry->slots[at] - 1];

        if (memcmp(key->curve_public, curve_public, 32) == 0 &&
            (found == NULL || key->number > found->number))
            found = key;
    }
    return found;
}

const struct node_key *hub_registry_unit(const struct registry *registry,
                                         const char *unit)
{
    const struct node_key *found = NULL;

    for (uint32_t i = first_of(registry, unit); i != 0;
         i = registry->next[i - 1])
        if (found == NULL || registry->keys[i - 1].number > found->number)
            found = &registry->keys[i - 1];
    return found;
}

const struct node_key *hub_registry_number(const struct registry *registry,
                                           const char *unit, uint64_t number)
{
    for (uint32_t i = first_of(registry, unit); i != 0;
         i = registry->next[i - 1])
        if (registry->keys[i - 1].number == number)
            return &registry->keys[i - 1];
    return NULL;
}

const struct node_key *hub_registry_signer(const struct registry *registry,
                                           const char *unit,
                                           const uint8_t key_id[8])
{
    for (uint32_t i = first_of(registry, unit); i != 0;
         i = registry->next[i - 1]) {
        uint8_t id[SIGN_KEY_ID_BYTES];

        sign_key_id(id, registry->keys[i - 1].sign_public);
        if (memcmp(id, key_id, sizeof id) == 0)
            return &registry->keys[i - 1];
    }
    return NULL;
}

size_t hub_registry_count(const struct registry *registry)
{
    return registry->count;
}

const struct node_key *hub_registry_at(const struct registry *registry,
                                       size_t i)
{
    return i < registry->count ? &registry->keys[i] : NULL;
}
