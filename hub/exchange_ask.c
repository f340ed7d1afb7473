/* hub/exchange_ask.c - what is damaged here, asked of a unit's machine. */
#include "hub/exchange_inside.h"

enum { VAULT_MINOR = 2 };

bool hub_exchange_ask(struct exchange *exchange, const char *unit,
                      const struct early_ref *refs, size_t count)
{
    struct sync_event e = hub_exchange_event(exchange, SYNC_ASK);

    e.refs = refs;
    e.ref_count = count;
    for (struct peer *peer = hub_exchange_first(exchange, unit); peer != NULL;
         peer = hub_exchange_next(exchange, peer)) {
        if (sync_session_state(peer->session) != SYNC_LIVE)
            continue;
        hub_exchange_step(exchange, peer, &e);
        return true;
    }
    return false;
}

bool hub_exchange_want(struct exchange *exchange, const char *unit,
                       const struct early_ref *refs, size_t count)
{
    struct sync_message want = {.type = MSG_VAULT_WANT};

    want.vault_want.refs = refs;
    want.vault_want.count = count;
    for (struct peer *peer = hub_exchange_first(exchange, unit); peer != NULL;
         peer = hub_exchange_next(exchange, peer)) {
        if (sync_session_state(peer->session) != SYNC_LIVE ||
            sync_session_minor(peer->session) < VAULT_MINOR ||
            sync_session_is_asking(peer->session))
            continue;
        return hub_exchange_put(exchange, peer, LANE_EXPRESS,
                                sync_session_route(peer->session), &want) > 0;
    }
    return false;
}
