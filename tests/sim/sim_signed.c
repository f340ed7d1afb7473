/* tests/sim/sim_signed.c - what a commune has closed, and what it has put into
 * the hub's vault. */
#include <stdio.h>
#include <string.h>

#include "common/store/ledger_vault.h"
#include "node/vault.h"
#include "tests/sim/sim.h"

/* ---- closings */

struct closings {
    struct stale {
        char home[LIMIT_HOME];
        struct closing closing;
    } list[256];
    size_t count;
};

static int keep_closing(void *who, const struct record_row *row,
                        const struct entry *entry)
{
    struct closings *all = who;
    struct stale *s = &all->list[all->count];

    if (all->count == sizeof all->list / sizeof *all->list || entry == NULL ||
        wire_closing_decode(&s->closing, entry->change.part[PART_FACT].bytes,
                            NULL) != 0)
        return 0;
    memcpy(s->home, row->home, sizeof s->home);
    all->count++;
    return 0;
}

/* Each is fulfilled: the hub's copy of the unit's stream has the head that was
 * signed; or it was signed anew with one that it has. */
void sim_closings_check_end(void)
{
    static struct closings all;
    struct ledger *l = sim.hub->hub->ledger;

    all.count = 0;
    if (ledger_records(l, KIND_CLOSING, NULL, keep_closing, &all) != 0)
        sim_fail("the closings cannot be read");
    for (size_t i = 0; i < all.count; i++) {
        const struct stale *s = &all.list[i];
        struct stream_name up = stream_name_make(s->home, STREAM_UP);
        struct hash h;

        if (s->closing.seq > 0 &&
            (ledger_hash_at(l, &up, s->closing.seq, &h) != 0 ||
             !hash_equal(&h, &s->closing.h)))
            sim_fail("a closing of %s names position %llu of its stream, and "
                     "that has never come to the hub",
                     s->home, (unsigned long long)s->closing.seq);
    }
}

/* ---- the vault */

struct looking {
    struct machine *machine;
    bool waits; /* only to see what is on its way still */
    const char *why;
    uint64_t bodies_to;
    const struct entry *entry; /* while its object is looked at */
    bool found;
};

static bool is_kept(const struct looking *l, const struct entry *e, int part)
{
    return e->change.part[part].form == PART_WHOLE &&
           (part != PART_BODY || e->seq <= l->bodies_to);
}

/* Whole and the same here; a version that only names a part (PROTOCOL 2.4) has
 * none in its object either. */
static void same_part(const struct looking *l, const struct part *opened,
                      int part)
{
    const struct entry *e = l->entry;

    if (is_kept(l, e, part) &&
        (opened[part].form != PART_WHOLE ||
         !bytes_equal(opened[part].bytes, e->change.part[part].bytes)))
        sim_fail("an object of %s opens to other words than it holds",
                 l->machine->name);
    if (opened[part].form == PART_WHOLE &&
        e->change.part[part].form != PART_WHOLE)
        sim_fail("%s lacks words of version %llu of a record that it could "
                 "open at the hub",
                 l->machine->name,
                 (unsigned long long)e->change.header.version);
}

/* One that another machine of the unit locked waits for the shares. */
static int see_object(void *who, const struct vault_item *item)
{
    struct looking *l = who;
    struct part opened[PART_COUNT] = {0};
    uint8_t key[BOX_KEY_BYTES];
    struct buf plain = {0};

    l->found = item->good;
    if (!item->good ||
        node_vault_key_at_rest(&l->machine->node->keys, item, key) != 0)
        return 1;
    if (node_vault_open(item, key, opened, &plain) != 0)
        sim_fail("an object of %s does not open", l->machine->name);
    same_part(l, opened, PART_BODY);
    same_part(l, opened, PART_VAULT);
    buf_free(&plain);
    sim_counts.objects++;
    return 1;
}

/* Nothing of it is here. */
static bool lacks(const struct entry *e)
{
    return e->change.part[PART_BODY].form != PART_WHOLE &&
           e->change.part[PART_VAULT].form != PART_WHOLE;
}

static int see_whether(void *who, const struct vault_item *item)
{
    ((struct looking *)who)->found = item->good;
    return 1;
}

static bool has_object(struct looking *l, struct ledger *at,
                       const struct entry *e)
{
    const struct change_header *h = &e->change.header;
    struct change_ref ref = {h->home, h->record, h->version, e->digest};

    l->entry = e;
    l->found = false;
    if (ledger_vault_find(at, &ref, l->waits ? see_whether : see_object, l) !=
        0)
        l->found = false;
    return l->found;
}

/* What is whole here and did not leave whole has its object at the hub; of what
 * is not whole here, whatever the hub has is here too. */
static const char *wrong_with(struct looking *l, const struct entry *e)
{
    if (!has_object(l, sim.hub->hub->ledger, e))
        return is_kept(l, e, PART_BODY) || is_kept(l, e, PART_VAULT)
                   ? "has no object at the hub"
                   : NULL;
    return lacks(e) && !has_object(l, l->machine->node->ledger, e)
               ? "is without words, and without the object that the hub has"
               : NULL;
}

static int see_change(void *who, const struct entry *e)
{
    static char text[120];
    struct looking *l = who;
    const char *wrong = wrong_with(l, e);

    if (wrong == NULL)
        return 0;
    (void)snprintf(text, sizeof text, "version %llu of a record (seq %llu) %s",
                   (unsigned long long)e->change.header.version,
                   (unsigned long long)e->seq, wrong);
    l->why = text;
    return 1;
}

static const char *look_at_all(struct machine *m, bool waits)
{
    struct looking l = {.machine = m,
                        .waits = waits,
                        .bodies_to = node_vault_bodies_to(m->node)};

    if (ledger_read(m->node->ledger, &m->node->up, 1, see_change, &l) != 0)
        sim_fail("%s cannot be read", m->name);
    return l.why;
}

void sim_vault_check(struct machine *m)
{
    const char *wrong = look_at_all(m, false);

    if (wrong != NULL)
        sim_fail("%s: %s", m->name, wrong);
}

const char *sim_vault_waits(struct machine *m)
{
    struct ledger_stream up;
    struct vault_plan plan;
    uint64_t held;

    node_vault_plan(m->node, &plan);
    if (plan.pull)
        return "without all of its objects";
    if (ledger_stream(m->node->ledger, &up, &m->node->up, true) != 0)
        return "without a stream";
    held = ledger_vaulted(m->node->ledger, &m->node->up);
    if (plan.again && plan.from < held)
        held = plan.from;
    return ledger_vault_next(m->node->ledger, &m->node->up, held + 1,
                             up.head.seq, !m->node->body_always, &held) == 0
               ? "without all of its objects at the hub"
               : look_at_all(m, true);
}
