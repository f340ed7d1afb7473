/* hub/exchange_peers.c - finding one machine among thousands, by its unit or by
 * what is due first: what a turn costs follows from who said something in it,
 * not from how many are connected. */
#include <stdio.h>
#include <string.h>

#include "common/base/mem.h"
#include "hub/exchange_inside.h"

/* ---- by unit */

static uint32_t *unit_slot(const struct exchange *ex, const char *unit)
{
    const struct crowd *c = &ex->crowd;
    size_t at = unit_hash(unit) & (c->slot_count - 1);

    while (c->units[at] != 0 &&
           strcmp(ex->peers[c->units[at] - 1].unit, unit) != 0)
        at = (at + 1) & (c->slot_count - 1);
    return &c->units[at];
}

struct peer *hub_exchange_first(const struct exchange *ex, const char *unit)
{
    uint32_t first = ex->crowd.slot_count == 0 ? 0 : *unit_slot(ex, unit);

    return first == 0 ? NULL : &ex->peers[first - 1];
}

struct peer *hub_exchange_next(const struct exchange *ex,
                               const struct peer *peer)
{
    return peer->next == 0 ? NULL : &ex->peers[peer->next - 1];
}

struct peer *hub_exchange_peer(const struct exchange *ex, const char *unit,
                               uint64_t number)
{
    struct peer *peer = hub_exchange_first(ex, unit);

    while (peer != NULL && peer->number != number)
        peer = hub_exchange_next(ex, peer);
    return peer;
}

static void put_in(struct exchange *ex, size_t i)
{
    uint32_t *last = unit_slot(ex, ex->peers[i].unit);

    while (*last != 0)
        last = &ex->peers[*last - 1].next;
    *last = (uint32_t)i + 1;
    ex->peers[i].next = 0;
}

/* ---- by what is due: a heap of places in `peers`, `heap_at` the way back */

static int64_t due_at(const struct exchange *ex, size_t heap_at)
{
    return ex->peers[ex->crowd.heap[heap_at]].due_ms;
}

static void put_at(struct exchange *ex, size_t heap_at, uint32_t peer)
{
    ex->crowd.heap[heap_at] = peer;
    ex->peers[peer].heap_at = heap_at;
}

static void swap(struct exchange *ex, size_t a, size_t b)
{
    uint32_t at_a = ex->crowd.heap[a];

    put_at(ex, a, ex->crowd.heap[b]);
    put_at(ex, b, at_a);
}

static void sink(struct exchange *ex, size_t at)
{
    for (;;) {
        size_t least = at, left = 2 * at + 1;

        for (size_t i = left; i < left + 2 && i < ex->peer_count; i++)
            if (due_at(ex, i) < due_at(ex, least))
                least = i;
        if (least == at)
            return;
        swap(ex, at, least);
        at = least;
    }
}

static void rise(struct exchange *ex, size_t at)
{
    for (; at > 0 && due_at(ex, at) < due_at(ex, (at - 1) / 2);
         at = (at - 1) / 2)
        swap(ex, at, (at - 1) / 2);
}

static void set_due(struct exchange *ex, struct peer *peer, int64_t at_ms)
{
    int64_t before = peer->due_ms;

    peer->due_ms = at_ms;
    if (at_ms < before)
        rise(ex, peer->heap_at);
    else if (at_ms > before)
        sink(ex, peer->heap_at);
}

void hub_exchange_note_due(struct exchange *ex, struct peer *peer)
{
    set_due(ex, peer, sync_session_deadline(peer->session));
}

struct peer *hub_exchange_take_due(struct exchange *ex)
{
    struct peer *peer;

    if (ex->peer_count == 0 || due_at(ex, 0) > ex->hub->mono_ms)
        return NULL;
    peer = &ex->peers[ex->crowd.heap[0]];
    set_due(ex, peer, INT64_MAX);
    return peer;
}

int64_t hub_exchange_next_due(const struct exchange *ex)
{
    return ex->peer_count == 0 ? INT64_MAX : due_at(ex, 0);
}

/* ---- those of this turn */

void hub_exchange_touch(struct exchange *ex, struct peer *peer)
{
    if (peer->touched)
        return;
    peer->touched = true;
    ex->crowd.touched[ex->crowd.touched_count++] = (uint32_t)(peer - ex->peers);
}

void hub_exchange_untouch(struct exchange *ex)
{
    hub_exchange_count(ex);
    for (size_t i = 0; i < ex->crowd.touched_count; i++)
        ex->peers[ex->crowd.touched[i]].touched = false;
    ex->crowd.touched_count = 0;
}

/* ---- making */

static void make_room(struct exchange *ex)
{
    struct crowd *c = &ex->crowd;

    ex->peer_room = ex->peer_room == 0 ? 16 : ex->peer_room * 2;
    ex->peers = mem_grow(ex->peers, ex->peer_room, sizeof *ex->peers);
    c->heap = mem_grow(c->heap, ex->peer_room, sizeof *c->heap);
    c->touched = mem_grow(c->touched, ex->peer_room, sizeof *c->touched);
    c->due = mem_grow(c->due, ex->peer_room, sizeof *c->due);
    c->slot_count = 2 * ex->peer_room;
    mem_free(&c->units);
    c->units = mem_array(c->slot_count, sizeof *c->units);
    for (size_t i = 0; i < ex->peer_count; i++)
        put_in(ex, i);
}

struct peer *hub_exchange_add_peer(struct exchange *ex, const char *unit)
{
    struct peer *peer;

    if (ex->peer_count == ex->peer_room)
        make_room(ex);
    peer = &ex->peers[ex->peer_count];
    memset(peer, 0, sizeof *peer);
    (void)snprintf(peer->unit, sizeof peer->unit, "%s", unit);
    peer->due_ms = INT64_MAX;
    put_at(ex, ex->peer_count, (uint32_t)ex->peer_count);
    put_in(ex, ex->peer_count++);
    if (ex->tell_left > 0) /* it stands before some that wait to hear */
        ex->tell_left++;
    return peer;
}

void hub_exchange_free_crowd(struct exchange *ex)
{
    mem_free(&ex->crowd.units);
    mem_free(&ex->crowd.heap);
    mem_free(&ex->crowd.touched);
    mem_free(&ex->crowd.due);
}
