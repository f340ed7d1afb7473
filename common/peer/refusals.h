/* common/peer/refusals.h - telling the peer which of its changes we hold and
 * cannot use (PROTOCOL 7.7): the whole list at the start of a conversation and,
 * at most every few seconds, when it has changed.
 */
#ifndef LIENXA_PEER_REFUSALS_H
#define LIENXA_PEER_REFUSALS_H

#include "common/peer/sender.h"

struct refusals {    /* one conversation's; zeroed is a new one */
    uint64_t told;   /* ledger_quarantine_change() then; 0: not yet */
    int64_t next_ms; /* not before (monotonic) */
};

/* Said to a peer of minor 1 or more, in a live conversation only; in another
 * state what was said is forgotten. `home`: whose changes. */
void refusals_tell(struct refusals *r, struct ledger *ledger,
                   const struct sync_session *session, const char *home,
                   int64_t now_ms, const struct sender_host *host);

/* When refusals_tell has something to say by itself; INT64_MAX: never. */
int64_t refusals_deadline(const struct refusals *r,
                          const struct ledger *ledger);

/* The list that the peer said, kept; `words` gets a line for an alarm, or
 * nothing when the list is empty. */
int refusals_take(struct ledger *ledger, const char *peer,
                  const struct msg_refusals *list, struct buf *words);

#endif
