/* common/wire/vault.c - vault objects as bytes. What a peer or a damaged disk
 * could make large is bounded before it is unpacked. */
#include "common/wire/vault.h"

#include <assert.h>
#include <string.h>

#include "common/wire/inside.h"

enum {
    ZIP_LEVEL = 3,
    PLAIN_LIMIT = LIMIT_BODY + LIMIT_VAULT + 64,
    NAME_LIMIT = 256,
    PASSWORD_LIMIT_TEXT = 128
};

void wire_vault_object_encode(struct buf *out, const struct vault_locked *in)
{
    Lienxa__VaultObject o = LIENXA__VAULT_OBJECT__INIT;

    o.rest_box = wire_data(in->rest_box.data, in->rest_box.size);
    o.recovery_box = wire_data(in->recovery_box.data, in->recovery_box.size);
    o.recovery_id = wire_data(in->recovery_id, sizeof in->recovery_id);
    o.content = wire_data(in->content.data, in->content.size);
    wire_pack(out, &o.base);
}

int wire_vault_object_decode(struct vault_locked *out, struct bytes bytes)
{
    struct wire_small small;
    const Lienxa__VaultObject *in = NULL;

    *out = (struct vault_locked){0};
    wire_small_open(&small, NULL);
    if (bytes.size > LIMIT_VAULT_OBJECT)
        wire_read_fail(&small.reader, ERR_INVALID, "vault object: too large");
    else
        in = wire_unpack(&small.reader, &lienxa__vault_object__descriptor,
                         bytes, "vault object");
    if (in) {
        wire_read_fixed(&small.reader, out->recovery_id,
                        sizeof out->recovery_id, in->recovery_id,
                        "recovery key id");
        out->rest_box = wire_read_within(bytes, in->rest_box);
        out->recovery_box = wire_read_within(bytes, in->recovery_box);
        out->content = wire_read_within(bytes, in->content);
    }
    return wire_small_close(&small);
}

/* ---- the parts inside */

static void part_write(ProtobufCBinaryData *salt, ProtobufCBinaryData *data,
                       const struct part *in)
{
    if (in->form != PART_WHOLE)
        return;
    *salt = wire_data(in->salt, sizeof in->salt);
    *data = wire_data(in->bytes.data, in->bytes.size);
}

void wire_vault_parts_encode(struct buf *out, const struct change *change)
{
    Lienxa__VaultParts p = LIENXA__VAULT_PARTS__INIT;
    struct buf plain = {0};
    size_t room, size;

    part_write(&p.body_salt, &p.body, &change->part[PART_BODY]);
    part_write(&p.vault_salt, &p.vault, &change->part[PART_VAULT]);
    wire_pack(&plain, &p.base);
    room = ZSTD_compressBound(plain.size);
    buf_reserve(out, room);
    size = ZSTD_compress(out->data + out->size, room, plain.data, plain.size,
                         ZIP_LEVEL);
    assert(!ZSTD_isError(size));
    out->size += size;
    buf_free(&plain);
}

static int unzip(struct buf *plain, struct bytes zstd)
{
    unsigned long long size = ZSTD_getFrameContentSize(zstd.data, zstd.size);
    size_t got;

    buf_clear(plain);
    if (size == ZSTD_CONTENTSIZE_UNKNOWN || size == ZSTD_CONTENTSIZE_ERROR ||
        size == 0 || size > PLAIN_LIMIT)
        return ERR_INVALID;
    buf_reserve(plain, (size_t)size);
    got = ZSTD_decompress(plain->data, (size_t)size, zstd.data, zstd.size);
    if (ZSTD_isError(got) || got != size)
        return ERR_INVALID;
    plain->size = got;
    return 0;
}

static void part_read(struct wire_reader *r, struct part *out,
                      struct bytes whole, ProtobufCBinaryData salt,
                      ProtobufCBinaryData data, size_t limit)
{
    if (salt.len == 0 && data.len == 0)
        return;
    out->form = PART_WHOLE;
    wire_read_fixed(r, out->salt, sizeof out->salt, salt, "salt");
    if (data.len > limit)
        wire_read_fail(r, ERR_INVALID, "a part: %zu bytes, at most %zu",
                       data.len, limit);
    out->bytes = wire_read_within(whole, data);
}

int wire_vault_parts_decode(struct part part[PART_COUNT], struct buf *plain,
                            struct bytes zstd)
{
    const Lienxa__VaultParts *in;
    struct wire_small small;
    struct bytes whole;
    int rc = unzip(plain, zstd);

    memset(part, 0, PART_COUNT * sizeof *part);
    if (rc != 0)
        return rc;
    whole = buf_bytes(plain);
    wire_small_open(&small, NULL);
    in = wire_unpack(&small.reader, &lienxa__vault_parts__descriptor, whole,
                     "vault parts");
    if (in) {
        part_read(&small.reader, &part[PART_BODY], whole, in->body_salt,
                  in->body, LIMIT_BODY);
        part_read(&small.reader, &part[PART_VAULT], whole, in->vault_salt,
                  in->vault, LIMIT_VAULT);
        if (part[PART_BODY].form == PART_ABSENT &&
            part[PART_VAULT].form == PART_ABSENT)
            wire_read_fail(&small.reader, ERR_INVALID, "vault parts: none");
    }
    return wire_small_close(&small);
}

/* ---- a commune's keys and people */

static Lienxa__SealingKeyCopy **keys_write(struct wire_arena *arena,
                                           const struct unit_keys_vault *in)
{
    Lienxa__SealingKeyCopy **out = wire_read_array(
        &(struct wire_reader){.arena = arena}, in->key_count, sizeof *out);

    for (size_t i = 0; i < in->key_count; i++) {
        const struct sealing_copy *key = &in->keys[i];

        out[i] = wire_arena_take(arena, sizeof *out[i]);
        lienxa__sealing_key_copy__init(out[i]);
        out[i]->key_id = wire_data(key->key_id, sizeof key->key_id);
        out[i]->custodian = key->custodian;
        out[i]->public_key = wire_data(key->public_key, sizeof key->public_key);
        out[i]->recovery_box =
            wire_data(key->recovery_box.data, key->recovery_box.size);
        out[i]->since_ms = wire_time(key->since_ms);
    }
    return out;
}

static Lienxa__WrappedKeyCopy **wrapped_write(struct wire_arena *arena,
                                              const struct user_copy *user)
{
    Lienxa__WrappedKeyCopy **out = wire_read_array(
        &(struct wire_reader){.arena = arena}, user->key_count, sizeof *out);

    for (size_t i = 0; i < user->key_count; i++) {
        const struct wrapped_copy *key = &user->keys[i];

        out[i] = wire_arena_take(arena, sizeof *out[i]);
        lienxa__wrapped_key_copy__init(out[i]);
        out[i]->key_id = wire_data(key->key_id, sizeof key->key_id);
        out[i]->salt = wire_data(key->salt.data, key->salt.size);
        out[i]->box = wire_data(key->box.data, key->box.size);
    }
    return out;
}

static Lienxa__UserCopy **users_write(struct wire_arena *arena,
                                      const struct unit_keys_vault *in)
{
    Lienxa__UserCopy **out = wire_read_array(
        &(struct wire_reader){.arena = arena}, in->user_count, sizeof *out);

    for (size_t i = 0; i < in->user_count; i++) {
        const struct user_copy *user = &in->users[i];

        out[i] = wire_arena_take(arena, sizeof *out[i]);
        lienxa__user_copy__init(out[i]);
        out[i]->name = (char *)user->name;
        out[i]->role = (char *)user->role;
        out[i]->password = (char *)user->password;
        out[i]->n_keys = user->key_count;
        out[i]->keys = wrapped_write(arena, user);
    }
    return out;
}

/* The counts are ours and bounded by the caller: the arena holds them. */
void wire_unit_keys_vault_encode(struct buf *out,
                                 const struct unit_keys_vault *in)
{
    Lienxa__UnitKeysVault v = LIENXA__UNIT_KEYS_VAULT__INIT;
    struct wire_arena arena;

    assert(in->key_count <= UNIT_KEYS_MOST &&
           in->user_count <= UNIT_USERS_MOST);
    wire_arena_open(&arena, NULL, 0, ARENA_LIMIT);
    v.n_keys = in->key_count;
    v.keys = keys_write(&arena, in);
    v.n_users = in->user_count;
    v.users = users_write(&arena, in);
    wire_pack(out, &v.base);
    wire_arena_close(&arena);
}

static void keys_read(struct wire_reader *r, struct unit_keys_vault *out,
                      const Lienxa__UnitKeysVault *in)
{
    if (!wire_read_count(r, in->n_keys, UNIT_KEYS_MOST, "sealing keys"))
        return;
    out->keys = wire_read_array(r, in->n_keys, sizeof *out->keys);
    for (size_t i = 0; i < in->n_keys && r->rc == 0; i++) {
        const Lienxa__SealingKeyCopy *key = in->keys[i];
        struct sealing_copy *copy = &out->keys[i];

        wire_read_fixed(r, copy->key_id, sizeof copy->key_id, key->key_id,
                        "key id");
        wire_read_fixed(r, copy->public_key, sizeof copy->public_key,
                        key->public_key, "public key");
        copy->custodian = key->custodian != 0;
        copy->recovery_box = wire_bytes(key->recovery_box);
        copy->since_ms = wire_read_time(r, key->since_ms, "key since");
    }
    out->key_count = in->n_keys;
}

static void user_read(struct wire_reader *r, struct user_copy *out,
                      const Lienxa__UserCopy *in)
{
    out->name = wire_read_words(r, in->name, NAME_LIMIT, "user name");
    out->role = wire_read_words(r, in->role, NAME_LIMIT, "user role");
    out->password =
        wire_read_words(r, in->password, PASSWORD_LIMIT_TEXT, "user password");
    if (!wire_read_count(r, in->n_keys, UNIT_KEYS_MOST, "wrapped keys"))
        return;
    out->keys = wire_read_array(r, in->n_keys, sizeof *out->keys);
    for (size_t i = 0; i < in->n_keys && r->rc == 0; i++) {
        wire_read_fixed(r, out->keys[i].key_id, sizeof out->keys[i].key_id,
                        in->keys[i]->key_id, "key id");
        out->keys[i].salt = wire_bytes(in->keys[i]->salt);
        out->keys[i].box = wire_bytes(in->keys[i]->box);
    }
    out->key_count = in->n_keys;
}

int wire_unit_keys_vault_decode(struct unit_keys_vault *out,
                                struct wire_arena *arena, struct bytes bytes,
                                struct error *err)
{
    struct wire_reader r = {arena, err, 0};
    const Lienxa__UnitKeysVault *in;

    *out = (struct unit_keys_vault){0};
    in = wire_unpack(&r, &lienxa__unit_keys_vault__descriptor, bytes,
                     "unit keys vault");
    if (!in)
        return r.rc;
    keys_read(&r, out, in);
    if (r.rc == 0 &&
        wire_read_count(&r, in->n_users, UNIT_USERS_MOST, "users")) {
        out->users = wire_read_array(&r, in->n_users, sizeof *out->users);
        for (size_t i = 0; i < in->n_users && r.rc == 0; i++)
            user_read(&r, &out->users[i], in->users[i]);
        out->user_count = in->n_users;
    }
    return r.rc;
}
