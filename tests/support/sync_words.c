#include "tests/support/sync_words.h"

#include <string.h>

static const char *channel(const struct stream_name *name)
{
    return strncmp(name->channel, STREAM_UNIT_PREFIX,
                   strlen(STREAM_UNIT_PREFIX)) == 0
               ? "orders"
               : name->channel;
}

static unsigned long long number(const struct id *record)
{
    return get_u32(record->bytes);
}

static const char *nak_word(uint32_t code)
{
    static const char *const words[] = {"none",    "gap",         "fork",
                                        "later",   "unsupported", "malformed",
                                        "foreign", "signature"};

    return code < sizeof words / sizeof *words ? words[code] : "?";
}

static void hello(struct buf *out, const struct msg_hello *hello)
{
    buf_printf(out, "hello");
    for (size_t i = 0; i < hello->claim_count; i++)
        buf_printf(out, " %s %llu", channel(&hello->claims[i].name),
                   (unsigned long long)hello->claims[i].samples[0].seq);
    if (hello->acked != 0)
        buf_printf(out, " acked %llu", (unsigned long long)hello->acked);
    if (!id_is_zero(&hello->nonce))
        buf_printf(out, " nonce");
}

static void welcome(struct buf *out, const char *word,
                    const struct msg_welcome *welcome)
{
    buf_printf(out, "%s up %llu", word,
               (unsigned long long)welcome->up.samples[0].seq);
    for (size_t i = 0; i < welcome->channel_count; i++)
        buf_printf(out, " %s %llu/%llu", channel(&welcome->channels[i].name),
                   (unsigned long long)welcome->channels[i].resume,
                   (unsigned long long)welcome->channels[i].head);
}

static void bye(struct buf *out, const struct msg_bye *bye)
{
    static const char *const words[] = {"?", "restart", "superseded", "version",
                                        "stopping"};

    buf_printf(out, "bye %s", words[bye->code]);
}

static void refs(struct buf *out, const char *word, size_t count,
                 const struct early_ref *items)
{
    buf_printf(out, "%s", word);
    for (size_t i = 0; i < count; i++)
        buf_printf(out, " #%llu", number(&items[i].record));
}

static void early(struct buf *out, const struct msg_early *early)
{
    buf_printf(out, "early #%llu%s", number(&early->change.header.record),
               early->handed_back ? " back" : "");
}

static void early_ack(struct buf *out, const struct msg_early_ack *ack)
{
    buf_printf(out, "early ack #%llu", number(&ack->ref.record));
    if (!ack->stored)
        buf_printf(out, " refused %s", nak_word(ack->code));
}

static void batch(struct buf *out, const struct msg_batch *batch)
{
    buf_printf(out, "%s %llu..%llu", channel(&batch->name),
               (unsigned long long)batch->first,
               (unsigned long long)(batch->first + batch->count - 1));
}

static void nak(struct buf *out, const struct msg_nak *nak)
{
    buf_printf(out, "nak %s %s", nak_word(nak->code), channel(&nak->name));
    if (nak->code == NAK_GAP)
        buf_printf(out, " from %llu", (unsigned long long)nak->expected);
    if (nak->code == NAK_LATER)
        buf_printf(out, " wait %u", nak->wait_ms);
}

static void vault(struct buf *out, const struct msg_vault *vault)
{
    buf_printf(out, "vault %llu..%llu", (unsigned long long)vault->after,
               (unsigned long long)vault->last);
    for (size_t i = 0; i < vault->count; i++)
        buf_printf(out, " #%llu", number(&vault->objects[i].ref.record));
}

static void at(struct buf *out, const char *word,
               const struct stream_name *name, uint64_t seq)
{
    buf_printf(out, "%s %s %llu", word, channel(name), (unsigned long long)seq);
}

static void refusals(struct buf *out, const struct msg_refusals *list)
{
    buf_printf(out, "refusals %llu", (unsigned long long)list->total);
    for (size_t i = 0; i < list->count; i++)
        buf_printf(out, " #%llu", number(&list->items[i].ref.record));
}

void words_message(struct buf *out, const struct sync_message *message)
{
    switch (message->type) {
    case MSG_HELLO:
        hello(out, &message->hello);
        break;
    case MSG_CHALLENGE:
        buf_printf(out, "challenge");
        break;
    case MSG_WELCOME:
        welcome(out, "welcome", &message->welcome);
        break;
    case MSG_EARLY_LIST:
        refs(out, "early list", message->early_list.count,
             message->early_list.refs);
        break;
    case MSG_WANT:
        refs(out, "want", message->want.count, message->want.refs);
        break;
    case MSG_EARLY:
        early(out, &message->early);
        break;
    case MSG_EARLY_ACK:
        early_ack(out, &message->early_ack);
        break;
    case MSG_BATCH:
        batch(out, &message->batch);
        break;
    case MSG_ACK:
        at(out, "ack", &message->ack.name, message->ack.seq);
        break;
    case MSG_NAK:
        nak(out, &message->nak);
        break;
    case MSG_CREDIT:
        buf_printf(out, "credit");
        break;
    case MSG_PULL:
        at(out, "pull", &message->pull.name, message->pull.after);
        break;
    case MSG_BULK_OPEN:
        buf_printf(out, "bulk open");
        break;
    case MSG_STATUS:
        buf_printf(out, "status %llu backlog %llu",
                   (unsigned long long)message->status.head,
                   (unsigned long long)message->status.backlog.records);
        break;
    case MSG_BEACON:
        buf_printf(out, "beacon");
        break;
    case MSG_ANNOUNCE:
        at(out, "announce", &message->announce.name, message->announce.head);
        break;
    case MSG_REFUSALS:
        refusals(out, &message->refusals);
        break;
    case MSG_BYE:
        bye(out, &message->bye);
        break;
    case MSG_VAULT:
        vault(out, &message->vault);
        break;
    case MSG_VAULT_WANT:
        refs(out, "vault want", message->vault_want.count,
             message->vault_want.refs);
        break;
    case MSG_MEDIA_WANT:
        buf_printf(out, "media want %u+%u", message->media_want.first,
                   message->media_want.count);
        break;
    case MSG_MEDIA:
        buf_printf(out, "media %u", message->media.piece);
        break;
    case MSG_MEDIA_LACKS:
    case MSG_MEDIA_CARRIED: /* on no line */
    case MSG_ENROL:
    case MSG_ENROLLED:
    case MSG_REFUSED:
        buf_printf(out, "?");
        break;
    case MSG_DRAIN:
        welcome(out, "drain", &message->drain);
        break;
    case MSG_DRAINED:
        buf_printf(out, "drained %llu",
                   (unsigned long long)message->drained.head);
        break;
    case MSG_ROTATE:
        buf_printf(out, "rotate");
        break;
    case MSG_ROTATED:
        buf_printf(out, "rotated");
        break;
    }
}

static void alarm_words(struct buf *out, const struct sync_action *action)
{
    static const char *const words[] = {"?",
                                        "hub rewound",
                                        "node rewound",
                                        "channel rewound",
                                        "two machines",
                                        "version",
                                        "fork",
                                        "protocol"};

    buf_printf(out, "alarm %s", words[action->code]);
    if (action->text[0] != '\0')
        buf_printf(out, ": %s", action->text);
    else
        buf_printf(out, " %s %llu", channel(&action->name),
                   (unsigned long long)action->seq);
}

void words_action(struct buf *out, const struct sync_action *action)
{
    switch (action->type) {
    case SYNC_SEND:
    case SYNC_PUSH:
    case SYNC_EXPEDITE:
    case SYNC_LIST_EARLY:
    case SYNC_PUSH_VAULT:
    case SYNC_GIVE_VAULT:
    case SYNC_STORE_VAULT:
    case SYNC_WANT_VAULT:
    case SYNC_GIVE_MEDIA:
    case SYNC_STORE_MEDIA:
    case SYNC_HAND_BACK:
    case SYNC_STORE:
    case SYNC_STORE_EARLY:
    case SYNC_REBASE_STORE:
    case SYNC_LIST_OWN:
    case SYNC_PEER:
        break;
    case SYNC_RETIRED:
        at(out, "retired", &action->name, action->seq);
        break;
    case SYNC_DRAINED:
        at(out, "drained", &action->name, action->seq);
        break;
    case SYNC_ROTATE:
        buf_printf(out, "rotate");
        break;
    case SYNC_ROTATED:
        buf_printf(out, "rotated");
        break;
    case SYNC_ACKED:
        at(out, "acked", &action->name, action->seq);
        break;
    case SYNC_VAULTED:
        buf_printf(out, "vaulted %llu", (unsigned long long)action->seq);
        break;
    case SYNC_VAULT_PULLED:
        buf_printf(out, "vault pulled");
        break;
    case SYNC_VAULT_WHOLE:
        buf_printf(out, "vault whole");
        break;
    case SYNC_EARLY_ACKED:
        buf_printf(out, "settled #%llu", number(&action->ref.record));
        if (action->code != NAK_NONE)
            buf_printf(out, " refused %s", nak_word((uint32_t)action->code));
        break;
    case SYNC_EXPEDITE_AGAIN:
        at(out, "expedite again", &action->name, action->seq);
        break;
    case SYNC_REBASE_BEGIN:
        at(out, "rebase begin", &action->name, action->seq);
        break;
    case SYNC_REBASE_FINISH:
        at(out, "rebase finish", &action->name, action->seq);
        break;
    case SYNC_DETACH:
        at(out, "detach", &action->name, action->seq);
        break;
    case SYNC_NEW_EPOCH:
        at(out, "new epoch", &action->name, action->seq);
        break;
    case SYNC_DIAL_BULK:
        buf_printf(out, "dial bulk");
        break;
    case SYNC_DROP_BULK:
        buf_printf(out, "drop bulk");
        break;
    case SYNC_DROP:
        buf_printf(out, "drop");
        break;
    case SYNC_ALARM:
        alarm_words(out, action);
        break;
    }
}
