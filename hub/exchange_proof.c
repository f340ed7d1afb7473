/* hub/exchange_proof.c - what a conversation does after a restore, or after the
 * signing key was changed: it proves the key, takes back what others kept, and
 * notes who has been heard. */
#include "hub/exchange_inside.h"
#include "hub/restored.h"

struct proof {
    struct exchange *ex;
    const struct peer *peer;
    const struct sync_route *route;
};

static int put_proof(void *who, const struct record_row *row,
                     const struct entry *entry)
{
    const struct proof *p = who;
    struct sync_message m = {.type = MSG_EARLY};

    (void)row;
    if (entry == NULL || !entry->change.is_signed ||
        !bytes_equal(entry->change.part[PART_FACT].bytes,
                     buf_bytes(&p->ex->hub->keys.signing_key)))
        return 0;
    m.early.change = entry->change;
    (void)hub_exchange_put(p->ex, p->peer, LANE_EXPRESS, p->route, &m);
    return 1;
}

void hub_exchange_prove(struct exchange *ex, const struct peer *peer,
                        const struct sync_route *route)
{
    struct proof p = {ex, peer, route};

    (void)ledger_records(ex->hub->ledger, KIND_SIGNING_KEY, ex->hub->keys.home,
                         put_proof, &p);
}

void hub_exchange_ask_again(struct exchange *ex)
{
    for (size_t i = 0; ex->believed && i < ex->peer_count; i++) {
        struct sync_event e = hub_exchange_event(ex, SYNC_LOST);

        if (!ex->peers[i].doubted)
            continue;
        ex->peers[i].doubted = false;
        hub_exchange_step(ex, &ex->peers[i], &e);
    }
    ex->believed = false;
}

/* All that this machine held of ours came back, and all that it has written is
 * here. */
static bool is_heard(struct exchange *ex, const struct peer *peer)
{
    struct stream_name up = stream_name_make(peer->unit, STREAM_UP);
    struct ledger_stream s;

    return peer->listed && sync_session_state(peer->session) == SYNC_LIVE &&
           sync_session_wanted(peer->session) == 0 &&
           ledger_stream(ex->hub->ledger, &s, &up, false) == 0 &&
           s.head.seq >= peer->announced;
}

void hub_exchange_note_heard(struct exchange *ex)
{
    const struct crowd *c = &ex->crowd;

    for (size_t i = 0; ex->hub->unheard > 0 && i < c->touched_count; i++) {
        const struct peer *peer = &ex->peers[c->touched[i]];

        if (is_heard(ex, peer) && hub_restored_heard(ex->hub, peer->unit) != 0)
            ex->failed = true;
    }
}
