/* tests/unit/test_store_audit.c - common/store/audit.h and
 * common/domain/audit.h: the chain through the audit log, and what is told of
 * one that was touched.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/buf.h"
#include "common/crypto/random.h"
#include "tests/support/node_world.h"

struct told {
    unsigned count;
    char first[512];
};

static int set_up(void **state)
{
    struct node_world *w = node_world_new();

    assert_int_equal(node_begin(w->node), 0);
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct node_world *w = *state;

    node_rollback(w->node);
    node_world_free(w);
    return 0;
}

static struct audit *chain(struct node_world *w)
{
    return accounts_chain(w->node->accounts);
}

static void run(struct node_world *w, const char *sql)
{
    assert_int_equal(db_exec(node_store_db(w->node->store), sql), 0);
}

static void log_one(struct node_world *w, const char *subject)
{
    struct accounts_command c = {.id = random_id(1),
                                 .name = "report.move",
                                 .actor = "lan",
                                 .role = "officer",
                                 .from = "127.0.0.1",
                                 .subject = subject,
                                 .at_ms = 1795600000000,
                                 .reply = bytes_of_text("{}")};

    assert_int_equal(accounts_log(w->node->accounts, &c), 0);
}

static void log_many(struct node_world *w, int count)
{
    for (int i = 0; i < count; i++) {
        char subject[16];

        (void)snprintf(subject, sizeof subject, "s%d", i);
        log_one(w, subject);
    }
}

static void keep(void *who, const char *text)
{
    struct told *t = who;

    if (t->count++ == 0)
        (void)snprintf(t->first, sizeof t->first, "%s", text);
}

static struct audit_found check(struct node_world *w, uint64_t from,
                                struct told *told)
{
    struct audit_found found;

    *told = (struct told){.count = 0};
    assert_int_equal(audit_check(chain(w), from, keep, told, &found), 0);
    return found;
}

static struct audit_head head(struct node_world *w)
{
    struct audit_head h;

    assert_int_equal(audit_read_head(chain(w), &h), 0);
    return h;
}

static void one_entry_links_to_the_other(void **state)
{
    struct node_world *w = *state;
    struct audit_head none = head(w), one, two;
    struct told told;

    assert_int_equal(none.count, 0);
    assert_int_equal(check(w, 0, &told).entries, 0);
    log_one(w, "a");
    one = head(w);
    log_one(w, "a");
    two = head(w);
    assert_int_equal(one.count, 1);
    assert_memory_equal(&one.first, &one.last, sizeof one.last);
    assert_int_equal(two.count, 2);
    assert_memory_equal(&two.first, &one.first, sizeof one.first);
    assert_memory_not_equal(&two.last, &one.last, sizeof one.last);
    assert_int_equal(check(w, 0, &told).entries, 2);
    assert_int_equal(told.count, 0);
}

/* What is between two texts belongs to one of them. */
static void no_word_moves_from_one_field_to_the_next(void **state)
{
    struct node_world *w = *state;
    struct told told;

    log_one(w, "x");
    run(w, "UPDATE command SET address = address || 'x', subject = ''");
    assert_int_equal(check(w, 0, &told).faults, 1);
}

static void what_an_earlier_version_wrote_is_taken_in(void **state)
{
    struct node_world *w = *state;
    struct audit_found found;
    struct told told;

    log_many(w, 3);
    run(w, "UPDATE command SET number = NULL, link = NULL");
    found = check(w, 0, &told);
    assert_int_equal(found.entries, 0);
    assert_int_equal(found.unlinked, 3);
    assert_int_equal(found.faults, 0);
    assert_int_equal(head(w).count, 0);
    log_one(w, "new");
    found = check(w, 0, &told);
    assert_int_equal(found.entries, 4);
    assert_int_equal(found.unlinked, 0);
    assert_int_equal(found.faults, 0);
    assert_int_equal(head(w).count, 4);
}

static void each_fault_is_told_once(void **state)
{
    static const struct {
        const char *sql, *says;
        unsigned faults;
    } cases[] = {
        {"UPDATE command SET actor = 'x' WHERE number = 4", "entry 4 (", 1},
        {"UPDATE command SET at_ms = 0 WHERE number = 1", "entry 1 (", 1},
        {"UPDATE command SET id = randomblob(16) WHERE number = 2", "entry 2",
         1},
        {"UPDATE command SET link = randomblob(32) WHERE number = 2", "entry 2",
         2},
        {"UPDATE command SET link = NULL WHERE number = 6", "entry 6", 2},
        {"DELETE FROM command WHERE number BETWEEN 2 AND 3",
         "entries 2 to 3 are missing", 1},
        {"DELETE FROM command WHERE number = 1", "entries 1 to 1 are missing",
         1},
        {"UPDATE command SET number = number + 10 WHERE number = 6",
         "entries 6 to 15 are missing", 1},
        {"UPDATE command SET number = 2 WHERE number = 3",
         "entry 2 is there twice", 2},
        {"INSERT INTO command (id, name, actor, at_ms, reply) VALUES"
         " (randomblob(16), 'report.erase', 'eve', 0, x'')",
         "an entry without a number (report.erase by eve", 1},
    };
    struct node_world *w = *state;
    struct db *db = node_store_db(w->node->store);
    struct told told;

    log_many(w, 6);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(db_save(db), 0);
        run(w, cases[i].sql);
        assert_int_equal(check(w, 0, &told).faults, cases[i].faults);
        if (strstr(told.first, cases[i].says) == NULL)
            fail_msg("%s: %s", cases[i].sql, told.first);
        assert_int_equal(db_undo(db), 0);
        assert_int_equal(check(w, 0, &told).faults, 0);
    }
}

static void no_more_than_some_are_told(void **state)
{
    struct node_world *w = *state;
    struct told told;

    log_many(w, 50);
    run(w, "UPDATE command SET actor = 'x'");
    assert_int_equal(check(w, 0, &told).faults, 50);
    assert_int_equal(told.count, AUDIT_FAULTS_TOLD);
}

/* With what was signed, all before it need not be looked at again. */
static void from_a_place_on_only_that_is_looked_at(void **state)
{
    struct node_world *w = *state;
    struct told told;

    log_many(w, 6);
    run(w, "UPDATE command SET actor = 'x' WHERE number = 3");
    assert_int_equal(check(w, 2, &told).faults, 1);
    assert_int_equal(check(w, 3, &told).faults, 0);
    assert_int_equal(check(w, 3, &told).entries, 3);
}

static void a_head_of_before_holds_while_nothing_before_it_changes(void **state)
{
    struct node_world *w = *state;
    struct audit_head then, none = {.count = 0};
    struct error err = {""};

    log_many(w, 4);
    then = head(w);
    assert_int_equal(audit_holds(chain(w), &none, &err), 0);
    assert_int_equal(audit_holds(chain(w), &then, &err), 0);
    log_many(w, 3);
    assert_int_equal(audit_holds(chain(w), &then, &err), 0);

    /* an entry of before was changed, and all links behind it made to fit */
    run(w, "UPDATE command SET actor = 'x' WHERE number = 2");
    run(w, "UPDATE command SET number = NULL, link = NULL");
    log_one(w, "links all");
    assert_int_equal(audit_holds(chain(w), &then, &err), ERR_DAMAGED);
    assert_non_null(strstr(err.text, "of entries 1 to 4"));
    run(w, "DELETE FROM command WHERE number > 3");
    assert_int_equal(audit_holds(chain(w), &then, &err), ERR_DAMAGED);
    assert_string_equal(err.text, "entries 4 to 4 are missing");
    run(w, "DELETE FROM command WHERE number = 1");
    assert_int_equal(audit_holds(chain(w), &then, &err), ERR_DAMAGED);
    run(w, "DELETE FROM command");
    assert_int_equal(audit_holds(chain(w), &then, &err), ERR_DAMAGED);
}

static void two_states_are_told_apart(void **state)
{
    struct audit_head none = {.count = 0},
                      a = {.count = 3, .first = {{1}}, .last = {{3}}}, b = a;

    (void)state;
    assert_int_equal(audit_step(&none, &a), AUDIT_GROWN);
    assert_int_equal(audit_step(&none, &none), AUDIT_GROWN);
    assert_int_equal(audit_step(&a, &a), AUDIT_GROWN);
    assert_int_equal(audit_step(&a, &none), AUDIT_OTHER);
    b.last.bytes[0] = 4;
    assert_int_equal(audit_step(&a, &b), AUDIT_CHANGED);
    b.count = 4;
    assert_int_equal(audit_step(&a, &b), AUDIT_GROWN);
    assert_int_equal(audit_step(&b, &a), AUDIT_CUT);
    b.first.bytes[0] = 9;
    assert_int_equal(audit_step(&a, &b), AUDIT_OTHER);
}

#define world_test(name)                                                       \
    cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        world_test(one_entry_links_to_the_other),
        world_test(no_word_moves_from_one_field_to_the_next),
        world_test(what_an_earlier_version_wrote_is_taken_in),
        world_test(each_fault_is_told_once),
        world_test(no_more_than_some_are_told),
        world_test(from_a_place_on_only_that_is_looked_at),
        world_test(a_head_of_before_holds_while_nothing_before_it_changes),
        cmocka_unit_test(two_states_are_told_apart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
