#include "tests/support/crash_said.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/store/ledger_vault.h"
#include "hub/hub.h"
#include "node/node.h"

/* ---- ids in text */

static void add_id(struct crash_said *said, const struct id *id)
{
    if (said->id_count == said->id_room) {
        said->id_room = said->id_room * 2 + 64;
        said->ids = mem_grow(said->ids, said->id_room, sizeof *id);
    }
    said->ids[said->id_count++] = *id;
}

/* Every "id":"UUID" in it. */
static void read_text(struct crash_said *said, struct bytes text)
{
    static const char key[] = "\"id\":\"";
    const uint8_t *at = text.data, *end = text.data + text.size;

    while (at < end &&
           (at = memmem(at, (size_t)(end - at), key, sizeof key - 1)) != NULL) {
        char uuid[ID_TEXT_BYTES] = "";
        struct id id;

        at += sizeof key - 1;
        if ((size_t)(end - at) < sizeof uuid)
            return;
        memcpy(uuid, at, sizeof uuid - 1);
        if (id_parse(&id, uuid))
            add_id(said, &id);
    }
}

/* A reply of the control socket whose ids are reports; others name invitations
 * and the like. */
static bool is_accepting(struct bytes reply)
{
    static const char word[] = "\"result\":\"accepted\"";

    return memmem(reply.data, reply.size, word, sizeof word - 1) != NULL;
}

/* ---- positions in frames */

static void add_position(struct crash_said *said,
                         const struct stream_name *name, uint64_t seq)
{
    size_t i = 0;

    while (i < said->stream_count &&
           !stream_name_equal(&said->streams[i].name, name))
        i++;
    if (i == SAID_STREAMS)
        abort(); /* a story with more streams needs more room */
    if (i == said->stream_count) {
        said->streams[i].name = *name;
        said->stream_count++;
    }
    if (seq > said->streams[i].seq)
        said->streams[i].seq = seq;
}

static void add_early(struct crash_said *said, const struct early_ref *ref)
{
    if (said->early_count == said->early_room) {
        said->early_room = said->early_room * 2 + 16;
        said->early = mem_grow(said->early, said->early_room, sizeof *ref);
    }
    said->early[said->early_count++] = *ref;
}

static void add_sent(struct crash_said *said, const struct change *change)
{
    struct early_ref ref = {.record = change->header.record,
                            .version = change->header.version};

    memcpy(ref.home, change->header.home, sizeof ref.home);
    add_early(said, &ref);
}

static void add_claims(struct crash_said *said,
                       const struct stream_claim *claims, size_t count)
{
    for (size_t i = 0; i < count; i++)
        add_position(said, &claims[i].name, claims[i].samples[0].seq);
}

static void add_machine(struct crash_said *said, struct bytes body)
{
    struct certificate c;

    if (wire_certificate_decode(&c, body) != 0)
        return;
    if (said->certified_count == SAID_MACHINES)
        abort(); /* a story with more machines needs more room */
    memcpy(said->certified[said->certified_count++], c.curve_public,
           sizeof c.curve_public);
}

static void read_message(struct crash_said *said, const struct sync_message *m)
{
    switch (m->type) {
    case MSG_HELLO:
        add_claims(said, m->hello.claims, m->hello.claim_count);
        break;
    case MSG_WELCOME:
        add_claims(said, &m->welcome.up, 1);
        for (size_t i = 0; i < m->welcome.channel_count; i++)
            add_position(said, &m->welcome.channels[i].name,
                         m->welcome.channels[i].head);
        break;
    case MSG_EARLY:
        add_sent(said, &m->early.change);
        break;
    case MSG_EARLY_ACK:
        if (m->early_ack.stored)
            add_early(said, &m->early_ack.ref);
        break;
    case MSG_BATCH:
        add_position(said, &m->batch.name, m->batch.first + m->batch.count - 1);
        break;
    case MSG_ACK:
        add_position(said, &m->ack.name, m->ack.seq);
        break;
    case MSG_ANNOUNCE:
        add_position(said, &m->announce.name, m->announce.head);
        break;
    case MSG_ENROLLED:
        add_machine(said, m->enrolled.certificate.body);
        break;
    default: /* says nothing of what is held */
        break;
    }
}

void crash_said_read(struct crash_said *out, const struct crash_log *log,
                     size_t point)
{
    struct wire_codec *codec = wire_codec_new(true);
    struct sync_message message;

    *out = (struct crash_said){0};
    for (size_t i = 0; i < point && i < log->count; i++) {
        const struct crash_record *r = &log->records[i];

        if (r->kind != REC_SAID)
            continue;
        out->word_count++;
        if (r->offset == REC_STDOUT ||
            (r->offset == REC_SOCKET && is_accepting(r->data)))
            read_text(out, r->data);
        else if (r->offset == REC_FRAME &&
                 wire_decode(codec, &message, r->data, NULL) == 0)
            read_message(out, &message);
    }
    wire_codec_free(&codec);
}

void crash_said_free(struct crash_said *said)
{
    mem_free(&said->ids);
    mem_free(&said->early);
}

/* ---- what an image keeps */

struct look {
    struct ledger *ledger;
    const char *homes[SAID_MACHINES + 1]; /* of the hub and of the units */
    size_t home_count;
    const struct crash_said *said;
    int broken;
};

static bool has_record(const struct look *look, const struct id *id)
{
    struct record_row row;

    for (size_t i = 0; i < look->home_count; i++)
        if (ledger_record(look->ledger, look->homes[i], id, &row, NULL, NULL) ==
            0)
            return true;
    return false;
}

static void check_ids(struct look *look)
{
    char text[ID_TEXT_BYTES];

    for (size_t i = 0; i < look->said->id_count; i++)
        if (!has_record(look, &look->said->ids[i])) {
            printf("id %s was answered and is not there\n",
                   id_text(text, &look->said->ids[i]));
            look->broken++;
        }
}

struct sought {
    const struct stream_name *name;
    uint64_t head;
};

static int see_stream(void *who, const struct ledger_stream *s)
{
    struct sought *sought = who;

    if (stream_name_equal(&s->name, sought->name))
        sought->head = s->head.seq;
    return 0;
}

/* No stream of its own: to where the objects of `up` are held. */
static uint64_t vaulted(const struct look *look, const char *home)
{
    struct stream_name up = stream_name_make(home, STREAM_UP);

    return ledger_vaulted(look->ledger, &up);
}

static void check_streams(struct look *look)
{
    for (size_t i = 0; i < look->said->stream_count; i++) {
        struct sought sought = {.name = &look->said->streams[i].name};
        uint64_t wanted = look->said->streams[i].seq;

        if (strcmp(sought.name->channel, STREAM_VAULT) == 0)
            sought.head = vaulted(look, sought.name->home);
        else
            (void)ledger_streams(look->ledger, see_stream, &sought);
        if (sought.head < wanted) {
            printf("%s of %s is at %llu, %llu was said\n", sought.name->channel,
                   sought.name->home, (unsigned long long)sought.head,
                   (unsigned long long)wanted);
            look->broken++;
        }
    }
}

static bool holds(const struct look *look, const struct early_ref *ref)
{
    struct change_ref exact = {.home = ref->home,
                               .record = ref->record,
                               .version = ref->version,
                               .digest = ref->digest};
    static const struct hash none;
    struct record_row row;

    if (memcmp(&ref->digest, &none, sizeof none) != 0)
        return ledger_has(look->ledger, &exact);
    return ledger_record(look->ledger, ref->home, &ref->record, &row, NULL,
                         NULL) == 0 &&
           row.version >= ref->version;
}

static void check_early(struct look *look)
{
    char text[ID_TEXT_BYTES];

    for (size_t i = 0; i < look->said->early_count; i++)
        if (!holds(look, &look->said->early[i])) {
            printf("record %s went early and is not there\n",
                   id_text(text, &look->said->early[i].record));
            look->broken++;
        }
}

static void check_all(struct look *look)
{
    check_ids(look);
    check_streams(look);
    check_early(look);
}

static int check_hub(const struct crash_said *said, const char *folder,
                     struct error *err)
{
    struct hub *hub = NULL;
    struct look look = {.said = said};

    if (hub_open(&hub, folder, HUB_READ, err) != 0)
        return -1;
    look.ledger = hub->ledger;
    look.homes[look.home_count++] = hub->keys.home;
    for (size_t i = 0; i < hub_registry_count(hub->registry) &&
                       look.home_count <= SAID_MACHINES;
         i++)
        look.homes[look.home_count++] = hub_registry_at(hub->registry, i)->unit;
    for (size_t i = 0; i < said->certified_count; i++)
        if (!hub_registry_find(hub->registry, said->certified[i])) {
            printf("a machine was certified and is not enrolled\n");
            look.broken++;
        }
    check_all(&look);
    hub_close(&hub);
    return look.broken;
}

static int check_node(const struct crash_said *said, const char *folder,
                      struct error *err)
{
    struct node *node = NULL;
    struct look look = {.said = said};

    if (node_open(&node, folder, NODE_READ, err) != 0)
        return -1;
    look.ledger = node->ledger;
    look.homes[look.home_count++] = node->keys.hub;
    look.homes[look.home_count++] = node->keys.unit;
    check_all(&look);
    node_close(&node);
    return look.broken;
}

int crash_said_check(const struct crash_said *said, bool is_hub,
                     const char *folder, struct error *err)
{
    return is_hub ? check_hub(said, folder, err)
                  : check_node(said, folder, err);
}
