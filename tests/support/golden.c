#include "tests/support/golden.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/crypto/digest.h"
#include "common/crypto/sign.h"

static const struct hash_function sha256 = {crypto_sha256};

const struct golden_item *golden_items(size_t *count)
{
    static struct golden_item all[128];
    const struct {
        const struct golden_item *items;
        size_t count;
    } tables[] = {{golden_messages, golden_message_count},
                  {golden_later, golden_later_count},
                  {golden_packs, golden_pack_count},
                  {golden_records, golden_record_count},
                  {golden_later_records, golden_later_record_count}};

    *count = 0;
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        memcpy(all + *count, tables[i].items, tables[i].count * sizeof *all);
        *count += tables[i].count;
    }
    return all;
}

const struct golden_item *golden_find(const char *name)
{
    size_t count;
    const struct golden_item *items = golden_items(&count);

    for (size_t i = 0; i < count; i++)
        if (strcmp(items[i].name, name) == 0)
            return &items[i];
    return NULL;
}

void golden_run(void *out, uint8_t first, size_t size)
{
    for (size_t i = 0; i < size; i++)
        ((uint8_t *)out)[i] = (uint8_t)(first + i);
}

static struct sign_key golden_key(void)
{
    struct sign_key key;
    uint8_t seed[SIGN_SEED_BYTES];

    golden_run(seed, 0, sizeof seed);
    sign_key_from_seed(&key, seed);
    return key;
}

void golden_sign(struct signed_bytes *out, const char *domain,
                 struct bytes body)
{
    struct sign_key key = golden_key();

    out->body = body;
    sign_key_id(out->key_id, key.public_key);
    sign_bytes(out->signature, &key, domain, body);
}

void golden_sign_change(struct change *change)
{
    struct sign_key key = golden_key();
    struct hash digest = change_digest(&sha256, change);

    change->is_signed = true;
    sign_key_id(change->key_id, key.public_key);
    sign_bytes(change->signature, &key, CHANGE_SIGN_DOMAIN,
               bytes_of(digest.bytes, sizeof digest.bytes));
}

void golden_say(struct buf *text, const char *name, const char *format, ...)
{
    char value[4096];
    va_list list;

    va_start(list, format);
    (void)vsnprintf(value, sizeof value, format, list);
    va_end(list);
    buf_printf(text, "  %s: %s\n", name, value);
}

void golden_say_number(struct buf *text, const char *name, uint64_t value)
{
    golden_say(text, name, "%llu", (unsigned long long)value);
}

void golden_say_hex(struct buf *text, const char *name, const void *data,
                    size_t size)
{
    char *hex = mem_new(2 * size + 1);

    hex_encode(hex, data, size);
    buf_printf(text, "  %s: %s\n", name, hex);
    mem_free(&hex);
}

static const char *judged(const uint8_t *signature, const char *domain,
                          struct bytes body)
{
    struct sign_key key = golden_key();

    return sign_verify(signature, key.public_key, domain, body) ? "good"
                                                                : "bad";
}

void golden_say_signed(struct buf *text, const char *name,
                       const struct signed_bytes *s, const char *domain)
{
    golden_say_hex(text, name, s->body.data, s->body.size);
    golden_say_hex(text, "key id", s->key_id, sizeof s->key_id);
    golden_say_hex(text, "signature", s->signature, sizeof s->signature);
    if (domain != NULL)
        golden_say(text, "signature is", "%s",
                   judged(s->signature, domain, s->body));
}

static void say_part(struct buf *text, const char *name,
                     const struct part *part)
{
    if (part->form == PART_ABSENT)
        return;
    if (part->form == PART_STUB) {
        golden_say(text, name, "a stub");
        golden_say_hex(text, "hash", part->hash.bytes, sizeof part->hash.bytes);
        return;
    }
    golden_say_hex(text, name, part->bytes.data, part->bytes.size);
    golden_say_hex(text, "salt", part->salt, sizeof part->salt);
}

void golden_say_change(struct buf *text, const struct change *change)
{
    const struct change_header *h = &change->header;
    struct hash digest = change_digest(&sha256, change);
    char id[ID_TEXT_BYTES];

    golden_say(text, "change", "%s %s kind %u flags %u version %llu clock %lld",
               h->home, id_text(id, &h->record), h->kind, h->flags,
               (unsigned long long)h->version, (long long)h->clock_ms);
    golden_say_hex(text, "header", change->header_bytes.data,
                   change->header_bytes.size);
    say_part(text, "fact", &change->part[PART_FACT]);
    say_part(text, "body", &change->part[PART_BODY]);
    say_part(text, "vault", &change->part[PART_VAULT]);
    golden_say_hex(text, "digest", digest.bytes, sizeof digest.bytes);
    if (!change->is_signed)
        return;
    golden_say_hex(text, "key id", change->key_id, sizeof change->key_id);
    golden_say(text, "signature is", "%s",
               judged(change->signature, CHANGE_SIGN_DOMAIN,
                      bytes_of(digest.bytes, sizeof digest.bytes)));
}
