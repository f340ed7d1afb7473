/* tests/unit/test_hub_policy.c - who may run and read what, all of it: every
 * command and every path, for every role. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "hub/commands.h"
#include "hub/policy.h"

static const char *const roles[] = {"operator", "duty", "analyst", "auditor"};
/* One letter for each of them; w is the auditor, who watches. */
static const char letters[] = "odaw";

struct expected {
    const char *name, *who;
    bool code; /* asks for a fresh code */
    bool own;  /* for the account that is theirs */
};

static const struct expected commands[] = {
    {"address", "----", false, false},
    {"alarm.clear", "od--", false, false},
    {"alert.cancel", "-d--", true, false},
    {"alert.issue", "-d--", true, false},
    {"alert.update", "-d--", true, false},
    {"backup.done", "----", false, false},
    {"bundle.done", "od--", false, false},
    {"bundle.make", "od--", false, false},
    {"bundle.take", "od--", false, false},
    {"key.finish", "----", false, false},
    {"key.rotate", "----", false, false},
    {"key.sign", "----", false, false},
    {"node.invite", "o---", true, false},
    {"node.online", "odaw", false, false},
    {"node.retire", "o---", true, false},
    {"node.revoke", "o---", true, false},
    {"node.rotate", "o---", true, false},
    {"node.settings", "o---", false, false},
    {"directory.set", "od--", false, false},
    {"notice.correct", "-d--", false, false},
    {"notice.expire", "-d--", false, false},
    {"notice.publish", "-d--", false, false},
    {"procedure.import", "-d--", false, false},
    {"quarantine.retry", "o---", false, false},
    {"referral.answer", "-d--", false, false},
    {"file.list", "-d--", false, false},
    {"file.read", "-d--", false, false},
    {"report.file", "-d--", false, false},
    {"repair.note", "----", false, false},
    {"settings.ring", "od--", false, false},
    {"user.add", "o---", true, false},
    {"user.disable", "o---", true, false},
    {"user.enable", "o---", true, false},
    {"user.passwd", "o---", true, true},
    {"user.totp", "o---", true, false},
    {"web.certificate", "----", false, false},
};

static const struct expected reads[] = {
    {"/api/alarms", "od-w", false, false},
    {"/api/alerts", "-daw", false, false},
    {"/api/alerts/", "-d-w", false, false},
    {"/api/audit", "---w", false, false},
    {"/api/authority", "o---", false, false},
    {"/api/board", "-da-", false, false},
    {"/api/catalogue", "odaw", false, false},
    {"/api/closings", "-daw", false, false},
    {"/api/directory", "odaw", false, false},
    {"/api/disclosures", "---w", false, false},
    {"/api/events", "odaw", false, false},
    {"/api/files/", "-d--", false, false},
    {"/api/invites", "o--w", false, false},
    {"/api/nodes", "od-w", false, false},
    {"/api/notices", "odaw", false, false},
    {"/api/notices/", "odaw", false, false},
    {"/api/procedures", "odaw", false, false},
    {"/api/quarantine", "o--w", false, false},
    {"/api/referrals", "-d--", false, false},
    {"/api/reports", "-d--", false, false},
    {"/api/reports/", "-d--", false, false},
    {"/api/session", "odaw", false, false},
    {"/api/stats", "-daw", false, false},
    {"/api/status", "odaw", false, false},
    {"/api/users", "o--w", false, false},
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
            bool may = hub_policy_may_run(roles[r], commands[i].name, false);

            who[r] = may ? letters[r] : '-';
            assert_int_equal(
                hub_policy_may_run(roles[r], commands[i].name, true),
                may || commands[i].own);
        }
        print_message("%-20s %s\n", commands[i].name, who);
        assert_string_equal(who, commands[i].who);
        assert_int_equal(policy_wants_code(&hub_policy, commands[i].name),
                         commands[i].code);
    }
}

static void every_role_reads_its_paths_and_no_other(void **state)
{
    (void)state;
    for (size_t i = 0; i < READS; i++) {
        char who[ROLES + 1] = {0};

        for (size_t r = 0; r < ROLES; r++)
            who[r] =
                hub_policy_may_read(roles[r], reads[i].name) ? letters[r] : '-';
        print_message("%-20s %s\n", reads[i].name, who);
        assert_string_equal(who, reads[i].who);
    }
}

/* Who adds one to a table adds it here, and says who may. */
static void nothing_is_in_a_table_that_is_not_in_this_one(void **state)
{
    const char *name;

    (void)state;
    for (size_t n = 0; (name = hub_commands_name(n)) != NULL; n++) {
        size_t i = 0;

        while (i < COMMANDS && strcmp(commands[i].name, name) != 0)
            i++;
        if (i == COMMANDS)
            fail_msg("who may run %s from a page? Say it here", name);
    }
    for (size_t n = 0; hub_policy.commands[n].name != NULL; n++) {
        size_t i = 0;

        while (i < COMMANDS &&
               strcmp(commands[i].name, hub_policy.commands[n].name) != 0)
            i++;
        if (i == COMMANDS)
            fail_msg("%s is not in this test", hub_policy.commands[n].name);
    }
    for (size_t n = 0; hub_policy.reads[n].name != NULL; n++) {
        size_t i = 0;

        while (i < READS &&
               strcmp(reads[i].name, hub_policy.reads[n].name) != 0)
            i++;
        if (i == READS)
            fail_msg("%s is not in this test", hub_policy.reads[n].name);
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
            assert_false(hub_policy_may_run(roles[r], names[i], true));
        for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
            assert_false(hub_policy_may_read(roles[r], paths[i]));
    }
    for (size_t r = 0; r < sizeof nobody / sizeof *nobody; r++) {
        for (size_t i = 0; i < COMMANDS; i++)
            assert_false(
                hub_policy_may_run(nobody[r], commands[i].name, false));
        for (size_t i = 0; i < READS; i++)
            assert_false(hub_policy_may_read(nobody[r], reads[i].name));
    }
}

static void a_path_with_an_id_is_judged_as_its_kind(void **state)
{
    static const char path[] =
        "/api/reports/01936f2e-7d11-7c3a-8f00-0123456789ab";

    (void)state;
    for (size_t r = 0; r < ROLES; r++)
        assert_int_equal(hub_policy_may_read(roles[r], path),
                         hub_policy_may_read(roles[r], "/api/reports/"));
}

static void words_and_single_reports_are_for_duty_only(void **state)
{
    (void)state;
    assert_true(hub_policy_sees("duty", HUB_SEES_WORDS));
    assert_true(hub_policy_sees("duty", HUB_SEES_SINGLE));
    assert_true(hub_policy_sees("analyst", HUB_SEES_FIGURES));
    assert_false(hub_policy_sees("analyst", HUB_SEES_SINGLE));
    assert_false(hub_policy_sees("analyst", HUB_SEES_WORDS));
    for (int what = HUB_SEES_FIGURES; what <= HUB_SEES_WORDS; what++)
        assert_false(hub_policy_sees("operator", (enum hub_sight)what));
    assert_false(hub_policy_sees("auditor", HUB_SEES_WORDS));
    assert_false(hub_policy_sees("root", HUB_SEES_FIGURES));
}

static void pages_are_told_what_their_user_may_do(void **state)
{
    (void)state;
    for (size_t r = 0; r < ROLES; r++) {
        struct json *may = hub_policy_may(roles[r]);
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
        cmocka_unit_test(words_and_single_reports_are_for_duty_only),
        cmocka_unit_test(pages_are_told_what_their_user_may_do),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
