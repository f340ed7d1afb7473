/* hub/registry.h - who may speak: the enrolled machines, by key and by unit.
 *
 * In memory, loop thread only; the truth is the key directory in hub/store.h,
 * which is itself the state of signed changes in `all` (PROTOCOL 8.4). A unit's
 * certificates are numbered: once a higher one is in the directory, every lower
 * one of that unit that is not revoked is retiring.
 */
#ifndef LIENXA_HUB_REGISTRY_H
#define LIENXA_HUB_REGISTRY_H

#include "common/wire/record.h"

struct registry;

struct registry *hub_registry_new(void);
void hub_registry_free(struct registry **registry);

/* Adds or replaces the entry of (unit, number). */
void hub_registry_put(struct registry *registry, const struct node_key *key);

/* By CURVE key; NULL: never enrolled. `state` is already what the numbering
 * makes of it. Of a machine that is in the directory twice (hub/readmission.h)
 * the higher number. Borrowed until the next put. */
const struct node_key *hub_registry_find(const struct registry *registry,
                                         const uint8_t curve_public[32]);

/* The unit's highest numbered machine, whatever its state; NULL: none. */
const struct node_key *hub_registry_unit(const struct registry *registry,
                                         const char *unit);

/* The machine with this certificate; NULL: none. */
const struct node_key *hub_registry_number(const struct registry *registry,
                                           const char *unit, uint64_t number);

/* The signing key behind an 8-byte key id among the unit's machines. NULL when
 * it is none of theirs. Revoked ones too: what they wrote before stands. */
const struct node_key *hub_registry_signer(const struct registry *registry,
                                           const char *unit,
                                           const uint8_t key_id[8]);

size_t hub_registry_count(const struct registry *registry);
const struct node_key *hub_registry_at(const struct registry *registry,
                                       size_t i);

#endif
