/* tests/support/many.c - see many.h. */
#include "tests/support/many.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/base/clock.h"
#include "common/crypto/digest.h"
#include "common/crypto/random.h"

enum { VILLAGES = 9, DAYS = 365 };

static const struct hash_function hash = {crypto_sha256};

void many_must(int rc, const struct error *err)
{
    if (rc == 0)
        return;
    (void)fprintf(stderr, "%s\n", err->text);
    exit(1);
}

static uint64_t noise(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return *seed >> 33;
}

struct many_commune many_begin(const struct hub *hub, size_t number)
{
    struct many_commune c = {
        .up = stream_name_make(hub->roster.units[number].key, STREAM_UP),
        .seed = number + 1};

    c.at.h = stream_zero(&hash, &c.up);
    return c;
}

/* ---- a year of reports */

static int pick_state(uint64_t *seed, int64_t age_ms)
{
    static const int at_work[] = {REPORT_DA_TIEP_NHAN, REPORT_PHAN_LOAI,
                                  REPORT_XAC_MINH, REPORT_DANG_XU_LY,
                                  REPORT_DA_XU_LY};

    if (age_ms > INT64_C(30) * 86400000 && noise(seed) % 100 < 93)
        return REPORT_DONG;
    return noise(seed) % 20 == 0 ? REPORT_MOI : at_work[noise(seed) % 5];
}

static void make_fact(struct report_fact *fact, struct many_commune *c,
                      int64_t received_ms, int64_t now_ms)
{
    *fact = (struct report_fact){
        .category = &categories[noise(&c->seed) % category_count],
        .channel = (int)(noise(&c->seed) % (CHANNEL_END - 1)) + 1,
        .day = clock_day(received_ms),
        .hour = clock_hour(received_ms),
        .received_ms = received_ms};
    fact->state = pick_state(&c->seed, now_ms - received_ms);
    fact->urgent = report_is_urgent(false, fact->category);
    for (int state = REPORT_MOI; state <= fact->state; state++)
        fact->entered_ms[state] = received_ms + state * INT64_C(600000);
    (void)snprintf(fact->village, sizeof fact->village, "thôn %d",
                   (int)(noise(&c->seed) % VILLAGES) + 1);
}

/* The change of the fact in place `i`. */
static void make_change(struct many_made *m, size_t i, const struct id *id,
                        uint64_t version, const struct many_commune *c)
{
    struct change *change = &m->changes[i];
    struct report_body body = {.text = "Nhiều xe tải chở cát chạy qua đường "
                                       "làng lúc nửa đêm, đề nghị kiểm tra.",
                               .place = ""};

    for (size_t k = 0; k < 3; k++)
        buf_clear(&m->bytes[i][k]);
    *change = (struct change){.header = {.record = *id,
                                         .kind = KIND_REPORT,
                                         .version = version,
                                         .clock_ms = m->facts[i].received_ms}};
    memcpy(change->header.home, c->up.home, sizeof change->header.home);
    wire_header_encode(&m->bytes[i][0], &change->header);
    wire_report_fact_encode(&m->bytes[i][1], &m->facts[i]);
    wire_report_body_encode(&m->bytes[i][2], &body);
    change->header_bytes = buf_bytes(&m->bytes[i][0]);
    for (int part = PART_FACT; part <= PART_BODY; part++) {
        change->part[part].form = PART_WHOLE;
        change->part[part].bytes = buf_bytes(&m->bytes[i][part + 1]);
        random_salt(change->part[part].salt);
    }
    m->sizes[i] = wire_change_size(change);
}

int64_t many_cpu_us(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

void many_deliver(struct hub *hub, struct many_commune *c,
                  const struct many_made *m, size_t first, size_t count,
                  struct many_spent *spent)
{
    struct ledger_batch batch = {.name = c->up,
                                 .first = c->at.seq + 1,
                                 .count = count,
                                 .changes = m->changes + first,
                                 .sizes = m->sizes + first,
                                 .signed_head = bytes_of_text("proof")};
    struct stream_position reached;
    struct error err = {""};
    int64_t us, cpu;

    for (size_t i = 0; i < count; i++) {
        struct hash digest = change_digest(&hash, &m->changes[first + i]);

        c->at.seq++;
        c->at.h = stream_next(&hash, &c->at.h, c->at.seq, &digest);
    }
    batch.head = c->at;
    us = clock_mono_us();
    cpu = many_cpu_us();
    many_must(hub_begin(hub), &err);
    many_must(ledger_receive(hub->ledger, &batch, &reached, &err), &err);
    many_must(hub_commit(hub, &err), &err);
    spent->us += clock_mono_us() - us;
    spent->cpu_us += many_cpu_us() - cpu;
}

void many_make(struct many_made *m, struct many_commune *c, size_t count,
               size_t of, int64_t now_ms)
{
    int64_t year = INT64_C(86400000) * DAYS;

    for (size_t i = 0; i < count; i++, c->made++) {
        int64_t received =
            now_ms - year +
            (int64_t)((double)year * (double)c->made / (double)of);
        struct id id = random_id(received);

        make_fact(&m->facts[i], c, received, now_ms);
        make_change(m, i, &id, 1, c);
    }
}

void many_move(struct many_made *m, const struct many_commune *c, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct report_fact *fact = &m->facts[i];
        struct id id = m->changes[i].header.record;

        fact->state =
            fact->state == REPORT_MOI ? REPORT_DA_TIEP_NHAN : REPORT_DONG;
        fact->entered_ms[fact->state] = fact->received_ms + 3600000;
        make_change(m, i, &id, 2, c);
    }
}
