/* tests/sim/sim_truth.c - what was promised, to whom, and on which disks it
 * lies.
 *
 * Every change that was ever committed at its home is known here, in the order
 * in which that was first seen. It must be delivered unless every disk that
 * held it was set back or destroyed: that, and only that, excuses a loss. */
#include <stdio.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/wire/codec.h"
#include "tests/sim/sim.h"
#include "tests/support/faulty_disk.h"

enum { CURSORS = 3 * SIM_UNITS + 4, OWED = 256, BUCKETS = 1 << 12 };

struct known {
    struct hash digest;
    struct id record;
    uint64_t version;
    uint32_t kind;
    char home[LIMIT_HOME];
    bool must;
    bool copy;   /* a version of a working copy: counted nowhere */
    size_t next; /* in its bucket, 0: the last */
};

struct cursor {
    struct stream_name name;
    struct stream_position at;
    uint64_t acked; /* said to the peer */
};

struct disk_truth {
    uint8_t *bits; /* by the number of a known change */
    size_t room;
    struct cursor cursors[CURSORS];
    size_t cursor_count;
    struct told {
        struct id record;
        uint64_t version;
    } told[OWED];
    size_t told_count;
    struct early_ref owed[OWED];
    size_t owed_count;
};

static struct known *known; /* [0] is nobody */
static size_t known_count = 1, known_room;
static size_t buckets[BUCKETS];
static struct wire_codec *tap;

/* ---- known changes */

static size_t bucket_of(const struct hash *digest)
{
    return get_u32(digest->bytes) % BUCKETS;
}

static size_t find(const struct hash *digest)
{
    size_t i = buckets[bucket_of(digest)];

    while (i != 0 && !hash_equal(&known[i].digest, digest))
        i = known[i].next;
    return i;
}

static struct id lies[64];
static size_t lie_count;

void sim_truth_lie(const struct id *record)
{
    lies[lie_count++ % 64] = *record;
}

static void check_lie(const struct machine *m, const struct id *record)
{
    for (size_t i = 0; i < lie_count && i < 64; i++)
        if (id_equal(&lies[i], record))
            sim_fail("%s believes a change that nobody signed", m->name);
}

static bool is_copy(const struct change *change)
{
    struct report_fact fact;

    return change->header.kind == KIND_REPORT &&
           wire_report_fact_decode(&fact, change->part[PART_FACT].bytes,
                                   NULL) == 0 &&
           fact.continues_home[0] != '\0';
}

static size_t add(const struct entry *entry)
{
    size_t *bucket = &buckets[bucket_of(&entry->digest)];
    const struct change_header *h = &entry->change.header;

    if (known_count >= known_room) {
        known_room = known_room == 0 ? 1024 : known_room * 2;
        known = mem_grow(known, known_room, sizeof *known);
    }
    known[known_count] = (struct known){.digest = entry->digest,
                                        .record = h->record,
                                        .version = h->version,
                                        .kind = h->kind,
                                        .must = true,
                                        .copy = is_copy(&entry->change),
                                        .next = *bucket};
    memcpy(known[known_count].home, h->home, sizeof known[known_count].home);
    *bucket = known_count;
    return known_count++;
}

static bool has(const struct disk_truth *t, size_t i)
{
    return i / 8 < t->room && (t->bits[i / 8] >> (i % 8) & 1) != 0;
}

static void set(struct disk_truth *t, size_t i)
{
    if (i / 8 >= t->room) {
        size_t room = t->room == 0 ? 64 : t->room * 2;

        while (i / 8 >= room)
            room *= 2;
        t->bits = mem_grow(t->bits, room, 1);
        memset(t->bits + t->room, 0, room - t->room);
        t->room = room;
    }
    t->bits[i / 8] |= (uint8_t)(1 << (i % 8));
}

/* ---- reading a disk */

static const char *home_of(const struct machine *m)
{
    return m->is_hub ? m->hub->keys.home : m->node->keys.unit;
}

struct reading {
    struct machine *machine;
    struct disk_truth *into;
    struct stream_position at;
};

static struct db *db_of(const struct machine *m)
{
    return m->is_hub ? hub_store_db(m->hub->store)
                     : node_store_db(m->node->store);
}

/* A database that a failing disk made close for good, until it can be opened
 * anew, cannot be looked into. */
bool sim_can_look(const struct machine *m)
{
    return m->power != POWER_ON ||
           (db_is_open(db_of(m)) && !db_is_suspect(db_of(m)));
}

/* A machine of this home has written what we could not see: it reads on from
 * its disk, and we do not. */
static bool is_hidden(const char *home)
{
    for (size_t i = 0; i < sim.machine_count; i++)
        if (!sim_can_look(&sim.machines[i]) &&
            strcmp(home_of(&sim.machines[i]), home) == 0)
            return true;
    return false;
}

/* A change is invented at its home and nowhere else. */
static int see(void *who, const struct entry *entry)
{
    struct reading *r = who;
    size_t i = find(&entry->digest);

    check_lie(r->machine, &entry->change.header.record);
    if (i == 0 && strcmp(entry->change.header.home, home_of(r->machine)) != 0 &&
        !is_hidden(entry->change.header.home))
        sim_fail("%s holds a change of %s that %s never wrote",
                 r->machine->name, entry->change.header.home,
                 entry->change.header.home);
    if (i == 0) {
        i = add(entry);
        known[i].must = !r->machine->revoked;
    }
    set(r->into, i);
    if (entry->change.header.kind == KIND_REFERRAL ||
        entry->change.header.kind == KIND_CARRIED)
        sim_referral_see(&entry->change);
    return 0;
}

static struct cursor *cursor_of(struct disk_truth *t,
                                const struct stream_name *name)
{
    for (size_t i = 0; i < t->cursor_count; i++)
        if (stream_name_equal(&t->cursors[i].name, name))
            return &t->cursors[i];
    if (t->cursor_count == CURSORS)
        sim_fail("more than %d streams on one disk", CURSORS);
    t->cursors[t->cursor_count] = (struct cursor){.name = *name};
    return &t->cursors[t->cursor_count++];
}

struct streams {
    struct ledger_stream list[CURSORS];
    size_t count;
};

static int list_stream(void *who, const struct ledger_stream *s)
{
    struct streams *all = who;

    if (all->count < CURSORS)
        all->list[all->count++] = *s;
    return 0;
}

static void list_streams(const struct machine *m, struct ledger *l,
                         struct streams *out)
{
    int rc;

    out->count = 0;
    if ((rc = ledger_streams(l, list_stream, out)) != 0)
        sim_fail("the streams of %s cannot be read: %s", m->name,
                 error_name(rc));
}

/* What is new in a stream since the last look. */
static void read_on(struct machine *m, const struct ledger_stream *s)
{
    struct ledger *l = m->is_hub ? m->hub->ledger : m->node->ledger;
    struct cursor *c = cursor_of(m->truth, &s->name);
    struct reading r = {.machine = m, .into = m->truth};
    uint64_t from = 1;
    struct hash h;

    if (c->at.seq == s->head.seq && hash_equal(&c->at.h, &s->head.h))
        return;
    if (c->at.seq > 0 && c->at.seq <= s->head.seq &&
        ledger_hash_at(l, &s->name, c->at.seq, &h) == 0 &&
        hash_equal(&h, &c->at.h))
        from = c->at.seq + 1;
    if (ledger_read(l, &s->name, from, see, &r) != 0)
        sim_fail("%s cannot read its stream %s", m->name, s->name.channel);
    c->at = s->head;
}

/* Everything that lies on a disk, into `out`. */
static void read_all(struct machine *m, struct disk_truth *out)
{
    struct ledger *l = sim_open_ledger(m);
    struct reading r = {.machine = m, .into = out};
    struct streams all;

    list_streams(m, l, &all);
    for (size_t i = 0; i < all.count; i++) {
        if (ledger_read(l, &all.list[i].name, 1, see, &r) != 0)
            sim_fail("%s cannot be read", m->name);
        if (i == 0 ||
            strcmp(all.list[i].name.home, all.list[i - 1].name.home) != 0)
            if (ledger_read_early(l, all.list[i].name.home, see, &r) != 0)
                sim_fail("%s cannot be read", m->name);
    }
    sim_close_ledger(m);
}

/* Nothing that was committed on this disk is missing there. */
static void compare(const struct machine *m, const struct disk_truth *real)
{
    for (size_t i = 1; i < known_count; i++)
        if (has(m->truth, i) && !has(real, i))
            sim_fail("%s has lost a change that it had committed: kind %u, "
                     "version %llu of %s",
                     m->name, known[i].kind,
                     (unsigned long long)known[i].version, known[i].home);
}

static void look(struct machine *m)
{
    struct disk_truth real;
    char disk[64];

    if (!sim_can_look(m))
        return;
    faulty_disk_fail(sim_disk(disk, m), DISK_READ, 0, 0); /* we read too */
    memset(&real, 0, sizeof real);
    read_all(m, &real);
    compare(m, &real);
    for (size_t i = 1; i < known_count; i++)
        if (has(&real, i))
            set(m->truth, i);
    mem_free(&real.bits);
}

/* ---- promises */

void sim_truth_told(struct machine *m, const struct id *record,
                    uint64_t version)
{
    struct disk_truth *t = m->truth;

    if (t->told_count < OWED)
        t->told[t->told_count++] = (struct told){*record, version};
}

static void owe(struct disk_truth *t, const struct early_ref *ref)
{
    if (t->owed_count < OWED)
        t->owed[t->owed_count++] = *ref;
}

void sim_truth_frame(struct machine *m, struct bytes frame)
{
    unsigned type = frame.size == 0 ? 0 : frame.data[0] >> 3;
    struct sync_message message;

    if (m->truth == NULL || (type != MSG_ACK && type != MSG_EARLY_ACK))
        return;
    if (tap == NULL)
        tap = wire_codec_new(false);
    if (wire_decode(tap, &message, frame, NULL) != 0)
        sim_fail("%s sends an acknowledgement that cannot be read", m->name);
    sim_counts.acks++;
    if (message.type == MSG_ACK &&
        strcmp(message.ack.name.channel, STREAM_VAULT) == 0)
        return; /* of objects, not of a stream: sim_check.c looks for them */
    if (message.type == MSG_ACK) {
        struct cursor *c = cursor_of(m->truth, &message.ack.name);

        /* of its own stream a node acknowledges what it stages */
        if (strcmp(c->name.home, m->unit) != 0 && message.ack.seq > c->acked)
            c->acked = message.ack.seq;
    } else if (message.early_ack.stored) {
        owe(m->truth, &message.early_ack.ref);
    }
}

static void check_told(struct machine *m, struct ledger *l)
{
    struct disk_truth *t = m->truth;

    for (size_t i = 0; i < t->told_count; i++) {
        struct record_row row;

        if (ledger_record(l, home_of(m), &t->told[i].record, &row, NULL,
                          NULL) != 0 ||
            row.version < t->told[i].version)
            sim_fail("%s had said \"accepted\" of version %llu of a record, "
                     "and does not have it",
                     m->name, (unsigned long long)t->told[i].version);
    }
    t->told_count = 0;
}

/* A node may take entries out of a hub channel's place in the same turn. */
static void check_acked(struct machine *m, struct ledger *l, bool died)
{
    struct disk_truth *t = m->truth;

    for (size_t i = 0; i < t->cursor_count; i++) {
        struct cursor *c = &t->cursors[i];
        struct hash h;

        if (c->acked > 0 && (died || m->is_hub) &&
            ledger_hash_at(l, &c->name, c->acked, &h) != 0)
            sim_fail("%s has acknowledged %s %s up to %llu, and does not "
                     "have it",
                     m->name, c->name.home, c->name.channel,
                     (unsigned long long)c->acked);
        c->acked = 0; /* its digests are known now */
    }
    for (size_t i = 0; i < t->owed_count; i++) {
        struct change_ref ref = {t->owed[i].home, t->owed[i].record,
                                 t->owed[i].version, t->owed[i].digest};

        if (!ledger_has(l, &ref))
            sim_fail("%s has acknowledged an urgent copy, and does not have it",
                     m->name);
    }
    t->owed_count = 0;
}

/* ---- what happens to disks */

static void forget_disk(struct machine *m)
{
    struct disk_truth *t = m->truth;

    mem_free(&t->bits);
    memset(t, 0, sizeof *t);
}

void sim_truth_new_disk(struct machine *m, const struct machine *from)
{
    (void)from;
    m->truth = mem_new(sizeof *m->truth);
    look(m);
}

/* After a turn whose disk failed there is nothing new to see, and perhaps no
 * database until it works again (common/store/care.h). */
void sim_truth_turn(struct machine *m)
{
    struct ledger *l = m->is_hub ? m->hub->ledger : m->node->ledger;
    struct streams all;

    if (!sim_can_look(m))
        return;
    list_streams(m, l, &all);
    for (size_t i = 0; i < all.count; i++)
        read_on(m, &all.list[i]);
    check_told(m, l);
    check_acked(m, l, false);
}

void sim_truth_crashed(struct machine *m)
{
    struct ledger *l = m->is_hub ? m->hub->ledger : m->node->ledger;

    if (m->truth == NULL)
        return;
    check_told(m, l);
    check_acked(m, l, true);
    look(m);
}

void sim_truth_before_loss(struct machine *m)
{
    if (m->truth != NULL && m->power != POWER_GONE)
        look(m);
}

static bool lies_somewhere(size_t i)
{
    for (size_t m = 0; m < sim.machine_count; m++) {
        const struct machine *at = &sim.machines[m];

        if (at->power != POWER_GONE && !at->revoked && at->truth != NULL &&
            has(at->truth, i))
            return true;
    }
    return false;
}

static void look_everywhere(void)
{
    for (size_t m = 0; m < sim.machine_count; m++)
        if (sim.machines[m].power != POWER_GONE &&
            sim.machines[m].truth != NULL)
            look(&sim.machines[m]);
}

void sim_truth_after_loss(struct machine *m)
{
    forget_disk(m);
    look_everywhere();
    for (size_t i = 1; i < known_count; i++)
        if (known[i].must && !lies_somewhere(i)) {
            known[i].must = false;
            sim_counts.legit_lost++;
        }
}

/* ---- what must hold */

void sim_truth_check(void)
{
    look_everywhere();
    for (size_t i = 1; i < known_count; i++)
        if (known[i].must && !lies_somewhere(i))
            sim_fail("version %llu of a record of %s (kind %u) lies nowhere "
                     "any more, and nobody took a disk away",
                     (unsigned long long)known[i].version, known[i].home,
                     known[i].kind);
}

/* Nobody refers a report here: no body may have left its commune. */
static int count_seen(void *who, const struct entry *entry)
{
    unsigned *seen = who;

    if (entry->change.header.kind == KIND_REPORT &&
        (entry->change.part[PART_BODY].form == PART_WHOLE ||
         entry->change.part[PART_VAULT].form == PART_WHOLE))
        sim_fail("the hub holds the words of a report that was not referred");

    seen[find(&entry->digest)]++;
    return 0;
}

static bool is_incarnation(const struct known *k)
{
    return k->kind == 12; /* never appended again: PROTOCOL 3.4 */
}

static void check_hub_streams(unsigned *seen)
{
    struct streams all;

    list_streams(sim.hub, sim.hub->hub->ledger, &all);
    for (size_t i = 0; i < all.count; i++)
        if (ledger_read(sim.hub->hub->ledger, &all.list[i].name, 1, count_seen,
                        seen) != 0)
            sim_fail("the hub's stream %s cannot be read",
                     all.list[i].name.channel);
    if (seen[0] != 0)
        sim_fail("the hub holds %u changes that nobody wrote", seen[0]);
}

void sim_truth_check_end(void)
{
    unsigned *seen = mem_array(known_count, sizeof *seen);

    sim_truth_check();
    check_hub_streams(seen);
    for (size_t i = 1; i < known_count; i++) {
        if (known[i].must && seen[i] == 0 && !is_incarnation(&known[i]))
            sim_fail("version %llu of a record of %s (kind %u, change %zu) "
                     "never came to its place in the hub's copy",
                     (unsigned long long)known[i].version, known[i].home,
                     known[i].kind, i);
        if (seen[i] > 1)
            sim_fail("version %llu of a record of %s stands %u times in the "
                     "hub's streams",
                     (unsigned long long)known[i].version, known[i].home,
                     seen[i]);
    }
    mem_free(&seen);
}

/* Distinct reports with at least one version in the hub's copy or still owed:
 * at the end there is no difference. */
static uint64_t count_reports(const char *unit, bool copies)
{
    uint64_t count = 0;

    for (size_t i = 1; i < known_count; i++) {
        bool first = known[i].kind == KIND_REPORT &&
                     (copies || !known[i].copy) &&
                     (unit == NULL || strcmp(known[i].home, unit) == 0) &&
                     has(sim.hub->truth, i);

        for (size_t j = 1; first && j < i; j++)
            first = !(id_equal(&known[j].record, &known[i].record) &&
                      strcmp(known[j].home, known[i].home) == 0 &&
                      has(sim.hub->truth, j));
        count += first;
    }
    return count;
}

uint64_t sim_truth_reports(const char *unit)
{
    return count_reports(unit, true);
}

uint64_t sim_truth_counted(void) { return count_reports(NULL, false); }
