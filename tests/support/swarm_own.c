/* tests/support/swarm_own.c - see swarm_own.h. */
#include "tests/support/swarm_own.h"

#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/crypto/digest.h"

enum { VILLAGES = 9, WORDS_MOST = 4096 };

const struct hash_function swarm_hash = {crypto_sha256};

/* ---- bytes */

/* Of a kind that is not urgent by itself. */
static const struct category *pick(uint8_t seed)
{
    size_t i = seed % category_count;

    while (report_is_urgent(false, &categories[i]))
        i = (i + 1) % category_count;
    return &categories[i];
}

static void fill_report(struct report_fact *fact, const struct swarm_own *own)
{
    const uint8_t *seed = own->record.bytes + 8; /* random */

    *fact = (struct report_fact){.category = pick(seed[0]),
                                 .urgent = own->urgent != SWARM_PLAIN,
                                 .channel = CHANNEL_TRUC_TIEP,
                                 .state = own->state,
                                 .day = clock_day(own->clock_ms),
                                 .hour = clock_hour(own->clock_ms),
                                 .received_ms = own->clock_ms,
                                 .bodies = 1};
    for (int state = REPORT_MOI; state <= own->state; state++)
        fact->entered_ms[state] = own->clock_ms + state;
    (void)snprintf(fact->village, sizeof fact->village, "thôn %d",
                   seed[1] % VILLAGES + 1);
}

static void write_report(const struct swarm_node *n,
                         const struct swarm_own *own, struct buf *fact,
                         struct buf *body)
{
    static char words[WORDS_MOST + 1];
    size_t size =
        n->swarm->body_bytes < WORDS_MOST ? n->swarm->body_bytes : WORDS_MOST;
    struct report_body what = {.text = words, .place = ""};
    struct report_fact facts;

    for (size_t i = 0; i < size; i++) /* as much in it as in words of people */
        words[i] = "nghieu xe tai cho cat qua duong lang nua dem "
            [(own->record.bytes[i % 8 + 8] + i * 7) % 45];
    words[size] = '\0';
    fill_report(&facts, own);
    wire_report_fact_encode(fact, &facts);
    wire_report_body_encode(body, &what);
}

static void write_receipt(const struct swarm_own *own, struct buf *fact)
{
    struct receipt receipt = {.alert = own->alert,
                              .verdict = ALERT_ACCEPTED,
                              .stored_ms = own->clock_ms};

    wire_receipt_encode(fact, &receipt);
}

static void set_part(struct change *change, int part, const struct buf *bytes)
{
    uint8_t which[2] = {(uint8_t)part, (uint8_t)change->header.version};
    struct bytes pieces[] = {bytes_of(change->header.record.bytes, 16),
                             bytes_of(which, sizeof which)};
    struct hash salt = crypto_sha256(pieces, 2);

    change->part[part].form = PART_WHOLE;
    change->part[part].bytes = buf_bytes(bytes);
    memcpy(change->part[part].salt, salt.bytes, 16);
}

static const struct change *write_change(const struct swarm_node *n,
                                         const struct swarm_own *own)
{
    static struct buf header, fact, body;
    static struct change change;

    buf_clear(&header);
    buf_clear(&fact);
    buf_clear(&body);
    change = (struct change){
        .header = {.record = own->record,
                   .kind = id_is_zero(&own->alert) ? KIND_REPORT : KIND_RECEIPT,
                   .flags = own->urgent != SWARM_PLAIN ? CHANGE_EXPEDITED : 0,
                   .version = own->version,
                   .clock_ms = own->clock_ms}};
    memcpy(change.header.home, n->key->unit, sizeof change.header.home);
    wire_header_encode(&header, &change.header);
    change.header_bytes = buf_bytes(&header);
    if (change.header.kind == KIND_RECEIPT)
        write_receipt(own, &fact);
    else
        write_report(n, own, &fact, &body);
    set_part(&change, PART_FACT, &fact);
    if (body.size > 0)
        set_part(&change, PART_BODY, &body);
    return &change;
}

const struct change *swarm_own_change(const struct swarm_node *n, uint64_t seq)
{
    const struct swarm_own *own = &n->own[seq - 1];
    static struct change out;
    struct hash digest;

    out = *write_change(n, own);
    if (own->urgent == SWARM_PLAIN)
        return &out;
    digest = change_digest(&swarm_hash, &out);
    out.is_signed = true;
    sign_key_id(out.key_id, n->key->sign.public_key);
    sign_bytes(out.signature, &n->key->sign, CHANGE_SIGN_DOMAIN,
               bytes_of(digest.bytes, sizeof digest.bytes));
    return &out;
}

/* ---- the stream */

static void make_room(struct swarm_node *n)
{
    if (n->head < n->room)
        return;
    n->room *= 2;
    n->own = mem_grow(n->own, n->room, sizeof *n->own);
    n->h = mem_grow(n->h, n->room + 1, sizeof *n->h);
}

void swarm_own_add(struct swarm_node *n, struct swarm_own own)
{
    const struct change *change = write_change(n, &own);
    struct hash digest = change_digest(&swarm_hash, change);

    make_room(n);
    own.size = (uint32_t)wire_change_size(change);
    n->own[n->head] = own;
    n->h[n->head + 1] =
        stream_next(&swarm_hash, &n->h[n->head], n->head + 1, &digest);
    n->head++;
    n->swarm->waiting++;
    if (own.urgent == SWARM_URGENT) {
        n->urgent_waiting++;
        n->swarm->urgent_waiting++;
    }
}

void swarm_own_free(struct swarm_node *n)
{
    mem_free(&n->own);
    mem_free(&n->h);
}

static void settle(struct swarm_node *n, struct swarm_own *own)
{
    if (own->urgent != SWARM_URGENT)
        return;
    own->urgent = SWARM_SETTLED;
    n->urgent_waiting--;
    n->swarm->urgent_waiting--;
}

void swarm_own_acked(struct swarm_node *n, uint64_t seq)
{
    if (seq < n->acked) { /* the hub went back */
        n->swarm->waiting += n->acked - seq;
    } else {
        for (uint64_t at = n->acked; at < seq; at++)
            settle(n, &n->own[at]);
        n->swarm->waiting -= seq - n->acked;
    }
    n->acked = seq;
    if (seq > n->acked_most)
        n->acked_most = seq;
}

void swarm_own_settled(struct swarm_node *n, const struct early_ref *ref)
{
    for (uint64_t at = n->acked; at < n->head; at++)
        if (n->own[at].version == ref->version &&
            id_equal(&n->own[at].record, &ref->record))
            settle(n, &n->own[at]);
}

void swarm_own_unsettle(struct swarm_node *n, uint64_t seq)
{
    for (uint64_t at = seq; at < n->head; at++) {
        if (n->own[at].urgent != SWARM_SETTLED)
            continue;
        n->own[at].urgent = SWARM_URGENT;
        n->urgent_waiting++;
        n->swarm->urgent_waiting++;
    }
}

/* ---- a hello */

static void claim(struct stream_claim *out, const struct stream_name *name,
                  const struct hash *h, uint64_t head)
{
    uint64_t seqs[LIMIT_SAMPLES];

    out->name = *name;
    out->sample_count = stream_sample_seqs(head, seqs);
    for (size_t i = 0; i < out->sample_count; i++)
        out->samples[i] = (struct stream_position){seqs[i], h[seqs[i]]};
}

struct backlog swarm_own_backlog(const struct swarm_node *n)
{
    struct backlog out = {.records = n->head - n->acked};

    for (uint64_t at = n->acked; at < n->head; at++)
        out.bytes += n->own[at].size;
    if (out.records > 0)
        out.oldest_ms = n->own[n->acked].clock_ms;
    return out;
}

void swarm_own_side(const struct swarm_node *n, struct stream_claim claims[3],
                    struct sync_local *out)
{
    struct stream_name all = stream_name_make(n->swarm->keys.hub, STREAM_ALL);

    memset(out, 0, sizeof *out);
    claim(&claims[0], &n->up, n->h, n->head);
    claim(&claims[1], &all, n->swarm->keys.all.h, n->all);
    claim(&claims[2], &n->orders, n->key->orders.h, n->key->orders.head);
    out->certificate = n->key->number;
    out->acked = n->acked_most;
    out->claim_count = 3;
    out->claims = claims;
    out->backlog = swarm_own_backlog(n);
}
