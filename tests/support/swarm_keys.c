/* tests/support/swarm_keys.c - see swarm_keys.h. A text file: words and hex. */
#include "tests/support/swarm_keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/file.h"
#include "common/base/mem.h"
#include "hub/enrolment.h"
#include "hub/hub.h"
#include "hub/rotation.h"

enum { FILE_MOST = 64 << 20 };

void swarm_chain_add(struct swarm_chain *chain, const struct hash *h)
{
    size_t count = chain->h == NULL ? 0 : chain->head + 1;

    if (count == chain->room) {
        chain->room = chain->room == 0 ? 8 : chain->room * 2;
        chain->h = mem_grow(chain->h, chain->room, sizeof *chain->h);
    }
    chain->h[count] = *h;
    chain->head = count;
}

void swarm_keys_roster(struct buf *out, size_t count)
{
    buf_add_text(out, "code,valid_from,slug,name,phone\n");
    for (size_t i = 1; i <= count; i++)
        buf_printf(out, "%05zu,2025-07-01,u%04zu,Đơn vị %zu,0234%06zu\n", i, i,
                   i, i);
}

/* ---- making */

static void add_hex(struct buf *out, const void *bytes, size_t size)
{
    char hex[2 * 64 + 1];

    hex_encode(hex, bytes, size);
    buf_printf(out, " %s", hex);
}

static int add_chain(struct buf *out, struct hub *hub,
                     const struct stream_name *name)
{
    struct ledger_stream s;
    struct hash h;
    int rc = ledger_stream(hub->ledger, &s, name, true);

    if (rc != 0)
        return rc;
    buf_printf(out, " %llu", (unsigned long long)s.head.seq);
    for (uint64_t seq = 0; seq <= s.head.seq && rc == 0; seq++) {
        rc = ledger_hash_at(hub->ledger, name, seq, &h);
        add_hex(out, h.bytes, sizeof h.bytes);
    }
    return rc;
}

static int enrol(struct hub *hub, const char *unit, struct buf *out,
                 struct error *err)
{
    struct node_key key = {.number = hub_enrolment_next_number(hub, unit),
                           .state = NODE_ENROLLED,
                           .since_ms = hub->wall_ms};
    struct stream_name orders = hub_unit_channel(hub, unit);
    struct curve_key curve;
    struct sign_key sign;
    int rc;

    curve_key_generate(&curve);
    sign_key_generate(&sign);
    (void)snprintf(key.unit, sizeof key.unit, "%s", unit);
    memcpy(key.curve_public, curve.public_key, sizeof key.curve_public);
    memcpy(key.sign_public, sign.public_key, sizeof key.sign_public);
    if ((rc = hub_enrolment_publish(hub, &key, err)) != 0)
        return rc;
    buf_printf(out, "node %s %llu", unit, (unsigned long long)key.number);
    add_hex(out, curve.public_key, sizeof curve.public_key);
    add_hex(out, curve.secret, sizeof curve.secret);
    add_hex(out, sign.seed, sizeof sign.seed);
    rc = add_chain(out, hub, &orders);
    buf_add_text(out, "\n");
    return rc;
}

static int enrol_all(struct hub *hub, size_t count, struct buf *out,
                     struct error *err)
{
    int rc = 0;

    buf_printf(out, "hub %s", hub->keys.home);
    add_hex(out, hub_rotation_curve(hub), CURVE_BYTES);
    add_hex(out, hub->keys.sign.public_key, SIGN_PUBLIC_BYTES);
    buf_add_text(out, "\n");
    for (size_t i = 0; i < count && rc == 0; i++)
        rc = enrol(hub, hub->roster.units[i].key, out, err);
    if (rc == 0 && (rc = hub_settle(hub, err)) == 0) {
        buf_add_text(out, "all");
        rc = add_chain(out, hub, &hub->all);
        buf_add_text(out, "\n");
    }
    return rc;
}

int swarm_keys_make(const char *data, size_t count, const char *path,
                    struct error *err)
{
    struct hub *hub = NULL;
    struct buf out = {0};
    int rc = hub_open(&hub, data, HUB_COMMAND, err);

    if (rc == 0 && count > hub->roster.count)
        rc = error_set(err, ERR_INVALID, "the roster has %zu units",
                       hub->roster.count);
    if (rc == 0 && (rc = hub_begin(hub)) == 0) {
        rc = enrol_all(hub, count, &out, err);
        if (rc == 0)
            rc = hub_commit(hub, err);
        else
            hub_rollback(hub);
    }
    if (rc == 0)
        rc = file_write(path, buf_bytes(&out), 0600, err);
    hub_close(&hub);
    buf_free(&out);
    return rc;
}

/* ---- reading */

/* The next word of the line, cut out of it. */
static const char *word(char **at)
{
    char *begin = *at;

    *at += strcspn(*at, " ");
    if (**at != '\0')
        *(*at)++ = '\0';
    return begin;
}

static bool take_chain(struct swarm_chain *chain, char **at)
{
    uint64_t head = strtoull(word(at), NULL, 10);
    struct hash h;

    for (uint64_t i = 0; i <= head; i++) {
        if (!hex_decode(h.bytes, sizeof h.bytes, word(at)))
            return false;
        swarm_chain_add(chain, &h);
    }
    return true;
}

static bool take_node(struct swarm_keys *keys, char **at)
{
    struct swarm_key *key = &keys->keys[keys->count];
    uint8_t seed[SIGN_SEED_BYTES];

    memset(key, 0, sizeof *key);
    (void)snprintf(key->unit, sizeof key->unit, "%s", word(at));
    key->number = strtoull(word(at), NULL, 10);
    if (!hex_decode(key->curve.public_key, CURVE_BYTES, word(at)) ||
        !hex_decode(key->curve.secret, CURVE_BYTES, word(at)) ||
        !hex_decode(seed, sizeof seed, word(at)) ||
        !take_chain(&key->orders, at))
        return false;
    sign_key_from_seed(&key->sign, seed);
    keys->count++;
    return true;
}

static bool take_line(struct swarm_keys *keys, char *line)
{
    const char *what = word(&line);

    if (strcmp(what, "node") == 0) {
        if (keys->count % 256 == 0)
            keys->keys =
                mem_grow(keys->keys, keys->count + 256, sizeof *keys->keys);
        return take_node(keys, &line);
    }
    if (strcmp(what, "all") == 0)
        return take_chain(&keys->all, &line);
    (void)snprintf(keys->hub, sizeof keys->hub, "%s", word(&line));
    return hex_decode(keys->hub_curve, CURVE_BYTES, word(&line)) &&
           hex_decode(keys->hub_sign, SIGN_PUBLIC_BYTES, word(&line));
}

int swarm_keys_read(struct swarm_keys *out, const char *path, struct error *err)
{
    struct buf content = {0};
    char *line, *next;
    int rc = file_read(&content, path, FILE_MOST, err);

    memset(out, 0, sizeof *out);
    if (rc != 0)
        return rc;
    buf_add_u8(&content, 0);
    line = (char *)content.data;
    for (; rc == 0 && (next = strchr(line, '\n')) != NULL; line = next) {
        *next++ = '\0';
        if (!take_line(out, line))
            rc = error_set(err, ERR_INVALID, "%s: not made by `make`", path);
    }
    mem_wipe(content.data, content.size);
    buf_free(&content);
    return rc;
}

void swarm_keys_free(struct swarm_keys *keys)
{
    for (size_t i = 0; i < keys->count; i++)
        mem_free(&keys->keys[i].orders.h);
    mem_free(&keys->keys);
    mem_free(&keys->all.h);
}
