/* common/peer/refusals.c - see refusals.h. */
#include "common/peer/refusals.h"

#include "common/base/mem.h"

enum { PAUSE_MS = 5000, SINCE_MINOR = 1 };

void refusals_tell(struct refusals *r, struct ledger *ledger,
                   const struct sync_session *session, const char *home,
                   int64_t now_ms, const struct sender_host *host)
{
    struct sync_message m = {.type = MSG_REFUSALS};
    struct ledger_refusals *memory;

    if (sync_session_state(session) != SYNC_LIVE) {
        *r = (struct refusals){0};
        return;
    }
    if (sync_session_minor(session) < SINCE_MINOR ||
        r->told == ledger_quarantine_change(ledger) || now_ms < r->next_ms)
        return;
    memory = mem_new(sizeof *memory);
    if (ledger_refusals_ours(ledger, home, memory, &m.refusals) == 0) {
        (void)host->put(host->who, LANE_EXPRESS, &m);
        r->told = ledger_quarantine_change(ledger);
        r->next_ms = now_ms + PAUSE_MS;
    }
    mem_free(&memory);
}

int64_t refusals_deadline(const struct refusals *r, const struct ledger *ledger)
{
    return r->told == 0 || r->told == ledger_quarantine_change(ledger)
               ? INT64_MAX
               : r->next_ms;
}

int refusals_take(struct ledger *ledger, const char *peer,
                  const struct msg_refusals *list, struct buf *words)
{
    char id[ID_TEXT_BYTES];

    if (list->count > 0)
        buf_printf(words, "%llu changes, the latest of record %s: %s",
                   (unsigned long long)list->total,
                   id_text(id, &list->items[0].ref.record),
                   list->items[0].reason);
    return ledger_refusals_put(ledger, peer, list);
}
