/* hub/exchange_share.c - what the machines may send at once, shared.
 *
 * What a machine has sent and the hub has not taken yet waits in the hub's
 * memory, and is bounded by what the hub granted (PROTOCOL 6.3). So there is
 * one sum, and every open bulk line has an equal part of it. A line that is
 * fast gets no more of it than a slow one, only sooner the next; libzmq hands
 * over one frame of each in turn, and each is handled before the grant grows
 * again: nobody starves, and nobody takes it all.
 *
 * A line that opens may send the least at once, before anything is known of it,
 * and hears of its part with the next commit. With so many lines that their
 * part would be below the least, all have the least. */
#include "hub/exchange_inside.h"

uint64_t hub_exchange_part(size_t lines)
{
    uint64_t part = CREDIT_BULK_SUM / (lines > 0 ? lines : 1);

    return part > CREDIT_BULK         ? CREDIT_BULK
           : part < CREDIT_BULK_LEAST ? CREDIT_BULK_LEAST
                                      : part;
}

/* Only those that spoke can have opened or closed theirs. */
void hub_exchange_count(struct exchange *ex)
{
    const struct crowd *c = &ex->crowd;

    for (size_t i = 0; i < c->touched_count; i++) {
        struct peer *peer = &ex->peers[c->touched[i]];
        bool now = sync_session_has_bulk(peer->session);

        ex->bulk_lines += (size_t)now - (size_t)peer->has_bulk;
        peer->has_bulk = now;
    }
}

/* Told when it is stepped anyway: a line that says nothing needs no more, and
 * one that spoke learns of fewer with its next grant. */
void hub_exchange_share(const struct exchange *ex, struct peer *peer)
{
    sync_session_set_window(peer->session, hub_exchange_part(ex->bulk_lines));
}
