/* tests/unit/test_bundle_fixture.h - a district and a commune without a line,
 * and what goes by stick from one to the other.
 */
#ifndef LIENXA_TESTS_BUNDLE_FIXTURE_H
#define LIENXA_TESTS_BUNDLE_FIXTURE_H

#include "tests/unit/test_hub_fixture.h"

#include "common/bundle/words.h"
#include "common/crypto/sign.h"
#include "common/store/ledger_vault.h"
#include "hub/bundle.h"
#include "node/bundle.h"
#include "node/uplink_bundle.h"
#include "tests/support/node_world.h"

struct district {
    struct fixture *f; /* the hub's */
    struct node_world *w;
};

/* The commune joins as `join` and an operator would make it. */
static inline void join(struct district *d)
{
    struct node *node = d->w->node;
    struct hub *hub = d->f->hub;
    struct node_key key = {.number = 1, .state = NODE_ENROLLED, .since_ms = 1};
    struct id id = random_id(1);
    struct buf fact = {0};
    char orders[LIMIT_CHANNEL];

    memcpy(node->keys.hub, hub->keys.home, sizeof node->keys.hub);
    memcpy(node->keys.root_public, hub->keys.root_public, 32);
    memcpy(node->keys.hub_curve, hub->keys.curve.public_key, 32);
    node->all = stream_name_make(node->keys.hub, "all");
    (void)snprintf(orders, sizeof orders, "unit:%s", node->keys.unit);
    node->orders = stream_name_make(node->keys.hub, orders);
    (void)snprintf(key.unit, sizeof key.unit, "%s", node->keys.unit);
    memcpy(key.curve_public, node->keys.curve.public_key, 32);
    memcpy(key.sign_public, node->keys.sign.public_key, 32);
    wire_node_key_encode(&fact, &key);
    assert_int_equal(hub_append(hub, &hub->all, KIND_NODE_KEY, &id, 1, 1,
                                buf_bytes(&fact), &d->f->err),
                     0);
    hub_registry_put(hub->registry, &key);
    buf_free(&fact);
    keep(d->f);
}

static inline int found(void **state)
{
    struct district *d = mem_new(sizeof *d);

    assert_int_equal(open_hub((void **)&d->f), 0);
    d->w = node_world_new();
    join(d);
    *state = d;
    return 0;
}

static inline int dissolve(void **state)
{
    struct district *d = *state;

    assert_int_equal(close_hub((void **)&d->f), 0);
    node_world_free(d->w);
    mem_free(&d);
    return 0;
}

static inline void report(struct district *d, const char *category)
{
    char args[96];
    struct json *out;

    (void)snprintf(args, sizeof args, "{\"category\":\"%s\",\"text\":\"x\"}",
                   category);
    out = node_world_do(d->w, "report.add", args);
    json_free(&out);
}

/* ---- one block each, which is enough for so little */

static inline struct json *up_of(struct district *d, const char *args)
{
    struct json *made = node_world_do(d->w, "bundle.make", args);

    assert_true(json_get_flag(made, "last"));
    return made;
}

static inline struct json *down(struct district *d)
{
    struct json *args = json_object_new(), *made = json_object_new();

    json_set_text(args, "unit", NODE_WORLD_UNIT);
    assert_int_equal(hub_bundle_make(d->f->hub, args, made, &d->f->err), 0);
    assert_true(json_get_flag(made, "last"));
    json_free(&args);
    return made;
}

/* The arguments of bundle.take: without the size and hash in front. */
static inline struct json *unpacked(const struct json *made)
{
    struct json *args = json_object_new();
    struct buf bytes = {0}, text = {0};

    assert_int_equal(bundle_block_text(&bytes, made, NULL), 0);
    base64url_encode(&text, bytes_of(bytes.data + BUNDLE_HEAD_BYTES,
                                     bytes.size - BUNDLE_HEAD_BYTES));
    json_set_text(args, "block", buf_text(&text));
    buf_free(&bytes);
    buf_free(&text);
    return args;
}

static inline struct json *at_hub(struct district *d, const struct json *made)
{
    struct json *args = unpacked(made), *out = json_object_new();

    assert_int_equal(hub_bundle_take(d->f->hub, args, out, &d->f->err), 0);
    json_free(&args);
    return out;
}

static inline struct json *at_node(struct district *d, const struct json *made)
{
    struct json *args = unpacked(made), *out;
    struct buf text = {0};

    json_write(&text, args);
    out = node_world_do(d->w, "bundle.take", buf_text(&text));
    json_free(&args);
    buf_free(&text);
    return out;
}

static inline int64_t take_number(struct json *out, const char *key)
{
    int64_t value = -1;

    (void)json_get_i64(out, key, &value);
    json_free(&out);
    return value;
}

static inline void assert_problem(struct json *out, const char *words,
                                  bool hostile)
{
    const char *problem = json_get_text(out, "problem");

    if (problem == NULL || strstr(problem, words) == NULL)
        fail_msg("\"%s\" says nothing of \"%s\"",
                 problem == NULL ? "" : problem, words);
    assert_int_equal(json_get_flag(out, "hostile"), hostile);
    json_free(&out);
}

static inline uint64_t acked(struct district *d)
{
    struct ledger_stream s;

    assert_int_equal(
        ledger_stream(d->w->node->ledger, &s, &d->w->node->up, true), 0);
    return s.acked;
}

static inline uint64_t held(struct district *d)
{
    struct stream_name name = stream_name_make(NODE_WORLD_UNIT, STREAM_UP);
    struct ledger_stream s;

    assert_int_equal(ledger_stream(d->f->hub->ledger, &s, &name, false), 0);
    return s.head.seq;
}

#endif
