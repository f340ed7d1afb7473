/* tests/support/ledger_bench_main.c - what receiving a report costs against the
 * floor: the same bytes inserted into one table with the same two indexes.
 *
 * lienxa-ledger-bench [FOLDER [REPORTS [PAIRS]]]
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/base/mem.h"
#include "common/crypto/digest.h"
#include "common/store/ledger.h"

enum { NODES = 10, BATCH = 500, FACT = 90, BODY = 210, PER_COMMIT = 2 };

static const struct hash_function hash = {crypto_sha256};

struct load {
    size_t per_node;
    struct change *changes; /* node by node */
    struct hash *digests, *hs;
    size_t *sizes;
    uint8_t *bytes; /* 64 of header, then fact, then body, for each */
};

static uint8_t *bytes_at(const struct load *l, size_t i)
{
    return l->bytes + i * (64 + FACT + BODY);
}

static struct stream_name name_of(size_t node)
{
    char home[LIMIT_HOME];

    (void)snprintf(home, sizeof home, "19%03zu@2025", node);
    return stream_name_make(home, STREAM_UP);
}

static uint32_t noise(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*seed >> 32);
}

static void make_change(struct load *l, size_t node, size_t i, uint64_t *seed)
{
    struct change *c = &l->changes[i];
    uint8_t *at = bytes_at(l, i), random[10];
    struct stream_name name = name_of(node);

    for (size_t k = 0; k < 64 + FACT + BODY; k++)
        at[k] = (uint8_t)noise(seed);
    for (size_t k = 0; k < sizeof random; k++)
        random[k] = (uint8_t)noise(seed);
    c->header_bytes = bytes_of(at, 56);
    memcpy(c->header.home, name.home, sizeof c->header.home);
    c->header.clock_ms = 1700000000000 + (int64_t)(i % l->per_node) * 60000;
    c->header.record = id_make(c->header.clock_ms, random);
    c->header.kind = KIND_REPORT;
    c->header.version = 1;
    for (int part = PART_FACT; part <= PART_BODY; part++) {
        c->part[part].form = PART_WHOLE;
        memset(c->part[part].salt, (int)noise(seed), 16);
    }
    c->part[PART_FACT].bytes = bytes_of(at + 64, FACT);
    c->part[PART_BODY].bytes = bytes_of(at + 64 + FACT, BODY);
    l->sizes[i] = 420;
}

static void make_load(struct load *l, size_t per_node)
{
    size_t total = per_node * NODES;
    uint64_t seed = 7;

    l->per_node = per_node;
    l->changes = mem_array(total, sizeof *l->changes);
    l->digests = mem_array(total, sizeof *l->digests);
    l->hs = mem_array(total, sizeof *l->hs);
    l->sizes = mem_array(total, sizeof *l->sizes);
    l->bytes = mem_array(total, 64 + FACT + BODY);
    for (size_t node = 0; node < NODES; node++) {
        struct stream_name name = name_of(node);
        struct hash h = stream_zero(&hash, &name);

        for (size_t k = 0; k < per_node; k++) {
            size_t i = node * per_node + k;

            make_change(l, node, i, &seed);
            l->digests[i] = change_digest(&hash, &l->changes[i]);
            h = stream_next(&hash, &h, k + 1, &l->digests[i]);
            l->hs[i] = h;
        }
    }
}

/* ---- the ledger */

static int bench_header(struct change_header *out, struct bytes bytes)
{
    (void)bytes;
    memset(out, 0, sizeof *out);
    return 0;
}

static int bench_judge(void *who, const struct change *change,
                       struct axes *axes, bool *counts, struct error *err)
{
    const uint8_t *fact = change->part[PART_FACT].bytes.data;
    static char village[16];

    (void)who;
    (void)err;
    (void)snprintf(village, sizeof village, "thon %u", fact[0] % 12u);
    axes->village_text = village;
    axes->day = (int32_t)(change->header.clock_ms / 86400000);
    axes->category = fact[2] % 20u;
    axes->state = 1;
    axes->channel = fact[3] % 4u;
    axes->urgent = fact[4] < 8;
    *counts = true;
    return 0;
}

static int bench_applied(void *who, const struct ledger_event *event,
                         struct error *err)
{
    (void)err;
    *(uint64_t *)who += event->is_new;
    return 0;
}

static void receive_batch(struct ledger *ledger, const struct load *l,
                          size_t node, size_t k)
{
    size_t i = node * l->per_node + k;
    struct ledger_batch batch = {.name = name_of(node),
                                 .first = k + 1,
                                 .count = BATCH,
                                 .changes = &l->changes[i],
                                 .sizes = &l->sizes[i],
                                 .head = {k + BATCH, l->hs[i + BATCH - 1]},
                                 .signed_head = bytes_of(l->bytes, 180)};
    struct stream_position reached;
    int rc = ledger_receive(ledger, &batch, &reached, NULL);

    assert(rc == 0 && reached.seq == k + BATCH);
}

static void run_ledger(struct db *db, const struct load *l)
{
    struct ledger *ledger = NULL;
    uint64_t count = 0;
    struct ledger_host host = {.who = &count,
                               .header = bench_header,
                               .judge = bench_judge,
                               .applied = bench_applied};
    size_t batches = 0;
    int rc = db_migrate(db, store_schema, store_schema_count, NULL);

    assert(rc == 0);
    rc = ledger_open(&ledger, db, &hash, &host, NULL);
    assert(rc == 0);
    for (size_t k = 0; k < l->per_node; k += BATCH)
        for (size_t node = 0; node < NODES; node++) {
            if (batches % PER_COMMIT == 0)
                rc = db_begin(db);
            assert(rc == 0);
            receive_batch(ledger, l, node, k);
            if (++batches % PER_COMMIT != 0)
                continue;
            rc = ledger_flush(ledger);
            assert(rc == 0);
            rc = db_commit(db);
            assert(rc == 0);
        }
    assert(count == l->per_node * NODES);
    ledger_close(&ledger);
}

/* ---- the floor */

static void insert_row(struct db_set *set, const struct load *l, size_t node,
                       size_t k)
{
    size_t i = node * l->per_node + k;
    const struct change *c = &l->changes[i];
    struct db_stmt *q = db_use(set, 0);

    db_bind_i64(q, (int64_t)node + 1);
    db_bind_i64(q, (int64_t)k + 1);
    db_bind_id(q, &c->header.record);
    db_bind_i64(q, 1);
    db_bind_hash(q, &l->hs[i]);
    db_bind_hash(q, &l->digests[i]);
    db_bind_bytes(q, c->header_bytes);
    for (int part = PART_FACT; part <= PART_BODY; part++) {
        db_bind_blob(q, c->part[part].salt, 16);
        db_bind_bytes(q, c->part[part].bytes);
    }
    int rc = db_run(q);

    assert(rc == 0);
}

static void run_floor(struct db *db, const struct load *l)
{
    static const char *const insert[] = {
        "INSERT INTO row (node, seq, uid, version, h, digest, header,"
        " fact_salt, fact, body_salt, body)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"};
    struct db_set *set;
    int rc = db_exec(
        db, "CREATE TABLE row (id INTEGER PRIMARY KEY, node INTEGER NOT NULL,"
            " seq INTEGER NOT NULL, uid BLOB NOT NULL, version INTEGER,"
            " h BLOB, digest BLOB, header BLOB, fact_salt BLOB, fact BLOB,"
            " body_salt BLOB, body BLOB) STRICT;"
            "CREATE UNIQUE INDEX row_place ON row (node, seq);"
            "CREATE UNIQUE INDEX row_uid ON row (uid);");

    assert(rc == 0);
    rc = db_prepare(&set, db, insert, 1, NULL);
    assert(rc == 0);
    for (size_t k = 0; k < l->per_node; k += BATCH)
        for (size_t node = 0; node < NODES; node++) {
            if (node % PER_COMMIT == 0)
                rc = db_begin(db);
            assert(rc == 0);
            for (size_t j = 0; j < BATCH; j++)
                insert_row(set, l, node, k + j);
            if (node % PER_COMMIT == PER_COMMIT - 1)
                rc = db_commit(db);
            assert(rc == 0);
        }
}

/* ---- measuring */

struct cost {
    double wall, cpu; /* microseconds a report */
    double bytes;     /* of the file, a report */
};

static double seconds(clockid_t clock)
{
    struct timespec t;

    (void)clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void remove_file(const char *path)
{
    static const char *const tails[] = {"", "-wal", "-shm"};
    char name[512];

    for (size_t i = 0; i < 3; i++) {
        (void)snprintf(name, sizeof name, "%s%s", path, tails[i]);
        (void)unlink(name);
    }
}

static struct cost measure(const char *folder, const struct load *l,
                           void (*run)(struct db *, const struct load *))
{
    double wall = seconds(CLOCK_MONOTONIC);
    double cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
    double count = (double)(l->per_node * NODES) / 1e6;
    struct stat at = {.st_size = 0};
    struct db *db = NULL;
    char path[480];
    int rc;

    (void)snprintf(path, sizeof path, "%s/ledger-bench.db", folder);
    remove_file(path);
    rc = db_open(&db, path, DB_WRITE, DB_APP_HUB, NULL);
    assert(rc == 0);
    run(db, l);
    db_close(&db);
    (void)stat(path, &at);
    wall = seconds(CLOCK_MONOTONIC) - wall;
    cpu = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    remove_file(path);
    return (struct cost){wall / count, cpu / count,
                         (double)at.st_size / count / 1e6};
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
    const char *folder = argc > 1 ? argv[1] : ".";
    size_t reports = argc > 2 ? strtoul(argv[2], NULL, 10) : 200000;
    size_t pairs = argc > 3 ? strtoul(argv[3], NULL, 10) : 5;
    double *ratios = mem_array(pairs, sizeof *ratios);
    double best_floor = 0, best_ledger = 0;
    struct load load = {.per_node = reports / NODES / BATCH * BATCH};

    make_load(&load, load.per_node);
    for (size_t i = 0; i < pairs; i++) {
        struct cost floor = measure(folder, &load, run_floor);
        struct cost ledger = measure(folder, &load, run_ledger);

        ratios[i] = ledger.wall / floor.wall;
        if (i == 0 || floor.cpu < best_floor)
            best_floor = floor.cpu;
        if (i == 0 || ledger.cpu < best_ledger)
            best_ledger = ledger.cpu;
        (void)printf("floor %.2f us (cpu %.2f)  ledger %.2f us (cpu %.2f)  "
                     "ratio %.2f (cpu %.2f, file %.2f)\n",
                     floor.wall, floor.cpu, ledger.wall, ledger.cpu, ratios[i],
                     ledger.cpu / floor.cpu, ledger.bytes / floor.bytes);
    }
    qsort(ratios, pairs, sizeof *ratios, by_value);
    (void)printf("median %.2f, %.2f to %.2f\n", ratios[pairs / 2], ratios[0],
                 ratios[pairs - 1]);
    (void)printf("least cpu: floor %.2f us, ledger %.2f us, ratio %.2f\n",
                 best_floor, best_ledger, best_ledger / best_floor);
    mem_free(&ratios);
    mem_free(&load.changes);
    mem_free(&load.digests);
    mem_free(&load.hs);
    mem_free(&load.sizes);
    mem_free(&load.bytes);
    return 0;
}
