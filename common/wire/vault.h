/* common/wire/vault.h - vault objects and what is in them as bytes (PROTOCOL
 * 7.10).
 *
 * Nothing is locked or opened here: that is the node's (node/vault.h), and a
 * hub never does it.
 */
#ifndef LIENXA_WIRE_VAULT_H
#define LIENXA_WIRE_VAULT_H

#include "common/base/error.h"
#include "common/sync/change.h"

enum { VAULT_ID_BYTES = 8 };

struct vault_locked { /* a vault object, taken apart; borrowed from its bytes */
    struct bytes rest_box, recovery_box, content;
    uint8_t recovery_id[VAULT_ID_BYTES];
};
void wire_vault_object_encode(struct buf *out, const struct vault_locked *in);
int wire_vault_object_decode(struct vault_locked *out, struct bytes bytes);

/* Body and vault of a change as one zstd frame; parts that are not whole are
 * left out. */
void wire_vault_parts_encode(struct buf *out, const struct change *change);
/* Into `part`, which borrows from `plain`; what is not there is PART_ABSENT.
 * ERR_INVALID: malformed, none at all, or larger than a body and a vault may
 * be.
 */
int wire_vault_parts_decode(struct part part[PART_COUNT], struct buf *plain,
                            struct bytes zstd);

/* The vault part of a UNIT_KEYS record: see records.proto. Borrowed. */
struct sealing_copy {
    uint8_t key_id[8];
    bool custodian;
    uint8_t public_key[32];
    struct bytes recovery_box;
    int64_t since_ms;
};
struct wrapped_copy {
    uint8_t key_id[8];
    struct bytes salt, box;
};
struct user_copy {
    const char *name, *role, *password;
    size_t key_count;
    struct wrapped_copy *keys;
};
enum { UNIT_KEYS_MOST = 64, UNIT_USERS_MOST = 200 };
struct unit_keys_vault {
    size_t key_count, user_count;
    struct sealing_copy *keys;
    struct user_copy *users;
};
void wire_unit_keys_vault_encode(struct buf *out,
                                 const struct unit_keys_vault *in);
struct wire_arena;
int wire_unit_keys_vault_decode(struct unit_keys_vault *out,
                                struct wire_arena *arena, struct bytes bytes,
                                struct error *err);

#endif
