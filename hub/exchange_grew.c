/* hub/exchange_grew.c - a channel of ours has grown: who hears of it. A warning
 * is for thousands, and one turn may be too short to tell them all. */
#include "common/base/clock.h"
#include "hub/exchange_inside.h"

enum {
    TELL_MS = 40, /* of a turn, until the rest is left to the next one, .. */
    TELL_LEAST_MS = 10, /* .. however late it is */
    TELL_LOOK = 16      /* between two looks at the clock */
};

static void tell_grown(struct exchange *ex, struct peer *peer,
                       const struct stream_name *name)
{
    struct sync_event e = hub_exchange_event(ex, SYNC_GREW);
    struct ledger_stream s;

    if (ledger_stream(ex->hub->ledger, &s, name, true) != 0)
        return;
    e.name = *name;
    e.seq = s.head.seq;
    e.expedited = true;
    hub_exchange_step(ex, peer, &e);
}

/* From where the last turn left it: whoever was told before the last growth
 * comes again. */
static void tell_all_grown(struct exchange *ex)
{
    int64_t until = ex->hub->mono_ms + TELL_MS, now = clock_mono_ms();

    if (until < now + TELL_LEAST_MS)
        until = now + TELL_LEAST_MS;
    for (size_t i = 1; ex->tell_left > 0 && !ex->failed; i++) {
        struct peer *peer;

        if (ex->tell_at >= ex->peer_count)
            ex->tell_at = 0;
        peer = &ex->peers[ex->tell_at++];
        ex->tell_left--;
        if (sync_session_state(peer->session) == SYNC_LIVE)
            tell_grown(ex, peer, &ex->hub->all);
        if (i % TELL_LOOK == 0 && clock_mono_ms() >= until)
            return;
    }
}

static void tell_unit_grown(struct exchange *ex, const char *unit)
{
    struct stream_name name = hub_unit_channel(ex->hub, unit);
    struct peer *peer = hub_exchange_first(ex, unit);

    for (; peer != NULL; peer = hub_exchange_next(ex, peer))
        if (sync_session_state(peer->session) == SYNC_LIVE)
            tell_grown(ex, peer, &name);
}

static void tell_units_grown(struct exchange *ex)
{
    const struct hub_units *grew = &ex->hub->grew_for;

    for (size_t i = 0; !grew->all && i < grew->count; i++)
        tell_unit_grown(ex, grew->keys[i]);
    for (size_t i = 0; grew->all && i < ex->peer_count; i++) {
        struct stream_name name = hub_unit_channel(ex->hub, ex->peers[i].unit);

        if (sync_session_state(ex->peers[i].session) == SYNC_LIVE)
            tell_grown(ex, &ex->peers[i], &name);
    }
}

void hub_exchange_grew(struct exchange *exchange)
{
    struct hub *hub = exchange->hub;

    hub_exchange_note_heard(exchange);

    hub_exchange_look_at_directory(exchange);
    hub_exchange_tell_drained(exchange);
    if (hub->grew_all)
        exchange->tell_left = exchange->peer_count;
    tell_all_grown(exchange);
    tell_units_grown(exchange);
    hub->grew_all = false;
    hub->grew_for = (struct hub_units){0};
}

bool hub_exchange_is_telling(const struct exchange *exchange)
{
    return exchange->tell_left > 0;
}
