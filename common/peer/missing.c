/* common/peer/missing.c - see missing.h. */
#include "common/peer/missing.h"

#include <string.h>

#include "common/store/ledger_vault.h"

enum { STRETCH = 4096 /* positions looked at in one turn */ };

struct found {
    struct early_ref *refs;
    size_t count;
    uint64_t next; /* not looked at; 0: all were */
};

static int find(void *who, const struct vault_item *item)
{
    struct found *f = who;
    struct early_ref *ref = &f->refs[f->count];

    if (f->count == LIMIT_VAULT_OBJECTS) {
        f->next = item->seq;
        return 1;
    }
    memset(ref, 0, sizeof *ref);
    memcpy(ref->home, item->header.home, sizeof ref->home);
    ref->record = item->header.record;
    ref->version = item->header.version;
    ref->digest = item->digest;
    f->count++;
    return 0;
}

int missing_look(struct ledger *l, const struct ledger_stream *up,
                 const struct sync_action *a,
                 struct early_ref refs[LIMIT_VAULT_OBJECTS],
                 struct sync_message *want, struct sync_event *sent)
{
    struct found f = {.refs = refs};
    uint64_t from = a->seq == 0 ? 1 : a->seq, to = from + STRETCH - 1;
    int rc = 0;

    if (to > up->head.seq)
        to = up->head.seq;
    if (from <= to)
        rc = ledger_vault_missing(l, &up->name, from, to, find, &f);
    sent->seq = f.next != 0 ? f.next : from > to ? from : to + 1;
    sent->more = sent->seq <= up->head.seq;
    sent->code = (int)f.count;
    *want = (struct sync_message){.type = MSG_VAULT_WANT};
    want->vault_want.count = f.count;
    want->vault_want.refs = refs;
    return rc;
}
