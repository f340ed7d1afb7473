/* tests/unit/test_store_verify.c - whatever happens, the ledger equals what its
 * bytes say; and when it does not, verify says so. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/store/salvage.h"
#include "tests/support/store_world.h"

#define OURS "19870"
#define FAR "19873"

static int set_up(void **state)
{
    *state = world_new();
    return 0;
}

static int tear_down(void **state)
{
    world_free(*state);
    return 0;
}

static struct stream_name up(void) { return stream_name_make(OURS, STREAM_UP); }

/* ---- random operations */

static const char *const words[] = {"a", "b", "c", "refuse", "burst"};

static struct change random_change(struct world *w, uint64_t *seed,
                                   const char *home, uint32_t records)
{
    char fact[64];
    uint32_t word = world_random(seed, 25);
    bool last = world_random(seed, 40) == 0;

    (void)snprintf(fact, sizeof fact, "%u %s %u %u",
                   20000 + world_random(seed, 3), words[word < 5 ? word : 0],
                   world_random(seed, 4), world_random(seed, 3));
    return world_change(
        w, &(struct spec){.home = home,
                          .record = 1 + world_random(seed, records),
                          .version = 1 + world_random(seed, 4),
                          .flags = (last ? CHANGE_TOMBSTONE : 0) |
                                   (word == 9 ? CHANGE_EXPEDITED : 0),
                          .fact = world_random(seed, 8) ? fact : "nowhere",
                          .body = "words",
                          .vault = word % 2 ? "sealed" : NULL});
}

/* Mostly one that is not there yet. */
static struct change new_report(struct world *w, uint64_t *seed)
{
    return world_change(
        w, &(struct spec){.home = FAR,
                          .record = 20 + world_random(seed, 1000),
                          .version = 1,
                          .fact = world_random(seed, 60) ? "20000 a 3 1"
                                                         : "20000 burst 3 1",
                          .body = "words"});
}

static void grow_far(struct world *w, uint64_t *seed, struct far *far)
{
    bool many = world_random(seed, 6) == 0; /* new reports, as in a drain */
    uint32_t more = many ? 20 : 1 + world_random(seed, 9);

    for (uint32_t i = 0; i < more && far->count < FAR_MOST; i++) {
        struct change c =
            many ? new_report(w, seed) : random_change(w, seed, FAR, 20);

        if (world_random(seed, 6) == 0) {
            struct entry early = {
                .change = world_random(seed, 2) ? c : world_stubbed(&c)};

            (void)ledger_early(w->ledger, &early, 100, NULL);
        }
        far_add(far, &c);
    }
}

static uint64_t head_of(struct world *w, const struct stream_name *name,
                        bool own)
{
    struct ledger_stream s = {0};

    assert_int_equal(ledger_stream(w->ledger, &s, name, own), 0);
    return s.head.seq;
}

static void receive_some(struct world *w, uint64_t *seed, const struct far *far)
{
    uint64_t head = head_of(w, &far->name, false);
    uint64_t to = head + 1 + world_random(seed, 30);
    struct stream_position reached;

    if (head >= far->count)
        return;
    if (to > far->count)
        to = far->count;
    struct ledger_batch batch = far_batch(far, head + 1, to);

    assert_int_equal(ledger_receive(w->ledger, &batch, &reached, &w->err), 0);
    assert_int_equal(reached.seq, to);
}

static void detach_some(struct world *w, uint64_t *seed, const struct far *far)
{
    uint64_t head = head_of(w, &far->name, false);

    if (head > 0)
        assert_int_equal(
            ledger_detach(w->ledger, &far->name,
                          head - world_random(seed, (uint32_t)head % 9 + 1)),
            0);
}

static void append_one(struct world *w, uint64_t *seed)
{
    struct stream_name name = up();
    struct entry entry = {.change = random_change(w, seed, OURS, 20)};
    int rc = ledger_append(w->ledger, &name, &entry, 100, NULL);

    assert_true(rc == 0 || rc == ERR_REFUSED || rc == ERR_INVALID);
}

static void acknowledge(struct world *w, uint64_t *seed)
{
    struct stream_name name = up();
    uint64_t head = head_of(w, &name, true);

    if (head > 0)
        assert_int_equal(
            ledger_set_acked(w->ledger, &name,
                             world_random(seed, (uint32_t)head + 1)),
            0);
}

/* The peer holds ours up to `after` and something else behind it. */
static void rebase_some(struct world *w, uint64_t *seed)
{
    static struct far copy;
    struct stream_name name = up();
    struct stream_position reached;
    uint64_t head = head_of(w, &name, true), appended;
    uint64_t after =
        head - world_random(seed, head < 6 ? (uint32_t)head + 1 : 6);

    far_begin(&copy, OURS);
    assert_int_equal(ledger_rebase_begin(w->ledger, &name, after), 0);
    assert_int_equal(ledger_hash_at(w->ledger, &name, after, &copy.at[0].h), 0);
    for (uint32_t i = 0; i < 4; i++) {
        struct change c = random_change(w, seed, OURS, 20);
        struct hash digest = world_digest(&c);

        copy.changes[i] = c;
        copy.at[i + 1].h =
            stream_next(&world_hash, &copy.at[i].h, after + i + 1, &digest);
    }
    struct ledger_batch batch = far_batch(&copy, 0, 3);

    batch.first = after + 1;
    batch.head = (struct stream_position){after + 4, copy.at[4].h};
    assert_int_equal(ledger_rebase_stage(w->ledger, &batch, &reached, &w->err),
                     0);
    if (world_random(seed, 4))
        assert_int_equal(
            ledger_rebase_finish(w->ledger, &name, &appended, &w->err), 0);
}

static void one_operation(struct world *w, uint64_t *seed, struct far *far)
{
    w->forgiving = world_random(seed, 10) == 0;
    switch (world_random(seed, 12)) {
    case 0:
    case 1:
        grow_far(w, seed, far);
        return;
    case 2:
    case 3:
    case 4:
        receive_some(w, seed, far);
        return;
    case 5:
        detach_some(w, seed, far);
        return;
    case 6:
        acknowledge(w, seed);
        return;
    case 7:
        rebase_some(w, seed);
        return;
    case 8:
        (void)ledger_quarantine_retry(w->ledger, 1 + world_random(seed, 200),
                                      NULL);
        return;
    default:
        append_one(w, seed);
        return;
    }
}

/* One transaction of some operations, some of them undone. */
static void one_turn(struct world *w, uint64_t *seed, struct far *far)
{
    uint32_t count = world_random(seed, 6);

    world_begin(w);
    for (uint32_t i = 0; i < count; i++) {
        bool undo = world_random(seed, 5) == 0;

        if (undo)
            assert_int_equal(db_save(w->db), 0);
        one_operation(w, seed, far);
        if (world_random(seed, 6) == 0)
            (void)world_count(w); /* writes the figures in the middle */
        if (undo)
            assert_int_equal(db_undo(w->db), 0);
    }
    (void)world_end(w, world_random(seed, 6) == 0 ? ERR_IO : 0);
}

static void nothing_that_happens_breaks_the_ledger(void **state)
{
    static struct far far;

    for (uint64_t first = 1; first <= 12; first++) {
        struct world *w = *state;
        uint64_t seed = first;

        far_begin(&far, FAR);
        for (int turn = 0; turn < 60; turn++)
            one_turn(w, &seed, &far);
        if (world_faults(w, true) != 0)
            fail_msg("seed %llu", (unsigned long long)first);
        world_close(w);
        world_open(w);
        assert_int_equal(world_faults(w, true), 0);
        world_free(w);
        *state = world_new();
    }
}

/* ---- what verify finds */

static struct change report(struct world *w, const char *home, uint32_t record,
                            uint64_t version, const char *fact)
{
    return world_change(w, &(struct spec){.home = home,
                                          .record = record,
                                          .version = version,
                                          .fact = fact,
                                          .body = "some words to be flipped",
                                          .vault = "sealed"});
}

static void fill(struct world *w, uint32_t count)
{
    struct stream_name name = up();

    world_begin(w);
    for (uint32_t i = 1; i <= count; i++) {
        struct entry entry = {.change = report(w, OURS, i, 1, "20000 a 3 1")};

        assert_int_equal(ledger_append(w->ledger, &name, &entry, 100, &w->err),
                         0);
    }
    world_commit(w);
}

struct seen {
    int faults;
    char what[16];
    uint64_t seq;
};

static void see_fault(void *who, const struct ledger_fault *fault)
{
    struct seen *seen = who;

    if (seen->faults++ == 0) {
        (void)snprintf(seen->what, sizeof seen->what, "%s", fault->what);
        seen->seq = fault->seq;
    }
}

static struct seen verify(struct world *w)
{
    struct ledger_verified out;
    struct seen seen = {.faults = 0};

    assert_int_equal(
        ledger_verify(w->ledger, &out, NULL, see_fault, &seen, &w->err), 0);
    assert_int_equal(out.faults, seen.faults);
    return seen;
}

static void a_change_of_the_tables_is_found(void **state)
{
    static const struct {
        const char *harm, *what;
    } cases[] = {
        {"UPDATE change SET body = zeroblob(3) WHERE id = 4", "digest"},
        {"UPDATE change SET fact = NULL, fact_salt = NULL WHERE id = 4",
         "digest"},
        {"UPDATE change SET digest = zeroblob(32) WHERE id = 4", "digest"},
        {"UPDATE change SET h = zeroblob(32) WHERE id = 4", "chain"},
        {"UPDATE change SET seq = 99 WHERE id = 4", "chain"},
        {"DELETE FROM change WHERE id = 4", "chain"},
        {"UPDATE stream SET head = 9", "head"},
        {"UPDATE change SET version = 5 WHERE id = 4", "version"},
        {"UPDATE change SET prev = id WHERE id = 4", "link"},
        {"UPDATE change SET prev = 5 WHERE id = 4", "link"},
        {"UPDATE change SET record = 3 WHERE id = 4", "record"},
        {"UPDATE change SET header = zeroblob(9) WHERE id = 4", "change"},
        {"UPDATE record SET version = 5 WHERE id = 4", "state"},
        {"UPDATE record SET state = 3 WHERE id = 4", "state"},
        {"UPDATE record SET state = NULL WHERE id = 4", "state"},
        {"UPDATE record SET flags = 1 WHERE id = 4", "conflict"},
        {"UPDATE record SET flags = 2 WHERE id = 4", "final"},
        {"UPDATE record SET cell = cell + 1 WHERE id = 4", "count"},
        {"UPDATE record SET cell = NULL WHERE id = 4", "count"},
        {"UPDATE figure SET count = count + 1", "figure"},
        {"DELETE FROM figure", "figure"},
        {"INSERT INTO figure VALUES (77, 1)", "figure"},
    };
    struct world *w = *state;

    fill(w, 10);
    assert_int_equal(verify(w).faults, 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct seen seen;

        ledger_forget(w->ledger); /* what it knows of the streams */
        world_begin(w);
        assert_int_equal(db_exec(w->db, cases[i].harm), 0);
        seen = verify(w);
        db_rollback(w->db);
        if (seen.faults == 0 || strcmp(seen.what, cases[i].what) != 0)
            fail_msg("%s: %d, %s", cases[i].harm, seen.faults, seen.what);
    }
    assert_int_equal(verify(w).faults, 0);
}

static void flip_a_byte(const char *path, const char *text)
{
    static char content[1 << 20];
    FILE *file = fopen(path, "r+b");

    assert_non_null(file);
    size_t size = fread(content, 1, sizeof content, file);
    char *at = memmem(content, size, text, strlen(text));

    assert_non_null(at);
    (void)fseek(file, at - content + 3, SEEK_SET);
    (void)fputc(at[3] ^ 1, file);
    (void)fclose(file);
}

static void say_nothing(void *who, const char *line)
{
    (void)who;
    (void)line;
}

/* One place rotted into another that is taken: when the file is read into a new
 * one, the change waits outside its stream, and its record is whole. */
static void a_change_whose_place_rotted_is_kept(void **state)
{
    struct world *damaged = *state, *w = world_new();
    struct stream_name name = up();
    struct salvage_plan plan = {
        .own = OURS, .closes_up = true, .names = &name, .count = 1};
    struct salvage *salvage;

    fill(damaged, 10);
    assert_int_equal(db_exec(damaged->db, "DROP INDEX change_place"), 0);
    assert_int_equal(
        db_exec(damaged->db, "UPDATE change SET seq = 2 WHERE id = 5"), 0);
    world_close(damaged);
    assert_int_equal(
        salvage_open(&salvage, damaged->path, say_nothing, NULL, &w->err), 0);
    assert_int_equal(ledger_salvage(w->ledger, salvage, &plan, &w->err), 0);
    assert_int_equal(salvage_counted(salvage)->changes, 10);
    assert_int_equal(salvage_counted(salvage)->changes_lost, 0);
    salvage_close(&salvage);
    assert_int_equal(verify(w).faults, 0);
    assert_int_equal(world_count(w), 10);
    world_free(w);
}

static int count_entry(void *who, const struct entry *entry)
{
    (void)entry;
    ++*(int *)who;
    return 0;
}

static void a_byte_flipped_in_the_file_is_found(void **state)
{
    struct world *w = *state;
    struct stream_name name = up();
    int given = 0;

    fill(w, 10);
    world_close(w);
    flip_a_byte(w->path, "some words to be flipped");
    world_open(w);
    struct seen seen = verify(w);

    assert_int_equal(seen.faults, 1);
    assert_string_equal(seen.what, "digest");
    assert_in_range(seen.seq, 1, 10);
    /* what stands before it is given out, it is not */
    assert_int_equal(ledger_read(w->ledger, &name, 1, count_entry, &given),
                     ERR_DAMAGED);
    assert_int_equal(given, seen.seq - 1);
}

static bool head_is_bad(void *who, const struct stream_name *name,
                        const struct stream_position *at,
                        struct bytes signed_head)
{
    assert_int_equal(at->seq, 2);
    assert_string_equal(name->home, FAR);
    assert_true(bytes_equal(signed_head, bytes_of_text("signed")));
    ++((struct seen *)who)->seq;
    return false;
}

static void a_signed_head_is_shown_to_the_caller(void **state)
{
    static struct far far;
    struct world *w = *state;
    struct ledger_verified out;
    struct seen seen = {.faults = 0};

    far_begin(&far, FAR);
    for (uint32_t i = 1; i <= 2; i++) {
        struct change c = report(w, FAR, i, 1, "20000 a 3 1");

        far_add(&far, &c);
    }
    assert_int_equal(far_send(w, &far, 1, 2), 0);
    assert_int_equal(
        ledger_verify(w->ledger, &out, head_is_bad, see_fault, &seen, &w->err),
        0);
    assert_int_equal(out.faults, 1);
    assert_string_equal(seen.what, "head");
}

/* ---- beside a writer */

static void write_until_told(struct world *w, int stop)
{
    struct stream_name name = up();
    uint64_t seed = 3, turn = 0;
    char told;

    world_open(w);
    while (read(stop, &told, 1) < 0 && turn++ < 400) {
        world_begin(w);
        for (int i = 0; i < 20; i++) {
            struct entry entry = {.change =
                                      random_change(w, &seed, OURS, 5000)};

            (void)ledger_append(w->ledger, &name, &entry, 100, NULL);
        }
        if (turn % 7 == 0)
            rebase_some(w, &seed);
        world_commit(w);
    }
    world_close(w);
}

static void a_reader_finds_no_fault_while_a_writer_writes(void **state)
{
    struct world *w = *state;
    int pipes[2], status = 0;

    fill(w, 3000); /* more than a slice */
    world_close(w);
    assert_int_equal(pipe2(pipes, O_NONBLOCK), 0);
    pid_t pid = fork();

    if (pid == 0) {
        write_until_told(w, pipes[0]);
        _exit(0);
    }
    struct db *db;
    struct ledger *reader = world_reader(w, &db);

    for (int i = 0; i < 6; i++) {
        struct ledger_verified out;
        struct seen seen = {.faults = 0};

        assert_int_equal(
            ledger_verify(reader, &out, NULL, see_fault, &seen, &w->err), 0);
        assert_string_equal(seen.what, "");
        assert_true(out.changes >= 3000);
    }
    assert_int_equal(write(pipes[1], "x", 1), 1);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    ledger_close(&reader);
    db_close(&db);
    world_open(w);
    assert_int_equal(verify(w).faults, 0);
}

/* ---- a full disk */

static int64_t pages(struct world *w)
{
    static const char *const queries[] = {"PRAGMA page_count"};
    struct db_set *set;
    struct db_stmt *q;
    int64_t count;

    assert_int_equal(db_prepare(&set, w->db, queries, 1, NULL), 0);
    q = db_use(set, 0);
    assert_int_equal(db_step(q), 1);
    count = db_i64(q, 0);
    db_done(q);
    return count;
}

static void limit(struct world *w, int64_t count)
{
    char sql[64];

    (void)snprintf(sql, sizeof sql, "PRAGMA max_page_count = %lld",
                   (long long)count);
    assert_int_equal(db_exec(w->db, sql), 0);
}

static void a_full_disk_loses_nothing_and_passes(void **state)
{
    static struct far far;
    struct world *w = *state;
    int full = 0;

    far_begin(&far, FAR);
    for (uint32_t i = 1; i <= 500; i++) {
        struct change c = report(w, FAR, i, 1, "20000 a 3 1");

        far_add(&far, &c);
    }
    fill(w, 10);
    for (uint64_t head = 0; head < 500;) {
        int rc;

        limit(w, pages(w) + 3);
        rc = far_send(w, &far, head + 1, head + 50);
        assert_true(rc == 0 || rc == ERR_FULL);
        full += rc == ERR_FULL;
        limit(w, 1000000);
        assert_int_equal(head_of(w, &far.name, false), rc ? head : head + 50);
        assert_int_equal(verify(w).faults, 0);
        if (rc != 0)
            assert_int_equal(far_send(w, &far, head + 1, head + 50), 0);
        head += 50;
    }
    assert_true(full > 0);
    assert_int_equal(world_count(w), 510);
    assert_int_equal(verify(w).faults, 0);
}

/* ---- many villages */

static const char *village_of(struct world *w, const char *home, uint32_t n)
{
    return world_record(w, home, n).axes.village_text;
}

static void a_flood_of_villages_still_counts_and_is_no_others_harm(void **state)
{
    enum { FLOOD = 8300, NUMBERED = 8191 };
    struct world *w = *state;
    struct stream_name name = up();
    char fact[64];

    world_begin(w);
    for (uint32_t i = 1; i <= FLOOD; i++) {
        (void)snprintf(fact, sizeof fact, "20000 v%u 3 1", i);
        struct entry entry = {.change = report(w, OURS, i, 1, fact)};

        assert_int_equal(ledger_append(w->ledger, &name, &entry, 100, &w->err),
                         0);
    }
    world_commit(w);
    assert_int_equal(world_count(w), FLOOD);
    assert_string_equal(village_of(w, OURS, NUMBERED), "v8191");
    assert_string_equal(village_of(w, OURS, FLOOD), "");
    struct change known = report(w, FAR, 1, 1, "20000 v1 3 1");
    struct change other = report(w, FAR, 2, 1, "20000 own 3 1");

    assert_int_equal(world_early(w, &known), 0);
    assert_int_equal(world_early(w, &other), 0);
    assert_string_equal(village_of(w, FAR, 1), "v1");
    assert_string_equal(village_of(w, FAR, 2), "own");
    assert_int_equal(world_count(w), FLOOD + 2);
    assert_int_equal(verify(w).faults, 0);
}

/* As 033 and before left it: villages were numbered among the homes. */
static const char before_034[] =
    "DROP INDEX change_settled;"
    "DROP TABLE village;"
    "INSERT INTO word (id, text) VALUES (101, 'ha'), (102, 'thuong');"
    "UPDATE record SET cell = (cell & ~(8191 << 17)) |"
    " ((CASE id WHEN 1 THEN 101 ELSE 102 END) << 17);"
    "DELETE FROM figure;"
    "INSERT INTO figure SELECT cell, count(*) FROM record GROUP BY cell;";

static void villages_of_an_older_file_keep_their_names(void **state)
{
    struct world *w = *state;
    struct stream_name name = up();
    struct change first[] = {report(w, OURS, 1, 1, "20000 ha 3 1"),
                             report(w, OURS, 2, 1, "20000 thuong 3 1"),
                             report(w, FAR, 1, 1, "20000 thuong 3 1")};
    struct change again = report(w, OURS, 1, 2, "20000 ha 3 2");
    struct change more = report(w, FAR, 2, 1, "20000 ha 3 1");
    char back[64];

    assert_int_equal(world_append(w, &name, &first[0]), 0);
    assert_int_equal(world_append(w, &name, &first[1]), 0);
    assert_int_equal(world_early(w, &first[2]), 0);
    assert_int_equal(db_exec(w->db, before_034), 0);
    (void)snprintf(back, sizeof back, "PRAGMA user_version = %zu",
                   store_schema_count - 2);
    assert_int_equal(db_exec(w->db, back), 0);
    world_close(w);
    world_open(w);
    assert_string_equal(village_of(w, OURS, 1), "ha");
    assert_string_equal(village_of(w, OURS, 2), "thuong");
    assert_string_equal(village_of(w, FAR, 1), "thuong");
    assert_int_equal(verify(w).faults, 0);
    assert_int_equal(world_append(w, &name, &again), 0);
    assert_int_equal(world_early(w, &more), 0);
    assert_int_equal(world_record(w, OURS, 1).axes.village, 101);
    assert_int_equal(world_record(w, FAR, 2).axes.village, 103);
    assert_string_equal(village_of(w, FAR, 2), "ha");
    assert_int_equal(world_count(w), 4);
    assert_int_equal(verify(w).faults, 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(nothing_that_happens_breaks_the_ledger),
        TEST(a_change_of_the_tables_is_found),
        TEST(a_byte_flipped_in_the_file_is_found),
        TEST(a_change_whose_place_rotted_is_kept),
        TEST(a_signed_head_is_shown_to_the_caller),
        TEST(a_reader_finds_no_fault_while_a_writer_writes),
        TEST(a_full_disk_loses_nothing_and_passes),
        TEST(a_flood_of_villages_still_counts_and_is_no_others_harm),
        TEST(villages_of_an_older_file_keep_their_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
