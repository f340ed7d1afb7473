/* tests/unit/test_node_door.c - what comes over web.sock at a node: bytes in,
 * bytes out, with the real table of commands behind it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/account/door.h"
#include "common/account/password.h"
#include "common/base/mem.h"
#include "common/crypto/random.h"
#include "node/commands.h"
#include "node/reading_referral.h"
#include "node/topics.h"
#include "tests/support/node_world.h"

struct world {
    struct node_world *node;
    struct account_door *door;
    char token[SESSION_TOKEN_TEXT_BYTES];
};

static const uint8_t salt[PASSWORD_SALT_BYTES] = {1, 2, 3};
static uint8_t proof[ACCOUNT_PROOF_BYTES];

static int run_call(void *who, const struct account_call *call,
                    struct buf *reply)
{
    return node_commands_run_call(who, call, reply);
}

static void add(struct world *w, const char *name, const char *role)
{
    struct accounts_user user = {.disabled = false};

    (void)snprintf(user.name, sizeof user.name, "%s", name);
    (void)snprintf(user.role, sizeof user.role, "%s", role);
    account_password_text(user.password, salt, proof);
    assert_int_equal(accounts_add_user(w->node->node->accounts, &user, 1), 0);
}

static int set_up(void **state)
{
    struct world *w = mem_new(sizeof *w);
    struct account_door_config config = {.run = run_call};

    w->node = node_world_new();
    config.desk = w->node->node->logins;
    config.who = w->node->node;
    w->door = account_door_new(&config, 1000);
    memset(proof, 7, sizeof proof);
    db_topics(node_store_db(w->node->node->store), node_topics_of_tables);
    assert_int_equal(node_begin(w->node->node), 0);
    add(w, "Lan", "officer");
    add(w, "Hai", "leader");
    assert_int_equal(node_commit(w->node->node, &w->node->err), 0);
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;

    account_door_free(&w->door);
    node_world_free(w->node);
    mem_free(&w);
    return 0;
}

/* The reply to these bytes, or NULL when it is held; owned. */
static struct json *send_bytes(struct world *w, struct bytes request)
{
    struct buf reply = {0};
    struct json *out = NULL;
    struct error err = {""};
    int rc;

    assert_int_equal(node_begin(w->node->node), 0);
    rc = account_door_take(w->door, 5, request, 100, &reply);
    assert_int_equal(node_commit(w->node->node, &w->node->err), 0);
    account_door_committed(w->door,
                           w->node->node->topics |
                               db_touched(node_store_db(w->node->node->store)));
    w->node->node->topics = 0;
    if (rc == 0) {
        out = json_parse(buf_bytes(&reply), &err);
        if (out == NULL)
            fail_msg("%s: %s", err.text, buf_text(&reply));
    } else {
        assert_int_equal(rc, DOOR_HELD);
    }
    buf_free(&reply);
    return out;
}

/* NULL id: a new one. */
static struct json *ask(struct world *w, const char *id, const char *command,
                        const char *args)
{
    char made[ID_TEXT_BYTES];
    struct id new = random_id(w->node->node->wall_ms);
    struct buf text = {0};
    struct json *out;

    buf_printf(&text,
               "{\"id\":\"%s\",\"command\":\"%s\",\"from\":\"192.0.2.7\","
               "\"session\":\"%s\",\"args\":%s}",
               id == NULL ? id_text(made, &new) : id, command, w->token, args);
    out = send_bytes(w, buf_bytes(&text));
    buf_free(&text);
    return out;
}

static void is_done(struct json *answer)
{
    assert_non_null(answer);
    if (!json_get_flag(answer, "ok"))
        fail_msg("%s: %s", json_get_text(answer, "code"),
                 json_get_text(answer, "error"));
    json_free(&answer);
}

static void is_refused(struct json *answer, const char *code)
{
    assert_non_null(answer);
    assert_false(json_get_flag(answer, "ok"));
    assert_string_equal(json_get_text(answer, "code"), code);
    assert_true(json_get_text(answer, "error")[0] != '\0');
    assert_null(strchr(json_get_text(answer, "error"), '\n'));
    json_free(&answer);
}

static void log_in(struct world *w, const char *name)
{
    char args[256], hex[2 * ACCOUNT_PROOF_BYTES + 1];
    struct json *answer;

    hex_encode(hex, proof, sizeof proof);
    (void)snprintf(args, sizeof args, "{\"name\":\"%s\",\"proof\":\"%s\"}",
                   name, hex);
    w->token[0] = '\0';
    answer = ask(w, NULL, "session.open", args);
    assert_true(json_get_flag(answer, "ok"));
    (void)snprintf(w->token, sizeof w->token, "%s",
                   json_get_text(json_get(answer, "out"), "session"));
    json_free(&answer);
}

static void a_stranger_does_nothing(void **state)
{
    struct world *w = *state;

    is_refused(ask(w, NULL, "report.add", "{}"), "login");
    memset(w->token, 'a', sizeof w->token - 1);
    is_refused(ask(w, NULL, "report.add", "{}"), "login");
    is_refused(ask(w, NULL, "no.such", "{}"), "login");
    is_refused(ask(w, NULL, "session.no", "{}"), "forbidden");
}

static void bytes_that_are_no_request_are_refused_in_words(void **state)
{
    static const char *const bad[] = {
        "",
        "{}",
        "[]",
        "null",
        "{\"id\":1}",
        "{\"id\":\"x\",\"command\":\"watch\",\"from\":\"a\"}",
        "{\"id\":\"01936f2e-7d11-7c3a-8f00-0123456789ab\",\"command\":3,"
        "\"from\":\"a\"}",
        "{\"id\":\"01936f2e-7d11-7c3a-8f00-0123456789ab\",\"command\":"
        "\"watch\"}",
        "{\"id\":\"01936f2e-7d11-7c3a-8f00-0123456789ab\",\"command\":"
        "\"watch\","
        "\"from\":\"a\\nb\"}",
        "{\"id\":\"01936f2e-7d11-7c3a-8f00-0123456789ab\",\"command\":"
        "\"watch\","
        "\"from\":\"012345678901234567890123456789012345678901234567890\"}"};
    struct world *w = *state;

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        is_refused(send_bytes(w, bytes_of_text(bad[i])), "invalid");
}

static void roles_are_judged_before_anything_runs(void **state)
{
    struct world *w = *state;

    log_in(w, "Lan");
    is_refused(ask(w, NULL, "settings.body", "{\"value\":\"always\"}"),
               "forbidden");
    is_refused(ask(w, NULL, "recover.done", "{}"), "forbidden");
    is_refused(ask(w, NULL, "user.disable", "{\"name\":\"Hai\"}"), "forbidden");
    log_in(w, "Hai");
    is_done(ask(w, NULL, "settings.body", "{\"value\":\"always\"}"));
    is_refused(ask(w, NULL, "recover.done", "{}"), "forbidden");
    is_refused(ask(w, NULL, "user.disable", "{\"name\":\"Hai\"}"), "refused");
    is_done(ask(w, NULL, "user.disable", "{\"name\":\"Lan\"}"));
}

/* Its steps are in the names of others, and some a leader's alone. */
static void nobody_writes_a_past_from_a_page(void **state)
{
    struct world *w = *state;

    log_in(w, "Lan");
    is_refused(ask(w, NULL, "report.add",
                   "{\"category\":\"khac\",\"text\":\"x\",\"received\":"
                   "\"2026-01-03T01:00:00+07:00\",\"moved\":[{\"state\":"
                   "\"dong\",\"at\":\"2026-01-03T02:00:00+07:00\",\"outcome\":"
                   "\"tin_rac\",\"note\":\"bịa\",\"by\":\"Hai\"}]}"),
               "refused");
    is_done(
        ask(w, NULL, "report.add", "{\"category\":\"khac\",\"text\":\"x\"}"));
}

static void every_refusal_has_its_word(void **state)
{
    struct world *w = *state;

    log_in(w, "Hai");
    is_refused(ask(w, NULL, "report.add", "{\"category\":\"no\"}"), "refused");
    is_refused(ask(w, NULL, "alarm.clear", "{\"alarm\":77}"), "missing");
    is_refused(ask(w, NULL, "alarm.clear", "{}"), "invalid");
    is_refused(ask(w, NULL, "user.add",
                   "{\"name\":\"Lan\",\"role\":\"officer\",\"password\":"
                   "\"proof1$00112233445566778899aabbccddeeff$"
                   "00112233445566778899aabbccddeeff"
                   "00112233445566778899aabbccddeeff\"}"),
               "conflict");
}

/* ---- repeating */

#define ID "01936f2e-7d11-7c3a-8f00-0123456789ab"

static void the_same_id_is_the_same_report(void **state)
{
    static const char report[] = "{\"category\":\"khac\",\"text\":\"x\"}";
    struct world *w = *state;
    struct json *first, *again;
    uint64_t head;

    log_in(w, "Lan");
    first = ask(w, ID, "report.add", report);
    head = node_world_head(w->node);
    again = ask(w, ID, "report.add", report);
    assert_string_equal(json_get_text(json_get(first, "out"), "id"),
                        json_get_text(json_get(again, "out"), "id"));
    assert_int_equal(node_world_head(w->node), head);
    json_free(&first);
    json_free(&again);
    /* to nobody else, and for nothing else */
    is_refused(ask(w, ID, "report.move", "{}"), "conflict");
    log_in(w, "Hai");
    is_refused(ask(w, ID, "report.add", report), "conflict");
    w->token[0] = '\0';
    is_refused(ask(w, ID, "report.add", report), "login");
}

/* ---- what is written down */

struct seen {
    char name[32], actor[32], role[16], from[48], subject[64];
};

static int see_first(void *who, int64_t place,
                     const struct accounts_command *command)
{
    struct seen *s = who;

    (void)place;
    (void)snprintf(s->name, sizeof s->name, "%s", command->name);
    (void)snprintf(s->actor, sizeof s->actor, "%s", command->actor);
    (void)snprintf(s->role, sizeof s->role, "%s", command->role);
    (void)snprintf(s->from, sizeof s->from, "%s", command->from);
    (void)snprintf(s->subject, sizeof s->subject, "%s", command->subject);
    return 1;
}

static struct seen last(struct world *w)
{
    struct seen seen = {.name = ""};

    assert_int_equal(accounts_audit(w->node->node->accounts, INT64_MAX, 10,
                                    see_first, &seen),
                     0);
    return seen;
}

static void the_audit_log_has_who_in_which_role_and_from_where(void **state)
{
    struct world *w = *state;
    char args[128], report[ID_TEXT_BYTES];
    struct json *answer;
    struct seen seen;

    log_in(w, "Lan");
    answer = ask(w, NULL, "report.add",
                 "{\"category\":\"trom_cap\",\"text\":\"x\","
                 "\"name\":\"Nguyễn Văn Tình\"}");
    assert_true(json_get_flag(answer, "ok"));
    (void)snprintf(report, sizeof report, "%s",
                   json_get_text(json_get(answer, "out"), "id"));
    json_free(&answer);
    seen = last(w);
    assert_string_equal(seen.name, "report.add");
    assert_string_equal(seen.actor, "Lan");
    assert_string_equal(seen.role, "officer");
    assert_string_equal(seen.from, "192.0.2.7");
    assert_string_equal(seen.subject, report); /* never the sender's name */
    (void)snprintf(args, sizeof args,
                   "{\"report\":\"%s\",\"state\":\"da_tiep_nhan\"}", report);
    is_done(ask(w, NULL, "report.move", args));
    assert_string_equal(last(w).subject, report);
    json_free(&answer);
    answer = node_world_do(w->node, "settings.body", "{\"value\":\"always\"}");
    json_free(&answer);
    assert_string_equal(last(w).role, ""); /* the command line */
}

/* A key of Lan's that no password opens: whoever sits there guesses. */
static void give_a_key(struct world *w, char hex[17])
{
    struct node *node = w->node->node;
    struct sealing_key duty;
    uint8_t box[64] = {1};

    assert_int_equal(node_store_sealing_key(node->store, false, &duty), 0);
    hex_encode(hex, duty.key_id, 8);
    assert_int_equal(node_begin(node), 0);
    assert_int_equal(node_store_wrap_key(node->store, "Lan", duty.key_id,
                                         bytes_of(salt, sizeof salt),
                                         bytes_of(box, sizeof box)),
                     0);
    assert_int_equal(node_commit(node, &w->node->err), 0);
}

static void who_guesses_at_a_sealed_sender_must_wait(void **state)
{
    struct world *w = *state;
    char args[256], key_id[17];
    struct json *answer;
    int64_t pause = 0;

    log_in(w, "Lan");
    give_a_key(w, key_id);
    answer = ask(w, NULL, "report.add",
                 "{\"category\":\"on_ao\",\"text\":\"x\","
                 "\"phone\":\"0905000111\"}");
    (void)snprintf(args, sizeof args,
                   "{\"id\":\"%s\",\"keys\":[{\"key_id\":\"%s\",\"key\":"
                   "\"%064d\"}]}",
                   json_get_text(json_get(answer, "out"), "id"), key_id, 0);
    json_free(&answer);
    for (int i = 0; i < 6; i++)
        is_refused(ask(w, NULL, "disclosure.open", args), "refused");
    answer = ask(w, NULL, "disclosure.open", args);
    assert_string_equal(json_get_text(answer, "code"), "busy");
    assert_true(json_get_i64(answer, "retry_after", &pause) && pause > 0);
    json_free(&answer);
    /* at the other commands a password comes with, too; not at the rest */
    is_refused(ask(w, NULL, "user.passwd", "{\"name\":\"Lan\"}"), "busy");
    is_done(ask(w, NULL, "alert.shown", "{}"));
}

static void who_guesses_at_the_present_password_must_wait(void **state)
{
    struct world *w = *state;
    char args[256];

    log_in(w, "Lan");
    (void)snprintf(args, sizeof args, "{\"name\":\"Lan\",\"old\":\"%064d\"}",
                   0);
    for (int i = 0; i < 6; i++)
        is_refused(ask(w, NULL, "user.passwd", args), "refused");
    is_refused(ask(w, NULL, "user.passwd", args), "busy");
}

/* What is opened is named by "id". */
static void the_audit_log_says_what_was_opened(void **state)
{
    static const char id[] = "01936f2e-7d11-7c3a-8f00-0123456789ab";
    struct account_call call = {.command = "disclosure.open"};
    struct json *args = json_object_new();

    (void)state;
    json_set_text(args, "id", id);
    call.args = args;
    assert_string_equal(account_call_subject(&call), id);
    call.command = "report.add"; /* its own id is no subject */
    assert_string_equal(account_call_subject(&call), "");
    json_free(&args);
}

/* Words about an officer go up in the same turn; the officer who took them has
 * the id, and it is of no use. */
static void what_is_about_an_officer_passes_the_post_by(void **state)
{
    static const char *const used[] = {"report.move", "report.refer",
                                       "disclosure.request"};
    struct world *w = *state;
    char args[256], report[ID_TEXT_BYTES];
    struct json *answer, *list;

    log_in(w, "Lan");
    answer = ask(w, NULL, "report.add",
                 "{\"category\":\"can_bo\",\"text\":\"thái độ\","
                 "\"name\":\"Nguyễn Văn Tình\"}");
    assert_true(json_get_flag(answer, "ok"));
    assert_true(json_get_flag(json_get(answer, "out"), "passed_on"));
    (void)snprintf(report, sizeof report, "%s",
                   json_get_text(json_get(answer, "out"), "id"));
    json_free(&answer);
    list = node_reading_referrals(w->node->node);
    assert_int_equal(json_count(list), 1);
    assert_string_equal(json_get_text(json_at(list, 0), "report"), report);
    assert_string_equal(json_get_text(json_at(list, 0), "unit"), "district");
    assert_string_equal(json_get_text(json_at(list, 0), "text"), "thái độ");
    json_free(&list);
    (void)snprintf(args, sizeof args,
                   "{\"report\":\"%s\",\"state\":\"dang_xu_ly\","
                   "\"reason\":\"x\"}",
                   report);
    for (size_t i = 0; i < sizeof used / sizeof *used; i++)
        is_refused(ask(w, NULL, used[i], args), "missing");
    answer =
        ask(w, NULL, "report.add", "{\"category\":\"khac\",\"text\":\"x\"}");
    assert_false(json_get_flag(json_get(answer, "out"), "passed_on"));
    json_free(&answer);
}

/* A page cannot say that a leader decided; a leader's page need not. */
static void only_a_leader_who_is_logged_in_reopens(void **state)
{
    struct world *w = *state;
    char args[256], report[ID_TEXT_BYTES];
    struct json *answer;

    log_in(w, "Lan");
    answer =
        ask(w, NULL, "report.add", "{\"category\":\"khac\",\"text\":\"x\"}");
    (void)snprintf(report, sizeof report, "%s",
                   json_get_text(json_get(answer, "out"), "id"));
    json_free(&answer);
    (void)snprintf(args, sizeof args,
                   "{\"report\":\"%s\",\"state\":\"dong\",\"note\":\"x\","
                   "\"outcome\":\"tin_rac\"}",
                   report);
    is_done(ask(w, NULL, "report.move", args));
    (void)snprintf(args, sizeof args,
                   "{\"report\":\"%s\",\"state\":\"dang_xu_ly\",\"note\":\"x\","
                   "\"leader\":\"Hai\"}",
                   report);
    is_refused(ask(w, NULL, "report.move", args), "refused");
    log_in(w, "Hai");
    is_done(ask(w, NULL, "report.move", args));
}

/* ---- watching */

static struct json *next_answer(struct world *w, int64_t mono_ms)
{
    struct buf reply = {0};
    struct json *out = NULL;
    int client = 0;

    if (account_door_next(w->door, mono_ms, &client, &reply)) {
        assert_int_equal(client, 5);
        out = json_parse(buf_bytes(&reply), NULL);
        assert_true(json_get_flag(out, "ok"));
    }
    buf_free(&reply);
    return out;
}

static bool names(const struct json *answer, const char *topic)
{
    const struct json *topics = json_get(json_get(answer, "out"), "topics");

    for (size_t i = 0; i < json_count(topics); i++)
        if (strcmp(json_text(json_at(topics, i)), topic) == 0)
            return true;
    return false;
}

static void a_watch_is_answered_by_the_turn_that_committed(void **state)
{
    struct world *w = *state;
    struct json *answer;
    char args[64];
    int64_t rev = 0;

    assert_null(ask(w, NULL, "watch", "{\"since\":0}"));
    answer = next_answer(w, 100);
    assert_true(json_get_i64(json_get(answer, "out"), "rev", &rev));
    json_free(&answer);
    (void)snprintf(args, sizeof args, "{\"since\":%lld}", (long long)rev);
    assert_null(ask(w, NULL, "watch", args));
    assert_null(next_answer(w, 1000));
    log_in(w, "Lan"); /* nothing that pages show */
    assert_null(next_answer(w, 1100));
    is_done(
        ask(w, NULL, "report.add", "{\"category\":\"khac\",\"text\":\"x\"}"));
    answer = next_answer(w, 1200);
    assert_non_null(answer);
    assert_true(names(answer, "reports"));
    assert_true(names(answer, "link"));
    assert_false(names(answer, "alerts"));
    assert_false(names(answer, "accounts"));
    json_free(&answer);
    assert_true(account_door_deadline(w->door) == INT64_MAX);
}

static void what_was_refused_wakes_nobody(void **state)
{
    struct world *w = *state;
    struct json *answer;
    char args[64];
    int64_t rev = 0;

    log_in(w, "Lan");
    assert_null(ask(w, NULL, "watch", "{\"since\":0}"));
    answer = next_answer(w, 100);
    assert_true(json_get_i64(json_get(answer, "out"), "rev", &rev));
    json_free(&answer);
    (void)snprintf(args, sizeof args, "{\"since\":%lld}", (long long)rev);
    assert_null(ask(w, NULL, "watch", args));
    is_refused(ask(w, NULL, "report.add", "{}"), "refused");
    is_refused(ask(w, NULL, "settings.body", "{}"), "forbidden");
    assert_null(next_answer(w, 2000));
    answer = next_answer(w, 100 + WATCH_MS); /* in the end, and of nothing */
    assert_int_equal(json_count(json_get(json_get(answer, "out"), "topics")),
                     0);
    json_free(&answer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        T(a_stranger_does_nothing),
        T(bytes_that_are_no_request_are_refused_in_words),
        T(roles_are_judged_before_anything_runs),
        T(nobody_writes_a_past_from_a_page),
        T(every_refusal_has_its_word),
        T(the_same_id_is_the_same_report),
        T(the_audit_log_has_who_in_which_role_and_from_where),
        T(who_guesses_at_a_sealed_sender_must_wait),
        T(who_guesses_at_the_present_password_must_wait),
        T(the_audit_log_says_what_was_opened),
        T(what_is_about_an_officer_passes_the_post_by),
        T(only_a_leader_who_is_logged_in_reopens),
        T(a_watch_is_answered_by_the_turn_that_committed),
        T(what_was_refused_wakes_nobody),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
