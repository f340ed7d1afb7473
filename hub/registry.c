/* hub/registry.c - a plain array: a district has tens of machines, the nation a
 * few thousand; lookups by key go through a small hash table. */
#include "hub/registry.h"

#include <string.h>

#include "common/base/mem.h"
#include "common/crypto/sign.h"

struct registry {
    struct node_key *keys;
    size_t count, room;
    uint32_t *slots;   /* by curve key: index + 1 */
    size_t slot_count; /* a power of two, at least twice `count` */
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
    mem_free(&(*registry)->slots);
    mem_free(registry);
}

/* CURVE keys are random: their first bytes are hash enough. */
static size_t first_slot(const struct registry *r, const uint8_t key[32])
{
    return get_u32(key) & (r->slot_count - 1);
}

static void index_all(struct registry *r)
{
    if (r->slot_count < r->room * 2) {
        r->slot_count = r->room * 2;
        mem_free(&r->slots);
        r->slots = mem_array(r->slot_count, sizeof *r->slots);
    }
    memset(r->slots, 0, r->slot_count * sizeof *r->slots);
    for (size_t i = 0; i < r->count; i++) {
        size_t at = first_slot(r, r->keys[i].curve_public);

        while (r->slots[at] != 0)
            at = (at + 1) & (r->slot_count - 1);
        r->slots[at] = (uint32_t)i + 1;
    }
}

/* Every lower number of the unit that is not revoked is retiring. */
static void renumber(struct registry *r, const char *unit)
{
    uint64_t highest = 0;

    for (size_t i = 0; i < r->count; i++)
        if (strcmp(r->keys[i].unit, unit) == 0 && r->keys[i].number > highest)
            highest = r->keys[i].number;
    for (size_t i = 0; i < r->count; i++)
        if (strcmp(r->keys[i].unit, unit) == 0 && r->keys[i].number < highest &&
            r->keys[i].state == NODE_ENROLLED)
            r->keys[i].state = NODE_RETIRING;
}

void hub_registry_put(struct registry *registry, const struct node_key *key)
{
    struct node_key *place = NULL;

    for (size_t i = 0; i < registry->count; i++)
        if (registry->keys[i].number == key->number &&
            strcmp(registry->keys[i].unit, key->unit) == 0)
            place = &registry->keys[i];
    if (place == NULL) {
        if (registry->count == registry->room) {
            registry->room = registry->room == 0 ? 16 : registry->room * 2;
            registry->keys = mem_grow(registry->keys, registry->room,
                                      sizeof *registry->keys);
        }
        place = &registry->keys[registry->count++];
    }
    *place = *key;
    renumber(registry, key->unit);
    index_all(registry);
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

    for (size_t i = 0; i < registry->count; i++)
        if (strcmp(registry->keys[i].unit, unit) == 0 &&
            (found == NULL || registry->keys[i].number > found->number))
            found = &registry->keys[i];
    return found;
}

const struct node_key *hub_registry_number(const struct registry *registry,
                                           const char *unit, uint64_t number)
{
    for (size_t i = 0; i < registry->count; i++)
        if (registry->keys[i].number == number &&
            strcmp(registry->keys[i].unit, unit) == 0)
            return &registry->keys[i];
    return NULL;
}

const struct node_key *hub_registry_signer(const struct registry *registry,
                                           const char *unit,
                                           const uint8_t key_id[8])
{
    for (size_t i = 0; i < registry->count; i++) {
        uint8_t id[SIGN_KEY_ID_BYTES];

        if (strcmp(registry->keys[i].unit, unit) != 0)
            continue;
        sign_key_id(id, registry->keys[i].sign_public);
        if (memcmp(id, key_id, sizeof id) == 0)
            return &registry->keys[i];
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
