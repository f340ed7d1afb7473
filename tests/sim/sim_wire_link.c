/* tests/sim/sim_wire_link.c - the machines' ends of the wire: net_link_* as
 * common/net/link.h promises them. */
#include <stdio.h>
#include <string.h>

#include "common/base/mem.h"
#include "tests/sim/sim_wire_inside.h"

int net_link_new(struct net_link **out, const struct net_link_config *config,
                 struct error *err)
{
    (void)err;
    for (size_t i = 0; i < LINKS; i++)
        if (sim_wire_links[i] == NULL) {
            struct net_link *link = mem_new(sizeof *link);

            link->owner = sim.at;
            link->key = config->key;
            memcpy(link->server_key, config->server_key, CURVE_BYTES);
            (void)snprintf(link->address, sizeof link->address, "%s",
                           config->address);
            link->lane = config->lane;
            link->attempt_at = NEVER;
            *out = sim_wire_links[i] = link;
            return 0;
        }
    sim_fail("more than %d links", LINKS);
}

void net_link_hang_up(struct net_link *link)
{
    if (link->conn != NULL)
        sim_wire_end_client(link->conn, false);
    sim_wire_empty(&link->inbox);
    link->event_count = 0;
    link->attempt_at = NEVER;
    link->state = NET_DOWN;
}

void net_link_free(struct net_link **link)
{
    if (*link == NULL)
        return;
    net_link_hang_up(*link);
    for (size_t i = 0; i < LINKS; i++)
        if (sim_wire_links[i] == *link)
            sim_wire_links[i] = NULL;
    mem_free(&(*link)->handed_out);
    mem_free(link);
}

int net_link_dial(struct net_link *link, struct error *err)
{
    (void)err;
    net_link_hang_up(link);
    link->state = NET_TRYING;
    link->tries = 0;
    link->attempt_at = sim_now + 2 * sim_wire_delay();
    return 0;
}

enum net_link_state net_link_state(const struct net_link *link)
{
    return link->state;
}

enum net_link_event net_link_next(struct net_link *link)
{
    enum net_link_event event;

    if (link->event_count == 0)
        return NET_LINK_NOTHING;
    event = link->events[0];
    link->event_count--;
    memmove(link->events, link->events + 1,
            link->event_count * sizeof link->events[0]);
    if (event == NET_LINK_OPENED)
        link->state = NET_UP;
    else if (event == NET_LINK_LOST)
        link->state = NET_TRYING;
    else if (event == NET_LINK_REFUSED)
        net_link_hang_up(link);
    return event;
}

bool net_link_receive(struct net_link *link, struct bytes *out)
{
    mem_free(&link->handed_out);
    link->handed_out = sim_wire_take(&link->inbox);
    if (link->handed_out == NULL)
        return false;
    *out = bytes_of(link->handed_out->bytes, link->handed_out->size);
    return true;
}

int net_link_send(struct net_link *link, struct bytes bytes)
{
    if (bytes.size > (link->lane == NET_ENROL ? ENROL_MOST : FRAME_MOST))
        return ERR_INVALID;
    if (link->state != NET_UP)
        return ERR_AGAIN;
    if (link->conn == NULL)
        return 0; /* it has ended, and nobody knows yet */
    return sim_wire_push(link->conn, UP, link->owner, bytes);
}

int net_link_say_last(struct net_link *link, struct bytes bytes, int wait_ms)
{
    (void)wait_ms;
    return net_link_send(link, bytes);
}

/* Only `join` waits here: the rest of the world goes on meanwhile. */
int net_links_wait(struct net_link *const *waiting, size_t link_count,
                   struct pollfd *fds, size_t count, int timeout_ms)
{
    struct machine *before = sim.at;
    int64_t until = sim_now + timeout_ms;

    (void)fds;
    (void)count;
    sim.at = NULL;
    for (;;) {
        for (size_t i = 0; i < link_count; i++)
            if (waiting[i]->event_count > 0 || waiting[i]->inbox.first != NULL)
                until = sim_now;
        if (sim_now >= until || !sim_step(until))
            break;
    }
    if (sim_now < until)
        sim_now = until;
    sim.at = before;
    return 0;
}
