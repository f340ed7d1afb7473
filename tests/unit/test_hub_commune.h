/* A commune whose stream a hub receives, one change a time. */
#ifndef LIENXA_TEST_HUB_COMMUNE_H
#define LIENXA_TEST_HUB_COMMUNE_H

#include "tests/unit/test_hub_fixture.h"

#include "common/base/clock.h"
#include "common/sync/stream.h"

struct commune {
    struct fixture *f;
    struct stream_name up;
    struct stream_position at;
};

static inline struct hash_function commune_hash(void)
{
    return (struct hash_function){crypto_sha256};
}

static inline struct commune commune(struct fixture *f, const char *unit)
{
    struct commune c = {.f = f, .up = stream_name_make(unit, STREAM_UP)};
    struct hash_function hash = commune_hash();

    c.at.h = stream_zero(&hash, &c.up);
    return c;
}

/* The next change of the stream; its home is the commune. */
static inline void deliver(struct commune *c, const struct change_header *said,
                           struct bytes fact)
{
    struct change change = {.header = *said};
    struct buf header = {0};
    struct ledger_batch batch = {
        .name = c->up, .first = c->at.seq + 1, .count = 1, .changes = &change};
    struct hash_function hash = commune_hash();
    struct stream_position reached;
    struct hash digest;
    size_t size;

    memcpy(change.header.home, c->up.home, sizeof change.header.home);
    wire_header_encode(&header, &change.header);
    change.header_bytes = buf_bytes(&header);
    change.part[PART_FACT].form = PART_WHOLE;
    change.part[PART_FACT].bytes = fact;
    random_salt(change.part[PART_FACT].salt);
    digest = change_digest(&hash, &change);
    c->at.seq++;
    c->at.h = stream_next(&hash, &c->at.h, c->at.seq, &digest);
    size = wire_change_size(&change);
    batch.sizes = &size;
    batch.head = c->at;
    batch.signed_head = bytes_of_text("proof");
    assert_int_equal(
        ledger_receive(c->f->hub->ledger, &batch, &reached, &c->f->err), 0);
    assert_int_equal(reached.seq, c->at.seq);
    buf_free(&header);
}

/* A report, at `clock_ms` of the commune. */
static inline void deliver_fact(struct commune *c, const struct id *record,
                                uint64_t version, int64_t clock_ms,
                                const struct report_fact *said)
{
    const struct change_header header = {.record = *record,
                                         .kind = KIND_REPORT,
                                         .version = version,
                                         .clock_ms = clock_ms};
    struct buf fact = {0};

    wire_report_fact_encode(&fact, said);
    deliver(c, &header, buf_bytes(&fact));
    buf_free(&fact);
}

/* A report as it is taken in at `received_ms`: moi. */
static inline struct report_fact
taken_in(const char *category, const char *village, int64_t received_ms)
{
    struct report_fact fact = {.category = category_find(category),
                               .state = REPORT_MOI,
                               .channel = CHANNEL_TRUC_TIEP,
                               .day = clock_day(received_ms),
                               .hour = clock_hour(received_ms),
                               .received_ms = received_ms};

    assert_non_null(fact.category);
    fact.urgent = report_is_urgent(false, fact.category);
    fact.entered_ms[REPORT_MOI] = received_ms;
    (void)snprintf(fact.village, sizeof fact.village, "%s", village);
    return fact;
}

#endif
