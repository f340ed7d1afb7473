/* node/hub_keys.c - ways to the hub, as the database keeps them. */
#include "node/hub_keys.h"

#include <stdio.h>
#include <string.h>

#include "common/base/log.h"

enum { FORMER_DAYS = 30, DAY_MS = 24 * 3600 * 1000 };

static struct hub_way pinned(const struct node *node)
{
    struct hub_way way = {.number = 0};

    memcpy(way.curve, node->keys.hub_curve, sizeof way.curve);
    (void)snprintf(way.express, sizeof way.express, "%s", node->keys.express);
    (void)snprintf(way.bulk, sizeof way.bulk, "%s", node->keys.bulk);
    return way;
}

static bool same_way(const struct hub_way *a, const struct hub_way *b)
{
    return memcmp(a->curve, b->curve, sizeof a->curve) == 0 &&
           strcmp(a->express, b->express) == 0 && strcmp(a->bulk, b->bulk) == 0;
}

int node_hub_keys_pin(struct node *node)
{
    struct hub_way way = pinned(node), stored;
    int rc = node_store_way(node->hub_keys, 0, &stored);

    if (rc == 0 && same_way(&way, &stored))
        return 0;
    if (rc == 0) /* a later token knows better than all we were told */
        rc = node_store_ways_clear(node->hub_keys);
    return rc == 0 || rc == ERR_MISSING
               ? node_store_way_add(node->hub_keys, &way)
               : rc;
}

/* Host `*` becomes the one that is dialled already. */
static void fill_host(char address[HUB_ADDRESS_BYTES], const char *dialled)
{
    char out[2 * HUB_ADDRESS_BYTES];
    const char *port = strrchr(address, ':'), *end = strrchr(dialled, ':');

    if (strncmp(address, "tcp://*:", 8) != 0 || end == NULL)
        return;
    (void)snprintf(out, sizeof out, "%.*s%s", (int)(end - dialled), dialled,
                   port);
    if (strlen(out) < HUB_ADDRESS_BYTES)
        memcpy(address, out, strlen(out) + 1);
}

int node_hub_keys_apply(struct node *node, const struct change *change,
                        struct error *err)
{
    struct hub_way way = {.number = 0}, newest;
    struct hub_key key;
    int rc = wire_hub_key_decode(&key, change->part[PART_FACT].bytes, err);

    if (rc != 0)
        return rc;
    if ((rc = node_store_way_newest(node->hub_keys, &newest)) != 0)
        newest = pinned(node);
    way.number = key.number;
    way.stolen = key.stolen;
    memcpy(way.curve, key.curve_public, sizeof way.curve);
    memcpy(way.express, key.express, sizeof way.express);
    memcpy(way.bulk, key.bulk, sizeof way.bulk);
    fill_host(way.express, newest.express);
    fill_host(way.bulk, newest.bulk);
    log_info("hub.key", "number=%llu express=%s",
             (unsigned long long)key.number, way.express);
    node->hub_key_came = true;
    return node_store_way_add(node->hub_keys, &way);
}

size_t node_hub_keys_ways(struct node *node, struct hub_way out[HUB_WAYS])
{
    if (node_store_way_newest(node->hub_keys, &out[0]) != 0) {
        out[0] = pinned(node);
        return 1;
    }
    if (out[0].first_ms != 0 &&
        (out[0].stolen ||
         node->wall_ms - out[0].first_ms > (int64_t)FORMER_DAYS * DAY_MS))
        return 1;
    return node_store_way_former(node->hub_keys, &out[1]) == 0 ? 2 : 1;
}

int node_hub_keys_revoke(struct node *node, const struct signing_key *key)
{
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < key->revoked_count; i++)
        rc = node_store_revoke_signer(node->hub_keys, key->revoked[i]);
    return rc == 0 ? node_store_revoke_trust(node->hub_keys) : rc;
}
