/* tests/sim/model_link.c - streams, expedited copies, hand-backs, objects. */
#include "model_link.h"

#include "model_disk.h"
#include "model_hello.h"
#include "model_turn.h"

#include <string.h>

enum { AT_ONCE = 3 }; /* messages of one sort in one pump */

static int unit_of(const struct world *world, int from, int to)
{
    return world->party[from == 0 ? to : from].unit;
}

static bool sends(const struct party *party, enum channel channel)
{
    return (party->unit == HUB) == (channel != UP);
}

static void put_copy(struct message *message, struct copy copy)
{
    message->change = copy.change;
    message->tombstone = copy.tombstone;
    message->body = copy.body;
    message->proved = copy.proved;
}

static struct copy get_copy(const struct message *message)
{
    return (struct copy){.change = message->change,
                         .tombstone = message->tombstone,
                         .body = message->body,
                         .proved = message->proved};
}

/* --- what one end says ------------------------------------------------- */

static void say_early(struct world *world, int from, int to, struct link *link)
{
    const struct party *party = &world->party[from];
    const struct set *theirs = &world->home[world->party[to].unit];
    struct set fresh = set_and(&party->disk.early, theirs);
    struct message *message;

    fresh = set_minus(&fresh, &link->told);
    if (set_empty(&fresh) || world_breaks(world, EARLY_AT_HELLO_ONLY))
        return;
    link->told = set_or(&link->told, &fresh);
    message = turn_say(world, from, to, EARLY);
    message->set = fresh;
}

static void say_want(struct world *world, int from, int to, struct link *link)
{
    if (set_empty(&link->want) || link->want_sent)
        return;
    link->want_sent = true;
    turn_say(world, from, to, WANT)->set = link->want;
}

static void say_give(struct world *world, int from, int to, struct link *link)
{
    const struct disk *disk = &world->party[from].disk;
    int said = 0;

    for (int c = set_next(&link->give, 0); c >= 0 && said < AT_ONCE;
         c = set_next(&link->give, c + 1)) {
        set_drop(&link->give, c);
        if (!disk_holds(disk, c))
            continue;
        put_copy(turn_say(world, from, to, GIVE), disk_copy(world, disk, c));
        said++;
    }
}

static void say_express(struct world *world, int from, int to,
                        struct link *link)
{
    const struct party *party = &world->party[from];
    struct set due = set_minus(&link->express, &link->express_sent);
    int said = 0;

    for (int c = set_next(&due, 0); c >= 0 && said < AT_ONCE;
         c = set_next(&due, c + 1)) {
        struct message *message = turn_say(world, from, to, EXPRESS);

        put_copy(message, disk_copy(world, &party->disk, c));
        message->proved = true; /* signed now, if it was not */
        set_add(&link->express_sent, c);
        said++;
    }
}

static void say_push(struct world *world, int from, int to, struct link *link)
{
    const struct party *party = &world->party[from];

    for (int ch = UP; ch < CHANNELS; ch++) {
        enum channel channel = (enum channel)ch;
        const struct stream *stream =
            &party->disk
                 .stream[world_stream_index(channel, unit_of(world, from, to))];

        if (!sends(party, channel) || link->phase != LIVE)
            continue;
        for (int i = 0; i < AT_ONCE && link->sent[ch] < stream->n; i++) {
            struct message *message = turn_say(world, from, to, PUSH);

            message->channel = channel;
            message->seq = ++link->sent[ch];
            message->hash = stream->hash[message->seq];
            put_copy(message, disk_copy(world, &party->disk,
                                        stream->change[message->seq]));
        }
    }
}

static void say_stage(struct world *world, int to, struct link *link)
{
    const struct disk *disk = &world_hub(world)->disk;
    const struct stream *stream = &disk->stream[world->party[to].unit];

    for (int i = 0; i < 2 * AT_ONCE && link->pull > 0; i++) {
        struct message *message;

        if (link->pull > stream->n) {
            link->pull = 0;
            return;
        }
        message = turn_say(world, 0, to, STAGE);
        message->seq = link->pull++;
        message->hash = stream->hash[message->seq];
        put_copy(message, disk_copy(world, disk, stream->change[message->seq]));
    }
}

static void say_objects(struct world *world, int from, int to,
                        struct link *link)
{
    const struct party *party = &world->party[from];
    struct set lack =
        disk_lacking(world, &party->disk, unit_of(world, from, to));
    struct set due = set_and(&link->object, &party->disk.object);
    int said = 0;

    lack = set_minus(&lack, &link->asked);
    if (!set_empty(&lack) && !party->disk.retiring) {
        link->asked = set_or(&link->asked, &lack);
        turn_say(world, from, to, LACK)->lack = lack;
    }
    due = set_minus(&due, &link->object_sent);
    for (int c = set_next(&due, 0); c >= 0 && said < AT_ONCE;
         c = set_next(&due, c + 1)) {
        turn_say(world, from, to, OBJECT)->change = c;
        set_add(&link->object_sent, c);
        said++;
    }
}

static bool talking(const struct link *link)
{
    return link->phase != OFFLINE && link->phase != GREETING;
}

void link_pump(struct world *world, int node, bool at_hub)
{
    int from = at_hub ? 0 : node;
    int to = at_hub ? node : 0;
    struct party *party = &world->party[from];
    struct link *link = &party->link[to];

    if (!talking(link))
        return;
    turn_begin(world, party);
    world->failing = false; /* nothing to commit */
    say_early(world, from, to, link);
    say_want(world, from, to, link);
    say_give(world, from, to, link);
    say_express(world, from, to, link);
    say_push(world, from, to, link);
    if (at_hub)
        say_stage(world, to, link);
    say_objects(world, from, to, link);
    turn_end(world, party);
}

void link_timeout(struct world *world, int node, bool at_hub)
{
    struct party *party = &world->party[at_hub ? 0 : node];
    struct link *link = &party->link[at_hub ? node : 0];
    struct set none = {{0}};

    if (link->phase == GREETING ||
        (link->phase == DRAINING && !at_hub && link->returning)) {
        link->phase = OFFLINE;
        return;
    }
    memcpy(link->sent, link->acked, sizeof link->sent);
    link->want_sent = false;
    link->express_sent = none;
    link->asked = none;
    link->object_sent = none;
    link->told = none;
    if (!talking(link) || at_hub)
        return;
    turn_begin(world, party);
    world->failing = false; /* nothing to commit */
    if (link->phase == REBASING)
        hello_pull(world, node);
    else if (!world_breaks(world, NO_BEAT))
        (void)turn_say(world, node, 0, BEAT);
    turn_end(world, party);
}

/* --- what one end hears ------------------------------------------------ */

/* The peer has something else at this position: only a hello can tell why. */
static void diverged(struct world *world, const struct message *message)
{
    world->party[message->to].link[message->from].phase = OFFLINE;
    if (message->to == 0)
        turn_say(world, 0, message->from, RESET)->nonce = message->nonce;
}

static void ack(struct world *world, const struct message *message, int seq,
                uint64_t hash)
{
    struct message *reply = turn_say(world, message->to, message->from, ACK);

    reply->channel = message->channel;
    reply->seq = seq;
    reply->hash = hash;
}

static void on_push(struct world *world, const struct message *message)
{
    struct party *party = &world->party[message->to];
    int index = world_stream_index(message->channel,
                                   unit_of(world, message->from, message->to));
    struct stream *stream = &party->disk.stream[index];
    const struct change *change = &world->change[message->change];
    struct copy copy = get_copy(message);

    if (party->unit != HUB && party->link[0].phase == DRAINING)
        return;
    if (message->seq <= stream->n) {
        if (stream->hash[message->seq] != message->hash)
            diverged(world, message);
        else
            ack(world, message, stream->n, stream->hash[stream->n]);
        return;
    }
    if (message->seq > stream->n + 1) {
        ack(world, message, stream->n, stream->hash[stream->n]);
        return;
    }
    if (disk_next_hash(world, stream, message->change) != message->hash) {
        diverged(world, message);
        return;
    }
    if (world_breaks(world, QUARANTINE_STOPS) && change->poison &&
        party->level == 0)
        return;
    disk_store(world, party, &copy, true);
    ack(world, message, stream->n, stream->hash[stream->n]);
}

static void on_ack(struct world *world, const struct message *message)
{
    struct party *party = &world->party[message->to];
    struct link *link = &party->link[message->from];
    int ch = (int)message->channel;
    const struct stream *stream = &party->disk.stream[world_stream_index(
        message->channel, unit_of(world, message->from, message->to))];

    if (link->phase != LIVE)
        return;
    if (message->seq > stream->n ||
        stream->hash[message->seq] != message->hash) {
        diverged(world, message);
        return;
    }
    for (int i = link->acked[ch] + 1; i <= message->seq; i++)
        set_drop(&link->express, stream->change[i]);
    if (message->seq > link->acked[ch])
        link->acked[ch] = message->seq;
    if (link->sent[ch] < link->acked[ch])
        link->sent[ch] = link->acked[ch];
}

static void on_express(struct world *world, const struct message *message)
{
    struct party *party = &world->party[message->to];
    struct disk *disk = &party->disk;
    const struct change *change = &world->change[message->change];
    struct copy copy = get_copy(message);
    struct message *reply;
    int home = world->party[message->from].unit;

    if (change->forged && !world_breaks(world, FORGED_ADOPTED)) {
        world_count(world, N_FORGED);
        return;
    }
    if (change->home != home || disk->retiring)
        return;
    disk_store(world, party, &copy, false);
    if (message->to == 0 && party->link[message->from].phase == LIVE)
        set_add(&party->link[message->from].told, message->change);
    reply = turn_say(world, message->to, message->from, EXPRESS_ACK);
    reply->nonce = message->nonce;
    reply->change = message->change;
    reply->streamed = set_has(&disk->streamed, message->change);
    reply->object = set_has(&disk->object, message->change) ||
                    set_has(&disk->stub, message->change);
}

static void on_express_ack(struct world *world, const struct message *message)
{
    struct party *party = &world->party[message->to];
    struct link *link = &party->link[message->from];
    int c = message->change;

    if (link->phase != DRAINING || world_breaks(world, DRAINED_WHEN_ACKED)) {
        set_drop(&link->express, c);
    } else if (message->streamed &&
               (message->object || !set_has(&party->disk.object, c))) {
        set_drop(&link->express, c);
    }
}

/* A change of our own comes back; its own signature must prove it. */
static void on_give(struct world *world, const struct message *message)
{
    struct party *party = &world->party[message->to];
    struct link *link = &party->link[message->from];
    const struct change *change = &world->change[message->change];
    struct copy copy = get_copy(message);

    set_drop(&link->want, message->change);
    if (change->home != party->unit || party->disk.retiring)
        return;
    if (disk_holds(&party->disk, message->change) &&
        !world_breaks(world, TWICE_IN_STREAM))
        return;
    if ((change->forged || !message->proved) &&
        !world_breaks(world, FORGED_ADOPTED)) {
        world_count(world, N_FORGED);
        if (!world_breaks(world, REFUSAL_FORGOTTEN))
            set_add(&party->disk.refused, message->change);
        return;
    }
    world_count(world, N_HANDED_BACK);
    disk_store(world, party, &copy, true);
    if (party->unit != HUB)
        disk_mend_closings(world, party);
}

static void on_object(struct world *world, const struct message *message)
{
    struct party *party = &world->party[message->to];
    struct disk *disk = &party->disk;
    struct message *reply;

    if (!disk_holds(disk, message->change))
        return;
    if (set_has(&disk->stub, message->change) &&
        !world_breaks(world, LATE_OBJECT_KEPT)) {
        world_count(world, N_OBJECT_LATE);
    } else {
        world_count(world, N_OBJECT);
        set_add(&disk->object, message->change);
    }
    reply = turn_say(world, message->to, message->from, OBJECT_ACK);
    reply->nonce = message->nonce;
    reply->change = message->change;
}

/* What proves itself needs no session; everything else belongs to one. */
static bool in_session(struct world *world, const struct message *message)
{
    const struct link *link = &world->party[message->to].link[message->from];

    if (talking(link) && link->nonce == message->nonce)
        return true;
    if (message->to == 0)
        turn_say(world, 0, message->from, RESET)->nonce = message->nonce;
    return false;
}

static void hear_in_session(struct world *world, const struct message *message)
{
    struct party *party = &world->party[message->to];
    struct link *link = &party->link[message->from];
    struct set held = disk_held(&party->disk);

    if (!in_session(world, message))
        return;
    switch (message->type) {
    case EARLY:
        hello_early(world, party, link, &message->set);
        break;
    case WANT:
        link->give = set_and(&message->set, &held);
        break;
    case PUSH:
        on_push(world, message);
        break;
    case ACK:
        on_ack(world, message);
        break;
    case EXPRESS_ACK:
        on_express_ack(world, message);
        break;
    case PULL:
        hello_pulled(world, message);
        break;
    case STAGE:
        hello_staged(world, message);
        break;
    case LACK:
        link->object = set_or(&link->object, &message->lack);
        break;
    case OBJECT_ACK:
        set_drop(&link->object, message->change);
        break;
    case BEAT:
    case HELLO:
    case WELCOME:
    case RESET:
    case GIVE:
    case EXPRESS:
    case OBJECT:
        break;
    }
}

static void trace_message(struct world *world, const struct message *message)
{
    static const char *const name[] = {[HELLO] = "hello",
                                       [WELCOME] = "welcome",
                                       [RESET] = "reset",
                                       [BEAT] = "beat",
                                       [EARLY] = "early",
                                       [WANT] = "want",
                                       [GIVE] = "give",
                                       [PUSH] = "push",
                                       [ACK] = "ack",
                                       [EXPRESS] = "express",
                                       [EXPRESS_ACK] = "express-ack",
                                       [PULL] = "pull",
                                       [STAGE] = "stage",
                                       [LACK] = "lack",
                                       [OBJECT] = "object",
                                       [OBJECT_ACK] = "object-ack"};

    world_trace(world, "%d > %d %s: session %d channel %d seq %d change %d",
                message->from, message->to, name[message->type], message->nonce,
                (int)message->channel, message->seq, message->change);
}

void link_receive(struct world *world, const struct message *message)
{
    struct party *party = &world->party[message->to];
    struct link *link = &party->link[message->from];

    if (!party->used)
        return;
    trace_message(world, message);
    if (message->nonce != link->nonce &&
        (message->type == GIVE || message->type == EXPRESS ||
         message->type == OBJECT))
        world_count(world, N_LATE);
    turn_begin(world, party);
    switch (message->type) {
    case HELLO:
        hello_at_hub(world, message);
        break;
    case WELCOME:
        hello_welcomed(world, message);
        break;
    case RESET:
        if (link->nonce == message->nonce)
            link->phase = OFFLINE;
        break;
    case GIVE:
        on_give(world, message);
        break;
    case EXPRESS:
        on_express(world, message);
        break;
    case OBJECT:
        on_object(world, message);
        break;
    case BEAT:
    case EARLY:
    case WANT:
    case PUSH:
    case ACK:
    case EXPRESS_ACK:
    case PULL:
    case STAGE:
    case LACK:
    case OBJECT_ACK:
        hear_in_session(world, message);
        break;
    }
    turn_end(world, party);
    if (message->to != 0)
        hello_drained(world, message->to);
}
