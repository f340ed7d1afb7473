/* tests/unit/test_node_disclosure.c - nobody looks at a sender unseen. A
 * password is stretched slowly, so that every test begins with the same
 * database, made once, and a password typed again is not stretched again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/file.h"
#include "common/base/mem.h"
#include "node/commands.h"
#include "node/disclosure.h"
#include "node/people.h"
#include "node/store_disclosed.h"
#include "tests/support/node_world.h"

#define SEALED "01976f48-e32e-7000-8e1f-c0d5cf39874d" /* custodian key */
#define DUTY "01976f48-e32e-7000-8e1f-c0d5cf39874e"
#define OPEN "01976f48-e32e-7000-8e1f-c0d5cf39874f" /* no sender */
#define PASSWORD "mat khau dai va de nho"
#define HOUR 3600000

static int64_t later_ms;           /* than the clock */
static struct buf beginning;       /* node.db, before each test */
static struct json *opened_before; /* what passwords open, by who typed them */

static void do_it(struct node_world *w, const char *command, const char *args)
{
    struct json *out = node_world_do(w, command, args);

    json_free(&out);
}

static char *text_of(const struct json *value)
{
    struct buf out = {0};
    char *text;

    json_write(&out, value);
    text = mem_text(buf_text(&out));
    buf_free(&out);
    return text;
}

static void add_user(struct node_world *w, const char *name, const char *role)
{
    struct new_user user = {.name = name,
                            .role = role,
                            .password = PASSWORD,
                            .shares = {w->shares[0], w->shares[1]}};
    struct json *args = json_object_new();
    char *text;

    assert_int_equal(node_people_prepare(w->node, &user, args, &w->err), 0);
    text = text_of(args);
    do_it(w, "user.add", text);
    mem_free(&text);
    json_free(&args);
}

/* What `password` opens, typed by `name`. */
static struct json *keys_of(struct node_world *w, const char *name,
                            const char *password)
{
    struct json *keys;
    char typed[128];

    (void)snprintf(typed, sizeof typed, "%s %s", name, password);
    if (json_get(opened_before, typed) == NULL) {
        keys = json_array_new();
        assert_int_equal(
            node_disclosure_keys(w->node, name, password, keys, &w->err), 0);
        json_set(opened_before, typed, keys);
    }
    return json_take(opened_before, typed);
}

/* A command of `name`, who types `password` (NULL: none is asked for). */
static struct json *ask_as(struct node_world *w, const char *name,
                           const char *password, const char *command,
                           struct json *args)
{
    static unsigned number;
    struct json *request = json_object_new(), *reply;
    struct buf bytes = {0}, answer = {0};
    char id[40];

    if (password != NULL)
        json_set(args, "keys", keys_of(w, name, password));
    (void)snprintf(id, sizeof id, "01976f48-0000-7000-8e1f-%012u", ++number);
    json_set_text(request, "id", id);
    json_set_text(request, "command", command);
    json_set_text(request, "actor", name);
    json_set(request, "args", args);
    json_write(&bytes, request);
    json_free(&request);
    assert_int_equal(node_begin(w->node), 0);
    w->node->wall_ms += later_ms;
    assert_int_equal(node_commands_run(w->node, buf_bytes(&bytes), &answer), 0);
    assert_int_equal(node_commit(w->node, &w->err), 0);
    reply = json_parse(buf_bytes(&answer), &w->err);
    assert_non_null(reply);
    buf_free(&bytes);
    buf_free(&answer);
    return reply;
}

static struct json *with(const char *key, const char *value, const char *reason)
{
    struct json *args = json_object_new();

    json_set_text(args, key, value);
    if (reason != NULL)
        json_set_text(args, "reason", reason);
    return args;
}

static void must(struct json *reply)
{
    if (!json_get_flag(reply, "ok"))
        fail_msg("%s", json_get_text(reply, "error"));
    json_free(&reply);
}

static void must_not(struct json *reply, const char *words)
{
    assert_false(json_get_flag(reply, "ok"));
    if (strstr(json_get_text(reply, "error"), words) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", json_get_text(reply, "error"),
                 words);
    json_free(&reply);
}

static void path_of(char out[128], const struct node_world *w,
                    const char *suffix)
{
    (void)snprintf(out, 128, "%s/node.db%s", w->folder, suffix);
}

static int make_world(void **state)
{
    struct node_world *w = node_world_new();
    char path[128];

    *state = w;
    do_it(w, "report.import",
          "{\"lines\":[{\"line\":1,\"report\":{\"id\":\"" SEALED
          "\",\"category\":\"ma_tuy\",\"text\":\"x\",\"name\":\"Lê Thị "
          "Kín\",\"phone\":\"0900000111\"}},{\"line\":2,\"report\":{\"id\":"
          "\"" DUTY "\",\"category\":\"on_ao\",\"text\":\"y\",\"name\":"
          "\"Trần Văn Trực\"}},{\"line\":3,\"report\":{\"id\":\"" OPEN
          "\",\"category\":\"on_ao\",\"text\":\"z\"}}]}");
    add_user(w, "lan", "officer");
    add_user(w, "minh", "custodian");
    add_user(w, "hoa", "custodian");
    node_world_close(w); /* the log is folded into the file */
    path_of(path, w, "");
    assert_int_equal(file_read(&beginning, path, 64 << 20, NULL), 0);
    opened_before = json_object_new();
    return 0;
}

static int free_world(void **state)
{
    node_world_free(*state);
    buf_free(&beginning);
    json_free(&opened_before);
    return 0;
}

static int begin_anew(void **state)
{
    struct node_world *w = *state;
    char path[128];

    node_world_close(w);
    path_of(path, w, "-wal");
    assert_false(file_exists(path));
    path_of(path, w, "");
    assert_int_equal(file_write(path, buf_bytes(&beginning), 0600, NULL), 0);
    node_world_open(w, NODE_COMMAND);
    later_ms = 0;
    return 0;
}

static char *asked(struct node_world *w)
{
    struct json *reply =
        ask_as(w, "lan", NULL, "disclosure.request",
               with("report", SEALED, "Cần hỏi lại người gửi trong đêm"));
    char *id;

    assert_true(json_get_flag(reply, "ok"));
    id = mem_text(json_get_text(json_get(reply, "out"), "id"));
    json_free(&reply);
    return id;
}

static void who_asked_looks_when_a_custodian_consented(void **state)
{
    struct node_world *w = *state;
    char *id = asked(w);
    struct json *reply, *list;

    must_not(
        ask_as(w, "lan", PASSWORD, "disclosure.open", with("id", SEALED, NULL)),
        "a custodian must consent first");
    must_not(
        ask_as(w, "lan", PASSWORD, "disclosure.open", with("id", id, NULL)),
        "not consented yet");
    must(ask_as(w, "minh", PASSWORD, "disclosure.approve",
                with("disclosure", id, NULL)));
    reply =
        ask_as(w, "lan", PASSWORD, "disclosure.open", with("id", SEALED, NULL));
    assert_true(json_get_flag(reply, "ok"));
    assert_string_equal(json_get_text(json_get(reply, "out"), "name"),
                        "Lê Thị Kín");
    assert_string_equal(json_get_text(json_get(reply, "out"), "phone"),
                        "0900000111");
    json_free(&reply);
    list = node_disclosure_list(w->node);
    assert_int_equal(json_count(list), 1);
    assert_string_equal(json_get_text(json_at(list, 0), "state"), "open");
    assert_string_equal(json_get_text(json_at(list, 0), "asked_by"), "lan");
    assert_string_equal(json_get_text(json_at(list, 0), "decided_by"), "minh");
    assert_string_equal(json_get_text(json_at(list, 0), "reason"),
                        "Cần hỏi lại người gửi trong đêm");
    json_free(&list);
    mem_free(&id);
}

static void the_name_is_nowhere_on_the_disk(void **state)
{
    struct node_world *w = *state;
    char *id = asked(w);

    must(ask_as(w, "minh", PASSWORD, "disclosure.approve",
                with("disclosure", id, NULL)));
    must(ask_as(w, "lan", PASSWORD, "disclosure.open", with("id", id, NULL)));
    assert_false(node_world_holds(w, "Thị Kín"));
    assert_false(node_world_holds(w, "0900000111"));
    mem_free(&id);
}

static void nobody_else_looks_and_nobody_consents_to_themselves(void **state)
{
    struct node_world *w = *state;
    char *id = asked(w), *own;
    struct json *reply;

    must_not(ask_as(w, "lan", PASSWORD, "disclosure.approve",
                    with("disclosure", id, NULL)),
             "only a custodian");
    must(ask_as(w, "minh", PASSWORD, "disclosure.approve",
                with("disclosure", id, NULL)));
    must_not(
        ask_as(w, "hoa", PASSWORD, "disclosure.open", with("id", id, NULL)),
        "only lan may look");
    reply = ask_as(w, "minh", NULL, "disclosure.request",
                   with("report", SEALED, "Tự hỏi"));
    own = mem_text(json_get_text(json_get(reply, "out"), "id"));
    json_free(&reply);
    must_not(ask_as(w, "minh", PASSWORD, "disclosure.approve",
                    with("disclosure", own, NULL)),
             "about their own request");
    mem_free(&id);
    mem_free(&own);
}

static void a_wrong_password_opens_nothing(void **state)
{
    struct node_world *w = *state;
    char *id = asked(w);

    must_not(ask_as(w, "minh", "mot mat khau khac", "disclosure.approve",
                    with("disclosure", id, NULL)),
             "another one");
    must_not(ask_as(w, "lan", "mot mat khau khac", "disclosure.open",
                    with("id", DUTY, NULL)),
             "another one");
    mem_free(&id);
}

static void refused_is_refused_and_says_why(void **state)
{
    struct node_world *w = *state;
    char *id = asked(w);
    struct json *list;

    must_not(ask_as(w, "minh", NULL, "disclosure.refuse",
                    with("disclosure", id, NULL)),
             "--reason");
    must(ask_as(w, "minh", NULL, "disclosure.refuse",
                with("disclosure", id, "Không cần thiết")));
    must_not(ask_as(w, "minh", PASSWORD, "disclosure.approve",
                    with("disclosure", id, NULL)),
             "decided already, by minh");
    must_not(
        ask_as(w, "lan", PASSWORD, "disclosure.open", with("id", id, NULL)),
        "minh refused");
    list = node_disclosure_list(w->node);
    assert_string_equal(json_get_text(json_at(list, 0), "refusal"),
                        "Không cần thiết");
    assert_string_equal(json_get_text(json_at(list, 0), "reason"),
                        "Cần hỏi lại người gửi trong đêm");
    json_free(&list);
    mem_free(&id);
}

static int count_rows(void *who, const struct record_row *row,
                      const struct entry *entry)
{
    (void)row;
    *(size_t *)who += entry != NULL;
    return 0;
}

static void the_officer_on_duty_looks_and_it_is_written_down(void **state)
{
    struct node_world *w = *state;
    struct json *reply =
        ask_as(w, "lan", PASSWORD, "disclosure.open", with("id", DUTY, NULL));
    struct json *list;
    size_t records = 0;

    assert_string_equal(json_get_text(json_get(reply, "out"), "name"),
                        "Trần Văn Trực");
    json_free(&reply);
    must_not(
        ask_as(w, "lan", NULL, "disclosure.request", with("report", DUTY, "x")),
        "without asking");
    must_not(
        ask_as(w, "lan", PASSWORD, "disclosure.open", with("id", OPEN, NULL)),
        "nobody gave a name");
    list = node_disclosure_list(w->node);
    assert_string_equal(json_get_text(json_at(list, 0), "rule"), "duty");
    assert_string_equal(json_get_text(json_at(list, 0), "state"), "over");
    json_free(&list);
    assert_int_equal(ledger_records(w->node->ledger, KIND_DISCLOSURE,
                                    w->node->keys.unit, count_rows, &records),
                     0);
    assert_int_equal(records, 1);
}

static void after_an_hour_it_is_over_and_gone(void **state)
{
    struct node_world *w = *state;
    char *id = asked(w);

    must(ask_as(w, "minh", PASSWORD, "disclosure.approve",
                with("disclosure", id, NULL)));
    later_ms = HOUR + 1;
    must_not(
        ask_as(w, "lan", PASSWORD, "disclosure.open", with("id", id, NULL)),
        "the hour for looking is over");
    mem_free(&id);
}

/* The turn that was to take the name off the disk failed. */
static void what_is_over_goes_also_after_a_failed_turn(void **state)
{
    struct node_world *w = *state;
    char *id = asked(w);
    struct buf box = {0};
    struct id record;

    must(ask_as(w, "minh", PASSWORD, "disclosure.approve",
                with("disclosure", id, NULL)));
    assert_true(id_parse(&record, id));
    assert_int_equal(node_store_disclosed(w->node->disclosed, &record, &box),
                     0);
    for (int turn = 0; turn < 2; turn++) {
        assert_int_equal(node_begin(w->node), 0);
        w->node->wall_ms += HOUR + 1;
        assert_int_equal(node_settle(w->node, &w->err), 0);
        if (turn == 0)
            node_rollback(w->node);
    }
    assert_int_equal(node_commit(w->node, &w->err), 0);
    assert_int_equal(node_store_disclosed(w->node->disclosed, &record, &box),
                     ERR_MISSING);
    buf_free(&box);
    mem_free(&id);
}

static void a_request_of_yesterday_is_asked_anew(void **state)
{
    struct node_world *w = *state;
    char *id = asked(w);

    assert_int_equal(node_disclosure_waiting(w->node), 1);
    later_ms = 25 * (int64_t)HOUR;
    must_not(ask_as(w, "minh", PASSWORD, "disclosure.approve",
                    with("disclosure", id, NULL)),
             "more than 24 hours ago");
    mem_free(&id);
}

static int count_alarm(void *who, int64_t id, int code, const char *text,
                       int64_t since_ms)
{
    (void)id;
    (void)code;
    (void)text;
    (void)since_ms;
    ++*(int *)who;
    return 0;
}

static int open_alarms(struct node_world *w)
{
    int count = 0;

    assert_int_equal(node_store_alarms(w->node->store, count_alarm, &count), 0);
    return count;
}

static void pass_a_turn(struct node_world *w)
{
    assert_int_equal(node_begin(w->node), 0);
    w->node->wall_ms += later_ms;
    assert_int_equal(node_commit(w->node, &w->err), 0);
}

/* Nobody can decide it any more, so nobody is asked to. */
static void the_alarm_of_a_request_ends_with_it(void **state)
{
    struct node_world *w = *state;
    char *id = asked(w), *second;

    assert_int_equal(open_alarms(w), 1);
    later_ms = 23 * (int64_t)HOUR;
    second = asked(w);
    later_ms = 25 * (int64_t)HOUR;
    pass_a_turn(w);
    assert_int_equal(open_alarms(w), 1);
    later_ms = 48 * (int64_t)HOUR;
    pass_a_turn(w);
    assert_int_equal(open_alarms(w), 0);
    mem_free(&id);
    mem_free(&second);
}

static void an_erased_report_cannot_be_looked_at_any_more(void **state)
{
    struct node_world *w = *state;
    char *id = asked(w);

    must(ask_as(w, "minh", PASSWORD, "disclosure.approve",
                with("disclosure", id, NULL)));
    do_it(w, "report.erase",
          "{\"report\":\"" SEALED "\",\"reason\":\"Người gửi yêu cầu\"}");
    must_not(
        ask_as(w, "lan", PASSWORD, "disclosure.open", with("id", id, NULL)),
        "over");
    must_not(
        ask_as(w, "lan", PASSWORD, "disclosure.open", with("id", SEALED, NULL)),
        "erased");
    mem_free(&id);
}

#define TEST(f) cmocka_unit_test_setup(f, begin_anew)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(who_asked_looks_when_a_custodian_consented),
        TEST(the_name_is_nowhere_on_the_disk),
        TEST(nobody_else_looks_and_nobody_consents_to_themselves),
        TEST(a_wrong_password_opens_nothing),
        TEST(refused_is_refused_and_says_why),
        TEST(the_officer_on_duty_looks_and_it_is_written_down),
        TEST(after_an_hour_it_is_over_and_gone),
        TEST(what_is_over_goes_also_after_a_failed_turn),
        TEST(a_request_of_yesterday_is_asked_anew),
        TEST(the_alarm_of_a_request_ends_with_it),
        TEST(an_erased_report_cannot_be_looked_at_any_more),
    };

    return cmocka_run_group_tests(tests, make_world, free_world);
}
