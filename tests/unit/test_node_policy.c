/* tests/unit/test_node_policy.c - who may run and read what, all of it: every
 * command and every path, for every role. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "node/commands.h"
#include "node/policy.h"

static const char *const roles[] = {"officer", "leader", "custodian",
                                    "auditor"};
/* One letter for each of them; w is the auditor, who watches. */
static const char letters[] = "olcw";

struct expected {
    const char *name, *who;
    bool code; /* asks for a fresh code */
    bool own;  /* for the account that is theirs */
};

static const struct expected commands[] = {
    {"alarm.clear", "ol--", false, false},
    {"alert.ack", "olc-", false, false},
    {"alert.shown", "olc-", false, false},
    {"backup.done", "----", false, false},
    {"bundle.done", "ol--", false, false},
    {"bundle.make", "ol--", false, false},
    {"bundle.take", "ol--", false, false},
    {"close", "-l--", true, false},
    {"conflict.settle", "-l--", false, false},
    {"directory.drop", "-l--", false, false},
    {"directory.set", "-l--", false, false},
    {"notice.approve", "-l--", false, false},
    {"notice.correct", "-l--", false, false},
    {"notice.drop", "olc-", false, false},
    {"notice.expire", "-l--", false, false},
    {"notice.publish", "olc-", false, false},
    {"notice.return", "-l--", false, false},
    {"notice.write", "olc-", false, false},
    {"original.open", "--c-", false, false},
    {"original.read", "--c-", false, false},
    {"quarantine.retry", "-l--", false, false},
    {"recover.done", "----", false, false},
    {"recover.put", "----", false, false},
    {"referral.accept", "olc-", false, false},
    {"referral.done", "olc-", false, false},
    {"referral.refuse", "olc-", false, false},
    {"referral.return", "olc-", false, false},
    {"repair.note", "----", false, false},
    {"file.list", "olc-", false, false},
    {"file.read", "olc-", false, false},
    {"report.add", "olc-", false, false},
    {"report.attach", "olc-", false, false},
    {"report.attachment", "olc-", false, false},
    {"disclosure.approve", "--c-", false, false},
    {"disclosure.open", "olc-", false, false},
    {"disclosure.refuse", "--c-", false, false},
    {"disclosure.request", "olc-", false, false},
    {"report.erase", "-l--", true, false},
    {"report.import", "----", false, false},
    {"report.move", "olc-", false, false},
    {"report.refer", "olc-", false, false},
    {"settings.body", "-l--", true, false},
    {"user.add", "-l--", true, false},
    {"user.disable", "-l--", true, false},
    {"user.enable", "-l--", true, false},
    {"user.passwd", "-l--", true, true},
    {"user.totp", "-l--", true, false},
    {"web.certificate", "----", false, false},
};

static const struct expected reads[] = {
    {"/api/alarms", "olcw", false, false},
    {"/api/alerts", "olcw", false, false},
    {"/api/audit", "-l-w", false, false},
    {"/api/catalogue", "olcw", false, false},
    {"/api/directory", "olcw", false, false},
    {"/api/disclosures", "olcw", false, false},
    {"/api/events", "olcw", false, false},
    {"/api/files/", "olc-", false, false},
    {"/api/notices", "olcw", false, false},
    {"/api/notices/", "olcw", false, false},
    {"/api/originals/", "--c-", false, false},
    {"/api/procedures", "olcw", false, false},
    {"/api/referrals", "olc-", false, false},
    {"/api/reports", "olc-", false, false},
    {"/api/reports/", "olc-", false, false},
    {"/api/sent", "-l-w", false, false},
    {"/api/session", "olcw", false, false},
    {"/api/status", "olcw", false, false},
    {"/api/uploads/", "olc-", false, false},
    {"/api/users", "-l-w", false, false},
};

enum {
    ROLES = sizeof roles / sizeof *roles,
    COMMANDS = sizeof commands / sizeof *commands,
    READS = sizeof reads / sizeof *reads
};

static void every_role_runs_its_commands_and_no_other(void **state)
{
    (void)state;
    for (size_t i = 0; i < COMMANDS; i++) {
        char who[ROLES + 1] = {0};

        for (size_t r = 0; r < ROLES; r++) {
            bool may = node_policy_may_run(roles[r], commands[i].name, false);

            who[r] = may ? letters[r] : '-';
            assert_int_equal(
                node_policy_may_run(roles[r], commands[i].name, true),
                may || commands[i].own);
        }
        print_message("%-20s %s\n", commands[i].name, who);
        assert_string_equal(who, commands[i].who);
        assert_int_equal(policy_wants_code(&node_policy, commands[i].name),
                         commands[i].code);
    }
}

static void every_role_reads_its_paths_and_no_other(void **state)
{
    (void)state;
    for (size_t i = 0; i < READS; i++) {
        char who[ROLES + 1] = {0};

        for (size_t r = 0; r < ROLES; r++)
            who[r] = node_policy_may_read(roles[r], reads[i].name) ? letters[r]
                                                                   : '-';
        print_message("%-20s %s\n", reads[i].name, who);
        assert_string_equal(who, reads[i].who);
    }
}

/* Who adds one to a table adds it here, and says who may. */
static void nothing_is_in_a_table_that_is_not_in_this_one(void **state)
{
    const char *name;

    (void)state;
    for (size_t n = 0; (name = node_commands_name(n)) != NULL; n++) {
        size_t i = 0;

        while (i < COMMANDS && strcmp(commands[i].name, name) != 0)
            i++;
        if (i == COMMANDS)
            fail_msg("who may run %s from a page? Say it here", name);
    }
    for (size_t n = 0; node_policy.commands[n].name != NULL; n++) {
        size_t i = 0;

        while (i < COMMANDS &&
               strcmp(commands[i].name, node_policy.commands[n].name) != 0)
            i++;
        if (i == COMMANDS)
            fail_msg("%s is not in this test", node_policy.commands[n].name);
    }
    for (size_t n = 0; node_policy.reads[n].name != NULL; n++) {
        size_t i = 0;

        while (i < READS &&
               strcmp(reads[i].name, node_policy.reads[n].name) != 0)
            i++;
        if (i == READS)
            fail_msg("%s is not in this test", node_policy.reads[n].name);
    }
}

static void what_is_not_in_the_table_is_forbidden(void **state)
{
    static const char *const names[] = {
        "",          "report",        "report.",      "user.add ",
        "USER.ADD",  "session.open",  "watch",        "/api/reports",
        "user.root", "node.invite.x", "report.import"};
    static const char *const paths[] = {"",
                                        "/",
                                        "/api",
                                        "/api/",
                                        "/api/statusx",
                                        "/api/reports/0192/history",
                                        "/api/audit/",
                                        "/api/../audit",
                                        "/assets/app.js"};
    static const char *const nobody[] = {NULL, "", "root", "Officer", "duty "};

    (void)state;
    for (size_t r = 0; r < ROLES; r++) {
        for (size_t i = 0; i < sizeof names / sizeof *names; i++)
            assert_false(node_policy_may_run(roles[r], names[i], true));
        for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
            assert_false(node_policy_may_read(roles[r], paths[i]));
    }
    for (size_t r = 0; r < sizeof nobody / sizeof *nobody; r++) {
        for (size_t i = 0; i < COMMANDS; i++)
            assert_false(
                node_policy_may_run(nobody[r], commands[i].name, false));
        for (size_t i = 0; i < READS; i++)
            assert_false(node_policy_may_read(nobody[r], reads[i].name));
    }
}

static void a_path_with_an_id_is_judged_as_its_kind(void **state)
{
    static const char path[] =
        "/api/reports/01936f2e-7d11-7c3a-8f00-0123456789ab";

    (void)state;
    for (size_t r = 0; r < ROLES; r++)
        assert_int_equal(node_policy_may_read(roles[r], path),
                         node_policy_may_read(roles[r], "/api/reports/"));
}

static void an_auditor_sees_no_words_of_reports(void **state)
{
    (void)state;
    assert_true(node_policy_sees_words("officer"));
    assert_true(node_policy_sees_words("leader"));
    assert_true(node_policy_sees_words("custodian"));
    assert_false(node_policy_sees_words("auditor"));
    assert_false(node_policy_sees_words("root"));
}

static void pages_are_told_what_their_user_may_do(void **state)
{
    (void)state;
    for (size_t r = 0; r < ROLES; r++) {
        struct json *may = node_policy_may(roles[r]);
        size_t count = 0;

        for (size_t i = 0; i < COMMANDS; i++)
            count += commands[i].who[r] != '-' || commands[i].own;
        assert_int_equal(json_count(may), count);
        json_free(&may);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_role_runs_its_commands_and_no_other),
        cmocka_unit_test(every_role_reads_its_paths_and_no_other),
        cmocka_unit_test(nothing_is_in_a_table_that_is_not_in_this_one),
        cmocka_unit_test(what_is_not_in_the_table_is_forbidden),
        cmocka_unit_test(a_path_with_an_id_is_judged_as_its_kind),
        cmocka_unit_test(an_auditor_sees_no_words_of_reports),
        cmocka_unit_test(pages_are_told_what_their_user_may_do),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
