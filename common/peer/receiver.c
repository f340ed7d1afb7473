/* common/peer/receiver.c - see receiver.h. */
#include "common/peer/receiver.h"

#include <string.h>

#include "common/wire/codec.h"

void receiver_free(struct receiver *receiver)
{
    buf_free(&receiver->signed_head);
    buf_free(&receiver->head_body);
}

int receiver_head(struct receiver *receiver, struct ledger *ledger,
                  const struct msg_batch *m, struct signed_bytes *out)
{
    struct head head = {.name = m->name, .clock_ms = m->shortened.clock_ms};
    int rc;

    *out = m->head;
    if (m->head.body.size > 0)
        return NAK_NONE;
    head.at.seq = m->first + m->count - 1;
    rc = ledger_chain(ledger, &m->name, m->first, m->changes, m->count,
                      &head.at.h);
    if (rc != 0)
        return rc == ERR_AGAIN ? NAK_GAP : NAK_LATER;
    if (memcmp(&head.at.h, m->shortened.check, sizeof m->shortened.check) != 0)
        return NAK_FORK;
    buf_clear(&receiver->head_body);
    wire_head_encode(&receiver->head_body, &head);
    out->body = buf_bytes(&receiver->head_body);
    return NAK_NONE;
}

int receiver_batch(struct receiver *receiver, const struct msg_batch *m,
                   const struct signed_bytes *signed_head,
                   struct ledger_batch *out)
{
    struct head head;

    if (wire_head_decode(&head, signed_head->body) != 0 ||
        !stream_name_equal(&head.name, &m->name) ||
        head.at.seq != m->first + m->count - 1)
        return NAK_SIGNATURE;
    for (size_t i = 0; i < m->count; i++)
        receiver->sizes[i] = wire_change_size(&m->changes[i]);
    buf_clear(&receiver->signed_head);
    wire_signed_encode(&receiver->signed_head, signed_head);
    memset(out, 0, sizeof *out);
    out->name = m->name;
    out->first = m->first;
    out->count = m->count;
    out->changes = m->changes;
    out->sizes = receiver->sizes;
    out->head = head.at;
    out->signed_head = buf_bytes(&receiver->signed_head);
    return NAK_NONE;
}

int receiver_outcome(int rc, bool *failed)
{
    if (rc == 0 || rc == ERR_EXISTS)
        return NAK_NONE;
    if (db_code_is_world(rc)) {
        *failed = true;
        return NAK_LATER;
    }
    switch (rc) {
    case ERR_CONFLICT:
        return NAK_FORK;
    case ERR_AGAIN:
        return NAK_GAP;
    case ERR_REFUSED:
        return NAK_FOREIGN;
    default:
        return NAK_MALFORMED;
    }
}
