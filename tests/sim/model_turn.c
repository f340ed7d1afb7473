/* tests/sim/model_turn.c - transactions and queues. */
#include "model_turn.h"

#include "model_check.h"
#include "model_disk.h"

#include <assert.h>
#include <string.h>

enum { DISK_FULL_ODDS = 30 };

static int number_of(const struct world *world, const struct party *party)
{
    return (int)(party - world->party);
}

void turn_begin(struct world *world, struct party *party)
{
    world->outbox = 0;
    world->failing = world->weather && world->allowed[N_DISK_FULL] &&
                     world_one_in(world, DISK_FULL_ODDS);
    if (world->failing)
        *world_rollback(world) = party->disk;
}

void turn_forget(struct world *world, struct party *party)
{
    if (party->unit != HUB) {
        party->link[0].phase = OFFLINE;
        return;
    }
    for (int p = 1; p < MAX_PARTIES; p++)
        world_hub(world)->link[p].phase = OFFLINE;
}

struct message *turn_say(struct world *world, int from, int to, enum type type)
{
    struct message *message = &world->out[world->outbox];

    assert(world->outbox < MAX_OUTBOX);
    world->outbox++;
    memset(message, 0, sizeof *message);
    message->type = type;
    message->from = from;
    message->to = to;
    message->nonce = world->party[from].link[to].nonce;
    message->tombstone = -1;
    return message;
}

struct queue *turn_queue(struct world *world, int node, int way, int socket)
{
    return &world->queue[node][way][socket];
}

bool turn_take(struct queue *queue, struct message *out)
{
    struct message *first = queue->slot[0];

    if (queue->n == 0)
        return false;
    *out = *first;
    queue->n--;
    memmove(&queue->slot[0], &queue->slot[1],
            (size_t)queue->n * sizeof queue->slot[0]);
    queue->slot[queue->n] = first;
    return true;
}

bool turn_put(struct queue *queue, const struct message *message)
{
    if (queue->n == MAX_QUEUE)
        return false;
    *queue->slot[queue->n++] = *message;
    return true;
}

/* What is said to be on the disk must be there when it is said. */
static void check_promise(struct world *world, const struct party *party,
                          const struct message *message)
{
    const struct disk *disk = &party->disk;
    int unit =
        world->party[message->from == 0 ? message->to : message->from].unit;
    const struct stream *stream;
    bool kept = true;

    if (message->type == ACK) {
        stream = &disk->stream[world_stream_index(message->channel, unit)];
        kept = message->seq <= stream->n &&
               stream->hash[message->seq] == message->hash;
    } else if (message->type == EXPRESS_ACK) {
        kept = disk_holds(disk, message->change);
    } else if (message->type == OBJECT_ACK) {
        kept = set_has(&disk->object, message->change) ||
               set_has(&disk->stub, message->change);
    }
    if (!kept)
        world_violate(world, "party %d acknowledged what is not on its disk",
                      message->from);
}

static void flush(struct world *world, const struct party *party)
{
    for (int i = 0; i < world->outbox; i++) {
        const struct message *m = &world->out[i];
        bool bulk = m->type == PUSH || m->type == STAGE || m->type == OBJECT;

        check_promise(world, party, m);
        (void)turn_put(turn_queue(world, m->to == 0 ? m->from : m->to,
                                  m->to != 0,
                                  bulk ? BULK_SOCKET : EXPRESS_SOCKET),
                       m);
    }
    world->outbox = 0;
}

void turn_end(struct world *world, struct party *party)
{
    if (world->failing) {
        world_count(world, N_DISK_FULL);
        world_trace(world, "party %d: disk full, rolled back",
                    number_of(world, party));
        party->disk = *world_rollback(world);
        turn_forget(world, party);
        if (!world_breaks(world, ACK_BEFORE_COMMIT))
            world->outbox = 0;
        world->failing = false;
    }
    check_party(world, party);
    flush(world, party);
}
