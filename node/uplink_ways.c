/* node/uplink_ways.c - see uplink_ways.h. */
#include "node/uplink_ways.h"

#include <string.h>

#include "common/base/log.h"
#include "common/base/mem.h"

enum { PROBE_FIRST_MS = 1000, PROBE_MOST_MS = 10 * 60000 };

static int make_link(const struct uplink *u, const struct hub_way *way,
                     enum lane lane, struct net_link **out, struct error *err)
{
    bool express = lane == LANE_EXPRESS;
    struct net_link_config config = {.context = u->context,
                                     .key = u->node->keys.curve,
                                     .address =
                                         express ? way->express : way->bulk,
                                     .heartbeat = express,
                                     .lane = express ? NET_EXPRESS : NET_BULK};

    memcpy(config.server_key, way->curve, sizeof config.server_key);
    return net_link_new(out, &config, err);
}

/* New links, DOWN, for u->ways[u->way]. An address that cannot be dialled shows
 * when it is dialled. */
static int make_links(struct uplink *u, struct error *err)
{
    int rc = 0;

    for (int lane = 0; lane < LANE_COUNT && rc == 0; lane++) {
        net_link_free(&u->lines[lane].link);
        rc = make_link(u, &u->ways[u->way], (enum lane)lane,
                       &u->lines[lane].link, err);
    }
    return rc;
}

int node_uplink_ways_open(struct uplink *u, struct net_context *context,
                          struct error *err)
{
    u->context = context;
    u->way_count = node_hub_keys_ways(u->node, u->ways);
    u->way = 0;
    return make_links(u, err);
}

void node_uplink_ways_close(struct uplink *u)
{
    net_link_free(&u->probe);
    for (int i = 0; i < LANE_COUNT; i++)
        net_link_free(&u->lines[i].link);
}

/* The lines go another way, at a moment when they are down or given up. */
static void take_way(struct uplink *u, size_t way)
{
    struct error err = {""};

    u->way = way;
    u->lines[LANE_BULK].wanted = false;
    if (make_links(u, &err) != 0)
        log_error("hub.way", "reason=\"%s\"", err.text);
    log_debug("hub.way", "number=%llu express=%s",
              (unsigned long long)u->ways[way].number, u->ways[way].express);
}

void node_uplink_ways_changed(struct uplink *u)
{
    struct hub_way now = u->ways[u->way];

    u->way_count = node_hub_keys_ways(u->node, u->ways);
    u->way = 0;
    for (size_t i = 0; i < u->way_count; i++)
        if (u->ways[i].number == now.number)
            u->way = i;
    if (u->ways[u->way].number != now.number) { /* not among the two */
        u->ways[1] = now;
        u->way_count = 2;
        u->way = 1;
    }
    u->probe_at = u->node->mono_ms;
    u->probe_pause_ms = PROBE_FIRST_MS;
}

void node_uplink_ways_rekeyed(struct uplink *u)
{
    net_link_free(&u->probe);
    take_way(u, u->way);
}

void node_uplink_ways_failed(struct uplink *u)
{
    if (u->way_count < 2)
        return;
    take_way(u, 1 - u->way);
    if (u->way != 0)
        u->lines[LANE_EXPRESS].dial_at = u->node->mono_ms;
}

void node_uplink_ways_lost(struct uplink *u)
{
    if (u->way == 0)
        return;
    take_way(u, 0);
    u->lines[LANE_EXPRESS].dial_at = u->node->mono_ms;
}

void node_uplink_ways_welcomed(struct uplink *u)
{
    uint64_t number = u->ways[u->way].number;

    if (u->welcomed_by == number + 1)
        return;
    u->welcomed_by = number + 1;
    if (node_store_way_worked(u->node->hub_keys, number, u->node->wall_ms) != 0)
        u->failed = true;
    if (u->way_count > 1)
        log_info("hub.welcomed", "key=%llu", (unsigned long long)number);
    if (u->way == 0) /* the former one may be past now */
        u->way_count = node_hub_keys_ways(u->node, u->ways);
}

/* ---- the probe */

static bool wants_probe(const struct uplink *u)
{
    return u->way != 0 && net_link_state(u->lines[LANE_EXPRESS].link) == NET_UP;
}

static void put_off(struct uplink *u)
{
    net_link_free(&u->probe);
    u->probe_at = u->node->mono_ms + u->probe_pause_ms;
    u->probe_pause_ms *= 2;
    if (u->probe_pause_ms > PROBE_MOST_MS)
        u->probe_pause_ms = PROBE_MOST_MS;
}

static void send_probe(struct uplink *u)
{
    struct error err = {""};

    if (u->node->mono_ms < u->probe_at)
        return;
    if (make_link(u, &u->ways[0], LANE_EXPRESS, &u->probe, &err) != 0 ||
        net_link_dial(u->probe, &err) != 0) {
        log_warn("hub.probe", "reason=\"%s\"", err.text);
        put_off(u);
    }
}

bool node_uplink_ways_work(struct uplink *u)
{
    if (!wants_probe(u)) {
        net_link_free(&u->probe);
        return false;
    }
    if (u->probe == NULL) {
        send_probe(u);
        return false;
    }
    switch (net_link_next(u->probe)) {
    case NET_LINK_OPENED:
        net_link_free(&u->probe);
        take_way(u, 0);
        u->lines[LANE_EXPRESS].dial_at = u->node->mono_ms;
        return true;
    case NET_LINK_REFUSED:
    case NET_LINK_FAILED:
    case NET_LINK_LOST:
        put_off(u);
        return false;
    case NET_LINK_NOTHING:
        break;
    }
    return false;
}

int64_t node_uplink_ways_deadline(const struct uplink *u)
{
    return wants_probe(u) && u->probe == NULL ? u->probe_at : INT64_MAX;
}
